import { sha256 } from '#sha256';
import { equalBytes, fromHex, toHex } from '../../base/bytes.ts';
import { type LeafPlace, matchApply } from './apply-match.ts';
import { type LeafProblem, parseLeaf } from './leaf.ts';
import type { Leaf } from './leaf-types.ts';
import type { CompactRange } from './tree.ts';

/** What was read of a leaf: its place in the chain, and the whole of it where that was needed. */
export type ReadLeaf = (LeafPlace & { readonly leaf?: Leaf }) | LeafProblem;

/** A leaf frame as it was read, before its epoch says what it should be. */
export interface Slot {
  readonly hash: Uint8Array;
  readonly leaf: ReadLeaf;
  readonly intact: boolean;
  /** Place of its frame in the segment. */
  readonly offset: number;
}

const hashBytes = 32;

/** What the chain asks of a leaf, read the short way where nobody wants the whole of it. */
export function readLeaf(content: Uint8Array, isWhole: boolean): ReadLeaf {
  const place = isWhole ? undefined : matchApply(content);
  if (place !== undefined) return place;
  const leaf = parseLeaf(content);
  if ('problem' in leaf) return leaf;
  return { seq: leaf.seq, time: leaf.time, prev: fromHex(leaf.prev) as Uint8Array, leaf };
}

/** Leaf hash of a frame's bytes. */
export function frameHash(content: Uint8Array): Uint8Array {
  // The header's last byte is 0, which is the prefix that RFC 6962 asks for: no copy is needed.
  return sha256(new Uint8Array(content.buffer, content.byteOffset - 1, content.byteLength + 1));
}

/** The leaf hashes of an epoch frame as separate arrays that do not share its buffer. */
export function splitHashes(hashes: Uint8Array): Uint8Array[] {
  // Not slice(): a Buffer's would go on sharing its memory.
  const own = Uint8Array.from(hashes);
  return Array.from({ length: own.length / hashBytes }, (_, index) =>
    own.subarray(index * hashBytes, (index + 1) * hashBytes),
  );
}

/**
 * Lays read leaves beside stored hashes: by place if the numbers agree, else by hash. Leaves that
 * fit nowhere are returned as `extra`.
 */
export function alignSlots(
  slots: readonly Slot[],
  stored: readonly Uint8Array[],
): { readonly placed: readonly (Slot | undefined)[]; readonly extra: readonly Slot[] } {
  if (slots.length === stored.length) return { placed: slots, extra: [] };
  const places = new Map(stored.map((hash, index) => [toHex(hash), index]));
  const placed: (Slot | undefined)[] = stored.map(() => undefined);
  const extra: Slot[] = [];
  for (const slot of slots) {
    const index = places.get(toHex(slot.hash));
    if (index === undefined || placed[index] !== undefined) extra.push(slot);
    else placed[index] = slot;
  }
  return { placed, extra };
}

/** The tree after appending hashes; the tree given stays as it is. */
export function extend(tree: CompactRange, hashes: readonly Uint8Array[]): CompactRange {
  const extended = tree.clone();
  for (const hash of hashes) extended.append(hash);
  return extended;
}

/** The tree over the decided hashes, and whether the checkpoint's root confirms them. */
export interface Decision {
  readonly tree: CompactRange;
  readonly hashes: readonly Uint8Array[];
  readonly confirmed: boolean;
}

/**
 * Decides which hashes are the true ones where a leaf and its stored hash differ: those that give
 * the checkpoint's root. Without this a flipped bit in a stored hash would spoil every later root.
 */
export function decideHashes(
  tree: CompactRange,
  stored: readonly Uint8Array[],
  placed: readonly (Slot | undefined)[],
  root: Uint8Array | undefined,
): Decision {
  const first = extend(tree, stored);
  if (root === undefined || equalBytes(first.root(), root)) {
    return { tree: first, hashes: stored, confirmed: root !== undefined };
  }
  const computed = stored.map((hash, index) => placed[index]?.hash ?? hash);
  const second = extend(tree, computed);
  return equalBytes(second.root(), root)
    ? { tree: second, hashes: computed, confirmed: true }
    : { tree: first, hashes: stored, confirmed: false };
}
