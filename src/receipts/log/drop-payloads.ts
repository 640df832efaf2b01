import type { LogFs } from './fs.ts';
import { subjectOf } from './payload-cipher.ts';
import { PayloadFile, PayloadWriter } from './payload-file.ts';

/**
 * Writes the payloads of a sealed segment again without those of subjects, by their keyed names;
 * gives how many were left out. The file is replaced whole, or stays as it is.
 *
 * @throws KnhkError KNHK_LOG_CORRUPT
 */
export function dropPayloads(
  fs: LogFs,
  directory: string,
  first: number,
  subjects: ReadonlySet<string>,
): number {
  const file = PayloadFile.open(fs, directory, first);
  if (file === undefined) return 0;
  try {
    if (!holds(file, subjects)) return 0;
    return rewrite(fs, directory, first, file, subjects);
  } finally {
    file.close();
  }
}

const isOf = (frame: ReturnType<PayloadFile['frameAt']>, subjects: ReadonlySet<string>): boolean =>
  frame?.enc === 1 && subjects.has(subjectOf(frame.content) ?? '');

function holds(file: PayloadFile, subjects: ReadonlySet<string>): boolean {
  for (let at = 0; at < file.count; at++) if (isOf(file.frameAt(at), subjects)) return true;
  return false;
}

function rewrite(
  fs: LogFs,
  directory: string,
  first: number,
  file: PayloadFile,
  subjects: ReadonlySet<string>,
): number {
  const writer = new PayloadWriter(fs, directory, first);
  let count = 0;
  try {
    for (let at = 0; at < file.count; at++) {
      const frame = file.frameAt(at);
      const isDropped = isOf(frame, subjects);
      if (isDropped) count++;
      writer.add(file.seqAt(at), isDropped ? undefined : frame?.bytes);
    }
    writer.place();
  } finally {
    writer.close();
  }
  return count;
}
