import type { LogFs } from './fs.ts';
import { subjectOf } from './payload-cipher.ts';
import { PayloadFile, PayloadWriter } from './payload-file.ts';
import { loadSegmentIndex, type SegmentIndex } from './segment-index.ts';

// A row of an index: two words of the keyed name, and the leaf's place.
const rowWords = 3;

/** Seq of its erase leaf by a subject's keyed name: what stands below it is destroyed. */
export type Erased = ReadonlyMap<string, number>;

/**
 * Writes the payloads of a sealed segment again without those that erasures are about; gives how
 * many were left out. The file is replaced whole, or stays as it is.
 *
 * @throws KnhkError KNHK_LOG_CORRUPT
 */
export function dropPayloads(fs: LogFs, directory: string, first: number, erased: Erased): number {
  if (!mayHold(loadSegmentIndex(fs, directory, first), erased)) return 0;
  const file = PayloadFile.open(fs, directory, first);
  if (file === undefined) return 0;
  try {
    if (!holds(file, erased)) return 0;
    return rewrite(fs, directory, first, file, erased);
  } finally {
    file.close();
  }
}

/** False where the index says that nothing of the subjects is in a segment: most often. */
function mayHold(index: SegmentIndex | undefined, erased: Erased): boolean {
  if (index === undefined) return true;
  const { subjects } = index.rows;
  const known = new Set<number>();
  for (let at = 0; at < subjects.length; at += rowWords) known.add(subjects[at] as number);
  return [...erased.keys()].some((name) => known.has(Number.parseInt(name.slice(0, 8), 16)));
}

/** A subject that came back has payloads behind its erase leaf, under another key. */
function isErased(file: PayloadFile, at: number, erased: Erased): boolean {
  const frame = file.frameAt(at);
  if (frame?.enc !== 1) return false;
  const seq = erased.get(subjectOf(frame.content) ?? '');
  return seq !== undefined && file.seqAt(at) < seq;
}

function holds(file: PayloadFile, erased: Erased): boolean {
  for (let at = 0; at < file.count; at++) if (isErased(file, at, erased)) return true;
  return false;
}

function rewrite(
  fs: LogFs,
  directory: string,
  first: number,
  file: PayloadFile,
  erased: Erased,
): number {
  const writer = new PayloadWriter(fs, directory, first);
  let count = 0;
  try {
    for (let at = 0; at < file.count; at++) {
      const isDropped = isErased(file, at, erased);
      if (isDropped) count++;
      writer.add(file.seqAt(at), isDropped ? undefined : file.frameAt(at)?.bytes);
    }
    writer.place();
  } finally {
    writer.close();
  }
  return count;
}
