import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { limits } from '../../base/limits.ts';
import { nextTurn } from '../../base/turn.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import type { FrameEvent } from '../verify/frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes } from '../verify/frames.ts';
import { listSegments, segmentName } from './files.ts';
import type { LogFs } from './fs.ts';
import { segmentChunks } from './segment-frames.ts';

/** What a survey reads of a leaf. */
export interface SurveyedLeaf {
  readonly seq: number;
  readonly kind: string;
  readonly time: number;
  readonly outcome?: string;
  readonly snapshot?: string;
  /** Hash of the document that lists what retention removed. */
  readonly removed?: string;
}

/** A place that could not be read. */
export interface UnreadablePlace {
  /** The first leaf that it may concern. */
  readonly seq: number;
  /** Segment and offset. */
  readonly where: string;
  readonly what: string;
}

/** What is told while a log is surveyed, in the order of the log. */
export interface SurveyListener {
  /** A leaf of a complete epoch. */
  leaf(leaf: SurveyedLeaf): void;
  /** A complete epoch: leaves up to here, and the checkpoint that says so. */
  epoch(size: number, note: string): void;
  unreadable(place: UnreadablePlace): void;
}

/** What a survey found. */
export interface Survey {
  /** Leaves up to the last complete epoch. */
  readonly leaves: number;
  readonly segments: number;
  readonly bytes: number;
  /** What follows the last complete epoch: a writer at work, or an interrupted one. */
  readonly tail: { readonly leaves: number; readonly bytes: number };
}

// Hostile bytes may hold leaves without end and never an epoch.
const pendingMax = 256 * limits.epochLeaves;

type Frame = Extract<FrameEvent, { readonly kind: 'frame' }>;

/** Follows the frames of one log; keeps one epoch in memory. */
class Surveyor {
  readonly #origin: string;
  readonly #listener: SurveyListener;
  #segment = '';
  #pending: SurveyedLeaf[] = [];
  /** What is wrong since the last epoch; behind the last one it belongs to the tail. */
  #problems: UnreadablePlace[] = [];
  leaves = 0;
  /** Leaf frames since the last epoch. */
  open = 0;
  /** Where the last complete epoch of the segment ends. */
  end = 0;

  constructor(origin: string, listener: SurveyListener) {
    this.#origin = origin;
    this.#listener = listener;
  }

  begin(first: number): void {
    this.#segment = segmentName(first);
    this.end = 0;
    if (first !== this.leaves) this.#problem(0, `leaves ${this.leaves} to ${first} are missing`);
    this.leaves = first;
  }

  take(event: FrameEvent): void {
    if (event.kind === 'garbage') this.#problem(event.offset, `${event.length} bytes, no frame`);
    if (event.kind !== 'frame') return;
    if (!event.intact) this.#problem(event.offset, 'a frame with a wrong CRC');
    if (event.type === frameTypes.leaf) this.#takeLeaf(event);
    else if (event.type === frameTypes.epoch && event.intact) this.#takeEpoch(event);
  }

  /** Ends a segment behind which another one begins: nothing may be left over. */
  cut(length: number): void {
    // A torn frame is no finding of its own, because at the very end it is the tail.
    const isTold = this.#problems.length > 0 || length === this.end;
    if (!isTold) this.#problem(this.end, `${length - this.end} bytes without an epoch`);
    this.#flush();
  }

  #takeLeaf({ content, offset, intact }: Frame): void {
    this.open++;
    const leaf = intact ? leafOf(content) : undefined;
    if (leaf !== undefined && this.#pending.length < pendingMax) this.#pending.push(leaf);
    else if (intact) this.#problem(offset, 'no leaf');
  }

  #takeEpoch({ content, offset }: Frame): void {
    const epoch = decodeEpoch(content);
    const checkpoint = epoch === undefined ? undefined : parseCheckpoint(epoch.note);
    if (epoch === undefined || checkpoint === undefined || checkpoint.size < epoch.count) {
      this.#problem(offset, 'an epoch that cannot be read', this.leaves);
      return;
    }
    const isNext =
      checkpoint.size === this.leaves + epoch.count && checkpoint.origin === this.#origin;
    const isWhole = this.#problems.length > 0 || this.#pending.length === epoch.count;
    if (!isNext || !isWhole) {
      this.#problem(offset, 'an epoch that does not fit its leaves', this.leaves);
    }
    // An epoch that stands here a second time takes nothing back, and counts nothing twice.
    const isNew = checkpoint.size > this.leaves;
    for (const leaf of this.#pending) if (leaf.seq >= this.leaves) this.#listener.leaf(leaf);
    this.leaves = Math.max(this.leaves, checkpoint.size);
    this.end = offset + content.length + frameOverhead;
    this.#flush();
    if (isNew) this.#listener.epoch(checkpoint.size, epoch.note);
  }

  #problem(offset: number, what: string, seq = this.leaves + this.#pending.length): void {
    const where = `${this.#segment} offset ${offset}`;
    this.#problems.push({ seq, where, what });
    if (this.#problems.length > pendingMax) this.#flush();
  }

  #flush(): void {
    for (const place of this.#problems) this.#listener.unreadable(place);
    this.#problems = [];
    this.#pending = [];
    this.open = 0;
  }
}

function leafOf(content: Uint8Array): SurveyedLeaf | undefined {
  // Only ASCII members are read, and latin1 is the decoding that costs least.
  const { buffer, byteOffset, byteLength } = content;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('latin1'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  const { seq, kind, time, outcome, snapshot, action, detail } = members;
  if (typeof seq !== 'number' || typeof time !== 'number' || typeof kind !== 'string') {
    return undefined;
  }
  return {
    ...{ seq, kind, time },
    ...(typeof outcome === 'string' ? { outcome } : {}),
    ...(typeof snapshot === 'string' ? { snapshot } : {}),
    ...(action === 'retain' && typeof detail === 'string' ? { removed: detail } : {}),
  };
}

/**
 * Walks a whole log once, in bounded memory, and tells what stands in it. It checks frames, their
 * CRCs and how epochs follow each other; hashes and signatures are verifyLog's. A writer may have
 * the log open: nothing is locked and nothing written.
 */
export async function surveyLog(
  fs: LogFs,
  directory: string,
  origin: string,
  listener: SurveyListener,
): Promise<Survey> {
  const segmentDirectory = join(directory, 'seg');
  const segments = listSegments(fs, segmentDirectory);
  const surveyor = new Surveyor(origin, listener);
  let bytes = 0;
  let length = 0;
  for (const [position, first] of segments.entries()) {
    surveyor.begin(first);
    length = await walk(fs, join(segmentDirectory, segmentName(first)), surveyor);
    bytes += length;
    if (position < segments.length - 1) surveyor.cut(length);
  }
  const tail = { leaves: surveyor.open, bytes: length - surveyor.end };
  return { leaves: surveyor.leaves, segments: segments.length, bytes, tail };
}

async function walk(fs: LogFs, path: string, surveyor: Surveyor): Promise<number> {
  let length = 0;
  for (const { events, end } of segmentChunks(fs, path)) {
    for (const event of events) surveyor.take(event);
    length = end;
    await nextTurn();
  }
  return length;
}
