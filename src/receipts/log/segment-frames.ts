import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type FrameEvent, FrameReader } from '../verify/frame-reader.ts';
import { readAt, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';

const chunkBytes = 1_048_576;

/** What a piece of a segment reads as. */
export interface SegmentChunk {
  /** Must be gone through before the next piece is asked for, which takes the memory back. */
  readonly events: Iterable<FrameEvent>;
  /** Bytes of the segment up to the end of this piece. */
  readonly end: number;
}

/**
 * A segment from a place on, a megabyte at a time; the last piece is what only its end decides.
 * Offsets are those in the segment. Who reads beside others lets the event loop turn in between.
 */
export function* segmentChunks(
  fs: LogFs,
  path: string,
  from: number = 0,
): Generator<SegmentChunk, void> {
  const fd = fs.openSync(path, 'r');
  try {
    const reader = new FrameReader(crc32);
    reader.startAt(from);
    let end = from;
    for (;;) {
      const chunk = readAt(fs, fd, chunkBytes, end);
      if (chunk.length === 0) break;
      end += chunk.length;
      yield { events: reader.push(chunk), end };
    }
    yield { events: reader.finish(), end };
  } finally {
    fs.closeSync(fd);
  }
}

/** All of it, frame by frame; what a frame holds is valid until the next one is asked for. */
export function* segmentFrames(
  fs: LogFs,
  directory: string,
  first: number,
): Generator<FrameEvent, void> {
  const path = join(directory, 'seg', segmentName(first));
  for (const { events } of segmentChunks(fs, path)) yield* events;
}
