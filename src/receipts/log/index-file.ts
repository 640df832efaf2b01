import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fromUtf8, toHex } from '../../base/bytes.ts';
import { canonical } from '../../base/canonical.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { CompactRange, type CompactRangeState } from '../verify/tree.ts';
import { EpochIndex } from './epoch-index.ts';
import { listSegments, readFile, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { HashTail } from './hash-tail.ts';
import { IdTable } from './ids.ts';
import { OutFile } from './out-file.ts';
import { LogReader } from './reader.ts';
import type { LogState } from './state.ts';

// index/state: one line of JSON padded to a multiple of 8 bytes, the epochs' firsts and offsets
// (f64), the hashes behind the sealed segments (32 bytes each), the table of ids as it lies in
// memory (u32), then a CRC-32 over all of it. Byte order is the machine's; the header says which.
const crcBytes = 4;
const byteOrder = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'little' : 'big';

interface Header {
  readonly v: 2;
  readonly byteOrder: string;
  readonly origin: string;
  readonly note: string;
  readonly time: number;
  readonly hash: string;
  readonly tree: CompactRangeState;
  readonly sealed: CompactRangeState;
  readonly segments: number[];
  readonly ends: number[];
  readonly epochs: number;
  readonly hashes: number;
  readonly ids: number;
  readonly slots: number;
}

const pathOf = (directory: string): string => join(directory, 'index', 'state');

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Saves what opening would otherwise have to read the whole log for. */
export function saveIndex(fs: LogFs, directory: string, origin: string, state: LogState): void {
  const { segments, ends, firsts, offsets } = state.index.toData();
  const { slots, count } = state.ids;
  const hashes = state.tail.bytes();
  const header: Header = {
    v: 2,
    byteOrder,
    origin,
    note: state.note,
    time: state.time,
    hash: state.hash,
    tree: state.tree.toJSON(),
    sealed: state.sealed.toJSON(),
    segments,
    ends,
    epochs: firsts.length,
    hashes: hashes.length,
    ids: count,
    slots: slots.length,
  };
  const line = Buffer.from(canonical(header), 'utf8');
  const padded = Buffer.alloc(8 * Math.ceil((line.length + 1) / 8), ' ');
  line.copy(padded);
  padded[padded.length - 1] = 10;
  const out = new OutFile(fs, pathOf(directory));
  try {
    let crc = 0;
    for (const part of [padded, firsts, offsets, hashes, slots]) {
      const bytes = bytesOf(part);
      crc = crc32(bytes, crc);
      out.add(bytes);
    }
    out.add(bytesOf(Uint32Array.of(crc)));
    out.finish();
    out.place();
  } finally {
    out.close();
  }
}

/** The saved state, or undefined where it is absent, damaged or not of this log. */
export function loadIndex(
  fs: LogFs,
  directory: string,
  origin: string,
  idsMax: number,
): LogState | undefined {
  try {
    const bytes = readFile(fs, pathOf(directory));
    if (bytes === undefined || bytes.length <= crcBytes) return undefined;
    const body = bytes.subarray(0, -crcBytes);
    const stored = new DataView(bytes.buffer, bytes.byteOffset + body.length, crcBytes);
    if (stored.getUint32(0, byteOrder === 'little') !== crc32(body)) return undefined;
    const state = decode(body, origin, idsMax);
    return state !== undefined && isOfLog(fs, directory, state) ? state : undefined;
  } catch {
    // An index is only ever a shortcut: whatever is wrong with it, the segments decide.
    return undefined;
  }
}

function decode(body: Buffer, origin: string, idsMax: number): LogState | undefined {
  const start = body.indexOf(10) + 1;
  const header = JSON.parse(fromUtf8(body.subarray(0, start)) ?? '') as Header;
  if (header.v !== 2 || header.origin !== origin || header.byteOrder !== byteOrder) {
    return undefined;
  }
  const tree = CompactRange.fromJSON(header.tree);
  const sealed = CompactRange.fromJSON(header.sealed);
  const { segments, ends, epochs, hashes, ids, slots, note, time, hash } = header;
  const length = start + 16 * epochs + hashes + 4 * slots;
  if (tree === undefined || sealed === undefined || body.length !== length) return undefined;
  const tail = new HashTail(sealed.size);
  // The file's memory is the table's from here on: nothing of 12 bytes an id is copied.
  const at = body.byteOffset + start;
  const firsts = new Float64Array(body.buffer, at, epochs);
  const offsets = new Float64Array(body.buffer, at + 8 * epochs, epochs);
  tail.append(new Uint8Array(body.buffer, at + 16 * epochs, hashes));
  if (sealed.size + hashes / 32 !== tree.size) return undefined;
  const words = new Uint32Array(body.buffer, at + 16 * epochs + hashes, slots);
  const table = IdTable.fromSlots(words, ids, idsMax);
  if (table === undefined) return undefined;
  const index = EpochIndex.fromData({ segments, ends, firsts, offsets }, tree.size);
  index.split = sealed.size;
  return { index, tree, ids: table, sealed, tail, time, hash, note };
}

/** True if the log still ends, or goes on, from exactly the checkpoint that the state ends with. */
export function isOfLog(fs: LogFs, directory: string, state: LogState): boolean {
  const { index, tree, note } = state;
  const checkpoint = parseCheckpoint(note);
  if (checkpoint?.size !== index.size || toHex(checkpoint.root) !== toHex(tree.root())) {
    return false;
  }
  const segmentDirectory = join(directory, 'seg');
  const onDisk = listSegments(fs, segmentDirectory);
  const isThere = (first: number, at: number): boolean => {
    if (onDisk[at] !== first) return false;
    // A complete segment never changes but when its payloads are split off.
    const isComplete = at < index.segments.length - 1;
    const size = fs.statSync(join(segmentDirectory, segmentName(first)))?.size;
    return !isComplete || size === index.endOf(at);
  };
  if (!index.segments.every(isThere)) return false;
  const reader = new LogReader(fs, directory, index);
  try {
    return reader.noteAt(index.size) === note && reader.hashAt(index.size - 1) === state.hash;
  } finally {
    reader.close();
  }
}
