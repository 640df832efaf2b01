import { fromHex, toHex } from '../../base/bytes.ts';
import { parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { checkCheckpoint, type TrustedKeys } from './keyring.ts';
import type { Verify } from './note.ts';
import { CompactRange, type CompactRangeState } from './tree.ts';

/** Clock skews that statistics frames told of. */
export interface Skews {
  /** Epochs in which the wall clock stood behind the log's time. */
  readonly count: number;
  /** By how much at worst, in ms. */
  readonly msMax: number;
}

/** A place in a log and what is known of everything before it. */
export interface Mark {
  readonly tree: CompactRange;
  /** Hash of the leaf before, 32 bytes. */
  readonly previous: Uint8Array;
  /** Time of the leaf before. */
  readonly time: number;
  /** First seq of the segment. */
  readonly segment: number;
  /** Place in the segment. */
  readonly offset: number;
  readonly skews: Skews;
}

/**
 * How far a log was verified: plain JSON to be kept, and given as `resume` to verify only what came
 * later. It stands before the last epoch, which is read again: the tree here and that epoch's
 * leaves must give the root of the checkpoint, whose signature must be good. So nothing in it is
 * taken on trust.
 */
export interface VerifyState {
  /** Version of this form. */
  readonly v: 1;
  /** The signed checkpoint at the end of the last epoch. */
  readonly checkpoint: string;
  /** The tree before that epoch. */
  readonly tree: CompactRangeState;
  /** Hash of the leaf before that epoch, 64 hexadecimal digits. */
  readonly previous: string;
  /** Time of the leaf before that epoch. */
  readonly time: number;
  /** First seq of the segment in which the epoch begins. */
  readonly segment: number;
  /** Place of its first byte there. It moves when a segment is sealed, and is looked for then. */
  readonly offset: number;
  /** `clock_skews` of the report, up to here. */
  readonly clock_skews: number;
  /** `skew_ms_max` of the report, up to here. */
  readonly skew_ms_max: number;
}

/** A mark before an epoch and the checkpoint after it as plain data. */
export function writeState(before: Mark, checkpoint: string): VerifyState {
  return {
    v: 1,
    checkpoint,
    tree: before.tree.toJSON(),
    previous: toHex(before.previous),
    time: before.time,
    segment: before.segment,
    offset: before.offset,
    clock_skews: before.skews.count,
    skew_ms_max: before.skews.msMax,
  };
}

/** What a state says once it was checked. */
export interface ReadState {
  readonly before: Mark;
  readonly checkpoint: SignedCheckpoint;
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Reads a state; undefined where it is malformed or no trusted key signed its checkpoint. */
export function readState(
  state: unknown,
  trusted: TrustedKeys,
  verify: Verify,
): ReadState | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  const { v, checkpoint, tree, previous, ...rest } = state as Readonly<Record<string, unknown>>;
  const { time, segment, offset, clock_skews: count, skew_ms_max: msMax } = rest;
  if (v !== 1 || typeof checkpoint !== 'string' || typeof previous !== 'string') return undefined;
  if (!isCount(time) || !isCount(segment) || !isCount(offset)) return undefined;
  if (!isCount(count) || !isCount(msMax) || typeof tree !== 'object') return undefined;
  const signed = parseCheckpoint(checkpoint);
  const range = CompactRange.fromJSON((tree ?? {}) as CompactRangeState);
  const hash = fromHex(previous);
  if (signed?.origin !== trusted.origin || range === undefined || hash?.length !== 32) {
    return undefined;
  }
  if (range.size >= signed.size || checkCheckpoint(signed, trusted, verify) !== 'signed') {
    return undefined;
  }
  const skews = { count, msMax };
  const before = { tree: range, previous: hash, time, segment, offset, skews };
  return { before, checkpoint: signed };
}
