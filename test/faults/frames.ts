import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** What complete epochs of a segment hold; read without the library's own reader. */
export interface Frames {
  /** Canonical JSON of each leaf, in order. */
  readonly leaves: readonly Buffer[];
  /** Those of them that the last epoch added. */
  readonly newest: readonly Buffer[];
  /** The signed checkpoint of each epoch, in order. */
  readonly notes: readonly string[];
  /** Where the last complete epoch ends. */
  readonly end: number;
}

const leafType = 2;
const epochType = 3;
const hashBytes = 32;

/**
 * Reads frames (FORMATS, "Frames"): u32le length, u8 type, u8 enc, u16 0, bytes, u32le CRC-32. What
 * comes after the last whole epoch was never acknowledged and does not count.
 */
export function readFrames(bytes: Buffer, from = 0): Frames {
  const leaves: Buffer[] = [];
  const notes: string[] = [];
  let newest: Buffer[] = [];
  let waiting: Buffer[] = [];
  let end = from;
  for (let at = from; at + 12 <= bytes.length; ) {
    const type = bytes[at + 4]!;
    const close = at + 8 + bytes.readUInt32LE(at);
    if (type < 1 || type > 4 || close + 4 > bytes.length) break;
    if (bytes.readUInt32LE(close) !== crc32(bytes.subarray(at, close))) break;
    const content = bytes.subarray(at + 8, close);
    at = close + 4;
    if (type === leafType) waiting.push(content);
    if (type !== epochType) continue;
    const count = content.readUInt32LE(0);
    if (count !== waiting.length) throw new Error(`epoch at ${close}: count`);
    for (const leaf of waiting) leaves.push(leaf);
    notes.push(content.toString('utf8', 4 + count * hashBytes));
    newest = waiting;
    waiting = [];
    end = at;
  }
  return { leaves, newest, notes, end };
}

/** Files of a log's segments in order. */
export function segmentsOf(data: string): string[] {
  const folder = join(data, 'seg');
  const names = readdirSync(folder).filter((name) => name.endsWith('.seg'));
  return names.sort().map((name) => join(folder, name));
}

/** Every leaf of a log as text, in order. */
export function leavesIn(data: string): string[] {
  return segmentsOf(data).flatMap((file) =>
    readFrames(readFileSync(file)).leaves.map((leaf) => leaf.toString('utf8')),
  );
}

/** Leaf hashes and checkpoints of a log as it lies there, in order. */
export function logIn(data: string): { readonly hashes: Buffer[]; readonly notes: string[] } {
  const segments = segmentsOf(data).map((file) => readFrames(readFileSync(file)));
  return {
    hashes: segments.flatMap(({ leaves }) => leaves.map((leaf) => sha256(Buffer.of(0), leaf))),
    notes: segments.flatMap(({ notes }) => notes),
  };
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The tree's root by its definition (RFC 6962, section 2.1). */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0]!;
  let split = 1;
  while (2 * split < hashes.length) split *= 2;
  return sha256(Buffer.of(1), rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

/** Size and root that the text of a checkpoint names. */
export function sizeAndRoot(note: string): [number, string] {
  const [, size, root] = note.split('\n');
  return [Number(size), root!];
}
