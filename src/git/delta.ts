import { Buffer } from 'node:buffer';

// Git's deltas (gitformat-pack): sizes of base and target, then copies from the base (high bit set)
// and insertions of up to 127 bytes.
const insertMax = 127;
const copyMax = 0xffff;
const windowBytes = 8;
const tableBits = 13;
/** Longest object that is read; a hostile delta could ask for any length. */
export const objectBytesMax = 67_108_864;

/** A number as Git's packs hold it: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

const slot = (bytes: Buffer, at: number): number =>
  (Math.imul(bytes.readInt32LE(at), 0x9e3779b1) ^
    Math.imul(bytes.readInt32LE(at + 4), 0x85ebca6b)) >>>
  (32 - tableBits);

/** Last place of each window of the base, 0 where there is none: places count from 1. */
function windowsOf(base: Buffer): Int32Array {
  const table = new Int32Array(2 ** tableBits);
  for (let at = base.length - windowBytes; at >= 0; at--) table[slot(base, at)] = at + 1;
  return table;
}

function writeCopy(out: number[], from: number, length: number): void {
  for (let done = 0; done < length; done += copyMax) {
    const start = from + done;
    const count = Math.min(copyMax, length - done);
    const bytes = [start & 255, (start >>> 8) & 255, (start >>> 16) & 255, (start >>> 24) & 255];
    bytes.push(count & 255, count >>> 8);
    let flags = 0;
    const used = bytes.filter((byte, bit) => {
      if (byte !== 0) flags |= 1 << bit;
      return byte !== 0;
    });
    out.push(flags | 128, ...used);
  }
}

function writeInsert(out: number[], target: Buffer, from: number, to: number): void {
  for (let at = from; at < to; at += insertMax) {
    const end = Math.min(to, at + insertMax);
    out.push(end - at, ...target.subarray(at, end));
  }
}

/** The bytes that make the target from the base: greedy, by windows of eight bytes. */
export function makeDelta(base: Buffer, target: Buffer): Buffer {
  const table = windowsOf(base);
  const out = [...varint(base.length), ...varint(target.length)];
  let pending = 0;
  for (let at = 0; at + windowBytes <= target.length; ) {
    const found = (table[slot(target, at)] as number) - 1;
    const length = found < 0 ? 0 : matchAt(base, found, target, at);
    if (length < windowBytes) {
      at++;
      continue;
    }
    let back = 0;
    while (back < Math.min(found, at - pending) && base[found - back - 1] === target[at - back - 1])
      back++;
    writeInsert(out, target, pending, at - back);
    writeCopy(out, found - back, length + back);
    at += length;
    pending = at;
  }
  writeInsert(out, target, pending, target.length);
  return Buffer.from(out);
}

function matchAt(base: Buffer, from: number, target: Buffer, at: number): number {
  const max = Math.min(base.length - from, target.length - at);
  let length = 0;
  while (length < max && base[from + length] === target[at + length]) length++;
  return length;
}

/** What a delta makes of its base; undefined where it does not fit. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer | undefined {
  let at = 0;
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = delta[at++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128 || factor > 2 ** 35) return value;
    }
  };
  if (size() !== base.length) return undefined;
  const length = size();
  if (length > objectBytesMax || at > delta.length) return undefined;
  const parts: Buffer[] = [];
  let made = 0;
  while (at < delta.length && made <= length) {
    const flags = delta[at++] as number;
    if (flags < 128) {
      // Zero is reserved.
      if (flags === 0 || at + flags > delta.length) return undefined;
      parts.push(delta.subarray(at, at + flags));
      made += flags;
      at += flags;
      continue;
    }
    let from = 0;
    let count = 0;
    for (let bit = 0; bit < 7; bit++) {
      if ((flags & (1 << bit)) === 0) continue;
      const byte = delta[at++] ?? 0;
      if (bit < 4) from += byte * 256 ** bit;
      else count += byte * 256 ** (bit - 4);
    }
    if (count === 0) count = 65_536;
    if (at > delta.length || from + count > base.length) return undefined;
    parts.push(base.subarray(from, from + count));
    made += count;
  }
  return made === length ? Buffer.concat(parts) : undefined;
}
