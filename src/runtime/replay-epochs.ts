import { toHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { splitHashes } from '../receipts/verify/epoch.ts';
import type { FrameEvent } from '../receipts/verify/frame-reader.ts';
import { decodeEpoch, frameTypes } from '../receipts/verify/frames.ts';
import { leafHash, parseLeaf } from '../receipts/verify/leaf.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';
import { payloadOf, type StoredPayload } from './replay-sealed.ts';

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

// Leaves held while their epoch frame is looked for: as many as 256 lost frames leave behind.
const pendingMax = 256 * limits.epochLeaves;

/** Puts the frames of one segment together to epochs; damage hides what it touches only. */
export class EpochAssembler {
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

/** Leaves from a seq on that no readable epoch covers. */
export const lostEpoch = (seq: number): Damage => ({
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
