import { Buffer } from 'node:buffer';
import { dirname, join } from 'node:path';
import { fail } from '../../base/errors.ts';
import { nodeHash } from '../verify/tree.ts';
import { readFile, writeAll } from './files.ts';
import type { LogFs } from './fs.ts';

/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256;
const hashBytes = 32;
const tileHeight = 8;
// A tile of level 6 covers more leaves than a log can count.
const levelsMax = 7;

/** A tile's number as a path: three digits a part, all but the last with an x before them. */
function numberPath(number: number): string {
  let path = String(number % 1_000).padStart(3, '0');
  for (let rest = Math.floor(number / 1_000); rest > 0; rest = Math.floor(rest / 1_000)) {
    path = `x${String(rest % 1_000).padStart(3, '0')}/${path}`;
  }
  return path;
}

/**
 * Path of a tile of hashes or of a bundle of entries below the log directory (C2SP tlog-tiles).
 *
 * @param width fewer than 256 for a partial one
 */
export function tilePath(
  level: number | 'entries',
  number: number,
  width: number = tileWidth,
): string {
  const partial = width === tileWidth ? '' : `.p/${width}`;
  return `tile/${level}/${numberPath(number)}${partial}`;
}

/** Entries of a level below a size: leaves, or roots of 256 to the power of `level` leaves. */
export const entriesAt = (size: number, level: number): number =>
  Math.floor(size / tileWidth ** level);

function writeTile(fs: LogFs, path: string, bytes: Uint8Array): void {
  const parent = dirname(path);
  if (fs.statSync(parent) === undefined) fs.mkdirSync(parent);
  // Neither temporary nor synced: tiles can be made again, and each is checked when it is used.
  const fd = fs.openSync(path, 'w', 0o600);
  try {
    writeAll(fs, fd, bytes, 0);
  } finally {
    fs.closeSync(fd);
  }
}

/** Root of a full subtree whose hashes stand one after the other; a power of two of them. */
export function rootOf(hashes: Uint8Array): Uint8Array {
  let row: Uint8Array[] = [];
  for (let at = 0; at < hashes.length; at += hashBytes) {
    row.push(hashes.subarray(at, at + hashBytes));
  }
  while (row.length > 1) {
    const next: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += 2) {
      next.push(nodeHash(row[at] as Uint8Array, row[at + 1] as Uint8Array));
    }
    row = next;
  }
  return Uint8Array.from(row[0] as Uint8Array);
}

/** What is being filled at one level. */
interface Filling {
  readonly hashes: Buffer;
  count: number;
}

/** Writes the tiles of hashes and the bundles of entries that further leaves complete. */
export class TileWriter {
  readonly #fs: LogFs;
  readonly #directory: string;
  readonly #levels: Filling[] = [];
  #entries: Buffer[] = [];
  #size: number;
  readonly #stale = new Set<string>();

  /**
   * Goes on behind the leaves that tiles cover already.
   *
   * @throws KnhkError KNHK_LOG_CORRUPT where a tile to go on from is missing or damaged
   */
  constructor(fs: LogFs, directory: string, size: number) {
    this.#fs = fs;
    this.#directory = directory;
    this.#size = size;
    for (let level = 0; level < levelsMax && entriesAt(size, level) > 0; level++) {
      const count = entriesAt(size, level) % tileWidth;
      const filling = { hashes: Buffer.alloc(tileWidth * hashBytes), count };
      if (count > 0) this.#partial(level, count * hashBytes).copy(filling.hashes);
      this.#levels.push(filling);
    }
    if (size % tileWidth > 0) this.#entries = splitBundle(this.#partial('entries'));
    const held = this.#entries.length;
    if (held !== size % tileWidth) this.#corrupt('entries', `${held} entries`);
  }

  #partial(level: number | 'entries', length?: number): Buffer {
    const count = level === 'entries' ? this.#size : entriesAt(this.#size, level);
    const path = tilePath(level, Math.floor(count / tileWidth), count % tileWidth);
    const bytes = readFile(this.#fs, join(this.#directory, path));
    if (bytes === undefined) return this.#corrupt(path, 'no such file');
    if (length !== undefined && bytes.length !== length) this.#corrupt(path, 'another length');
    this.#stale.add(path);
    return bytes;
  }

  #corrupt(path: string, got: string): never {
    return fail('KNHK_LOG_CORRUPT', `${this.#directory} ${path}`, 'a tile to go on from', got);
  }

  /** Takes the next leaf: its hash and its bytes, which are kept. */
  append(hash: Uint8Array, entry: Buffer): void {
    const number = Math.floor(this.#size / tileWidth);
    this.#entries.push(entry);
    this.#size++;
    this.#push(0, hash);
    if (this.#entries.length === tileWidth) {
      this.#write('entries', number, joinBundle(this.#entries), tileWidth);
      this.#entries = [];
    }
  }

  #push(level: number, hash: Uint8Array): void {
    let filling = this.#levels[level];
    if (filling === undefined) {
      filling = { hashes: Buffer.alloc(tileWidth * hashBytes), count: 0 };
      this.#levels.push(filling);
    }
    filling.hashes.set(hash, filling.count * hashBytes);
    filling.count++;
    if (filling.count < tileWidth) return;
    filling.count = 0;
    this.#write(level, entriesAt(this.#size, level) / tileWidth - 1, filling.hashes, tileWidth);
    this.#push(level + 1, rootOf(filling.hashes));
  }

  /** Writes what is not full as partial tiles. */
  finish(): void {
    for (const [level, { hashes, count }] of this.#levels.entries()) {
      if (count === 0) continue;
      const number = Math.floor(entriesAt(this.#size, level) / tileWidth);
      this.#write(level, number, hashes.subarray(0, count * hashBytes), count);
    }
    const width = this.#entries.length;
    if (width === 0) return;
    const number = Math.floor(this.#size / tileWidth);
    this.#write('entries', number, joinBundle(this.#entries), width);
  }

  /** Partial tiles that others have replaced. */
  get stale(): readonly string[] {
    return [...this.#stale];
  }

  #write(level: number | 'entries', number: number, bytes: Uint8Array, width: number): void {
    const path = tilePath(level, number, width);
    this.#stale.delete(path);
    writeTile(this.#fs, join(this.#directory, path), bytes);
  }
}

/** A bundle: each entry behind its length, 16 bits, big-endian (C2SP tlog-tiles). */
function joinBundle(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.allocUnsafe(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The entries of a bundle; what is cut off at its end is left out. */
export function splitBundle(bundle: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at + 2 <= bundle.length; ) {
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) break;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

/** Hashes of a tile, and the roots of the full subtrees over 2, 4, ... 128 of them. */
function rowsOf(hashes: Uint8Array): readonly Uint8Array[] {
  const rows = [hashes];
  for (let height = 1; height < tileHeight; height++) {
    const below = rows[height - 1] as Uint8Array;
    const row = new Uint8Array(Math.floor(below.length / (2 * hashBytes)) * hashBytes);
    for (let at = 0; at < row.length; at += hashBytes) {
      const left = below.subarray(2 * at, 2 * at + hashBytes);
      row.set(nodeHash(left, below.subarray(2 * at + hashBytes, 2 * (at + hashBytes))), at);
    }
    rows.push(row);
  }
  return rows;
}

/** Reads hashes of full subtrees from tiles. */
export class TileReader {
  readonly #fs: LogFs;
  readonly #directory: string;
  /** The rows of each tile: its hashes, and the roots of ever larger subtrees over them. */
  readonly #tiles = new Map<string, readonly Uint8Array[]>();

  constructor(fs: LogFs, directory: string) {
    this.#fs = fs;
    this.#directory = directory;
  }

  /**
   * Root of 2^level leaves from index * 2^level on, all of them below `size`.
   *
   * @throws KnhkError KNHK_LOG_CORRUPT where a tile is missing or too short
   */
  subtree(level: number, index: number, size: number): Uint8Array {
    const tileLevel = Math.floor(level / tileHeight);
    const span = 2 ** (level % tileHeight);
    const number = Math.floor((index * span) / tileWidth);
    const start = ((index * span) % tileWidth) * hashBytes;
    const width = Math.min(tileWidth, entriesAt(size, tileLevel) - number * tileWidth);
    const rows = this.#tile(tilePath(tileLevel, number, width), width);
    const row = rows[level % tileHeight] as Uint8Array;
    return row.slice(start / span, start / span + hashBytes);
  }

  #tile(path: string, width: number): readonly Uint8Array[] {
    const known = this.#tiles.get(path);
    if (known !== undefined) return known;
    const bytes = readFile(this.#fs, join(this.#directory, path));
    if (bytes?.length !== width * hashBytes) {
      const got = bytes === undefined ? 'no such file' : `${bytes.length} bytes`;
      return fail('KNHK_LOG_CORRUPT', `${this.#directory} ${path}`, `${width} hashes`, got);
    }
    const [oldest] = this.#tiles.keys();
    if (this.#tiles.size >= tilesKept && oldest !== undefined) this.#tiles.delete(oldest);
    const rows = rowsOf(bytes);
    this.#tiles.set(path, rows);
    return rows;
  }
}

// 16 KiB each.
const tilesKept = 256;
