import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { equalBytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { nextTurn } from '../../base/turn.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { extend, frameHash, splitHashes } from '../verify/epoch.ts';
import type { FrameEvent } from '../verify/frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes, headerBytes } from '../verify/frames.ts';
import { CompactRange, type CompactRangeState } from '../verify/tree.ts';
import { segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { OutFile } from './out-file.ts';
import { PayloadFile, type PayloadFrame, PayloadWriter } from './payload-file.ts';
import { segmentChunks } from './segment-frames.ts';
import { saveSegmentIndex } from './segment-index.ts';
import { type LeafMembers, RowWriter } from './segment-rows.ts';
import type { SubjectFields } from './subject-fields.ts';
import type { TileWriter } from './tiles.ts';
import { tilesBehind } from './tiles-again.ts';

/** One complete segment to be sealed. Plain data: it may cross to another thread. */
export interface SealJob {
  readonly directory: string;
  /** Seq of the segment's first leaf. */
  readonly first: number;
  /** The tree before it. */
  readonly tree: CompactRangeState;
  readonly subjects?: SubjectFields;
}

/** What is left to do: put the new segment in place and use these places of its epochs. */
export interface Sealed {
  readonly first: number;
  /** The tree behind its last leaf. */
  readonly tree: CompactRangeState;
  /** Leaves and bytes of each epoch. */
  readonly epochs: Uint32Array;
  /** Partial tiles that nothing needs any more. */
  readonly stale: readonly string[];
}

type Frame = Extract<FrameEvent, { readonly kind: 'frame' }>;

interface PendingLeaf {
  readonly entry: Buffer;
  readonly hash: Uint8Array;
  readonly payload: Frame | undefined;
}

/** A frame with its header and CRC, as it stands in the memory of the reader. */
const wholeFrame = ({ content }: Frame): Uint8Array =>
  new Uint8Array(content.buffer, content.byteOffset - headerBytes, content.length + frameOverhead);

/** Copies a frame: the reader's memory is its own again at the next chunk. */
function keep(frame: Frame): Frame {
  const bytes = Uint8Array.from(wholeFrame(frame));
  return { ...frame, content: bytes.subarray(headerBytes, headerBytes + frame.content.length) };
}

/** Seals one segment; see {@link sealSegment}. */
class Sealer {
  readonly #fs: LogFs;
  readonly #job: SealJob;
  readonly #rows: RowWriter;
  readonly #segment: OutFile;
  readonly #tiles: TileWriter;
  #payloads: PayloadWriter | undefined;
  /** The payloads of this segment from when it was split before. */
  #split: { readonly file: PayloadFile | undefined } | undefined;
  #tree: CompactRange;
  #pending: PendingLeaf[] = [];
  #payload: Frame | undefined;
  #epochStart = 0;
  #last: { readonly time: number; readonly hash: Uint8Array; readonly note: string } | undefined;

  constructor(fs: LogFs, job: SealJob) {
    this.#fs = fs;
    this.#job = job;
    this.#rows = new RowWriter(job.subjects);
    this.#tree = CompactRange.fromJSON(job.tree) ?? this.#corrupt(0, 'no tree before it');
    this.#tiles = tilesBehind(fs, job.directory, job.first);
    this.#segment = new OutFile(fs, join(job.directory, 'seg', segmentName(job.first)));
  }

  take(event: FrameEvent): void {
    if (event.kind !== 'frame' || !event.intact) this.#corrupt(event.offset, event.kind);
    if (event.type === frameTypes.payload) {
      this.#payload = keep(event);
      return;
    }
    this.#segment.add(wholeFrame(event));
    if (event.type === frameTypes.leaf) this.#takeLeaf(event.content);
    else if (event.type === frameTypes.epoch) this.#takeEpoch(event);
  }

  #takeLeaf(content: Uint8Array): void {
    this.#pending.push({
      entry: Buffer.from(content),
      hash: frameHash(content),
      payload: this.#payload,
    });
    this.#payload = undefined;
  }

  #takeEpoch({ content, offset }: Frame): void {
    const epoch = decodeEpoch(content);
    const pending = this.#pending;
    if (epoch?.count !== pending.length) this.#corrupt(offset, 'another count of leaves');
    const hashes = splitHashes(epoch.hashes);
    this.#tree = extend(this.#tree, hashes);
    const checkpoint = parseCheckpoint(epoch.note);
    const isRight = hashes.every((hash, at) => equalBytes(hash, pending[at]!.hash));
    if (!isRight || checkpoint === undefined || !equalBytes(checkpoint.root, this.#tree.root())) {
      this.#corrupt(offset, 'another root or other hashes');
    }
    const first = this.#tree.size - pending.length;
    let time = 0;
    for (const [at, { entry, hash, payload }] of pending.entries()) {
      const leaf = JSON.parse(entry.toString('utf8')) as LeafMembers;
      time = leaf.time;
      const held = payload ?? this.#splitBefore(first + at);
      this.#rows.leaf(leaf, hash, first + at - this.#job.first, held);
      this.#tiles.append(hash, entry);
      if (payload !== undefined) this.#addPayload(first + at, payload);
    }
    this.#rows.epoch(pending.length, this.#segment.length - this.#epochStart);
    this.#epochStart = this.#segment.length;
    this.#last = { time, hash: pending.at(-1)!.hash, note: epoch.note };
    this.#pending = [];
  }

  /** The payload of a leaf whose segment was split already: its index alone is made again. */
  #splitBefore(seq: number): PayloadFrame | undefined {
    const { directory, first } = this.#job;
    this.#split ??= { file: PayloadFile.open(this.#fs, directory, first) };
    const { file } = this.#split;
    const position = file?.find(seq) ?? -1;
    return position < 0 ? undefined : file!.frameAt(position);
  }

  #addPayload(seq: number, payload: Frame): void {
    // Only where there is a payload: a segment without one may have been split before.
    const { directory, first } = this.#job;
    this.#payloads ??= new PayloadWriter(this.#fs, directory, first);
    this.#payloads.add(seq, wholeFrame(payload));
  }

  #corrupt(offset: number, got: string): never {
    const where = `${segmentName(this.#job.first)} offset ${offset}`;
    return fail('KNHK_LOG_CORRUPT', where, 'intact epochs to seal', got);
  }

  finish(): Sealed {
    const last = this.#last;
    const { directory, first } = this.#job;
    if (last === undefined || this.#pending.length > 0 || this.#payload !== undefined) {
      return this.#corrupt(this.#epochStart, 'an incomplete epoch');
    }
    // In this order: nothing is taken out of the segment that is not durable elsewhere.
    this.#payloads?.place();
    this.#segment.finish();
    this.#tiles.finish();
    const rows = this.#rows.done();
    const count = this.#tree.size - first;
    saveSegmentIndex(this.#fs, directory, {
      ...{ first, count, rows, tree: this.#tree, snapshots: this.#rows.snapshots },
      bytes: this.#segment.length,
      time: last.time,
      hash: Buffer.from(last.hash).toString('hex'),
      note: last.note,
    });
    return { first, tree: this.#tree.toJSON(), epochs: rows.epochs, stale: this.#tiles.stale };
  }

  close(): void {
    this.#segment.close();
    this.#payloads?.close();
    this.#split?.file?.close();
  }
}

/**
 * Splits a complete segment: payloads into a file of their own, and what is left under a temporary
 * name, to be put in place of the segment; tiles and an index are written for
 * it. Every frame is checked on the way. Yields between pieces of work.
 *
 * @throws KnhkError KNHK_LOG_CORRUPT; the segment stays as it is
 */
export function* sealSegment(fs: LogFs, job: SealJob): Generator<void, Sealed, void> {
  const sealer = new Sealer(fs, job);
  try {
    const path = join(job.directory, 'seg', segmentName(job.first));
    for (const { events } of segmentChunks(fs, path)) {
      for (const event of events) sealer.take(event);
      yield;
    }
    return sealer.finish();
  } finally {
    sealer.close();
  }
}

/**
 * Seals a segment on this thread, with a turn of the event loop between pieces; undefined once it
 * is told to stop, and nothing has changed then.
 *
 * @throws KnhkError KNHK_LOG_CORRUPT
 */
export async function sealInTurns(
  fs: LogFs,
  job: SealJob,
  isStopped: () => boolean = () => false,
): Promise<Sealed | undefined> {
  const steps = sealSegment(fs, job);
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await nextTurn();
      if (isStopped()) return undefined;
    }
  } finally {
    steps.return({} as Sealed);
  }
}
