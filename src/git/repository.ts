import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import {
  makeDirectory,
  readFile,
  replaceFile,
  syncDirectory,
  syncName,
} from '../receipts/log/files.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { branchOf, Refs } from './refs.ts';
import { ObjectStore } from './store.ts';

/** An opened repository of one log. */
export interface Repository {
  readonly directory: string;
  readonly store: ObjectStore;
  readonly refs: Refs;
}

const config = `[core]
\trepositoryformatversion = 0
\tfilemode = false
\tbare = true
[receive]
\tdenyNonFastForwards = true
\tdenyDeletes = true
`;

/**
 * Makes an empty bare repository for a log; what an interrupted attempt left is completed.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REPOSITORY where there is one already
 */
export function createRepository(fs: LogFs, directory: string, origin: string): void {
  const head = join(directory, 'HEAD');
  if (fs.statSync(head) !== undefined || fs.statSync(join(directory, '.git')) !== undefined) {
    fail('KNHK_LOCKCHAIN_REPOSITORY', directory, 'no repository yet', 'one');
  }
  for (const name of ['objects/pack', 'objects/info', 'refs/heads', 'refs/tags']) {
    makeDirectory(fs, join(directory, name));
  }
  replaceFile(fs, join(directory, 'config'), Buffer.from(config, 'latin1'), 0o644);
  // Last: Git takes a directory without HEAD for no repository.
  const text = `ref: ${branchOf(origin)}\n`;
  replaceFile(fs, head, Buffer.from(text, 'utf8'), 0o644);
}

/**
 * Makes durable what an interrupted {@link createRepository} may have left as names alone: without
 * it a power cut could take a repository whose commits were answered.
 */
export function syncRepository(fs: LogFs, directory: string): void {
  syncName(fs, directory);
  for (const name of ['.', 'objects', 'refs']) syncDirectory(fs, join(directory, name));
}

/** Where Git's files are: the directory itself if it is bare, else its `.git`. */
export function gitDirectoryOf(fs: LogFs, directory: string): string | undefined {
  const inside = join(directory, '.git');
  return [inside, directory].find((path) => fs.statSync(join(path, 'HEAD')) !== undefined);
}

/**
 * Opens a repository to be read: bare, or a clone with a working tree.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REPOSITORY where there is none
 */
export function readRepository(fs: LogFs, directory: string): Repository {
  const found = gitDirectoryOf(fs, directory);
  if (found === undefined) {
    return fail('KNHK_LOCKCHAIN_REPOSITORY', directory, 'a Git repository', 'no HEAD');
  }
  return { directory: found, store: new ObjectStore(fs, found), refs: new Refs(fs, found) };
}

/**
 * Refuses a repository that is gone, or that is not the one of this log: a lockchain is never
 * made anew without being told to, for the old one is evidence.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REPOSITORY
 */
export function checkRepository(fs: LogFs, directory: string, origin: string): void {
  const bytes = readFile(fs, join(directory, 'HEAD'));
  const head = bytes === undefined ? 'no HEAD' : (fromUtf8(bytes) ?? 'a damaged HEAD').trim();
  const expected = `ref: ${branchOf(origin)}`;
  if (head !== expected) fail('KNHK_LOCKCHAIN_REPOSITORY', directory, expected, head);
}
