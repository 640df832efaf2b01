import { Buffer } from 'node:buffer';
import { dirname, join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import { makeDirectory, readFile, syncDirectory, writeAll } from '../receipts/log/files.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { isObjectId } from './objects.ts';
import { removeQuietly } from './store.ts';

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

/** A name that Git allows in a ref: bytes that it refuses are written as % and two digits. */
export function refName(text: string): string {
  const encode = (character: string): string =>
    [...Buffer.from(character, 'utf8')]
      .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
      .join('');
  return text
    .split('/')
    .map((part) =>
      part
        .replace(/[\s%~^:?*[\]\\{}@\u0000-\u001f\u007f]/gu, encode)
        .replace(/^\.|\.(?=\.|$)/gu, encode)
        .replace(/\.lock$/u, '%2elock'),
    )
    .map((part) => part || '%')
    .join('/');
}

/** The branch of a log. */
export const branchOf = (origin: string): string => `refs/heads/log/${refName(origin)}`;

/** Under which the tags of a log stand, a day each. */
export const tagsOf = (origin: string): string => `refs/tags/log/${refName(origin)}`;

/** The names of a bare repository. */
export class Refs {
  readonly #fs: LogFs;
  readonly #directory: string;
  /** Folders whose names this process has made durable. */
  readonly #durable = new Set<string>();

  constructor(fs: LogFs, gitDirectory: string) {
    this.#fs = fs;
    this.#directory = gitDirectory;
  }

  /** What a ref names, undefined where there is none; `git gc` moves refs into packed-refs. */
  read(ref: string): string | undefined {
    const text = this.#text(join(this.#directory, ref));
    if (text !== undefined) return isObjectId(text.trim()) ? text.trim() : undefined;
    return this.#packed().get(ref);
  }

  #text(path: string): string | undefined {
    if (this.#fs.statSync(path)?.isDirectory() !== false) return undefined;
    const bytes = readFile(this.#fs, path);
    return bytes === undefined ? undefined : fromUtf8(bytes);
  }

  #packed(): ReadonlyMap<string, string> {
    const lines = (this.#text(join(this.#directory, 'packed-refs')) ?? '').split('\n');
    return new Map(
      lines.flatMap((line) => {
        const [, id, name] = /^([0-9a-f]{40}) (\S+)$/.exec(line) ?? [];
        return id === undefined || name === undefined ? [] : [[name, id] as const];
      }),
    );
  }

  /** The refs under a folder, by their full names. */
  list(folder: string): ReadonlyMap<string, string> {
    const found = new Map([...this.#packed()].filter(([name]) => name.startsWith(`${folder}/`)));
    const visit = (ref: string): void => {
      const stat = this.#fs.statSync(join(this.#directory, ref));
      if (stat?.isDirectory() === true) {
        for (const name of this.#fs.readdirSync(join(this.#directory, ref)))
          visit(`${ref}/${name}`);
      } else if (stat !== undefined && !ref.endsWith('.lock')) {
        const id = this.read(ref);
        if (id !== undefined) found.set(ref, id);
      }
    };
    visit(folder);
    return found;
  }

  /**
   * Lets a ref name another object, as Git does: `<ref>.lock` made exclusively, synced, renamed.
   *
   * @param before What it named so far, undefined for a new one.
   * @throws KnhkError KNHK_LOCKCHAIN_LOCKED where another writer is at it, or was first
   */
  update(ref: string, id: string, before: string | undefined): void {
    const fs = this.#fs;
    const path = join(this.#directory, ref);
    const lock = `${path}.lock`;
    makeDirectory(fs, dirname(path));
    let fd: number;
    try {
      fd = fs.openSync(lock, 'wx', 0o644);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      fail('KNHK_LOCKCHAIN_LOCKED', lock, 'no other writer', 'its lock', error);
    }
    try {
      try {
        const now = this.read(ref);
        if (now !== before) fail('KNHK_LOCKCHAIN_LOCKED', ref, before ?? 'no ref', now ?? 'none');
        writeAll(fs, fd, Buffer.from(`${id}\n`, 'latin1'), 0);
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
      fs.renameSync(lock, path);
    } catch (error) {
      removeQuietly(fs, lock);
      throw error;
    }
    const folder = dirname(path);
    const isKnown = this.#durable.delete(folder);
    syncDirectory(fs, folder);
    if (isKnown) this.#durable.add(folder);
    else this.settle(ref);
  }

  /**
   * Makes durable what an interrupted update may have left: the ref's name, and those of the
   * folders above it.
   */
  settle(ref: string): void {
    const folder = dirname(join(this.#directory, ref));
    if (this.#durable.has(folder) || this.#fs.statSync(folder) === undefined) return;
    for (let at = folder; at !== dirname(this.#directory); at = dirname(at)) {
      syncDirectory(this.#fs, at);
    }
    this.#durable.add(folder);
  }

  /** Removes the lock that an interrupted update left; only for who holds the repository. */
  unlock(ref: string): void {
    removeQuietly(this.#fs, `${join(this.#directory, ref)}.lock`);
  }
}
