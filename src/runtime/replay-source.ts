import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fromUtf8, toHex } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Blob, getBlob } from '../receipts/log/blobs.ts';
import { listSegments, readAt, readFile, segmentName } from '../receipts/log/files.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { splitHashes } from '../receipts/verify/epoch.ts';
import { type FrameEvent, FrameReader } from '../receipts/verify/frame-reader.ts';
import { decodeEpoch, frameTypes } from '../receipts/verify/frames.ts';
import { leafHash, parseLeaf } from '../receipts/verify/leaf.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { payloadOf, SealedPayloads, type StoredPayload } from './replay-sealed.ts';

/** One leaf of a stored log that hashes to what its epoch names. */
export interface StoredEntry {
  readonly seq: number;
  readonly leaf: Leaf;
  /** Leaf hash, hexadecimal. */
  readonly hash: string;
  readonly payload?: StoredPayload;
}

/** Something of the log that cannot be read, at the leaf it concerns. */
export interface Damage {
  readonly seq: number;
  readonly member: 'leaf' | 'epoch';
  readonly expected: string;
  readonly got: string;
}

/** What one checkpoint signs. */
export interface StoredEpoch {
  readonly entries: readonly StoredEntry[];
  /** The signed checkpoint; absent where its frame is damaged. */
  readonly note?: string;
  readonly damage: readonly Damage[];
}

interface Pending {
  readonly seq: number;
  readonly intact: boolean;
  readonly leaf: Leaf | { readonly problem: string };
  readonly hash: string;
  readonly payload?: StoredPayload;
}

type Frame = Extract<FrameEvent, { readonly kind: 'frame' }>;

const chunkBytes = 1_048_576;
// Leaves held while their epoch frame is looked for: as many as 256 lost frames leave behind.
const pendingMax = 256 * limits.epochLeaves;
// A writer beside us needs no lock from us; we let the event loop turn between chunks.
const nextTurn = (): Promise<void> => new Promise((done) => void setImmediate(done));

/** Puts the frames of one segment together to epochs; damage hides what it touches only. */
class EpochAssembler {
  #next: number;
  /** Leaves up to the last epoch that could be read. */
  #end: number;
  #pending: Pending[] = [];
  #payload: StoredPayload | undefined;
  #isBroken = false;

  constructor(first: number) {
    this.#next = first;
    this.#end = first;
  }

  /** Takes one frame, and gives the epoch that it ends. */
  take(event: FrameEvent): StoredEpoch | undefined {
    if (event.kind !== 'frame') {
      this.#payload = undefined;
      this.#isBroken = true;
      return undefined;
    }
    if (event.type === frameTypes.payload) this.#payload = payloadOf(event);
    else if (event.type === frameTypes.leaf) this.#takeLeaf(event);
    else if (event.type === frameTypes.epoch) return this.#takeEpoch(event);
    const isFull = this.#pending.length >= pendingMax;
    return isFull ? this.rest(Number.MAX_SAFE_INTEGER) : undefined;
  }

  /** What stands below `end` without a readable epoch; nothing where all is there. */
  rest(end: number): StoredEpoch | undefined {
    if (this.#end >= end) return undefined;
    const pending = this.#pending.filter(({ seq }) => seq < end);
    this.#pending = [];
    const damage: Damage[] = [lostEpoch(this.#end)];
    const entries = pending.flatMap((item) => entryOf(item, undefined, damage));
    this.#end = Math.max(this.#end, 1 + (pending.at(-1)?.seq ?? -1));
    return { entries, damage };
  }

  #takeLeaf({ content, intact }: Frame): void {
    const leaf = parseLeaf(content);
    const seq = 'problem' in leaf ? this.#next : leaf.seq;
    // A payload is written just before its leaf; behind damage one may have been lost.
    const lost = this.#isBroken && this.#payload === undefined;
    const payload: StoredPayload | undefined = lost
      ? { kind: 'damaged', got: 'unreadable bytes before the leaf' }
      : this.#payload;
    const hash = leafHash(content);
    this.#pending.push({ seq, intact, leaf, hash, ...(payload === undefined ? {} : { payload }) });
    this.#next = seq + 1;
    this.#payload = undefined;
    this.#isBroken = false;
  }

  #takeEpoch({ content, intact }: Frame): StoredEpoch | undefined {
    const epoch = intact ? decodeEpoch(content) : undefined;
    const size = epoch === undefined ? undefined : parseCheckpoint(epoch.note)?.size;
    // The leaves of a damaged epoch wait for the next one, or for the end of the segment.
    if (epoch === undefined || size === undefined || size < epoch.count) return undefined;
    const first = size - epoch.count;
    const stored = splitHashes(epoch.hashes).map(toHex);
    const pending = this.#pending;
    this.#pending = [];
    this.#next = size;
    const damage: Damage[] = [];
    const entries: StoredEntry[] = [];
    const before = pending.filter(({ seq }) => seq < first);
    if (before.length > 0 || first !== this.#end) damage.push(lostEpoch(this.#end));
    this.#end = size;
    for (const item of before) entries.push(...entryOf(item, undefined, damage));
    const placed = new Map(pending.map((item) => [item.seq, item]));
    stored.forEach((hash, index) => {
      const item = placed.get(first + index);
      if (item !== undefined) entries.push(...entryOf(item, hash, damage));
      else damage.push(badLeaf(first + index, hash, 'no leaf that can be read'));
    });
    return { entries, note: epoch.note, damage };
  }
}

const lostEpoch = (seq: number): Damage => ({
  seq,
  member: 'epoch',
  expected: 'a readable epoch from here on',
  got: 'none',
});

const badLeaf = (seq: number, expected: string, got: string): Damage => ({
  seq,
  member: 'leaf',
  expected,
  got,
});

function entryOf(item: Pending, stored: string | undefined, damage: Damage[]): StoredEntry[] {
  const { seq, intact, leaf, hash, payload } = item;
  if (stored === undefined && !intact) {
    damage.push(badLeaf(seq, 'a leaf with its CRC', 'another CRC'));
    return [];
  }
  if (stored !== undefined && stored !== hash) {
    damage.push(badLeaf(seq, stored, hash));
    return [];
  }
  if ('problem' in leaf) {
    damage.push(badLeaf(seq, 'a leaf', leaf.problem));
    return [];
  }
  return [{ seq, leaf, hash, ...(payload === undefined ? {} : { payload }) }];
}

/**
 * A log directory opened for reading alone: without a lock, beside a writer too. It checks leaves
 * against the hashes of their epochs; signatures and the tree are verifyLog's.
 */
export class StoredLog {
  readonly origin: string;
  readonly #directory: string;
  readonly #fs: LogFs;

  constructor(directory: string, origin: string, fs: LogFs) {
    this.#directory = directory;
    this.origin = origin;
    this.#fs = fs;
  }

  /**
   * A stored document, undefined if there is none.
   *
   * @throws KnhkError KNHK_LOG_BLOB where it does not hash to its name
   */
  getBlob(hash: string): Blob | undefined {
    return getBlob(this.#fs, this.#directory, hash);
  }

  /** First seqs of the segments, ascending. */
  segments(): readonly number[] {
    return listSegments(this.#fs, join(this.#directory, 'seg'));
  }

  /** Leaves that the last acknowledged checkpoint names; its signature is not checked. */
  acknowledged(): number {
    const head = readFile(this.#fs, join(this.#directory, 'head'));
    return parseCheckpoint(fromUtf8(head ?? new Uint8Array()) ?? '')?.size ?? 0;
  }

  /** The epochs from the segment on that holds a leaf; what no checkpoint covers is left out. */
  async *epochs(from = 0, signal?: AbortSignal): AsyncGenerator<StoredEpoch, void> {
    // Read before the segments: a writer may add to both meanwhile, but only in this order.
    const acknowledged = this.acknowledged();
    const segments = this.segments();
    const first = segments[0] ?? acknowledged;
    if (first > 0) yield { entries: [], damage: [lostEpoch(0)] };
    const start = Math.max(
      0,
      segments.findLastIndex((segment) => segment <= from),
    );
    for (const [position, segment] of segments.entries()) {
      if (position < start) continue;
      yield* this.segmentEpochs(segment, segments[position + 1] ?? acknowledged, signal);
    }
  }

  /** The epochs of one segment, which should reach to `end`. */
  async *segmentEpochs(
    first: number,
    end: number,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredEpoch, void> {
    const fd = this.#fs.openSync(join(this.#directory, 'seg', segmentName(first)), 'r');
    const payloads = new SealedPayloads(this.#fs, this.#directory, first);
    try {
      const reader = new FrameReader(crc32);
      const assembler = new EpochAssembler(first);
      const completed = (epoch: StoredEpoch): StoredEpoch => ({
        ...epoch,
        entries: epoch.entries.map((entry) => payloads.complete(entry)),
      });
      const assemble = function* (events: Iterable<FrameEvent>): Iterable<StoredEpoch> {
        for (const event of events) {
          const epoch = assembler.take(event);
          if (epoch !== undefined) yield completed(epoch);
        }
      };
      for (let at = 0; ; ) {
        signal?.throwIfAborted();
        const chunk = readAt(this.#fs, fd, chunkBytes, at);
        if (chunk.length === 0) break;
        at += chunk.length;
        yield* assemble(reader.push(chunk));
        await nextTurn();
      }
      yield* assemble(reader.finish());
      const rest = assembler.rest(end);
      if (rest !== undefined) yield completed(rest);
    } finally {
      payloads.close();
      this.#fs.closeSync(fd);
    }
  }
}

/**
 * Opens a log directory for reading, without a lock.
 *
 * @throws KnhkError KNHK_LOG_OPEN, KNHK_LOG_FORMAT
 */
export function openStored(directory: string, fs: LogFs = nodeFs): StoredLog {
  const path = join(directory, 'FORMAT');
  let bytes: Uint8Array | undefined;
  try {
    bytes = readFile(fs, path);
    listSegments(fs, join(directory, 'seg'));
  } catch (error) {
    return fail('KNHK_LOG_OPEN', directory, 'a readable log', `${error}`, error);
  }
  if (bytes === undefined) return fail('KNHK_LOG_OPEN', directory, 'a log', 'no FORMAT');
  const text = fromUtf8(bytes) ?? '';
  const origin = /^knhk receipt log\nformat 1\norigin (\S+)\n$/.exec(text)?.[1];
  if (origin === undefined) return fail('KNHK_LOG_FORMAT', path, 'format 1 and an origin', text);
  return new StoredLog(directory, origin, fs);
}
