import { join } from 'node:path';
import { equalBytes, toHex } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { extend, frameHash, splitHashes } from '../verify/epoch.ts';
import type { FrameEvent } from '../verify/frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes } from '../verify/frames.ts';
import { parseLeaf } from '../verify/leaf.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import { listSegments, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { segmentChunks } from './segment-frames.ts';
import { fold, type LogState } from './state.ts';

/** What opening a log had to repair. */
export interface Recovery {
  /** Bytes of an unfinished epoch that were cut off. */
  readonly trimmedBytes: number;
  /** Whole leaves among them; none of them had been acknowledged. */
  readonly trimmedLeaves: number;
  /** Whether `head` could be read; a log without one cannot notice that its end is missing. */
  readonly head: 'read' | 'missing' | 'unreadable';
}

/** Bytes after the last complete epoch of the last segment. */
export interface Tail {
  readonly bytes: number;
  readonly leaves: number;
}

/** Reads one segment from the place that the state has reached, epoch by epoch. */
class SegmentScan {
  readonly #state: LogState;
  readonly #origin: string;
  #pending: { readonly leaf: Leaf; readonly hash: string }[] = [];
  #pendingBytes = 0;
  /** The first defect; nothing behind it is taken in. */
  bad: { readonly offset: number; readonly seq: number; readonly got: string } | undefined;
  /** Epochs that stand complete behind the defect. */
  readonly later: { readonly first: number; readonly size: number; readonly end: number }[] = [];
  leaves = 0;
  /** Payload frames of whole epochs and behind them. */
  payloads = 0;

  constructor(state: LogState, origin: string) {
    this.#state = state;
    this.#origin = origin;
  }

  take(event: FrameEvent): void {
    if (event.kind === 'torn') return;
    const { offset } = event;
    const isFrame = event.kind === 'frame';
    if (isFrame && event.type === frameTypes.leaf) this.leaves++;
    const isBehind = this.bad !== undefined;
    const problem = isBehind ? undefined : this.#problem(event);
    if (problem !== undefined) {
      this.bad = { offset, seq: this.#state.index.size + this.#pending.length, got: problem };
    }
    const isEpoch = isFrame && event.intact && event.type === frameTypes.epoch;
    if (this.bad !== undefined && isEpoch) this.#noteLater(event.content, offset);
  }

  #problem(event: Exclude<FrameEvent, { kind: 'torn' }>): string | undefined {
    if (event.kind === 'garbage') return 'bytes that are no frame';
    const { type, intact, content } = event;
    if (!intact) return 'a frame with a wrong CRC';
    this.#pendingBytes += content.length + frameOverhead;
    if (type === frameTypes.payload) this.payloads++;
    if (type === frameTypes.leaf) return this.#takeLeaf(content);
    return type === frameTypes.epoch ? this.#takeEpoch(content) : undefined;
  }

  #noteLater(content: Uint8Array, offset: number): void {
    const epoch = decodeEpoch(content);
    const size = epoch === undefined ? undefined : parseCheckpoint(epoch.note)?.size;
    if (epoch === undefined || size === undefined) return;
    const end = offset + content.length + frameOverhead;
    this.later.push({ first: size - epoch.count, size, end });
  }

  #takeLeaf(content: Uint8Array): string | undefined {
    const leaf = parseLeaf(content);
    if ('problem' in leaf) return `a leaf that is wrong: ${leaf.problem}`;
    this.#pending.push({ leaf, hash: toHex(frameHash(content)) });
    return undefined;
  }

  #takeEpoch(content: Uint8Array): string | undefined {
    const { index, tree } = this.#state;
    const epoch = decodeEpoch(content);
    const checkpoint = epoch === undefined ? undefined : parseCheckpoint(epoch.note);
    const pending = this.#pending;
    if (epoch?.count !== pending.length || checkpoint === undefined) {
      return 'an epoch that does not fit its leaves';
    }
    const stored = splitHashes(epoch.hashes);
    const isSame = stored.every((hash, at) => toHex(hash) === pending[at]?.hash);
    const next = extend(tree, stored);
    const isNext = checkpoint.size === next.size && checkpoint.origin === this.#origin;
    if (!isSame || !isNext || !equalBytes(next.root(), checkpoint.root)) {
      return 'an epoch whose hashes or root are wrong';
    }
    for (const { leaf, hash } of pending) fold(this.#state, leaf, hash);
    index.addEpoch(epoch.count, this.#pendingBytes);
    this.#state.tail.append(epoch.hashes);
    this.#state.tree = next;
    this.#state.note = epoch.note;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.leaves = 0;
    return undefined;
  }
}

function scanSegment(fs: LogFs, path: string, scan: SegmentScan, from: number): number {
  let length = from;
  for (const { events, end } of segmentChunks(fs, path, from)) {
    for (const event of events) scan.take(event);
    length = end;
  }
  return length;
}

/** What a scan is about. */
export interface ScanOptions {
  readonly fs: LogFs;
  /** The directory of the segments. */
  readonly directory: string;
  readonly origin: string;
  /** Leaves that `head` says were acknowledged. */
  readonly acknowledged: number;
}

/**
 * Takes all complete epochs behind the state's end into the state, and says what is left over.
 * Nothing is changed on disk.
 *
 * @throws KnhkError KNHK_LOG_CORRUPT where damage lies before a complete epoch
 */
export function scanTail(options: ScanOptions, state: LogState): Tail {
  const { fs, directory, origin, acknowledged } = options;
  const segments = listSegments(fs, directory);
  const known = state.index.segments;
  let tail: Tail = { bytes: 0, leaves: 0 };
  for (const [position, first] of segments.entries()) {
    if (position < known.length - 1) continue;
    const name = segmentName(first);
    if (position >= known.length) {
      if (first !== state.index.size) {
        fail('KNHK_LOG_CORRUPT', name, `a segment from seq ${state.index.size}`, `${first}`);
      }
      state.index.addSegment(first);
    }
    const scan = new SegmentScan(state, origin);
    const from = state.index.end;
    const length = scanSegment(fs, join(directory, name), scan, from);
    tail = { bytes: length - state.index.end, leaves: scan.leaves };
    const isLast = position === segments.length - 1;
    if (tail.bytes > 0 && !isLast) refuse(name, scan, state);
    const edge = { size: state.index.size, length, acknowledged };
    if (scan.bad !== undefined && !isUnacknowledged(scan, edge)) {
      refuse(name, scan, state);
    }
    // A sealed segment whose index was lost: its payloads have to be looked for beside it.
    const isSplit = !isLast && from === 0 && scan.payloads === 0 && state.index.split === first;
    if (isSplit) state.index.split = state.index.size;
  }
  return tail;
}

/**
 * A complete epoch frame behind damage means that acknowledged bytes were lost, save one case: only
 * one epoch is ever in flight, so a power cut can leave the very last one with holes in it.
 */
function isUnacknowledged(
  scan: SegmentScan,
  edge: { readonly size: number; readonly length: number; readonly acknowledged: number },
): boolean {
  const [only, second] = scan.later;
  if (only === undefined) return true;
  const isLast = second === undefined && only.end === edge.length;
  return isLast && only.first === edge.size && only.size > edge.acknowledged;
}

function refuse(name: string, scan: SegmentScan, state: LogState): never {
  const { offset, seq, got } = scan.bad ?? {
    offset: state.index.end,
    seq: state.index.size,
    got: 'an incomplete epoch before another segment',
  };
  return fail('KNHK_LOG_CORRUPT', `${name} offset ${offset} seq ${seq}`, 'intact frames', got);
}
