import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fromUtf8 } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';
import { nextTurn } from '../base/turn.ts';
import { type Blob, getBlob } from '../receipts/log/blobs.ts';
import { listSegments, readAt, readFile, segmentName } from '../receipts/log/files.ts';
import { originIn } from '../receipts/log/format.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import { type SegmentIndex, sealedIndex } from '../receipts/log/segment-index.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { type FrameEvent, FrameReader } from '../receipts/verify/frame-reader.ts';
import { EpochAssembler, lostEpoch, type StoredEpoch } from './replay-epochs.ts';
import { SealedPayloads } from './replay-sealed.ts';

export type { Damage, StoredEntry, StoredEpoch } from './replay-epochs.ts';

const chunkBytes = 1_048_576;
// A writer beside us needs no lock from us; we let the event loop turn between chunks.

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

  /**
   * The epochs from the segment on that holds a leaf; what no checkpoint covers is left out.
   *
   * @param read How one segment is read; all of it unless given.
   */
  async *epochs(
    from = 0,
    signal?: AbortSignal,
    read: (first: number, end: number) => AsyncIterable<StoredEpoch> = (first, end) =>
      this.segmentEpochs(first, end, signal),
  ): AsyncGenerator<StoredEpoch, void> {
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
      yield* read(segment, segments[position + 1] ?? acknowledged);
    }
  }

  /** The epochs of one segment, which should reach to `end`. */
  async *segmentEpochs(
    first: number,
    end: number,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredEpoch, void> {
    const part = new SegmentPart(this.#fs, this.#directory, first);
    try {
      for (let at = 0; ; ) {
        signal?.throwIfAborted();
        const chunk = part.read(chunkBytes, at);
        if (chunk.length === 0) break;
        at += chunk.length;
        yield* part.take(chunk);
        await nextTurn();
      }
      yield* part.rest(end);
    } finally {
      part.close();
    }
  }

  /** The index of a segment that is sealed; undefined where there is none to rely on. */
  sealedIndex(first: number): SegmentIndex | undefined {
    return sealedIndex(this.#fs, this.#directory, first);
  }

  /** The epochs of a sealed segment that hold any of some leaves, given in ascending order. */
  async *pickedEpochs(
    { first, rows: { epochs } }: SegmentIndex,
    seqs: readonly number[],
  ): AsyncGenerator<StoredEpoch, void> {
    let seq = first;
    let offset = 0;
    let next = 0;
    const part = new SegmentPart(this.#fs, this.#directory, first);
    try {
      for (let at = 0; at < epochs.length && next < seqs.length; at += 2) {
        const [count, length] = epochs.subarray(at, at + 2) as unknown as [number, number];
        const start = seq;
        seq += count;
        offset += length;
        if ((seqs[next] as number) >= seq) continue;
        while (next < seqs.length && (seqs[next] as number) < seq) next++;
        part.begin(start);
        yield* part.take(part.read(length, offset - length));
        yield* part.rest(seq);
        await nextTurn();
      }
    } finally {
      part.close();
    }
  }
}

/** One segment, or a part of it, while it is read. */
class SegmentPart {
  readonly #fs: LogFs;
  readonly #fd: number;
  readonly #payloads: SealedPayloads;
  #reader = new FrameReader(crc32);
  #assembler: EpochAssembler;

  constructor(fs: LogFs, directory: string, segment: number) {
    this.#fs = fs;
    this.#fd = fs.openSync(join(directory, 'seg', segmentName(segment)), 'r');
    this.#payloads = new SealedPayloads(fs, directory, segment);
    this.#assembler = new EpochAssembler(segment);
  }

  /** Goes on with other bytes, whose first leaf has the seq `start`. */
  begin(start: number): void {
    this.#reader = new FrameReader(crc32);
    this.#assembler = new EpochAssembler(start);
  }

  read(length: number, at: number): Uint8Array {
    return readAt(this.#fs, this.#fd, length, at);
  }

  take(chunk: Uint8Array): Iterable<StoredEpoch> {
    return this.#assemble(this.#reader.push(chunk));
  }

  *#assemble(events: Iterable<FrameEvent>): Iterable<StoredEpoch> {
    for (const event of events) {
      const epoch = this.#assembler.take(event);
      if (epoch !== undefined) yield this.#completed(epoch);
    }
  }

  #completed(epoch: StoredEpoch): StoredEpoch {
    return { ...epoch, entries: epoch.entries.map((entry) => this.#payloads.complete(entry)) };
  }

  *rest(end: number): Iterable<StoredEpoch> {
    yield* this.#assemble(this.#reader.finish());
    const rest = this.#assembler.rest(end);
    if (rest !== undefined) yield this.#completed(rest);
  }

  close(): void {
    this.#payloads.close();
    this.#fs.closeSync(this.#fd);
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
  const origin = originIn(text);
  if (origin === undefined) return fail('KNHK_LOG_FORMAT', path, 'format 1 and an origin', text);
  return new StoredLog(directory, origin, fs);
}
