import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type FrameEvent, FrameReader } from '../verify/frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes } from '../verify/frames.ts';
import type { VerifyState } from '../verify/verify-state.ts';
import { readAt, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';

const chunkBytes = 1_048_576;

/** The frames of an open segment from a place on. */
function* framesFrom(fs: LogFs, fd: number, from: number): Generator<FrameEvent, void> {
  const reader = new FrameReader(crc32);
  reader.startAt(from);
  for (let at = from; ; ) {
    const chunk = readAt(fs, fd, chunkBytes, at);
    if (chunk.length === 0) break;
    at += chunk.length;
    yield* reader.push(chunk);
  }
}

/** Where the epoch that ends with a note begins, looked for from the beginning of an epoch on. */
function placeOf(
  events: Iterable<FrameEvent>,
  from: number,
  note: string,
  epochsMax: number,
): number {
  let begin = from;
  let epochs = 0;
  for (const event of events) {
    if (event.kind !== 'frame') return -1;
    if (event.type !== frameTypes.epoch) continue;
    if (decodeEpoch(event.content)?.note === note) return begin;
    if (++epochs === epochsMax) return -1;
    begin = event.offset + event.content.length + frameOverhead;
  }
  return -1;
}

/**
 * The state with its place in the segment as that is now: sealing takes payloads out of it, and
 * all that follows moves. Undefined where the epoch is no longer there.
 */
export function locateState(
  fs: LogFs,
  directory: string,
  state: VerifyState,
): VerifyState | undefined {
  const path = join(directory, 'seg', segmentName(state.segment));
  if (fs.statSync(path) === undefined) return undefined;
  const fd = fs.openSync(path, 'r');
  try {
    const { checkpoint, offset } = state;
    if (placeOf(framesFrom(fs, fd, offset), offset, checkpoint, 1) === offset) return state;
    const moved = placeOf(framesFrom(fs, fd, 0), 0, checkpoint, Number.POSITIVE_INFINITY);
    return moved < 0 ? undefined : { ...state, offset: moved };
  } finally {
    fs.closeSync(fd);
  }
}
