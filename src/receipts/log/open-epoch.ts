import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { sha256Hex } from '#sha256';
import { monotonicMs } from '../../base/clock.ts';
import { frameOverhead, frameTypes, headerBytes, sealFrame } from '../verify/frames.ts';
import type { LeafBody } from '../verify/leaf-types.ts';

const firstBytes = 65_536;
const hashBytes = 32;
// UTF-8 takes at most three bytes for each UTF-16 unit.
const unitBytes = 3;

const ignore = (): void => {};

/** Leaves that are appended but not yet durable, as the bytes that will be written. */
export class OpenEpoch {
  /** Seq of the first leaf. */
  readonly first: number;
  readonly bodies: LeafBody[] = [];
  /** Leaf hashes, hexadecimal. */
  readonly hashes: string[] = [];
  /** Settles when the epoch is on disk, or never will be: one promise for all its leaves. */
  readonly durable: Promise<void>;
  /** Time of the last leaf. */
  time = 0;
  /** How far the clock was behind the log's time at worst, in ms. */
  skewMs = 0;
  /** When its first leaf came, in monotonic ms: for telemetry alone. */
  startedMs = 0;
  /** The signed checkpoint, once it is durable. */
  note = '';
  /** What has to be done once it is durable and before anything else is written. */
  afterwards: (() => void | Promise<void>) | undefined;
  resolve: () => void = ignore;
  reject: (error: unknown) => void = ignore;
  #bytes: Buffer;
  #length = 0;

  constructor(first: number, spare: Uint8Array | undefined) {
    this.first = first;
    this.#bytes =
      spare === undefined
        ? Buffer.allocUnsafeSlow(firstBytes)
        : Buffer.from(spare.buffer, spare.byteOffset, spare.byteLength);
    this.durable = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Nobody has to wait for durability; a poisoned log says so on every later call.
    this.durable.catch(ignore);
  }

  get count(): number {
    return this.hashes.length;
  }

  /** Seq after the last leaf. */
  get end(): number {
    return this.first + this.hashes.length;
  }

  get length(): number {
    return this.#length;
  }

  /** The written bytes; valid until the next call that adds. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The memory itself, for the next epoch once this one is written. */
  get memory(): Uint8Array {
    return this.#bytes;
  }

  /** Adds a payload frame. */
  addPayload(text: string): void {
    this.#addFrame(frameTypes.payload, text);
  }

  /** Adds a payload frame with encrypted content. */
  addEncrypted(content: Uint8Array): void {
    this.#addBytes(frameTypes.payload, content, 1);
  }

  /** Adds what was measured, which no hash covers. */
  addStatistics(text: string): void {
    this.#addFrame(frameTypes.statistics, text);
  }

  /** Adds a leaf frame and returns the leaf hash, hexadecimal. */
  addLeaf(text: string, body: LeafBody, time: number): string {
    const start = this.#length;
    this.#addFrame(frameTypes.leaf, text);
    // The header ends with a zero byte, the prefix that RFC 6962 puts before a leaf.
    const from = start + headerBytes - 1;
    const hash = sha256Hex(this.#bytes.subarray(from, this.#length - frameOverhead + headerBytes));
    if (this.hashes.length === 0) this.startedMs = monotonicMs();
    this.hashes.push(hash);
    this.bodies.push(body);
    this.time = time;
    return hash;
  }

  /** The leaf hashes one after the other. */
  hashBytes(): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(this.count * hashBytes);
    for (let index = 0; index < this.hashes.length; index++) {
      bytes.write(this.hashes[index] as string, index * hashBytes, 'hex');
    }
    return bytes;
  }

  /** Adds the closing frame. */
  addEpoch(content: Uint8Array): void {
    this.#addBytes(frameTypes.epoch, content, 0);
  }

  #addBytes(type: 1 | 3, content: Uint8Array, enc: 0 | 1): void {
    this.#reserve(content.length);
    this.#bytes.set(content, this.#length + headerBytes);
    sealFrame(this.#bytes, this.#length, type, content.length, crc32, enc);
    this.#length += content.length + frameOverhead;
  }

  #addFrame(type: 1 | 2 | 4, text: string): void {
    this.#reserve(unitBytes * text.length);
    const length = this.#bytes.write(text, this.#length + headerBytes, 'utf8');
    sealFrame(this.#bytes, this.#length, type, length, crc32);
    this.#length += length + frameOverhead;
  }

  #reserve(count: number): void {
    const needed = this.#length + count + frameOverhead;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}
