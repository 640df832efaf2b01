import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { sha256 } from '#sha256';
import { equalBytes, fromUtf8, toHex } from '../../base/bytes.ts';
import { canonical } from '../../base/canonical.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { CompactRange, type CompactRangeState } from '../verify/tree.ts';
import { EpochIndex } from './epoch-index.ts';
import { listSegments, readFile, replaceFile } from './files.ts';
import type { LogFs } from './fs.ts';
import { IdTable } from './ids.ts';
import { LogReader } from './reader.ts';
import type { LogState } from './state.ts';

// index/state: one line of JSON, the epochs' firsts and offsets (f64), the ids (3 u32 each), then
// SHA-256 over all of it. Byte order is the machine's; the header says which.
const digestBytes = 32;
const byteOrder = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'little' : 'big';

interface Header {
  readonly v: 1;
  readonly byteOrder: string;
  readonly origin: string;
  readonly note: string;
  readonly time: number;
  readonly hash: string;
  readonly tree: CompactRangeState;
  readonly segments: number[];
  readonly ends: number[];
  readonly epochs: number;
  readonly ids: number;
}

const pathOf = (directory: string): string => join(directory, 'index', 'state');

const bytesOf = (words: Float64Array | Uint32Array): Buffer =>
  Buffer.from(words.buffer, words.byteOffset, words.byteLength);

/** Saves what opening would otherwise have to read the whole log for. */
export function saveIndex(fs: LogFs, directory: string, origin: string, state: LogState): void {
  const { segments, ends, firsts, offsets } = state.index.toData();
  const ids = state.ids.toWords();
  const header: Header = {
    v: 1,
    byteOrder,
    origin,
    note: state.note,
    time: state.time,
    hash: state.hash,
    tree: state.tree.toJSON(),
    segments,
    ends,
    epochs: firsts.length,
    ids: state.ids.count,
  };
  const line = Buffer.from(`${canonical(header)}\n`, 'utf8');
  const body = Buffer.concat([line, bytesOf(firsts), bytesOf(offsets), bytesOf(ids)]);
  replaceFile(fs, pathOf(directory), Buffer.concat([body, sha256(body)]));
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
    if (bytes === undefined || bytes.length <= digestBytes) return undefined;
    const body = bytes.subarray(0, -digestBytes);
    if (!equalBytes(sha256(body), bytes.subarray(-digestBytes))) return undefined;
    const state = decode(body, origin, idsMax);
    return state !== undefined && isOfLog(fs, directory, state) ? state : undefined;
  } catch {
    // An index is only ever a shortcut: whatever is wrong with it, the segments decide.
    return undefined;
  }
}

function decode(body: Buffer, origin: string, idsMax: number): LogState | undefined {
  const lineEnd = body.indexOf(10);
  const header = JSON.parse(fromUtf8(body.subarray(0, lineEnd)) ?? '') as Header;
  if (header.v !== 1 || header.origin !== origin || header.byteOrder !== byteOrder) {
    return undefined;
  }
  const tree = CompactRange.fromJSON(header.tree);
  const { segments, ends, epochs, ids, note, time, hash } = header;
  if (tree === undefined || body.length !== lineEnd + 1 + 16 * epochs + 12 * ids) return undefined;
  // A copy at offset 0 is aligned for the wider typed arrays.
  const words = new Uint8Array(body.subarray(lineEnd + 1)).buffer;
  const firsts = new Float64Array(words, 0, epochs);
  const offsets = new Float64Array(words, 8 * epochs, epochs);
  const index = EpochIndex.fromData({ segments, ends, firsts, offsets }, tree.size);
  const table = IdTable.fromWords(new Uint32Array(words, 16 * epochs, 3 * ids), idsMax);
  return { index, tree, ids: table, time, hash, note };
}

/** True if the log still ends, or goes on, from exactly the checkpoint that was indexed. */
function isOfLog(fs: LogFs, directory: string, state: LogState): boolean {
  const { index, tree, note } = state;
  const checkpoint = parseCheckpoint(note);
  if (checkpoint?.size !== index.size || toHex(checkpoint.root) !== toHex(tree.root())) {
    return false;
  }
  const segmentDirectory = join(directory, 'seg');
  const onDisk = listSegments(fs, segmentDirectory);
  if (!index.segments.every((first, at) => onDisk[at] === first)) return false;
  const reader = new LogReader(fs, segmentDirectory, index);
  try {
    return reader.noteAt(index.size) === note && reader.read(index.size - 1).hash === state.hash;
  } finally {
    reader.close();
  }
}
