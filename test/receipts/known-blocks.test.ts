import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBase64 } from '../../src/base/bytes.ts';
import { sha256 } from '../../src/base/sha256.node.ts';
import {
  inclusionPath,
  type TreeSource,
  treeRoot,
  verifyInclusion,
} from '../../src/receipts/verify/index.ts';
import { KnownBlocks } from '../../src/receipts/verify/known-blocks.ts';
import { runs } from '../support/effort.ts';
import { evenSource, leavesOf, rootOf } from './trees.ts';

/** A source that keeps the roots it gave. */
function kept(leaves: readonly Uint8Array[]): TreeSource {
  const known = new Map<string, Uint8Array>();
  return {
    size: leaves.length,
    subtree(level, index) {
      const name = `${level}/${index}`;
      const count = 2 ** level;
      const root = known.get(name) ?? rootOf(leaves.slice(index * count, (index + 1) * count));
      known.set(name, root);
      return root;
    },
  };
}

// Some full blocks and a part, at two sizes, and another tree of the same sizes.
const sizes = [968, 1_100];
const trees = [leavesOf(1_100), leavesOf(1_100, 'other')].map((leaves) => ({
  leaves,
  source: kept(leaves),
}));
const heads = trees.flatMap(({ source, leaves }) =>
  sizes.map((size) => ({ size, leaves, source, root: treeRoot(source, size) })),
);

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const place = fc.record({
  head: fc.nat(heads.length - 1),
  index: fc.oneof(fc.nat(1_099), fc.constantFrom(0, 255, 256, 511, 512, 767, 768, 900, 967)),
  // What the proof claims, mostly the truth.
  claimed: fc.option(fc.nat(1_100), { freq: 4 }),
  under: fc.option(fc.nat(heads.length - 1), { freq: 4 }),
  change: fc.option(
    fc.record({
      at: fc.nat(12),
      by: fc.constantFrom('flip', 'drop', 'double', 'foreign', 'spell'),
    }),
    { freq: 1 },
  ),
});

function changed(
  lines: readonly string[],
  change: { readonly at: number; readonly by: string } | null,
): string[] {
  if (change === null) return [...lines];
  const at = change.at % lines.length;
  const line = lines[at] as string;
  switch (change.by) {
    case 'flip':
      return lines.with(at, `${line.startsWith('A') ? 'B' : 'A'}${line.slice(1)}`);
    case 'drop':
      return lines.toSpliced(at, 1);
    case 'double':
      return lines.toSpliced(at, 0, line);
    case 'foreign':
      return lines.with(at, toBase64(sha256('foreign')));
    default:
      return lines.with(at, line.slice(0, -1));
  }
}

test('what is known changes no verdict', () => {
  const property = fc.property(fc.array(place, { minLength: 1, maxLength: 60 }), (places) => {
    const blocks = new KnownBlocks();
    for (const { head, index, claimed, under, change } of places) {
      const of = heads[head]!;
      const seq = index % of.size;
      const leaf = of.leaves[seq]!;
      const lines = inclusionPath(of.source, seq, of.size).map(toBase64);
      const bent = changed(lines, change);
      const asked = heads[under ?? head]!;
      const at = claimed ?? seq;
      const got = blocks.verify(asked, at, leaf, textOf(bent));
      const hashes = bent.map((line) => new Uint8Array(Buffer.from(line, 'base64')));
      const isSpelled = bent.every((line) => line.length === 44);
      const expected = verifyInclusion(at, asked.size, leaf, hashes, asked.root);
      expect(got).toBe(isSpelled ? expected : undefined);
    }
  });
  fc.assert(property, { numRuns: runs(60) });
});

test('no line of a known block can be another one', () => {
  const [, head] = heads;
  const { leaves, source, size } = head!;
  const blocks = new KnownBlocks();
  const proofs = [300, 301, 511].map((index) => {
    const lines = inclusionPath(source, index, size).map(toBase64);
    return { index, leaf: leaves[index]!, lines };
  });
  for (const { index, leaf, lines } of proofs) {
    expect(blocks.verify(head!, index, leaf, textOf(lines))).toBe(true);
    expect(blocks.size).toBe(1);
  }
  for (const { index, leaf, lines } of proofs) {
    for (const at of lines.keys()) {
      for (const by of ['flip', 'drop', 'double', 'foreign']) {
        expect(blocks.verify(head!, index, leaf, textOf(changed(lines, { at, by }))), by).toBe(
          false,
        );
      }
      expect(
        blocks.verify(head!, index, leaf, textOf(changed(lines, { at, by: 'spell' }))),
      ).toBeUndefined();
    }
    expect(blocks.verify(head!, index + 1, leaf, textOf(lines))).toBe(false);
    expect(blocks.verify(head!, index + 256, leaf, textOf(lines))).toBe(false);
    expect(blocks.verify(head!, index, sha256('another'), textOf(lines))).toBe(false);
  }
});

test('a part of a block at the right edge is not remembered', () => {
  const [head] = heads;
  const blocks = new KnownBlocks();
  for (const index of [768, 800, 896, 967]) {
    const lines = inclusionPath(head!.source, index, head!.size).map(toBase64);
    expect(blocks.verify(head!, index, head!.leaves[index]!, textOf(lines))).toBe(true);
  }
  expect(inclusionPath(head!.source, 768, head!.size).length).toBeGreaterThan(8);
  expect(blocks.size).toBe(0);
});

test('at most 4,096 blocks are known', () => {
  const leaf = sha256('leaf');
  const size = 256 * 4_100;
  const source = evenSource(leaf, size);
  const tree = { size, root: treeRoot(source, size) };
  const blocks = new KnownBlocks();
  for (let block = 0; block < 4_100; block++) {
    const lines = inclusionPath(source, 256 * block, size).map(toBase64);
    expect(blocks.verify(tree, 256 * block, leaf, textOf(lines))).toBe(true);
    expect(blocks.size).toBe(block < 4_096 ? block + 1 : block - 4_095);
  }
});
