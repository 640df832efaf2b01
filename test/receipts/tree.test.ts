import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { sha256 } from '../../src/base/sha256.node.ts';
import {
  CompactRange,
  emptyRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/receipts/verify/index.ts';
import { leavesOf, pathOf, proofOf, rootOf } from './trees.ts';

test('the compact range has the root of the definition at every size, through JSON too', () => {
  const leaves = leavesOf(140);
  let range = new CompactRange();
  expect(toHex(range.root())).toBe(emptyRoot);
  for (const [index, leaf] of leaves.entries()) {
    const copy = range.clone();
    range.append(leaf);
    expect(copy.size).toBe(index);
    expect(toHex(range.root())).toBe(toHex(rootOf(leaves.slice(0, index + 1))));
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
    const top = rootOf(leaves);
    for (let index = 0; index < size; index++) {
      const proof = pathOf(index, leaves);
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
  const roots = Array.from({ length: 31 }, (_, size) => rootOf(leaves.slice(0, size)));
  for (let after = 0; after <= 30; after++) {
    for (let before = 0; before <= after; before++) {
      const proof = proofOf(before, leaves.slice(0, after));
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
  const top = rootOf(leaves);
  fc.assert(
    fc.property(fc.nat(99), fc.nat(6), fc.nat(255), (index, which, bit) => {
      const proof = pathOf(index, leaves);
      const altered = (proof[which % proof.length] as Uint8Array).slice();
      altered[bit >>> 3] = (altered[bit >>> 3] as number) ^ (1 << (bit & 7));
      const bad = proof.with(which % proof.length, altered);
      expect(verifyInclusion(index, 100, leaves[index] as Uint8Array, bad, top)).toBe(false);
    }),
  );
});
