import { describe, expect, test } from 'vitest';
import {
  CompactRange,
  verifyConsistency,
  verifyInclusion,
} from '../../src/receipts/verify/index.ts';

describe('proofs and ranges refuse what cannot be', () => {
  const one = new Uint8Array(32).fill(1);
  const two = new Uint8Array(32).fill(2);
  const tree = new CompactRange();
  tree.append(one);
  tree.append(two);
  const root = tree.root();
  const short = one.subarray(1);

  test('inclusion', () => {
    expect(verifyInclusion(0, 2, one, [two], root)).toBe(true);
    expect(verifyInclusion(1, 2, two, [one], root)).toBe(true);
    expect(verifyInclusion(0, 1, one, [], one)).toBe(true);
    for (const [index, size] of [
      [-1, 2],
      [0.5, 2],
      [2, 2],
      [3, 2],
      [0, -1],
      [0, 2.5],
      [0, 0],
      [0, Number.NaN],
    ] as const) {
      expect(verifyInclusion(index, size, one, [two], root), `${index} of ${size}`).toBe(false);
    }
    for (const proof of [[], [one], [two, two], [short]])
      expect(verifyInclusion(0, 2, one, proof, root)).toBe(false);
    expect(verifyInclusion(0, 1, short, [], short)).toBe(false);
    expect(verifyInclusion(0, 1, one, [two], one)).toBe(false);
  });

  test('consistency', () => {
    expect(verifyConsistency(1, 2, [two], one, root)).toBe(true);
    expect(verifyConsistency(2, 2, [], root, root)).toBe(true);
    const empty = new CompactRange().root();
    expect(verifyConsistency(0, 2, [], empty, root)).toBe(true);
    for (const [old, size] of [
      [-1, 2],
      [0.5, 2],
      [1, 2.5],
      [2, 1],
      [1, -1],
      [Number.NaN, 2],
    ] as const) {
      expect(verifyConsistency(old, size, [two], one, root), `${old} to ${size}`).toBe(false);
    }
    for (const proof of [[], [one], [two, two], [short], [two, short]]) {
      expect(verifyConsistency(1, 2, proof, one, root)).toBe(false);
    }
    expect(verifyConsistency(1, 2, [two], two, root)).toBe(false);
    expect(verifyConsistency(1, 2, [two], one, one)).toBe(false);
    expect(verifyConsistency(2, 2, [one], root, root)).toBe(false);
    expect(verifyConsistency(2, 2, [], root, one)).toBe(false);
    expect(verifyConsistency(0, 2, [one], empty, root)).toBe(false);
    expect(verifyConsistency(0, 2, [], one, root)).toBe(false);
    expect(verifyConsistency(3, 4, [], one, root)).toBe(false);
  });

  test('a range from data', () => {
    const state = tree.toJSON();
    expect(Buffer.from(CompactRange.fromJSON(state)!.root()).equals(root)).toBe(true);
    expect(CompactRange.fromJSON({ size: 0, roots: [] })?.size).toBe(0);
    for (const bad of [
      { size: -1, roots: [] },
      { size: 0.5, roots: [] },
      { size: Number.NaN, roots: [] },
      { size: 2, roots: [] },
      { size: 0, roots: state.roots },
      { size: 1, roots: ['00'] },
      { size: 1, roots: [7] },
      { size: 1, roots: ['x'.repeat(64)] },
      { size: 1, roots: [state.roots] },
      { size: 1, roots: 'x' },
      { size: 1, roots: { length: 1, 0: state.roots[0] } },
    ]) {
      expect(CompactRange.fromJSON(bad as never), JSON.stringify(bad)).toBeUndefined();
    }
  });
});
