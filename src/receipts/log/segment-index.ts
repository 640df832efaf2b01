import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { sha256 } from '#sha256';
import { equalBytes, fromUtf8 } from '../../base/bytes.ts';
import { canonical } from '../../base/canonical.ts';
import { CompactRange, type CompactRangeState } from '../verify/tree.ts';
import { readFile, segmentName, writeAll } from './files.ts';
import type { LogFs } from './fs.ts';

// index/<first>.idx: one line of JSON padded to a multiple of 4 bytes, the sections as 32-bit
// words in the order of `sections`, then SHA-256 over all of it. Byte order is the machine's.
const digestBytes = 32;
const byteOrder = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'little' : 'big';

/** Rows of 32-bit words about the leaves of one sealed segment. */
export interface SegmentRows {
  /** Leaves and bytes of each epoch, without payloads. */
  readonly epochs: Uint32Array;
  /** First 8 bytes of an observation's keyed id, and its seq less the first one. */
  readonly ids: Uint32Array;
  /** First 8 bytes of each leaf's hash. */
  readonly hashes: Uint32Array;
  /** First 8 bytes of a subject's keyed name, and the seq less the first one. */
  readonly subjects: Uint32Array;
  /** Index into `snapshots`, index of a hook, and the seq less the first one. */
  readonly fired: Uint32Array;
}

/** What is known of a sealed segment without reading it. */
export interface SegmentIndex {
  /** Seq of its first leaf. */
  readonly first: number;
  /** Leaves. */
  readonly count: number;
  /** Length of the segment without payloads. */
  readonly bytes: number;
  /** Time of its last leaf. */
  readonly time: number;
  /** Hash of its last leaf, hexadecimal. */
  readonly hash: string;
  /** Its last checkpoint. */
  readonly note: string;
  /** The tree behind its last leaf. */
  readonly tree: CompactRange;
  /** Snapshots that fired hooks in it. */
  readonly snapshots: readonly string[];
  readonly rows: SegmentRows;
}

const sections = ['epochs', 'ids', 'hashes', 'subjects', 'fired'] as const;

interface Header extends Omit<SegmentIndex, 'rows' | 'tree'> {
  readonly v: 1;
  readonly byteOrder: string;
  readonly tree: CompactRangeState;
  readonly words: readonly number[];
}

/** Path of a segment's index. */
export function segmentIndexPath(directory: string, first: number): string {
  return join(directory, 'index', `${String(first).padStart(12, '0')}.idx`);
}

const bytesOf = (words: Uint32Array): Buffer =>
  Buffer.from(words.buffer, words.byteOffset, words.byteLength);

/** Writes the index of a sealed segment; it can be made again, so nothing is synced. */
export function saveSegmentIndex(fs: LogFs, directory: string, index: SegmentIndex): void {
  const { rows, tree, ...rest } = index;
  const words = sections.map((name) => rows[name].length);
  const header: Header = { v: 1, byteOrder, ...rest, tree: tree.toJSON(), words };
  const line = Buffer.from(canonical(header), 'utf8');
  const padded = Buffer.alloc(4 * Math.ceil((line.length + 1) / 4), ' ');
  line.copy(padded);
  padded[padded.length - 1] = 10;
  const body = Buffer.concat([padded, ...sections.map((name) => bytesOf(rows[name]))]);
  const fd = fs.openSync(segmentIndexPath(directory, index.first), 'w', 0o600);
  try {
    writeAll(fs, fd, Buffer.concat([body, sha256(body)]), 0);
  } finally {
    fs.closeSync(fd);
  }
}

/** The index of a sealed segment, undefined where it is absent, damaged or of another machine. */
export function loadSegmentIndex(
  fs: LogFs,
  directory: string,
  first: number,
): SegmentIndex | undefined {
  try {
    const bytes = readFile(fs, segmentIndexPath(directory, first));
    if (bytes === undefined || bytes.length <= digestBytes) return undefined;
    const body = bytes.subarray(0, -digestBytes);
    if (!equalBytes(sha256(body), bytes.subarray(-digestBytes))) return undefined;
    return decode(body, first);
  } catch {
    // An index is only ever a shortcut: whatever is wrong with it, the segment decides.
    return undefined;
  }
}

/**
 * The index of a segment in its sealed form; undefined where the segment still holds its payloads,
 * or where its index is of no use. Asked without a lock: a writer may be sealing meanwhile.
 */
export function sealedIndex(fs: LogFs, directory: string, first: number): SegmentIndex | undefined {
  const index = loadSegmentIndex(fs, directory, first);
  // Only behind the index, which is there before the segment is put in place.
  const length = fs.statSync(join(directory, 'seg', segmentName(first)))?.size;
  return index?.bytes === length ? index : undefined;
}

function decode(body: Buffer, first: number): SegmentIndex | undefined {
  const start = body.indexOf(10) + 1;
  const header = JSON.parse(fromUtf8(body.subarray(0, start)) ?? '') as Header;
  const { v, byteOrder: order, tree: state, words, ...rest } = header;
  const tree = CompactRange.fromJSON(state);
  if (v !== 1 || order !== byteOrder || header.first !== first || tree === undefined) {
    return undefined;
  }
  if (tree.size !== first + header.count) return undefined;
  let at = body.byteOffset + start;
  const [epochs, ids, hashes, subjects, fired] = words.map((length) => {
    const section = new Uint32Array(body.buffer, at, length);
    at += 4 * length;
    return section;
  }) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  if (at !== body.byteOffset + body.length) return undefined;
  return { ...rest, tree, rows: { epochs, ids, hashes, subjects, fired } };
}
