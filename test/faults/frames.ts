import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** What complete epochs of a segment hold; read without the library's own reader. */
export interface Frames {
  /** Canonical JSON of each leaf, in order. */
  readonly leaves: readonly Buffer[];
  /** Where the last complete epoch ends. */
  readonly end: number;
}

const leafType = 2;
const epochType = 3;

/**
 * Reads frames (FORMATS, "Frames"): u32le length, u8 type, u8 enc, u16 0, bytes, u32le CRC-32. What
 * comes after the last whole epoch was never acknowledged and does not count.
 */
export function readFrames(bytes: Buffer, from = 0): Frames {
  const leaves: Buffer[] = [];
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
    if (content.readUInt32LE(0) !== waiting.length) throw new Error(`epoch at ${close}: count`);
    for (const leaf of waiting) leaves.push(leaf);
    waiting = [];
    end = at;
  }
  return { leaves, end };
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
