import type { Buffer } from 'node:buffer';
import { inflateSync } from 'node:zlib';
import { readAt } from '../receipts/log/files.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { applyDelta, objectBytesMax } from './delta.ts';
import type { GitObject, ObjectKind } from './objects.ts';
import type { PackIndex } from './pack-index.ts';
import { entryTypes, offsetDelta } from './pack-writer.ts';

const referenceDelta = 7;
const idBytes = 20;
// Type, size and distance take at most so many bytes.
const headMax = 32;
// Git's own packs go to 4,095 (gitformat-pack allows it); ours to 50.
const chainMax = 4_096;
const knownMax = 1_024;
const knownBytesMax = 16_384;

const kinds = new Map(Object.entries(entryTypes).map(([kind, type]) => [type, kind as ObjectKind]));

/** zlib stores what it cannot compress, with a few bytes for each 16 KiB. */
const compressedMax = (size: number): number => size + Math.floor(size / 1_024) + 128;

interface Head {
  readonly type: number;
  readonly size: number;
  /** Bytes of the head. */
  readonly length: number;
  /** Where the base of an offset delta lies. */
  readonly base: number;
  /** Id of the base of a reference delta. */
  readonly reference: string;
}

function readHead(bytes: Buffer, offset: number): Head | undefined {
  let at = 0;
  let byte = bytes[at++] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let factor = 16; byte >= 128 && factor < 2 ** 40; factor *= 128) {
    byte = bytes[at++] ?? 0;
    size += (byte % 128) * factor;
  }
  let back = 0;
  if (type === offsetDelta) {
    byte = bytes[at++] ?? 0;
    back = byte % 128;
    while (byte >= 128 && back < 2 ** 40) {
      byte = bytes[at++] ?? 0;
      back = (back + 1) * 128 + (byte % 128);
    }
  }
  const reference = type === referenceDelta ? bytes.toString('hex', at, at + idBytes) : '';
  const length = at + reference.length / 2;
  const isSound = length <= bytes.length && size <= objectBytesMax;
  return isSound ? { type, size, length, base: offset - back, reference } : undefined;
}

/** One pack on disk. */
export class PackReader {
  readonly #fs: LogFs;
  readonly path: string;
  readonly index: PackIndex;
  /** Objects by their offset: what is read next is mostly a base of what was read before. */
  readonly #known = new Map<number, GitObject>();

  constructor(fs: LogFs, path: string, index: PackIndex) {
    this.#fs = fs;
    this.path = path;
    this.index = index;
  }

  /**
   * An object of this pack, undefined where its entry is damaged.
   *
   * @param other Reads the base of a delta that names it, from wherever it lies.
   */
  read(offset: number, other: (id: string) => GitObject | undefined): GitObject | undefined {
    const fd = this.#fs.openSync(this.path, 'r');
    try {
      return this.#resolve(fd, offset, other);
    } finally {
      this.#fs.closeSync(fd);
    }
  }

  #resolve(
    fd: number,
    offset: number,
    other: (id: string) => GitObject | undefined,
  ): GitObject | undefined {
    const deltas: { readonly at: number; readonly content: Buffer }[] = [];
    for (let at = offset; deltas.length < chainMax; ) {
      const known = this.#known.get(at);
      if (known !== undefined) return this.#undelta(known, deltas);
      const head = readHead(readAt(this.#fs, fd, headMax, at), at);
      const content = head === undefined ? undefined : this.#inflate(fd, at, head);
      if (head === undefined || content === undefined) return undefined;
      const kind = kinds.get(head.type);
      if (kind !== undefined) return this.#undelta(this.#keep(at, { kind, content }), deltas);
      deltas.push({ at, content });
      if (head.type === referenceDelta) {
        const base = other(head.reference);
        return base === undefined ? undefined : this.#undelta(base, deltas);
      }
      if (head.type !== offsetDelta || head.base >= at || head.base < 0) return undefined;
      at = head.base;
    }
    return undefined;
  }

  #undelta(
    base: GitObject,
    deltas: readonly { readonly at: number; readonly content: Buffer }[],
  ): GitObject | undefined {
    let object = base;
    for (const { at, content: delta } of [...deltas].reverse()) {
      const content = applyDelta(object.content, delta);
      if (content === undefined) return undefined;
      object = this.#keep(at, { kind: base.kind, content });
    }
    return object;
  }

  #keep(at: number, object: GitObject): GitObject {
    if (object.content.length > knownBytesMax) return object;
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.set(at, object);
    return object;
  }

  #inflate(fd: number, offset: number, { size, length }: Head): Buffer | undefined {
    const bytes = readAt(this.#fs, fd, compressedMax(size), offset + length);
    try {
      const content = inflateSync(bytes, { maxOutputLength: Math.max(1, size) });
      return content.length === size ? content : undefined;
    } catch {
      return undefined;
    }
  }
}
