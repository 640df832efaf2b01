import { join, relative, sep } from 'node:path';
import type { LogFs } from './fs.ts';
import { type Manifest, manifestName, nextManifestName, readManifest } from './manifest.ts';

/** Ending of a file that replaces another one as soon as the next manifest is in place. */
export const stagedEnding = '.new';

/** A copy as its manifest describes it, and where each of its files lies at the moment. */
export interface StoredCopy {
  readonly manifest: Manifest;
  /** Name below the copy's directory, by path. */
  readonly stored: ReadonlyMap<string, string>;
}

/**
 * The last whole copy in a directory; undefined where there never was one. A run that was
 * interrupted between its last file and its last rename counts as done: the next manifest says so.
 *
 * @throws KnhkError KNHK_LOG_COPY where a manifest is damaged
 */
export function storedCopy(fs: LogFs, directory: string): StoredCopy | undefined {
  const next = readManifest(fs, directory, nextManifestName);
  const manifest = next ?? readManifest(fs, directory, manifestName);
  if (manifest === undefined) return undefined;
  const stored = new Map<string, string>();
  for (const { path } of manifest.files) stored.set(path, path);
  for (const path of next?.staged ?? []) {
    const staged = `${path}${stagedEnding}`;
    if (fs.statSync(join(directory, staged)) !== undefined) stored.set(path, staged);
  }
  return { manifest, stored };
}

/**
 * A copy's directory as if its files, and nothing else, were in place. For reading alone.
 *
 * @param stored name below the directory, by path
 */
export function viewOf(fs: LogFs, directory: string, stored: ReadonlyMap<string, string>): LogFs {
  const pathOf = (path: string): string => relative(directory, path).split(sep).join('/');
  const place = (path: string): string => {
    const name = stored.get(pathOf(path));
    return name === undefined ? path : join(directory, name);
  };
  return {
    ...fs,
    openSync: (path, flags, mode) => fs.openSync(place(path), flags, mode),
    statSync: (path) => (stored.has(pathOf(path)) ? fs.statSync(place(path)) : undefined),
    readdirSync: (path) => {
      const parent = `${pathOf(path)}/`;
      const below = [...stored.keys()].filter((name) => name.startsWith(parent));
      return [...new Set(below.map((name) => name.slice(parent.length).split('/')[0] as string))];
    },
  };
}
