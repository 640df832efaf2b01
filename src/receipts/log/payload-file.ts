import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fail } from '../../base/errors.ts';
import { frameOverhead, frameTypes, headerBytes, isIntact, readHeader } from '../verify/frames.ts';
import { readAt } from './files.ts';
import type { LogFs } from './fs.ts';
import { OutFile } from './out-file.ts';

// payload/<first>.pay: eight bytes of magic, the payload frames as they stood in the segment, a
// table of two u32 for each (leaf's seq less the first one; place of the frame, 0 where it was
// destroyed), then u32 count, u32 CRC-32 of table and count, and the magic again. Little-endian.
const magic = Buffer.from('KNHKPAY1', 'latin1');
const rowBytes = 8;
const trailerBytes = 16;
const destroyed = 0;

/** Path of the file that holds the payloads of a sealed segment. */
export function payloadPath(directory: string, first: number): string {
  return join(directory, 'payload', `${String(first).padStart(12, '0')}.pay`);
}

/** Payload frames of one segment, in ascending order of their leaves. */
export class PayloadWriter {
  readonly #out: OutFile;
  readonly #first: number;
  readonly #rows: number[] = [];

  constructor(fs: LogFs, directory: string, first: number) {
    this.#out = new OutFile(fs, payloadPath(directory, first));
    this.#first = first;
    this.#out.add(magic);
  }

  /** Adds the frame that stood before a leaf; undefined for one that was destroyed. */
  add(seq: number, frame: Uint8Array | undefined): void {
    this.#rows.push(seq - this.#first, frame === undefined ? destroyed : this.#out.length);
    if (frame !== undefined) this.#out.add(frame);
  }

  /** Makes everything durable and puts the file in place. */
  place(): void {
    const count = this.#rows.length / 2;
    const end = Buffer.allocUnsafe(count * rowBytes + trailerBytes);
    this.#rows.forEach((value, at) => void end.writeUInt32LE(value, 4 * at));
    const countAt = count * rowBytes;
    end.writeUInt32LE(count, countAt);
    end.writeUInt32LE(crc32(end.subarray(0, countAt + 4)), countAt + 4);
    magic.copy(end, countAt + 8);
    this.#out.add(end);
    this.#out.finish();
    this.#out.place();
  }

  /** Lets go of the file where it is not to be placed. */
  close(): void {
    this.#out.close();
  }
}

/** A payload frame as it stands in its file. */
export interface PayloadFrame {
  /** 0 plain, 1 encrypted. */
  readonly enc: number;
  /** Content of the frame. */
  readonly content: Buffer;
  /** The whole frame. */
  readonly bytes: Buffer;
}

function corrupt(path: string, seq: number, got: string): never {
  return fail('KNHK_LOG_CORRUPT', `${path} seq ${seq}`, 'the payloads that were split off', got);
}

/** The table at the end of a payload file, with the count behind it. */
function readTable(fs: LogFs, fd: number, path: string, first: number): Buffer {
  const { size } = fs.fstatSync(fd);
  const trailer = readAt(fs, fd, trailerBytes, Math.max(0, size - trailerBytes));
  const count = trailer.length === trailerBytes ? trailer.readUInt32LE(0) : 0;
  const tableAt = size - trailerBytes - count * rowBytes;
  const isMarked = trailer.subarray(8).equals(magic) && tableAt >= magic.length;
  if (!isMarked) return corrupt(path, first, 'no payload file');
  const table = readAt(fs, fd, count * rowBytes + 4, tableAt);
  return crc32(table) === trailer.readUInt32LE(4) ? table : corrupt(path, first, 'a damaged table');
}

/** One open payload file. */
export class PayloadFile {
  readonly #fs: LogFs;
  readonly #fd: number;
  readonly #path: string;
  readonly #first: number;
  readonly #table: Buffer;
  /** Payloads that the file knows of, destroyed ones included. */
  readonly count: number;

  private constructor(fs: LogFs, fd: number, path: string, first: number) {
    this.#fs = fs;
    this.#fd = fd;
    this.#path = path;
    this.#first = first;
    this.#table = readTable(fs, fd, path, first);
    this.count = (this.#table.length - 4) / rowBytes;
  }

  /**
   * Opens the payloads of a segment, undefined where there is no such file.
   *
   * @throws KnhkError KNHK_LOG_CORRUPT
   */
  static open(fs: LogFs, directory: string, first: number): PayloadFile | undefined {
    const path = payloadPath(directory, first);
    if (fs.statSync(path) === undefined) return undefined;
    const fd = fs.openSync(path, 'r');
    try {
      return new PayloadFile(fs, fd, path, first);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /** Seq of the leaf at a position in the table. */
  seqAt(position: number): number {
    return this.#first + this.#table.readUInt32LE(position * rowBytes);
  }

  /** Position of a leaf in the table, -1 where it has no payload here. */
  find(seq: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.seqAt(middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.seqAt(low) === seq ? low : -1;
  }

  /**
   * The frame at a position; undefined where it was destroyed.
   *
   * @throws KnhkError KNHK_LOG_CORRUPT where it is damaged
   */
  frameAt(position: number): PayloadFrame | undefined {
    const offset = this.#table.readUInt32LE(position * rowBytes + 4);
    if (offset === destroyed) return undefined;
    const seq = this.seqAt(position);
    const head = readAt(this.#fs, this.#fd, headerBytes, offset);
    const header = head.length === headerBytes ? readHeader(head, 0) : undefined;
    if (header?.type !== frameTypes.payload) return this.#corrupt(seq, 'no payload frame');
    const bytes = readAt(this.#fs, this.#fd, header.length + frameOverhead, offset);
    const isWhole = bytes.length === header.length + frameOverhead;
    if (!isWhole || !isIntact(bytes, 0, header.length, crc32)) {
      return this.#corrupt(seq, 'a payload with another CRC');
    }
    const content = bytes.subarray(headerBytes, headerBytes + header.length);
    return { enc: header.enc, content, bytes };
  }

  #corrupt(seq: number, got: string): never {
    return fail(
      'KNHK_LOG_CORRUPT',
      `${this.#path} seq ${seq}`,
      'the payloads that were split off',
      got,
    );
  }

  close(): void {
    this.#fs.closeSync(this.#fd);
  }
}
