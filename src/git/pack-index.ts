import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** Where an object of a pack lies. */
export interface IndexEntry {
  /** 40 hexadecimal digits. */
  readonly id: string;
  /** Of the entry's first byte in the pack. */
  readonly offset: number;
  /** CRC-32 over the entry as it is stored. */
  readonly crc: number;
}

const idBytes = 20;
const fanoutBytes = 256 * 4;
const headBytes = 8;
const trailerBytes = 2 * idBytes;
const signature = 0xff744f63;
const version = 2;
const largeFrom = 2 ** 31;

/** The index of version 2 over a pack's entries (gitformat-pack). */
export function encodeIndex(entries: readonly IndexEntry[], packHash: Buffer): Buffer {
  const sorted = [...entries].sort((left, right) => (left.id < right.id ? -1 : 1));
  const count = sorted.length;
  const large = sorted.filter(({ offset }) => offset >= largeFrom);
  const bytes = Buffer.alloc(headBytes + fanoutBytes + count * (idBytes + 8) + large.length * 8);
  bytes.writeUInt32BE(signature, 0);
  bytes.writeUInt32BE(version, 4);
  const ids = headBytes + fanoutBytes;
  const crcs = ids + count * idBytes;
  const offsets = crcs + count * 4;
  let far = 0;
  for (const [position, { id, offset, crc }] of sorted.entries()) {
    bytes.write(id, ids + position * idBytes, 'hex');
    bytes.writeUInt32BE(crc, crcs + position * 4);
    if (offset >= largeFrom) {
      bytes.writeBigUInt64BE(BigInt(offset), offsets + count * 4 + far * 8);
      bytes.writeUInt32BE(largeFrom + far, offsets + position * 4);
      far++;
    } else bytes.writeUInt32BE(offset, offsets + position * 4);
  }
  let below = 0;
  for (let first = 0; first < 256; first++) {
    while (below < count && (bytes[ids + below * idBytes] as number) <= first) below++;
    bytes.writeUInt32BE(below, headBytes + first * 4);
  }
  const whole = Buffer.concat([bytes, packHash]);
  return Buffer.concat([whole, createHash('sha1').update(whole).digest()]);
}

/** A pack's index in memory: 28 bytes an object. */
export class PackIndex {
  readonly #bytes: Buffer;
  readonly count: number;

  private constructor(bytes: Buffer, count: number) {
    this.#bytes = bytes;
    this.count = count;
  }

  /** Reads an index of version 2; undefined where it is damaged or of another version. */
  static read(bytes: Buffer): PackIndex | undefined {
    if (bytes.length < headBytes + fanoutBytes + trailerBytes) return undefined;
    if (bytes.readUInt32BE(0) !== signature || bytes.readUInt32BE(4) !== version) return undefined;
    const count = bytes.readUInt32BE(headBytes + fanoutBytes - 4);
    const least = headBytes + fanoutBytes + count * (idBytes + 8) + trailerBytes;
    const rest = bytes.length - least;
    if (rest < 0 || rest % 8 !== 0 || rest / 8 > count) return undefined;
    const body = bytes.subarray(0, -idBytes);
    const hash = createHash('sha1').update(body).digest();
    return hash.equals(bytes.subarray(-idBytes)) ? new PackIndex(bytes, count) : undefined;
  }

  /** SHA-1 that the pack ends with. */
  get packHash(): Buffer {
    return this.#bytes.subarray(-trailerBytes, -idBytes);
  }

  /** Where an object's entry begins, undefined if the pack does not hold it. */
  find(id: string): number | undefined {
    const wanted = Buffer.from(id, 'hex');
    const first = wanted[0] as number;
    let low = first === 0 ? 0 : this.#bytes.readUInt32BE(headBytes + (first - 1) * 4);
    let high = Math.min(this.count, this.#bytes.readUInt32BE(headBytes + first * 4));
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = headBytes + fanoutBytes + middle * idBytes;
      const order = this.#bytes.compare(wanted, 0, idBytes, start, start + idBytes);
      if (order === 0) return this.#offset(middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** All entries in the order of their ids. */
  entries(): readonly IndexEntry[] {
    const crcs = headBytes + fanoutBytes + this.count * idBytes;
    return Array.from({ length: this.count }, (_, position) => {
      const start = headBytes + fanoutBytes + position * idBytes;
      return {
        id: this.#bytes.toString('hex', start, start + idBytes),
        offset: this.#offset(position),
        crc: this.#bytes.readUInt32BE(crcs + position * 4),
      };
    });
  }

  #offset(position: number): number {
    const start = headBytes + fanoutBytes + this.count * (idBytes + 4);
    const offset = this.#bytes.readUInt32BE(start + position * 4);
    if (offset < largeFrom) return offset;
    const far = start + this.count * 4 + (offset - largeFrom) * 8;
    const end = this.#bytes.length - trailerBytes;
    return far + 8 <= end ? Number(this.#bytes.readBigUInt64BE(far)) : Number.MAX_SAFE_INTEGER;
  }
}
