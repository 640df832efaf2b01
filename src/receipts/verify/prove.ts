import { sha256 } from '#sha256';
import { fail } from '../../base/errors.ts';
import { nodeHash } from './tree.ts';

/** Where the hashes of a tree come from: tiles, an index, an array. */
export interface TreeSource {
  /** Leaves that the source knows. */
  readonly size: number;
  /**
   * Root of the full subtree over the leaves `index * 2 ** level` to
   * `(index + 1) * 2 ** level - 1`; 32 bytes. Asked only for subtrees below `size`.
   */
  subtree(level: number, index: number): Uint8Array;
}

/** Largest power of two below `count`, as RFC 6962 (2.1) splits a tree of that many leaves. */
function split(count: number): number {
  // Sizes go up to 2^53, beyond what bit operators can do.
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/** Root over the leaves from `start` to `end - 1`, where `start` is where such a subtree begins. */
function rangeRoot(source: TreeSource, start: number, end: number): Uint8Array {
  const count = end - start;
  const half = split(count);
  if (count === 1 || half * 2 === count) {
    return source.subtree(Math.log2(count), start / count);
  }
  const right = rangeRoot(source, start + half, end);
  return nodeHash(source.subtree(Math.log2(half), start / half), right);
}

/** {@link treeRoot} of a size that the source is known to have. */
export function rootAt(source: TreeSource, size: number): Uint8Array {
  return size === 0 ? sha256('') : rangeRoot(source, 0, size);
}

function requireSize(source: TreeSource, size: number, least: number): void {
  if (Number.isSafeInteger(size) && size >= least && size <= source.size) return;
  fail('KNHK_RECEIPTS_PROOF', 'size', `an integer from ${least} to ${source.size}`, size);
}

/**
 * Root of the first `size` leaves, 32 bytes (RFC 6962 section 2.1).
 *
 * @throws KnhkError KNHK_RECEIPTS_PROOF where the source has fewer leaves
 * @example
 * const leaves = [1, 2, 3].map((value) => new Uint8Array(32).fill(value));
 * const source: TreeSource = {
 *   size: 3,
 *   subtree: (level, index) =>
 *     level === 0 ? leaves[index]! : nodeHash(leaves[2 * index]!, leaves[2 * index + 1]!),
 * };
 * const [first, second, third] = leaves as [Uint8Array, Uint8Array, Uint8Array];
 * treeRoot(source, 3); // => nodeHash(nodeHash(first, second), third)
 * treeRoot(source, 4); // => throws KNHK_RECEIPTS_PROOF
 */
export function treeRoot(source: TreeSource, size: number): Uint8Array {
  requireSize(source, size, 0);
  return rootAt(source, size);
}

/**
 * Merkle audit path of a leaf in the tree of the first `size` leaves, from the leaf's sibling up
 * (RFC 6962 section 2.1.1): what `verifyInclusion` takes.
 *
 * @param source Where the hashes come from.
 * @param seq Index of the leaf.
 * @param size Leaves of the tree, up to `source.size`.
 * @throws KnhkError KNHK_RECEIPTS_PROOF where there is no such leaf or tree
 * @example
 * const [first, second] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
 * const source = { size: 2, subtree: (_level: number, index: number) => [first, second][index]! };
 * inclusionPath(source, 0, 2); // => [second]
 * inclusionPath(source, 2, 2); // => throws KNHK_RECEIPTS_PROOF
 */
export function inclusionPath(source: TreeSource, seq: number, size: number): Uint8Array[] {
  requireSize(source, size, 1);
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= size) {
    fail('KNHK_RECEIPTS_PROOF', 'seq', `an integer from 0 to ${size - 1}`, seq);
  }
  const path: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (seq < middle) {
      path.push(rangeRoot(source, middle, end));
      end = middle;
    } else {
      path.push(rangeRoot(source, start, middle));
      start = middle;
    }
  }
  // The way led down from the root; proofs are read from the leaf up.
  return path.reverse();
}

/**
 * Proof that the tree of the first `newSize` leaves extends that of the first `oldSize` (RFC 6962
 * section 2.1.2): what `verifyConsistency` takes. Empty where `oldSize` is 0 or equal to `newSize`.
 *
 * @throws KnhkError KNHK_RECEIPTS_PROOF where there are no such trees
 * @example
 * const [first, second] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
 * const source = { size: 2, subtree: (_level: number, index: number) => [first, second][index]! };
 * consistencyPath(source, 1, 2); // => [second]
 * consistencyPath(source, 2, 1); // => throws KNHK_RECEIPTS_PROOF
 */
export function consistencyPath(
  source: TreeSource,
  oldSize: number,
  newSize: number,
): Uint8Array[] {
  requireSize(source, newSize, 0);
  if (!Number.isSafeInteger(oldSize) || oldSize < 0 || oldSize > newSize) {
    fail('KNHK_RECEIPTS_PROOF', 'old size', `an integer from 0 to ${newSize}`, oldSize);
  }
  if (oldSize === 0) return [];
  const path: Uint8Array[] = [];
  let start = 0;
  let end = newSize;
  // Ends where the old tree, or what is left of it, is a whole subtree of the new one.
  while (end > oldSize) {
    const middle = start + split(end - start);
    if (oldSize <= middle) {
      path.push(rangeRoot(source, middle, end));
      end = middle;
    } else {
      path.push(rangeRoot(source, start, middle));
      start = middle;
    }
  }
  // The verifier knows the old root already, unless what is left of it is a part of that tree.
  if (start > 0) path.push(rangeRoot(source, start, end));
  return path.reverse();
}
