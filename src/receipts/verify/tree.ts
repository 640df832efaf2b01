import { sha256 } from '#sha256';
import { equalBytes, fromHex, toHex } from '../../base/bytes.ts';

const hashBytes = 32;
const node = new Uint8Array(1 + 2 * hashBytes);
node[0] = 1;

/**
 * Hash of an inner node: SHA-256(0x01 || left || right), RFC 6962 section 2.1.
 *
 * @param left 32 bytes.
 * @param right 32 bytes.
 * @example
 * const hash = nodeHash(new Uint8Array(32), new Uint8Array(32));
 * Buffer.from(hash.subarray(0, 8)).toString('hex'); // => 'ae0798d0ecaed2b7'
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1);
  node.set(right, 1 + hashBytes);
  return sha256(node);
}

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1), hexadecimal. */
export const emptyRoot: string = toHex(sha256(''));

/** A {@link CompactRange} as plain data. */
export interface CompactRangeState {
  /** Leaves appended. */
  readonly size: number;
  /** Roots of the full subtrees from the largest to the smallest, hexadecimal. */
  readonly roots: readonly string[];
}

/**
 * The right edge of an RFC 6962 tree: enough to append leaves and to say the root, in
 * log2(size) hashes of memory.
 *
 * @example
 * const range = new CompactRange();
 * range.append(new Uint8Array(32));
 * range.size; // => 1
 */
export class CompactRange {
  #size = 0;
  readonly #roots: Uint8Array[] = [];

  /** Leaves appended so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends the hash of the next leaf (32 bytes); the array is kept, not copied.
   *
   * @example
   * const range = new CompactRange();
   * range.append(Buffer.from(leafHash(new TextEncoder().encode('a')), 'hex'));
   */
  append(leaf: Uint8Array): void {
    let hash = leaf;
    // Sizes go up to 2^53, beyond what bit operators can do.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = nodeHash(this.#roots.pop() as Uint8Array, hash);
    }
    this.#roots.push(hash);
    this.#size++;
  }

  /**
   * Root over all leaves appended so far, 32 bytes (RFC 6962 section 2.1).
   *
   * @example Buffer.from(new CompactRange().root()).toString('hex') === emptyRoot; // => true
   */
  root(): Uint8Array {
    let hash = this.#roots.at(-1);
    if (hash === undefined) return sha256('');
    for (let index = this.#roots.length - 2; index >= 0; index--) {
      hash = nodeHash(this.#roots[index] as Uint8Array, hash);
    }
    return hash;
  }

  /**
   * An independent copy.
   *
   * @example
   * const range = new CompactRange();
   * range.clone().append(new Uint8Array(32));
   * range.size; // => 0
   */
  clone(): CompactRange {
    const copy = new CompactRange();
    copy.#size = this.#size;
    copy.#roots.push(...this.#roots);
    return copy;
  }

  /**
   * Plain data for storage.
   *
   * @example new CompactRange().toJSON(); // => { size: 0, roots: [] }
   */
  toJSON(): CompactRangeState {
    return { size: this.#size, roots: this.#roots.map((root) => toHex(root)) };
  }

  /**
   * A range from {@link toJSON}, or undefined where the data cannot be one.
   *
   * @example
   * CompactRange.fromJSON({ size: 1, roots: [zeroHash] })?.size; // => 1
   * CompactRange.fromJSON({ size: 2, roots: [] }); // => undefined
   */
  static fromJSON(state: CompactRangeState): CompactRange | undefined {
    if (!Number.isSafeInteger(state.size) || state.size < 0 || !Array.isArray(state.roots)) {
      return undefined;
    }
    let expected = 0;
    for (let rest = state.size; rest > 0; rest = Math.floor(rest / 2)) expected += rest % 2;
    if (state.roots.length !== expected) return undefined;
    const range = new CompactRange();
    for (const text of state.roots as readonly unknown[]) {
      const root = typeof text === 'string' ? fromHex(text) : undefined;
      if (root?.length !== hashBytes) return undefined;
      range.#roots.push(root);
    }
    range.#size = state.size;
    return range;
  }
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const half = (value: number): number => Math.floor(value / 2);

/**
 * Checks that a leaf is at an index of the tree with this root (RFC 9162 section 2.1.3.2).
 * Hashes are 32 bytes; false for any malformed input.
 *
 * @param index Seq of the leaf.
 * @param size Leaves that the root covers.
 * @param leaf Leaf hash, as bytes.
 * @param proof Roots of the subtrees beside the way to the root, from the leaf up.
 * @example
 * const first = new Uint8Array(32).fill(1);
 * const second = new Uint8Array(32).fill(2);
 * verifyInclusion(0, 2, first, [second], nodeHash(first, second)); // => true
 * verifyInclusion(1, 2, first, [second], nodeHash(first, second)); // => false
 */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  let first = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== hashBytes) return false;
    if (first % 2 === 1 || first === last) {
      hash = nodeHash(sibling, hash);
      while (first % 2 === 0 && first !== 0) {
        first = half(first);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    first = half(first);
    last = half(last);
  }
  return last === 0 && leaf.length === hashBytes && equalBytes(hash, root);
}

/**
 * Checks that a tree of `newSize` extends one of `oldSize` (RFC 9162 section 2.1.4.2). Sizes 0 and
 * equal sizes take an empty proof. Hashes are 32 bytes; false for any malformed input.
 *
 * @example
 * const first = new Uint8Array(32).fill(1);
 * const second = new Uint8Array(32).fill(2);
 * verifyConsistency(1, 2, [second], first, nodeHash(first, second)); // => true
 * verifyConsistency(1, 2, [first], first, nodeHash(first, second)); // => false
 */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  proof: readonly Uint8Array[],
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false;
  if (proof.some((hash) => hash.length !== hashBytes)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, sha256(''));
  let first = oldSize - 1;
  let last = newSize - 1;
  while (first % 2 === 1) {
    first = half(first);
    last = half(last);
  }
  // Where the old tree is a full subtree its root is not part of the proof.
  const hashes = first === 0 ? [oldRoot, ...proof] : proof;
  const start = hashes[0];
  if (start === undefined) return false;
  let oldHash = start;
  let newHash = start;
  for (const hash of hashes.slice(1)) {
    if (last === 0) return false;
    if (first % 2 === 1 || first === last) {
      oldHash = nodeHash(hash, oldHash);
      newHash = nodeHash(hash, newHash);
      while (first % 2 === 0 && first !== 0) {
        first = half(first);
        last = half(last);
      }
    } else {
      newHash = nodeHash(newHash, hash);
    }
    first = half(first);
    last = half(last);
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}
