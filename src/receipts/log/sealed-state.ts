import { join } from 'node:path';
import { listSegments, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { HashTail } from './hash-tail.ts';
import { isOfLog } from './index-file.ts';
import { loadSegmentIndex, type SegmentIndex } from './segment-index.ts';
import { emptyState, type LogState } from './state.ts';

/**
 * The state behind the sealed segments, from their indexes alone: as many from the first one on as
 * have theirs. Undefined where there is none, or where they are not of this log.
 */
export function sealedState(fs: LogFs, directory: string, idsMax: number): LogState | undefined {
  const segments = join(directory, 'seg');
  const found: SegmentIndex[] = [];
  let size = 0;
  for (const first of listSegments(fs, segments)) {
    const index = first === size ? loadSegmentIndex(fs, directory, first) : undefined;
    // One that still holds its payloads was split, and put in place no more.
    const length = fs.statSync(join(segments, segmentName(first)))?.size;
    if (index === undefined || index.bytes !== length) break;
    found.push(index);
    size += index.count;
  }
  const last = found.at(-1);
  if (last === undefined) return undefined;
  const state = { ...emptyState(idsMax), tail: new HashTail(size) };
  state.ids.reserve(found.reduce((sum, { rows }) => sum + rows.ids.length / 3, 0));
  for (const index of found) takeIn(state, index);
  const { tree, time, hash, note } = last;
  const whole = { ...state, tree, sealed: tree.clone(), time, hash, note };
  whole.index.split = size;
  return isOfLog(fs, directory, whole) ? whole : undefined;
}

function takeIn({ index, ids }: LogState, { first, rows }: SegmentIndex): void {
  index.addSegment(first);
  const { epochs, ids: words } = rows;
  for (let at = 0; at < epochs.length; at += 2) {
    index.addEpoch(epochs[at] as number, epochs[at + 1] as number);
  }
  for (let at = 0; at < words.length; at += 3) {
    ids.addWords(words[at] as number, words[at + 1] as number, first + (words[at + 2] as number));
  }
}
