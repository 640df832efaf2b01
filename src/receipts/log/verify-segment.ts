import { Buffer } from 'node:buffer';
import { equalBytes } from '../../base/bytes.ts';
import { parseCheckpoint } from '../verify/checkpoint.ts';
import { frameHash, readLeaf } from '../verify/epoch.ts';
import type { FrameEvent } from '../verify/frame-reader.ts';
import { decodeEpoch, frameOverhead, frameTypes } from '../verify/frames.ts';
import type { ReadEpoch, ReadSegment } from '../verify/history.ts';
import { checkCheckpoint, type TrustedKeys } from '../verify/keyring.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import { addStatistics } from '../verify/statistics.ts';
import type { Skews } from '../verify/verify-state.ts';
import type { LogFs } from './fs.ts';
import { segmentChunks } from './segment-frames.ts';
import { nodeVerify } from './signer.ts';

type Frame = Extract<FrameEvent, { readonly kind: 'frame' }>;

/** Reads one segment by itself, as long as everything in it is as a writer leaves it. */
class SegmentReading {
  readonly #first: number;
  readonly #trusted: TrustedKeys;
  readonly #hashes: Uint8Array[] = [];
  readonly #epochs: ReadEpoch[] = [];
  readonly #others: Leaf[] = [];
  #previous: Uint8Array | undefined;
  #firstTime = 0;
  #time = 0;
  #timeBefore = 0;
  /** Leaves in complete epochs. */
  #settled = 0;
  #begin = 0;
  #hasPayload = false;
  #note = '';
  #skews: Skews = { count: 0, msMax: 0 };
  #skewsBefore: Skews = this.#skews;

  constructor(first: number, trusted: TrustedKeys) {
    this.#first = first;
    this.#trusted = trusted;
  }

  /** True if the event is one of a good segment. */
  take(event: FrameEvent): boolean {
    if (event.kind !== 'frame' || !event.intact) return false;
    if (event.type === frameTypes.leaf) return this.#takeLeaf(event);
    if (event.type === frameTypes.statistics) return this.#takeStatistics(event);
    if (this.#hasPayload) return false;
    this.#hasPayload = event.type === frameTypes.payload;
    return this.#hasPayload || this.#takeEpoch(event);
  }

  /** The segment, if it ends with an epoch. */
  finish(bytes: number): ReadSegment | undefined {
    if (this.#previous === undefined || this.#begin !== bytes) return undefined;
    return {
      first: this.#first,
      previous: this.#previous,
      firstTime: this.#firstTime,
      lastTime: this.#time,
      hashes: new Uint8Array(Buffer.concat(this.#hashes)),
      epochs: this.#epochs,
      note: this.#note,
      skews: this.#skews,
      bytes,
      others: this.#others,
    };
  }

  #takeLeaf({ content }: Frame): boolean {
    this.#hasPayload = false;
    const leaf = readLeaf(content, false);
    if ('problem' in leaf) return false;
    const { seq, time, prev } = leaf;
    const before = this.#hashes.at(-1);
    if (before === undefined) {
      this.#previous = prev;
      this.#firstTime = time;
      this.#time = time;
    }
    if (before !== undefined && !equalBytes(prev, before)) return false;
    if (seq !== this.#first + this.#hashes.length || time < this.#time) return false;
    this.#time = time;
    this.#hashes.push(frameHash(content));
    if (leaf.leaf !== undefined) this.#others.push(leaf.leaf);
    return true;
  }

  #takeStatistics({ content }: Frame): boolean {
    const skews = addStatistics(this.#skews, content);
    if (skews !== undefined) this.#skews = skews;
    return skews !== undefined;
  }

  #takeEpoch({ content, offset }: Frame): boolean {
    const epoch = decodeEpoch(content);
    const checkpoint = parseCheckpoint(epoch?.note ?? '');
    if (epoch === undefined || checkpoint?.origin !== this.#trusted.origin) return false;
    const { count, hashes, note } = epoch;
    const size = this.#hashes.length;
    if (size !== this.#settled + count || checkpoint.size !== this.#first + size) return false;
    for (let index = 0; index < count; index++) {
      const hash = this.#hashes[this.#settled + index] as Uint8Array;
      if (!equalBytes(hash, hashes.subarray(32 * index, 32 * (index + 1)))) return false;
    }
    if (checkCheckpoint(checkpoint, this.#trusted, nodeVerify) !== 'signed') return false;
    const { root } = checkpoint;
    const skews = this.#skewsBefore;
    this.#epochs.push({ count, root, offset: this.#begin, time: this.#timeBefore, skews });
    this.#settled = size;
    this.#begin = offset + content.length + frameOverhead;
    this.#timeBefore = this.#time;
    this.#skewsBefore = this.#skews;
    this.#note = note;
    return true;
  }
}

/** Reads a segment by itself; undefined where anything in it is not as a writer leaves it. */
export function readSegment(
  fs: LogFs,
  path: string,
  first: number,
  trusted: TrustedKeys,
): ReadSegment | undefined {
  const reading = new SegmentReading(first, trusted);
  let bytes = 0;
  for (const { events, end } of segmentChunks(fs, path)) {
    for (const event of events) if (!reading.take(event)) return undefined;
    bytes = end;
  }
  return reading.finish(bytes);
}
