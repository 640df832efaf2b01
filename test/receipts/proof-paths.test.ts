import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/base/sha256.node.ts';
import {
  consistencyPath,
  inclusionPath,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { codeOf } from './support.ts';
import { evenSource, leavesOf, pathOf, proofOf, rootOf, sourceOf } from './trees.ts';

const leaves = leavesOf(40);
const source = sourceOf(leaves);

describe('proofs are those of the definition', () => {
  test('roots, for every size', () => {
    for (let size = 0; size <= leaves.length; size++) {
      expect(treeRoot(source, size)).toEqual(rootOf(leaves.slice(0, size)));
    }
  });

  test('inclusion, for every leaf of every size', () => {
    for (let size = 1; size <= leaves.length; size++) {
      for (let seq = 0; seq < size; seq++) {
        expect(inclusionPath(source, seq, size)).toEqual(pathOf(seq, leaves.slice(0, size)));
      }
    }
  });

  test('consistency, for every pair of sizes', () => {
    for (let after = 0; after <= leaves.length; after++) {
      for (let before = 0; before <= after; before++) {
        const proof = consistencyPath(source, before, after);
        expect(proof, `${before} to ${after}`).toEqual(proofOf(before, leaves.slice(0, after)));
      }
    }
  });
});

// Sizes beyond what bit operators can count, powers of two and their neighbours among them.
const largeSize = fc.oneof(
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  fc
    .tuple(fc.integer({ min: 1, max: 52 }), fc.constantFrom(-1, 0, 1))
    .map(([power, near]) => 2 ** power + near),
);
const leaf = sha256('leaf');

describe('proofs hold in trees of up to 2^53 - 1 leaves', () => {
  test('inclusion', () => {
    const property = fc.property(
      largeSize,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (size, part) => {
        const seq = Math.min(size - 1, Math.floor(Math.abs(part) * size));
        const tree = evenSource(leaf, size);
        const proof = inclusionPath(tree, seq, size);
        const root = treeRoot(tree, size);
        expect(proof.length).toBeLessThanOrEqual(53);
        expect(verifyInclusion(seq, size, leaf, proof, root)).toBe(true);
        expect(verifyInclusion(seq, size, sha256('another'), proof, root)).toBe(false);
        expect(verifyInclusion(seq, size, leaf, [...proof, root], root)).toBe(false);
      },
    );
    fc.assert(property, { numRuns: runs(200) });
  });

  test('consistency', () => {
    const property = fc.property(largeSize, largeSize, (one, other) => {
      const [before, after] = [Math.min(one, other), Math.max(one, other)];
      const tree = evenSource(leaf, after);
      const proof = consistencyPath(tree, before, after);
      const [old, now] = [treeRoot(tree, before), treeRoot(tree, after)];
      expect(verifyConsistency(before, after, proof, old, now)).toBe(true);
      expect(verifyConsistency(before, after, proof, sha256('another'), now)).toBe(false);
      expect(verifyConsistency(before, after, [...proof, now], old, now)).toBe(false);
    });
    fc.assert(property, { numRuns: runs(200) });
  });
});

describe('what the tree cannot give is refused', () => {
  test.each<[string, () => unknown]>([
    ['a leaf behind the last one', () => inclusionPath(source, 40, 40)],
    ['a leaf behind the last one of the size', () => inclusionPath(source, 5, 5)],
    ['a negative leaf', () => inclusionPath(source, -1, 5)],
    ['a part of a leaf', () => inclusionPath(source, 0.5, 5)],
    ['a leaf of the tree without leaves', () => inclusionPath(source, 0, 0)],
    ['a leaf of a larger tree', () => inclusionPath(source, 0, 41)],
    ['a leaf of a tree of no size', () => inclusionPath(source, 0, Number.NaN)],
    ['consistency with a larger tree', () => consistencyPath(source, 1, 41)],
    ['consistency backwards', () => consistencyPath(source, 6, 5)],
    ['consistency from a negative size', () => consistencyPath(source, -1, 5)],
    ['consistency from half a leaf', () => consistencyPath(source, 0.5, 5)],
    ['the root of a larger tree', () => treeRoot(source, 41)],
    ['the root of a negative size', () => treeRoot(source, -1)],
    ['the root of 2^53 leaves', () => treeRoot({ ...source, size: 2 ** 54 }, 2 ** 53)],
  ])('%s', async (_name, work) => {
    expect(await codeOf(work)).toBe('KNHK_RECEIPTS_PROOF');
  });
});
