import type { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { fail } from '../base/errors.ts';
import { makeDirectory, readFile, syncDirectory, writeAll } from '../receipts/log/files.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { objectBytesMax } from './delta.ts';
import {
  frameObject,
  type GitObject,
  isObjectId,
  type ObjectKind,
  objectId,
  parseFramed,
} from './objects.ts';
import { PackIndex } from './pack-index.ts';
import { PackReader } from './pack-reader.ts';

/** Why an object cannot be had. */
export type ObjectProblem = 'missing' | 'damaged';

const fdatasync = (fs: LogFs, fd: number): Promise<void> =>
  new Promise((done, reject) =>
    fs.fdatasync(fd, (error) => (error === null ? done() : reject(error))),
  );

// Files and keys of a commit that are the same as in the last one: a handful.
const knownMax = 1_024;

/** The objects of a bare repository: loose files and packs. */
export class ObjectStore {
  readonly #fs: LogFs;
  /** `objects` of the repository. */
  readonly directory: string;
  #packs: readonly PackReader[] | undefined;
  /** Packs as they were listed last, and the names that were there: a pack never changes. */
  #kept: readonly PackReader[] = [];
  #names = '';
  /** Objects and folders that this process has made durable, or found so. */
  readonly #durable = new Set<string>();
  #temporaries = 0;

  constructor(fs: LogFs, gitDirectory: string) {
    this.#fs = fs;
    this.directory = join(gitDirectory, 'objects');
  }

  #loosePath(id: string): string {
    return join(this.directory, id.slice(0, 2), id.slice(2));
  }

  /** The packs that there are; read again after {@link forgetPacks}. */
  packs(): readonly PackReader[] {
    this.#packs ??= this.#listPacks();
    return this.#packs;
  }

  /** Asks the disk again when packs are next needed. */
  forgetPacks(): void {
    this.#packs = undefined;
  }

  #listPacks(): readonly PackReader[] {
    const directory = join(this.directory, 'pack');
    if (this.#fs.statSync(directory) === undefined) return [];
    const names = this.#fs.readdirSync(directory).sort();
    const known = new Map(this.#kept.map((pack) => [pack.path, pack]));
    this.#names = names.join();
    this.#kept = names.flatMap((name) => {
      const stem = /^(pack-[0-9a-f]{40})\.idx$/.exec(name)?.[1];
      if (stem === undefined || !names.includes(`${stem}.pack`)) return [];
      const path = join(directory, `${stem}.pack`);
      const kept = known.get(path);
      if (kept !== undefined) return [kept];
      const bytes = readFile(this.#fs, join(directory, name));
      const index = bytes === undefined ? undefined : PackIndex.read(bytes);
      return index === undefined ? [] : [new PackReader(this.#fs, path, index)];
    });
    return this.#kept;
  }

  /** True if the object is there; it may still be damaged. */
  has(id: string): boolean {
    if (this.#fs.statSync(this.#loosePath(id)) !== undefined) return true;
    return this.packs().some(({ index }) => index.find(id) !== undefined);
  }

  /** An object whose bytes hash to its name, or what is wrong with it. */
  look(id: string): GitObject | ObjectProblem {
    const loose = readFile(this.#fs, this.#loosePath(id));
    const found = loose === undefined ? this.#lookInPacks(id) : inflateLoose(loose);
    if (typeof found !== 'string' && objectId(found.kind, found.content) !== id) return 'damaged';
    return found;
  }

  #lookInPacks(id: string): GitObject | ObjectProblem {
    const found = this.#search(id);
    if (found !== 'missing') return found;
    // Somebody who packs beside us may just have moved it.
    const before = this.#names;
    this.forgetPacks();
    this.packs();
    return this.#names === before ? found : this.#search(id);
  }

  #search(id: string): GitObject | ObjectProblem {
    let problem: ObjectProblem = 'missing';
    for (const pack of this.packs()) {
      const offset = pack.index.find(id);
      if (offset === undefined) continue;
      const found = pack.read(offset, (other) => {
        // A delta that names its base never does so in our own packs, and never in a circle.
        const base = other === id ? 'damaged' : this.look(other);
        return typeof base === 'string' ? undefined : base;
      });
      if (found !== undefined) return found;
      problem = 'damaged';
    }
    return problem;
  }

  /**
   * An object of a kind.
   *
   * @throws KnhkError KNHK_LOCKCHAIN_OBJECT
   */
  read(id: string, kind: ObjectKind): Buffer {
    const found = this.look(id);
    if (typeof found === 'string') return fail('KNHK_LOCKCHAIN_OBJECT', id, `a ${kind}`, found);
    if (found.kind !== kind) fail('KNHK_LOCKCHAIN_OBJECT', id, `a ${kind}`, `a ${found.kind}`);
    return found.content;
  }

  /** Stores an object durably; resolves with its id once file and name are on disk. */
  async write(kind: ObjectKind, content: Uint8Array): Promise<string> {
    const id = objectId(kind, content);
    if (this.#durable.has(id)) return id;
    if (this.#durable.size > knownMax) this.#durable.clear();
    const path = this.#loosePath(id);
    if (this.#fs.statSync(path) === undefined && !this.has(id)) {
      const bytes = deflateSync(frameObject(kind, content));
      await this.#put(path, bytes);
    } else if (this.#fs.statSync(path) !== undefined) {
      // An interrupted write may have left the name, but not on disk.
      this.#syncFolder(path);
    }
    this.#durable.add(id);
    return id;
  }

  async #put(path: string, bytes: Uint8Array): Promise<void> {
    const fs = this.#fs;
    // Git's own name for such files: its gc removes what a crash leaves.
    const temporary = join(this.directory, `tmp_obj_knhk${this.#temporaries++}`);
    const fd = fs.openSync(temporary, 'w', 0o644);
    try {
      try {
        writeAll(fs, fd, bytes, 0);
        await fdatasync(fs, fd);
      } finally {
        fs.closeSync(fd);
      }
      this.#makeFolder(join(path, '..'));
      fs.renameSync(temporary, path);
    } catch (error) {
      removeQuietly(fs, temporary);
      throw error;
    }
    this.#syncFolder(path);
  }

  #makeFolder(folder: string): void {
    if (this.#durable.has(folder) || this.#fs.statSync(folder) !== undefined) return;
    makeDirectory(this.#fs, folder);
    this.#durable.add(folder);
  }

  #syncFolder(path: string): void {
    const folder = join(path, '..');
    syncDirectory(this.#fs, folder);
    if (this.#durable.has(folder)) return;
    syncDirectory(this.#fs, this.directory);
    this.#durable.add(folder);
  }

  /** Ids of the loose objects. */
  loose(): string[] {
    const folders = this.#fs
      .readdirSync(this.directory)
      .filter((name) => /^[0-9a-f]{2}$/.test(name));
    return folders.flatMap((folder) =>
      this.#fs
        .readdirSync(join(this.directory, folder))
        .map((name) => `${folder}${name}`)
        .filter(isObjectId),
    );
  }

  /** Removes the loose copy of an object that a pack holds. */
  removeLoose(id: string): void {
    this.#durable.delete(id);
    this.#fs.unlinkSync(this.#loosePath(id));
  }
}

/** Removes what is only litter; that it cannot be removed matters to nobody. */
export function removeQuietly(fs: LogFs, path: string): void {
  try {
    if (fs.statSync(path) !== undefined) fs.unlinkSync(path);
  } catch {
    // The caller reports what went wrong before.
  }
}

function inflateLoose(bytes: Buffer): GitObject | 'damaged' {
  try {
    const framed = inflateSync(bytes, { maxOutputLength: objectBytesMax });
    return parseFramed(framed) ?? 'damaged';
  } catch {
    return 'damaged';
  }
}
