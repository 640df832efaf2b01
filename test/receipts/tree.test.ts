import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, toHex, utf8 } from '../../src/base/bytes.ts';
import { sha256 } from '../../src/base/sha256.node.ts';
import {
  CompactRange,
  emptyRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/receipts/verify/index.ts';

// The definitions of RFC 6962 section 2.1, word for word and as slow as they are.
const node = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(concatBytes(Uint8Array.of(1), left, right));

function split(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function root(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const at = split(leaves.length);
  return node(root(leaves.slice(0, at)), root(leaves.slice(at)));
}

function path(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const at = split(leaves.length);
  return index < at
    ? [...path(index, leaves.slice(0, at)), root(leaves.slice(at))]
    : [...path(index - at, leaves.slice(at)), root(leaves.slice(0, at))];
}

function subproof(old: number, leaves: readonly Uint8Array[], isWhole: boolean): Uint8Array[] {
  if (old === leaves.length) return isWhole ? [] : [root(leaves)];
  const at = split(leaves.length);
  return old <= at
    ? [...subproof(old, leaves.slice(0, at), isWhole), root(leaves.slice(at))]
    : [...subproof(old - at, leaves.slice(at), false), root(leaves.slice(0, at))];
}

const leavesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => sha256(utf8(`leaf ${index}`)));

test('the compact range has the root of the definition at every size, through JSON too', () => {
  const leaves = leavesOf(140);
  let range = new CompactRange();
  expect(toHex(range.root())).toBe(emptyRoot);
  for (const [index, leaf] of leaves.entries()) {
    const copy = range.clone();
    range.append(leaf);
    expect(copy.size).toBe(index);
    expect(toHex(range.root())).toBe(toHex(root(leaves.slice(0, index + 1))));
    range = CompactRange.fromJSON(JSON.parse(JSON.stringify(range))) as CompactRange;
    expect(range.size).toBe(index + 1);
  }
});

test('a state that cannot be is refused', () => {
  const good = new CompactRange();
  for (const leaf of leavesOf(5)) good.append(leaf);
  const state = good.toJSON();
  expect(CompactRange.fromJSON(state)).toBeDefined();
  for (const bad of [
    { ...state, size: 4 },
    { ...state, size: -1 },
    { ...state, size: 5.5 },
    { ...state, roots: state.roots.slice(1) },
    { ...state, roots: ['xy', 'zz'] },
    { ...state, roots: 'none' },
  ]) {
    expect(CompactRange.fromJSON(bad as typeof state)).toBeUndefined();
  }
});

test('inclusion: every leaf of every size to 40, and nothing else', () => {
  for (let size = 1; size <= 40; size++) {
    const leaves = leavesOf(size);
    const top = root(leaves);
    for (let index = 0; index < size; index++) {
      const proof = path(index, leaves);
      const leaf = leaves[index] as Uint8Array;
      const check = (at: number, count: number, hashes: readonly Uint8Array[]): boolean =>
        verifyInclusion(at, count, leaf, hashes, top);
      expect(check(index, size, proof)).toBe(true);
      expect(check(index, size, [...proof, top])).toBe(false);
      if (proof.length > 0) expect(check(index, size, proof.slice(1))).toBe(false);
      if (proof.length > 0) expect(check(index, size, proof.slice(0, -1))).toBe(false);
      expect(check(size, size, proof)).toBe(false);
      expect(check(-1, size, proof)).toBe(false);
      expect(check(0.5, size, proof)).toBe(false);
      const other = (index + 1) % size;
      if (size > 1) expect(check(other, size, proof)).toBe(false);
    }
  }
});

test('consistency: every pair of sizes to 30, and nothing else', () => {
  const leaves = leavesOf(30);
  const roots = Array.from({ length: 31 }, (_, size) => root(leaves.slice(0, size)));
  for (let after = 0; after <= 30; after++) {
    for (let before = 0; before <= after; before++) {
      const proof = before === 0 ? [] : subproof(before, leaves.slice(0, after), true);
      const [old, now] = [roots[before] as Uint8Array, roots[after] as Uint8Array];
      const check = (hashes: readonly Uint8Array[], from = old, to = now): boolean =>
        verifyConsistency(before, after, hashes, from, to);
      expect(check(proof), `${before} ${after}`).toBe(true);
      expect(check([...proof, now])).toBe(false);
      if (proof.length > 0) expect(check(proof.slice(0, -1))).toBe(false);
      if (proof.length > 0) expect(check(proof.slice(1))).toBe(false);
      expect(check(proof, sha256('x'), now)).toBe(false);
      if (before > 0) expect(check(proof, old, sha256('x'))).toBe(false);
      if (before < after) expect(verifyConsistency(after, before, proof, now, old)).toBe(false);
    }
  }
});

test('a proof with any hash altered fails', () => {
  const leaves = leavesOf(100);
  const top = root(leaves);
  fc.assert(
    fc.property(fc.nat(99), fc.nat(6), fc.nat(255), (index, which, bit) => {
      const proof = path(index, leaves);
      const altered = (proof[which % proof.length] as Uint8Array).slice();
      altered[bit >>> 3] = (altered[bit >>> 3] as number) ^ (1 << (bit & 7));
      const bad = proof.with(which % proof.length, altered);
      expect(verifyInclusion(index, 100, leaves[index] as Uint8Array, bad, top)).toBe(false);
    }),
  );
});
