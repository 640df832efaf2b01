import { concatBytes, utf8 } from '../../src/base/bytes.ts';
import { sha256 } from '../../src/base/sha256.node.ts';
import type { TreeSource } from '../../src/receipts/verify/index.ts';

// The definitions of RFC 6962 section 2.1, word for word and as slow as they are: what proofs are
// compared with. They share nothing with src but SHA-256.
const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(concatBytes(Uint8Array.of(1), left, right));

function split(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const at = split(leaves.length);
  return nodeOf(rootOf(leaves.slice(0, at)), rootOf(leaves.slice(at)));
}

/** PATH(m, D[n]) of section 2.1.1. */
export function pathOf(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const at = split(leaves.length);
  return index < at
    ? [...pathOf(index, leaves.slice(0, at)), rootOf(leaves.slice(at))]
    : [...pathOf(index - at, leaves.slice(at)), rootOf(leaves.slice(0, at))];
}

function subproof(old: number, leaves: readonly Uint8Array[], isWhole: boolean): Uint8Array[] {
  if (old === leaves.length) return isWhole ? [] : [rootOf(leaves)];
  const at = split(leaves.length);
  return old <= at
    ? [...subproof(old, leaves.slice(0, at), isWhole), rootOf(leaves.slice(at))]
    : [...subproof(old - at, leaves.slice(at), false), rootOf(leaves.slice(0, at))];
}

/** PROOF(m, D[n]) of section 2.1.2; empty for the tree without leaves. */
export const proofOf = (old: number, leaves: readonly Uint8Array[]): Uint8Array[] =>
  old === 0 ? [] : subproof(old, leaves, true);

export const leafHashOf = (entry: Uint8Array): Uint8Array =>
  sha256(concatBytes(Uint8Array.of(0), entry));

/** Hashes that differ from leaf to leaf. */
export const leavesOf = (count: number, name = 'leaf'): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => sha256(utf8(`${name} ${index}`)));

/** A source that refuses what it should not be asked for. */
export function sourceOf(leaves: readonly Uint8Array[]): TreeSource {
  return {
    size: leaves.length,
    subtree(level, index) {
      const count = 2 ** level;
      const part = leaves.slice(index * count, (index + 1) * count);
      if (!Number.isInteger(level) || part.length !== count) {
        throw new Error(`no full subtree ${index} at level ${level} of ${leaves.length} leaves`);
      }
      return rootOf(part);
    },
  };
}

/** A tree of up to 2^53 - 1 equal leaves, whose subtrees are known by their level alone. */
export function evenSource(leaf: Uint8Array, size: number): TreeSource {
  const levels = [leaf];
  while (levels.length <= 53) {
    const below = levels.at(-1) as Uint8Array;
    levels.push(nodeOf(below, below));
  }
  return {
    size,
    subtree(level, index) {
      if (!Number.isSafeInteger(index) || (index + 1) * 2 ** level > size) {
        throw new Error(`no full subtree ${index} at level ${level} of ${size} leaves`);
      }
      return levels[level] as Uint8Array;
    },
  };
}
