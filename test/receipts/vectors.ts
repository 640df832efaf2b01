import { readFileSync } from 'node:fs';
import type {
  Comparison,
  Keyring,
  ReceiptProblemKind,
  WitnessPolicy,
} from '../../src/receipts/verify/index.ts';

/** A note, what it is worth under its keys, and whether it is a checkpoint. */
export interface NoteVector {
  readonly name: string;
  /** Where the case comes from. */
  readonly source: string;
  readonly note: string;
  readonly verdict: 'signed' | 'unknown' | 'invalid' | 'malformed';
  readonly checkpoint: boolean;
  readonly keys: readonly string[];
  /** A part that is longer than the file holds it. */
  readonly repeat?: { readonly of: string; readonly from: number; readonly to: number };
  /** What Go's note.Open says where it is something else, and why. */
  readonly go?: { readonly verdict: string; readonly why: string };
  /** What Go's tlog.ParseTree says where it is something else, and why. */
  readonly goCheckpoint?: { readonly verdict: boolean; readonly why: string };
}

export interface VkeyVector {
  readonly source: string;
  readonly vkey: string;
  readonly ok: boolean;
  readonly go: boolean;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'));

const noteFile = read('receipts-notes.json') as {
  readonly vkeys: readonly VkeyVector[];
  readonly collision: readonly [string, string];
  readonly notes: readonly NoteVector[];
};

export const vkeyVectors: readonly VkeyVector[] = noteFile.vkeys;

/** Two keys of one name and id. */
export const collision: readonly [string, string] = noteFile.collision;

export const noteVectors: readonly NoteVector[] = noteFile.notes.map((vector) => {
  const { repeat, note } = vector;
  if (repeat === undefined) return vector;
  const { of, from, to } = repeat;
  return { ...vector, note: note.replace(of.repeat(from), of.repeat(to)) };
});

/** Hashes are base64 throughout. */
interface InclusionVector {
  readonly name: string;
  readonly source: string;
  readonly index: number;
  readonly size: number;
  readonly leaf: string;
  readonly proof: readonly string[];
  readonly root: string;
  readonly ok: boolean;
  /** Why Go's tlog says the opposite, where it does. */
  readonly go?: string;
}

interface ConsistencyVector {
  readonly name: string;
  readonly source: string;
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly proof: readonly string[];
  readonly ok: boolean;
  readonly go?: string;
}

interface ReceiptVector {
  readonly name: string;
  readonly source: string;
  readonly text: string;
  readonly keyring: Keyring;
  readonly witnesses?: WitnessPolicy;
  /** The leaf's bytes in base64, where they are given beside the receipt. */
  readonly leaf?: string;
  /** What it is refused for; absent where it holds. */
  readonly problem?: ReceiptProblemKind;
}

interface ComparisonVector {
  readonly name: string;
  readonly source: string;
  readonly first: string;
  readonly second: string;
  readonly proof?: readonly string[];
  readonly kind: Comparison['kind'];
}

export const proofVectors = read('receipts-proofs.json') as {
  readonly inclusions: readonly InclusionVector[];
  readonly consistencies: readonly ConsistencyVector[];
  readonly receipts: readonly ReceiptVector[];
  readonly keyring: Keyring;
  readonly comparisons: readonly ComparisonVector[];
};
