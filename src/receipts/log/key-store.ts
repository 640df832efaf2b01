import type { RandomBytes } from '../../base/clock.ts';
import { fail } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { LogFs } from './fs.ts';
import { IdTable } from './ids.ts';
import { isHeaderAt, type KeyStoreOptions, openHeader } from './key-store-header.ts';
import { type Mark, readMark, writeMark } from './key-store-mark.ts';
import { encodeRecord, type KeyRecord, RecordFile } from './key-store-records.ts';
import { openBytes, sealBytes } from './payload-aes.ts';
import { derive } from './secrets.ts';

/** One subject's key. */
export interface SubjectKey {
  /** The first leaf that it may be used for. */
  readonly created: number;
  /** 32 random bytes. */
  readonly key: Uint8Array;
}

const keyBytes = 32;
const nonceBytes = 12;
const voidName = '0'.repeat(2 * keyBytes);
const settled = Promise.resolve();

type Numbered = KeyRecord & { readonly number: number };

/**
 * The keys of data subjects in a directory of its own, beside the data and backed up apart from it.
 * New keys are made durable before the first leaf that needs them; a key that dies is written over
 * in place. All keys are under one key, which the key encryption key wraps: so a far-away KMS is
 * asked once.
 */
export class KeyStore {
  readonly directory: string;
  readonly #fs: LogFs;
  readonly #random: RandomBytes;
  readonly #file: RecordFile;
  readonly #key: Uint8Array;
  readonly #recordsMax: number;
  readonly #table = new IdTable(limits.subjects);
  /** Numbers of records that cannot be read. */
  readonly #bad = new Set<number>();
  /** Records of keys that were destroyed. */
  #destroyed = 0;
  #tail: Promise<void> = settled;
  #failure: unknown;

  private constructor(options: KeyStoreOptions, key: Uint8Array) {
    const { directory, fs, random, mode, recordsMax = limits.subjects } = options;
    this.#recordsMax = recordsMax;
    this.directory = directory;
    this.#fs = fs;
    this.#random = random;
    this.#key = key;
    this.#file = new RecordFile(fs, directory, mode === 'read' ? 'r' : 'r+');
  }

  /** A key for something else that is encrypted for this log (HKDF, RFC 5869). */
  derive(info: string): Uint8Array {
    return derive(this.#key, info);
  }

  /** How far it has followed the log's erasures; undefined where it has to begin again. */
  get mark(): Mark | undefined {
    const mark = readMark(this.#fs, this.directory);
    return mark === undefined || mark.destroyed > this.#destroyed ? undefined : mark;
  }

  /** Remembers that all erasures among the first leaves of the log are finished. */
  setMark(size: number, hash: string): void {
    writeMark(this.#fs, this.directory, { size, hash, destroyed: this.#destroyed });
  }

  /** True where a directory holds a store. */
  static isAt(fs: LogFs, directory: string): boolean {
    return isHeaderAt(fs, directory);
  }

  /**
   * Opens a store, or makes it.
   *
   * @throws KnhkError KNHK_LOG_SUBJECT_KEYS, KNHK_LOG_KEK, KNHK_LIMIT_SUBJECTS
   */
  static async open(options: KeyStoreOptions): Promise<KeyStore> {
    const store = new KeyStore(options, await openHeader(options));
    try {
      store.#load();
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  #load(): void {
    let number = 0;
    for (const { name, state } of this.#file.stored()) {
      if (state === 'bad') this.#bad.add(number);
      if (name !== voidName) {
        this.#enter(name, number);
        if (state === 'destroyed') this.#destroyed++;
      }
      number++;
    }
  }

  #enter(name: string, number: number): void {
    if (this.#table.count >= this.#recordsMax) {
      const expected = `at most ${this.#recordsMax} records`;
      fail('KNHK_LIMIT_SUBJECTS', this.directory, expected, 'more');
    }
    const high = Number.parseInt(name.slice(0, 8), 16);
    this.#table.addWords(high, Number.parseInt(name.slice(8, 16), 16), number);
  }

  /** Records of a name, the newest first. */
  #records(name: string): readonly Numbered[] {
    return this.#table
      .candidates(name)
      .map((number) => ({ ...this.#file.read(number), number }))
      .filter((record) => record.name === name)
      .sort((left, right) => right.number - left.number);
  }

  /**
   * The keys of a subject that are alive, the newest first; mostly one or none.
   *
   * @throws KnhkError KNHK_LOG_SUBJECT_KEYS where one does not open
   */
  find(name: string): readonly SubjectKey[] {
    return this.#records(name).flatMap(({ state, seq, wrapped, number }) => {
      if (state !== 'live') return [];
      const key = openBytes(this.#key, wrapped, bound(name, seq));
      if (key === undefined) this.#damaged(number, "a key under another key than the store's");
      return [{ created: seq, key: new Uint8Array(key) }];
    });
  }

  #damaged(number: number, got: string): never {
    const where = `${this.directory}, record ${number}`;
    return fail('KNHK_LOG_SUBJECT_KEYS', where, 'the record that was stored', got);
  }

  /**
   * Seqs of the erase leaves that destroyed keys of this subject, the newest key first. A log that
   * was put back may be shorter than that.
   */
  erasedBy(name: string): readonly number[] {
    return this.#records(name).flatMap(({ state, seq }) => (state === 'destroyed' ? [seq] : []));
  }

  /**
   * Adds a key for a leaf that comes; {@link KeyStore.flush} makes it durable.
   *
   * @param key The subject's key where it has one that was made for a later leaf, as after a backup
   * of the log alone was restored: erasing goes by the leaves that keys were made for.
   * @throws KnhkError KNHK_LIMIT_SUBJECTS
   */
  add(name: string, seq: number, key: Uint8Array = this.#random(keyBytes)): SubjectKey {
    const wrapped = sealBytes(this.#key, this.#random(nonceBytes), key, bound(name, seq));
    this.#enter(name, this.#file.count);
    this.#file.add(encodeRecord(name, seq, wrapped));
    return { created: seq, key };
  }

  /** Resolves when all keys added so far are durable; rejects for ever once that went wrong. */
  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#file.hasAdded) {
      this.#tail = this.#tail.then(() => this.#file.write());
      this.#tail.catch((error: unknown) => this.#fail(error));
    }
    return this.#tail;
  }

  /** What a failed write or sync left behind is known after the next opening only. */
  #fail(error: unknown): void {
    this.#failure ??= error ?? new Error('the store of subject keys failed');
  }

  /**
   * Destroys the keys that erase leaves are about, durably, and gives how many there were. A key
   * made for a later leaf lives on: the subject came back.
   *
   * @param erased Seq of the erase leaf by name.
   */
  async destroy(erased: ReadonlyMap<string, number>): Promise<number> {
    await this.flush();
    try {
      let count = 0;
      for (const [name, seq] of erased) {
        for (const { number, state } of this.#deadBy(name, seq)) {
          // One after the other, the newest first: what a crash leaves half done shows which it is.
          this.#file.overwrite(number, encodeRecord(name, seq));
          this.#bad.delete(number);
          this.#destroyed++;
          if (state === 'live') count++;
        }
      }
      return count;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #deadBy(name: string, erased: number): readonly Numbered[] {
    const records = this.#records(name);
    let isOlder = false;
    return records.filter(({ number, state, seq }) => {
      if (state === 'destroyed') return false;
      if (state === 'bad') {
        // Torn while it was destroyed, unless that is done: then it came later.
        const done = records.filter((other) => other.state === 'destroyed' && other.seq === erased);
        return !done.some((other) => other.number < number);
      }
      if (!isOlder && seq > erased) return false;
      // What stands before an older leaf's key is that key too, however late its leaf.
      isOlder = true;
      return true;
    });
  }

  /**
   * Judges the records that cannot be read, once all erasures were replayed: those whose leaves the
   * log does not have were being written when something broke, and nobody relied on them.
   *
   * @param size Leaves in the log.
   * @throws KnhkError KNHK_LOG_SUBJECT_KEYS where one is damaged that was relied on
   */
  settle(size: number): void {
    const [first] = this.#bad;
    if (first === undefined) return;
    let last = 0;
    for (let number = first; number < this.#file.count; number++) {
      const { state, name, seq } = this.#file.read(number);
      if (state !== 'bad' && name !== voidName && seq < size) last = number;
    }
    for (const number of this.#bad) {
      if (number < last) this.#damaged(number, 'a record with another CRC');
    }
    for (const number of this.#bad) this.#file.clear(number);
    this.#bad.clear();
  }

  /** Lets go of the file; never throws, for what matters was synced before. */
  close(): void {
    try {
      this.#file.close();
    } catch (error) {
      process.emitWarning(`subject keys: ${String(error)}`, 'KnhkWarning');
    }
  }
}

/** A record moved to another name or seq does not open. */
const bound = (name: string, created: number): string => `knhk/1/subject-key\n${name}\n${created}`;
