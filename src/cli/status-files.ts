import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFs } from '../receipts/log/fs.ts';
import { loadSavepoint } from '../receipts/log/savepoints.ts';
import type { StoredLog } from '../runtime/replay-source.ts';
import type { BlobSource } from '../runtime/store.ts';

/** A savepoint's file. */
export interface SavepointFile {
  readonly name: string;
  readonly size: number;
  readonly writtenMs: number;
}

function namesIn(path: string, recursive = false): readonly string[] {
  try {
    return readdirSync(path, { recursive }).map(String);
  } catch {
    // A copy may have lost an empty folder, and a writer may make one meanwhile.
    return [];
  }
}

const fileAt = (path: string) => statSync(path, { throwIfNoEntry: false });

/** How many blobs a log holds, and how much that is. */
export function countBlobs(directory: string): { readonly count: number; readonly bytes: number } {
  let count = 0;
  let bytes = 0;
  const root = join(directory, 'blob');
  for (const folder of namesIn(root).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    for (const name of namesIn(join(root, folder))) {
      const file = /^[0-9a-f]{64}$/.test(name) ? fileAt(join(root, folder, name)) : undefined;
      if (file === undefined) continue;
      count++;
      bytes += file.size;
    }
  }
  return { count, bytes };
}

/** How many files a folder of a log holds at any depth, and how much that is. */
export function countFiles(
  directory: string,
  folder: string,
  ending = '',
): { readonly count: number; readonly bytes: number } {
  let count = 0;
  let bytes = 0;
  for (const name of namesIn(join(directory, folder), true)) {
    if (name.endsWith('.tmp') || !name.endsWith(ending)) continue;
    const file = fileAt(join(directory, folder, name));
    if (file?.isFile() !== true) continue;
    count++;
    bytes += file.size;
  }
  return { count, bytes };
}

/** Seqs whose payloads retention removed, as its documents list them. */
export function removedRanges(
  source: BlobSource,
  documents: readonly string[],
): readonly { readonly first: number; readonly last: number }[] {
  return documents.flatMap((hash) => {
    try {
      const text = source.getBlob(hash)?.text ?? '{}';
      const { payloads = [] } = JSON.parse(text) as {
        readonly payloads?: readonly { readonly first: number; readonly last: number }[];
      };
      return payloads.map(({ first, last }) => ({ first, last }));
    } catch {
      // A damaged document is a finding of fsck and of verify-chain.
      return [];
    }
  });
}

/** How many segments are sealed: their payloads stand in files of their own. */
export function countSealed(log: StoredLog): number {
  return log.segments().filter((first) => log.sealedIndex(first) !== undefined).length;
}

/** The saved index, null where there is none: opening then reads the whole log. */
export function indexFile(directory: string): { readonly bytes: number } | null {
  const file = fileAt(join(directory, 'index', 'state'));
  return file === undefined ? null : { bytes: file.size };
}

/** The savepoints by the leaves they take in, oldest first. */
export function savepointFiles(directory: string): readonly SavepointFile[] {
  const root = join(directory, 'savepoint');
  return namesIn(root)
    .filter((name) => /^[0-9]{12}\.json$/.test(name))
    .sort()
    .flatMap((name) => {
      const file = fileAt(join(root, name));
      const size = Number.parseInt(name, 10);
      return file === undefined ? [] : [{ name, size, writtenMs: file.mtimeMs }];
    });
}

/** True if opening the log would take the savepoint: asked of the function that would read it. */
export function isUsable(
  directory: string,
  { name }: SavepointFile,
  noteAt: (size: number) => string | undefined,
): boolean {
  const alone = { ...nodeFs, readdirSync: () => [name] };
  if (loadSavepoint(alone, directory, noteAt) !== undefined) return true;
  // A writer drops its oldest savepoints: one that is gone is no finding.
  return fileAt(join(directory, 'savepoint', name)) === undefined;
}

/** When a file was written, undefined where there is none. */
export function writtenMs(path: string): number | undefined {
  return fileAt(path)?.mtimeMs;
}
