import { describe, expect, test } from 'vitest';
import {
  type CompareOptions,
  compareCheckpoints,
  consistencyPath,
  treeRoot,
} from '../../src/receipts/verify/index.ts';
import { noteOver } from './notes.ts';
import { codeOf, keyring, otherSigner } from './support.ts';
import { leavesOf, sourceOf } from './trees.ts';

// Two logs that part behind their ninth leaf.
const ours = sourceOf(leavesOf(24));
const theirs = sourceOf([...leavesOf(9), ...leavesOf(24, 'forked').slice(9)]);
const note = (tree: typeof ours, size: number): string =>
  noteOver({ size, root: treeRoot(tree, size) });
const compare = (first: string, second: string, more: Partial<CompareOptions> = {}) =>
  compareCheckpoints(first, second, { keyring, ...more });

describe('two checkpoints of logs that part', () => {
  test('every pair of sizes is judged as the trees say', () => {
    for (let before = 0; before <= 24; before++) {
      for (let after = before; after <= 24; after++) {
        const [old, ownNew, otherNew] = [
          note(ours, before),
          note(ours, after),
          note(theirs, after),
        ];
        const sizes = { oldSize: before, newSize: after };
        const proof = consistencyPath(ours, before, after);
        expect(compare(old, ownNew, { proof })).toEqual({ kind: 'consistent', ...sizes });
        // Whoever holds the newer tree needs no proof.
        expect(compare(ownNew, old, { tree: ours })).toEqual({ kind: 'consistent', ...sizes });
        const parted = compare(old, otherNew, { tree: theirs });
        expect(parted).toEqual(
          before <= 9
            ? { kind: 'consistent', ...sizes }
            : { kind: 'fork', evidence: [old, otherNew] },
        );
      }
    }
  });

  test('evidence names the smaller one first', () => {
    const [small, large] = [note(ours, 12), note(theirs, 20)];
    const fork = { kind: 'fork', evidence: [small, large] };
    expect(compare(small, large, { tree: theirs })).toEqual(fork);
    expect(compare(large, small, { tree: theirs })).toEqual(fork);
    const [one, other] = [note(ours, 12), note(theirs, 12)];
    expect(compare(one, other)).toEqual({ kind: 'fork', evidence: [one, other] });
  });

  test('a tree that is not the newer one says nothing', () => {
    const sizes = { oldSize: 12, newSize: 20 };
    const [small, large] = [note(ours, 12), note(theirs, 20)];
    const needed = { kind: 'proof-needed', ...sizes };
    // Ours has the older root, which the newer log may have extended in another way.
    expect(compare(small, large, { tree: ours })).toEqual(needed);
    expect(compare(small, large, { tree: sourceOf(leavesOf(19)) })).toEqual(needed);
    const proof = consistencyPath(theirs, 12, 20);
    expect(compare(small, large, { tree: ours, proof })).toEqual({
      kind: 'proof-refused',
      ...sizes,
    });
    const short = { tree: sourceOf(leavesOf(19)), proof: consistencyPath(ours, 12, 20) };
    expect(compare(small, note(ours, 20), short)).toEqual({ kind: 'consistent', ...sizes });
  });

  test('an unsigned one is no evidence, and is named', () => {
    const forged = noteOver({ size: 12, root: treeRoot(theirs, 12) }, [otherSigner]);
    expect(compare(note(ours, 12), forged)).toEqual({ kind: 'unsigned', which: 'second' });
    expect(compare(forged, note(ours, 12))).toEqual({ kind: 'unsigned', which: 'first' });
    expect(compare('', '')).toEqual({ kind: 'unsigned', which: 'first' });
    const other = noteOver({ origin: 'example.com/x', size: 12, root: treeRoot(ours, 12) });
    expect(compare(other, note(ours, 12))).toEqual({ kind: 'other-log', which: 'first' });
    expect(compare(note(ours, 12), other)).toEqual({ kind: 'other-log', which: 'second' });
  });

  test('a keyring that cannot be is misuse', async () => {
    const empty = { keyring: { ...keyring, keys: [] } };
    expect(await codeOf(() => compare('', '', empty))).toBe('KNHK_RECEIPTS_KEYRING');
  });
});
