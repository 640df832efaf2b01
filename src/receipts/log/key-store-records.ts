import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readAt, writeAll } from './files.ts';
import type { LogFs } from './fs.ts';

// One record, little-endian: name (32 bytes), u64 created seq, wrapped key (60), u32 CRC-32 over
// the bytes before. A destroyed one keeps its name, has the seq of the erase leaf in place of the
// created one, and zeros for the key. A void one is all zeros but for its CRC.
const nameBytes = 32;
const wrappedBytes = 60;
const seqAt = nameBytes;
const wrappedAt = seqAt + 8;
const crcAt = wrappedAt + wrappedBytes;
const recordBytes: number = crcAt + 4;

const noKey = Buffer.alloc(wrappedBytes);

/** What one record says. */
export interface KeyRecord {
  /** 64 hexadecimal digits; all zeros in a void record. */
  readonly name: string;
  /** `live`: a key; `destroyed`: there was one; `bad`: cut short or damaged, but for its name. */
  readonly state: 'live' | 'destroyed' | 'bad';
  /** Leaf that the key was made for, or the erase leaf; 0 in a bad one. */
  readonly seq: number;
  /** The wrapped key; zeros where it is destroyed. */
  readonly wrapped: Buffer;
}

/** The bytes of a record. */
export function encodeRecord(name: string, seq: number, wrapped: Uint8Array = noKey): Buffer {
  const bytes = Buffer.alloc(recordBytes);
  bytes.write(name, 0, 'hex');
  bytes.writeBigUInt64LE(BigInt(seq), seqAt);
  bytes.set(wrapped, wrappedAt);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, crcAt)), crcAt);
  return bytes;
}

/** Reads a record; what is too short is none. */
function decodeRecord(bytes: Buffer): KeyRecord {
  const name = bytes.toString('hex', 0, nameBytes);
  const wrapped = bytes.subarray(wrappedAt, crcAt);
  if (crc32(bytes.subarray(0, crcAt)) !== bytes.readUInt32LE(crcAt)) {
    return { name, state: 'bad', seq: 0, wrapped };
  }
  const seq = Number(bytes.readBigUInt64LE(seqAt));
  return { name, state: wrapped.equals(noKey) ? 'destroyed' : 'live', seq, wrapped };
}

const chunkRecords = 8_192;

/** Path of the records in a store's directory. */
export const keysPath = (directory: string): string => join(directory, 'keys');

/** The file of records: read at places, written at its end, and in place where a key dies. */
export class RecordFile {
  readonly #fs: LogFs;
  readonly #fd: number;
  /** Records that are added and not yet written, by their number. */
  #added = new Map<number, Buffer>();
  /** The same while they are being written. */
  #writing: ReadonlyMap<number, Buffer> = new Map();
  #count: number;

  /** @param flags `r` for reading alone, `r+` to write too */
  constructor(fs: LogFs, directory: string, flags: 'r' | 'r+') {
    this.#fs = fs;
    this.#fd = fs.openSync(keysPath(directory), flags);
    // A record that was cut short was never relied on: the next one is written over it.
    this.#count = Math.floor(fs.fstatSync(this.#fd).size / recordBytes);
  }

  /** Records, those not yet written included. */
  get count(): number {
    return this.#count;
  }

  /** All records that were in the file when it was opened, in order. */
  *stored(): Generator<KeyRecord, void> {
    const count = this.#count;
    for (let from = 0; from < count; from += chunkRecords) {
      const length = Math.min(chunkRecords, count - from) * recordBytes;
      const chunk = readAt(this.#fs, this.#fd, length, from * recordBytes);
      for (let at = 0; at < length; at += recordBytes) {
        yield decodeRecord(chunk.subarray(at, at + recordBytes));
      }
    }
  }

  read(number: number): KeyRecord {
    const held = this.#added.get(number) ?? this.#writing.get(number);
    return decodeRecord(held ?? readAt(this.#fs, this.#fd, recordBytes, number * recordBytes));
  }

  /** Adds a record, which {@link RecordFile.write} writes; gives its number. */
  add(bytes: Buffer): number {
    this.#added.set(this.#count, bytes);
    return this.#count++;
  }

  get hasAdded(): boolean {
    return this.#added.size > 0;
  }

  /** Writes what was added and syncs, without blocking; one call at a time. */
  async write(): Promise<void> {
    const added = this.#added;
    const [first] = added.keys();
    if (first === undefined) return;
    this.#writing = added;
    this.#added = new Map();
    const bytes = Buffer.concat([...added.values()]);
    for (let done = 0; done < bytes.length; ) {
      const written = await this.#writeSome(bytes, done, first * recordBytes);
      if (written <= 0) throw new Error('the file system took no bytes');
      done += written;
    }
    await new Promise<void>((resolve, reject) => {
      this.#fs.fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()));
    });
    this.#writing = new Map();
  }

  #writeSome(bytes: Buffer, from: number, at: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#fs.write(this.#fd, bytes, from, bytes.length - from, at + from, (error, written) => {
        if (error) reject(error);
        else resolve(written);
      });
    });
  }

  /**
   * Writes over a record that is in the file, durably. Its name stays as it is: what tears such a
   * write leaves a bad record whose name can be read, and the erase leaf says what it was to be.
   */
  overwrite(number: number, bytes: Buffer, from: number = seqAt): void {
    writeAll(this.#fs, this.#fd, bytes.subarray(from), number * recordBytes + from);
    this.#fs.fdatasyncSync(this.#fd);
  }

  /** Makes a record void, its name included: nobody relies on it. */
  clear(number: number): void {
    this.overwrite(number, encodeRecord('0'.repeat(2 * nameBytes), 0), 0);
  }

  close(): void {
    this.#fs.closeSync(this.#fd);
  }
}
