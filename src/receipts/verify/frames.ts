import { concatBytes, fromUtf8, utf8 } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { type Crc32, tableCrc32 } from './crc32.ts';

/**
 * The frame types of a segment. A frame is a little-endian 32-bit length, a byte for the type, one
 * for the encryption (0 plain), two zero bytes, the content, and CRC-32 over all of them.
 */
export const frameTypes: {
  readonly payload: 1;
  readonly leaf: 2;
  readonly epoch: 3;
  readonly statistics: 4;
} = { payload: 1, leaf: 2, epoch: 3, statistics: 4 };

/** One of {@link frameTypes}. */
export type FrameType = 1 | 2 | 3 | 4;

/** Bytes before and after a frame's own bytes. */
export const headerBytes = 8;
const crcBytes = 4;
export const frameOverhead: number = headerBytes + crcBytes;

const hashBytes = 32;
// A note with a hundred signatures of 64 bytes each stays below this.
const noteBytesMax = 65_536;

/** The most bytes a frame of a type may hold, indexed by type; 0 where there is no such type. */
const frameBytesMax: readonly number[] = [
  0,
  limits.payloadBytes,
  limits.entryBytes,
  4 + limits.epochLeaves * hashBytes + noteBytesMax,
  limits.entryBytes,
];

/** The head of a frame: what the first eight bytes say. */
export interface FrameHeader {
  readonly type: FrameType;
  /** 0 plain, 1 encrypted payload. */
  readonly enc: number;
  /** Bytes between header and CRC. */
  readonly length: number;
}

/** Reads a frame header; undefined where no frame can begin like this. */
export function readHeader(bytes: Uint8Array, offset: number): FrameHeader | undefined {
  const type = bytes[offset + 4] as number;
  const enc = bytes[offset + 5] as number;
  const max = frameBytesMax[type] ?? 0;
  if (max === 0 || enc > (type === frameTypes.payload ? 1 : 0)) return undefined;
  if (bytes[offset + 6] !== 0 || bytes[offset + 7] !== 0) return undefined;
  const length = readU32(bytes, offset);
  return length > max ? undefined : { type: type as FrameType, enc, length };
}

/** An unsigned 32-bit little-endian integer. */
function readU32(bytes: Uint8Array, offset: number): number {
  const low = (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
  const high = ((bytes[offset + 2] as number) << 16) | ((bytes[offset + 3] as number) << 24);
  return (low | high) >>> 0;
}

/** Writes an unsigned 32-bit little-endian integer. */
function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

/** Writes header and CRC around `length` bytes that already stand at `offset + headerBytes`. */
export function sealFrame(
  bytes: Uint8Array,
  offset: number,
  type: FrameType,
  length: number,
  crc32: Crc32,
  enc = 0,
): void {
  writeU32(bytes, offset, length);
  bytes[offset + 4] = type;
  bytes[offset + 5] = enc;
  bytes[offset + 6] = 0;
  bytes[offset + 7] = 0;
  const end = offset + headerBytes + length;
  writeU32(bytes, end, crc32(bytes.subarray(offset, end)));
}

/** True if the CRC of the frame at `offset` is right; the whole frame must be in `bytes`. */
export function isIntact(bytes: Uint8Array, offset: number, length: number, crc32: Crc32): boolean {
  const end = offset + headerBytes + length;
  return readU32(bytes, end) === crc32(bytes.subarray(offset, end));
}

/**
 * One complete frame: header, content, CRC-32.
 *
 * @example
 * const frame = encodeFrame(frameTypes.leaf, new TextEncoder().encode('{}'));
 * Buffer.from(frame).toString('hex'); // => '02000000020000007b7dfcb4c848'
 */
export function encodeFrame(type: FrameType, content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(content.length + frameOverhead);
  frame.set(content, headerBytes);
  sealFrame(frame, 0, type, content.length, tableCrc32);
  return frame;
}

/** What an epoch frame holds. */
export interface EpochContent {
  /** The leaf hashes one after the other, 32 bytes each. */
  readonly hashes: Uint8Array;
  /** How many there are, 1 to 256. */
  readonly count: number;
  /** The signed checkpoint. */
  readonly note: string;
}

/**
 * The bytes of an epoch frame: count, leaf hashes, signed note.
 *
 * @param hashes Leaf hashes one after the other, 32 bytes each.
 * @param note The signed checkpoint after the epoch's last leaf.
 * @example encodeEpoch(new Uint8Array(64), 'note').length; // => 4 + 2 * 32 + 4
 */
export function encodeEpoch(hashes: Uint8Array, note: string): Uint8Array {
  const count = new Uint8Array(4);
  writeU32(count, 0, hashes.length / hashBytes);
  return concatBytes(count, hashes, utf8(note));
}

/**
 * Reads the bytes of an epoch frame; undefined where they are malformed. The note is not read.
 *
 * @example
 * decodeEpoch(encodeEpoch(new Uint8Array(64), 'note'))?.count; // => 2
 * decodeEpoch(new Uint8Array(3)); // => undefined
 */
export function decodeEpoch(bytes: Uint8Array): EpochContent | undefined {
  if (bytes.length < 4) return undefined;
  const count = readU32(bytes, 0);
  const end = 4 + count * hashBytes;
  if (count < 1 || count > limits.epochLeaves || bytes.length < end) return undefined;
  const note = fromUtf8(bytes.subarray(end));
  return note === undefined ? undefined : { hashes: bytes.subarray(4, end), count, note };
}
