import { dirname, join, relative, resolve } from 'node:path';
import { fromUtf8, utf8 } from '../../base/bytes.ts';
import { fail, KnhkError } from '../../base/errors.ts';
import { copyBytes, digestFile, digestOf, type FileDigest, reading } from './copy-files.ts';
import { removeStrays } from './copy-strays.ts';
import { stagedEnding, viewOf } from './copy-view.ts';
import { makeDirectory, readFile, replaceFile, syncDirectory } from './files.ts';
import type { LogFs } from './fs.ts';
import { type Lock, takeLock } from './lock.ts';
import {
  type CopyKind,
  type Manifest,
  type ManifestFile,
  manifestName,
  nextManifestName,
  readManifest,
  writeManifest,
} from './manifest.ts';

const markerName = 'COPY';
const markerText = (kind: CopyKind, origin: string): string =>
  `knhk ${kind}\nformat 1\norigin ${origin}\n`;

const isOwn = (name: string): boolean => name.startsWith('lock.') || name.endsWith('.tmp');

/** Refuses a copy inside its own log, or the other way round. */
export function checkApart(directory: string, to: string): void {
  const isBelow = (inner: string, outer: string): boolean => {
    const way = relative(resolve(outer), resolve(inner));
    return way === '' || (!way.startsWith('..') && resolve(way) !== way);
  };
  if (!isBelow(to, directory) && !isBelow(directory, to)) return;
  fail('KNHK_LOG_COPY', to, 'a directory apart from the log', directory);
}

/**
 * Keeps a second run away from a copy. On a file system without local sockets there is no lock:
 * a backup may well go to a network file system, which a log may not.
 */
export async function lockCopy(fs: LogFs, directory: string): Promise<Lock> {
  try {
    return await takeLock(fs, directory);
  } catch (error) {
    if (error instanceof KnhkError && error.code === 'KNHK_LOG_LOCKED') throw error;
    return { release: async () => {} };
  }
}

/** Makes the directory of a copy, or checks that an earlier run of the same kind made it. */
export function prepareCopy(fs: LogFs, directory: string, kind: CopyKind, origin: string): void {
  makeDirectory(fs, directory);
  const path = join(directory, markerName);
  const expected = markerText(kind, origin);
  const bytes = readFile(fs, path);
  if (bytes === undefined) {
    const found = fs.readdirSync(directory).find((name) => !isOwn(name));
    if (found !== undefined) {
      fail('KNHK_LOG_COPY', directory, `an empty directory, or the ${kind} of before`, found);
    }
    replaceFile(fs, path, utf8(expected));
    return;
  }
  const got = fromUtf8(bytes);
  if (got !== expected) fail('KNHK_LOG_COPY', path, expected, got ?? 'no text');
}

/** Finishes what an interrupted run had decided: its manifest is durable, and so are its files. */
function rollForward(fs: LogFs, directory: string): void {
  const next = readManifest(fs, directory, nextManifestName);
  if (next === undefined) return;
  const touched = new Set<string>();
  for (const path of next.staged) {
    const staged = join(directory, `${path}${stagedEnding}`);
    if (fs.statSync(staged) === undefined) continue;
    fs.renameSync(staged, join(directory, path));
    touched.add(dirname(join(directory, path)));
  }
  for (const parent of touched) syncDirectory(fs, parent);
  fs.renameSync(join(directory, nextManifestName), join(directory, manifestName));
  syncDirectory(fs, directory);
}

/** What a copy run gave. */
interface Added {
  readonly files: number;
  readonly bytes: number;
}

/**
 * A copy being made. What an earlier manifest lists stays as it was until the next manifest is
 * durable: a new version of a file lies beside it until then. So there is a whole copy at every
 * moment, once there was one.
 */
export class CopyTarget {
  readonly before: Manifest | undefined;
  readonly #fs: LogFs;
  readonly #directory: string;
  readonly #files = new Map<string, ManifestFile>();
  readonly #stored = new Map<string, string>();
  readonly #known: ReadonlyMap<string, ManifestFile>;
  readonly #added = new Set<string>();

  /** The directory must have been prepared and locked. */
  constructor(fs: LogFs, directory: string) {
    rollForward(fs, directory);
    this.#fs = fs;
    this.#directory = directory;
    this.before = readManifest(fs, directory, manifestName);
    this.#known = new Map((this.before?.files ?? []).map((file) => [file.path, file]));
  }

  /** A file of the last copy that is still there in its length. */
  known(path: string): ManifestFile | undefined {
    const file = this.#known.get(path);
    const isThere = this.#fs.statSync(join(this.#directory, path))?.size === file?.bytes;
    return isThere ? file : undefined;
  }

  /** Takes a file over as it is. */
  keep(file: ManifestFile): void {
    this.#files.set(file.path, file);
    this.#stored.set(file.path, file.path);
  }

  /** Takes over everything else that the last copy held. */
  keepOthers(): void {
    for (const file of this.#known.values()) if (!this.#files.has(file.path)) this.keep(file);
  }

  /** Copies an open file, or its beginning. */
  async add(
    path: string,
    fd: number,
    options: {
      readonly end?: number;
      readonly payloads?: boolean;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<void> {
    const name = this.#known.has(path) ? `${path}${stagedEnding}` : path;
    const digest = await copyBytes(this.#fs, fd, join(this.#directory, name), options);
    this.#enter(path, name, { ...digest, ...(options.payloads ? { payloads: true } : {}) });
  }

  /** Copies a whole file unless the last copy holds the same bytes; false where there is none. */
  async addChanged(path: string, from: string, signal?: AbortSignal): Promise<boolean> {
    const known = this.known(path);
    const same = known === undefined ? undefined : await digestFile(this.#fs, from, signal);
    if (known !== undefined && same?.sha256 === known.sha256) {
      this.keep(known);
      return true;
    }
    const done = await reading(this.#fs, from, async (fd) => {
      await this.add(path, fd, { signal });
      return true;
    });
    return done === true;
  }

  /** Adds a small file of these bytes. */
  addText(path: string, text: string): void {
    const known = this.known(path);
    if (known !== undefined && known.sha256 === digestOf(utf8(text)).sha256) {
      this.keep(known);
      return;
    }
    const name = this.#known.has(path) ? `${path}${stagedEnding}` : path;
    const bytes = utf8(text);
    replaceFile(this.#fs, join(this.#directory, name), bytes);
    this.#enter(path, name, digestOf(bytes));
  }

  #enter(path: string, name: string, digest: FileDigest & { readonly payloads?: true }): void {
    this.#files.set(path, { path, ...digest });
    this.#stored.set(path, name);
    this.#added.add(path);
  }

  /** The files, in the order of their paths. */
  get files(): readonly ManifestFile[] {
    return [...this.#files.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
  }

  /** What this run wrote. */
  get added(): Added {
    const files = [...this.#added].map((path) => this.#files.get(path) as ManifestFile);
    return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** The copy as it will be. */
  view(): LogFs {
    return viewOf(this.#fs, this.#directory, this.#stored);
  }

  /** Makes the names durable and reads back what was written; gives what differs. */
  async check(signal?: AbortSignal): Promise<readonly string[]> {
    const placeOf = (path: string): string => join(this.#directory, this.#stored.get(path) ?? path);
    const parents = new Set([...this.#added].map((path) => dirname(placeOf(path))));
    for (const parent of parents) syncDirectory(this.#fs, parent);
    const different: string[] = [];
    for (const path of this.#added) {
      const read = await digestFile(this.#fs, placeOf(path), signal);
      if (read?.sha256 !== this.#files.get(path)?.sha256) different.push(path);
    }
    return different;
  }

  /** Makes this copy the one that counts. */
  commit(manifest: Omit<Manifest, 'v' | 'files' | 'staged'>): void {
    const staged = this.files.flatMap(({ path }) => (this.#stored.get(path) === path ? [] : path));
    const value = { v: 1, ...manifest, files: this.files, staged } as const;
    writeManifest(this.#fs, this.#directory, nextManifestName, value);
    rollForward(this.#fs, this.#directory);
    removeStrays(this.#fs, this.#directory, new Set(this.#files.keys()));
  }
}
