import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { nextTurn } from '../base/turn.ts';
import { makeDelta } from './delta.ts';
import type { GitObject, ObjectKind } from './objects.ts';
import { encodeIndex, type IndexEntry } from './pack-index.ts';

/** An object to be packed. */
export interface PackObject extends GitObject {
  /** 40 hexadecimal digits. */
  readonly id: string;
}

/** A pack and its index. */
export interface Pack {
  /** SHA-1 over the pack, 40 hexadecimal digits: it names the files. */
  readonly name: string;
  readonly pack: Buffer;
  readonly index: Buffer;
}

/** How gitformat-pack numbers what an entry is. */
export const entryTypes: Readonly<Record<ObjectKind, number>> = {
  commit: 1,
  tree: 2,
  blob: 3,
  tag: 4,
};
export const offsetDelta = 6;
export const packHeaderBytes = 12;

// As git repack does: a longer chain saves little and makes each read slower.
const depthMax = 50;
// Deltas between what belongs to no common history are not worth looking for.
const deltaBytesMax = 1_048_576;
const batchObjects = 64;
const windowMax = 4;
// Signature and hashes are new in each commit: they are half of it and more.
const resembles = 256;

/** Type and size of an entry: four bits of the size first, then seven a byte. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 128);
    byte = rest % 128;
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

/** Distance back to the base; each further byte counts one more (gitformat-pack). */
function distance(value: number): Buffer {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest--;
    bytes.unshift((rest % 128) | 128);
  }
  return Buffer.from(bytes);
}

/** The head of a pack of so many objects. */
export function packHeader(count: number): Buffer {
  const header = Buffer.alloc(packHeaderBytes);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(count, 8);
  return header;
}

interface Base {
  readonly content: Buffer;
  readonly offset: number;
  readonly depth: number;
}

interface Entry {
  readonly bytes: Buffer;
  /** What it is a difference to, if it is one. */
  readonly base: Base | undefined;
  /** The place in the window that it takes. */
  readonly place: number;
}

/** The shorter of the object itself and its difference to what resembles it most. */
function entryOf({ kind, content }: GitObject, window: readonly Base[], offset: number): Entry {
  const type = entryTypes[kind];
  const whole = deflateSync(content, { level: 9 });
  const plain = Buffer.concat([entryHeader(type, content.length), whole]);
  const deltas = window.map((base) => makeDelta(base.content, content));
  const place = deltas.reduce(
    (best, delta, at) => (delta.length < (deltas[best] as Buffer).length ? at : best),
    0,
  );
  const [base, delta] = [window[place], deltas[place]];
  const isAlike = delta !== undefined && 2 * delta.length < content.length + resembles;
  if (base === undefined || !isAlike) {
    return { bytes: plain, base: undefined, place: window.length };
  }
  const compressed = deflateSync(delta, { level: 9 });
  const head = entryHeader(offsetDelta, delta.length);
  const bytes = Buffer.concat([head, distance(offset - base.offset), compressed]);
  const isShorter = bytes.length < plain.length && base.depth < depthMax;
  return isShorter ? { bytes, base, place } : { bytes: plain, base: undefined, place };
}

/**
 * A pack of version 2 with its index of version 2, in memory (gitformat-pack). Objects of one kind
 * that follow each other are stored as differences, so give them in the order of history.
 */
export async function buildPack(objects: readonly PackObject[]): Promise<Pack> {
  const parts = [packHeader(objects.length)];
  const entries: IndexEntry[] = [];
  const windows = new Map<ObjectKind, Base[]>();
  let offset = packHeaderBytes;
  for (const [position, object] of objects.entries()) {
    // Compressing takes time: the log's own work goes on between batches.
    if (position % batchObjects === batchObjects - 1) await nextTurn();
    const { id, kind, content } = object;
    const window = windows.get(kind) ?? [];
    windows.set(kind, window);
    const isSmall = content.length <= deltaBytesMax;
    const { bytes, base, place } = entryOf(object, isSmall ? window : [], offset);
    // What resembles nothing, such as a README among checkpoints, ends no chain.
    if (isSmall)
      window[place] = { content, offset, depth: base === undefined ? 0 : base.depth + 1 };
    if (window.length > windowMax) window.shift();
    entries.push({ id, offset, crc: crc32(bytes) });
    parts.push(bytes);
    offset += bytes.length;
  }
  const body = Buffer.concat(parts);
  const hash = createHash('sha1').update(body).digest();
  const index = encodeIndex(entries, hash);
  return { name: hash.toString('hex'), pack: Buffer.concat([body, hash]), index };
}
