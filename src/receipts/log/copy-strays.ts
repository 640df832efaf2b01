import { join } from 'node:path';
import type { LogFs } from './fs.ts';
import { isCopied } from './manifest.ts';

/** Names in a directory, none where it is missing. */
export const namesIn = (fs: LogFs, path: string): readonly string[] =>
  fs.statSync(path) === undefined ? [] : fs.readdirSync(path);

/** Paths of the files in the folders of a log or a copy that consist of whole files. */
export function pathsBelow(fs: LogFs, directory: string): readonly string[] {
  const folders = ['seg', 'payload', 'savepoint'];
  const blobs = namesIn(fs, join(directory, 'blob')).filter((name) => /^[0-9a-f]{2}$/.test(name));
  folders.push(...blobs.map((name) => `blob/${name}`));
  return folders.flatMap((folder) =>
    namesIn(fs, join(directory, folder)).map((name) => `${folder}/${name}`),
  );
}

/** The blobs that lie in a log directory. */
export function blobHashes(fs: LogFs, directory: string): readonly string[] {
  return pathsBelow(fs, directory).flatMap((path) => {
    const [, hash] = /^blob\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(path) ?? [];
    return hash === undefined ? [] : [hash];
  });
}

/** Removes what interrupted runs left behind, and what the log does not hold any more. */
export function removeStrays(fs: LogFs, directory: string, listed: ReadonlySet<string>): void {
  const atRoot = fs.readdirSync(directory).filter((name) => /\.(new|tmp)$/.test(name));
  for (const path of [...pathsBelow(fs, directory), ...atRoot]) {
    const isOurs = isCopied(path.replace(/(\.new)?(\.tmp)?$/, ''));
    if (isOurs && !listed.has(path)) fs.unlinkSync(join(directory, path));
  }
}
