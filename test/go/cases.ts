import fc from 'fast-check';
import { toBase64 } from '../../src/base/bytes.ts';
import { sha256 } from '../../src/base/sha256.node.ts';
import { verifyConsistency, verifyInclusion } from '../../src/receipts/verify/index.ts';
import type { Question } from './oracle.ts';

export const b64 = (hashes: readonly Uint8Array[]): string[] => hashes.map(toBase64);

/** A question and our own answer to it. */
export interface Case {
  readonly name: string;
  readonly question: Question;
  readonly ours: boolean;
}

export function inclusion(
  name: string,
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): Case {
  const hashes = { proof: b64(proof), root: toBase64(root), leaf: toBase64(leaf) };
  const ours = verifyInclusion(index, size, leaf, proof, root);
  return { name, question: { op: 'inclusion', index, size, ...hashes }, ours };
}

export function consistency(
  name: string,
  old: number,
  size: number,
  proof: readonly Uint8Array[],
  prior: Uint8Array,
  root: Uint8Array,
): Case {
  const hashes = { proof: b64(proof), prior: toBase64(prior), root: toBase64(root) };
  const ours = verifyConsistency(old, size, proof, prior, root);
  return { name, question: { op: 'consistency', old, size, ...hashes }, ours };
}

export const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const bent = bytes.slice();
  const at = Math.floor(bit / 8) % bent.length;
  bent[at] = (bent[at] as number) ^ (1 << (bit % 8));
  return bent;
};

/** A proof with one thing wrong. */
export function tampered(proof: readonly Uint8Array[], seed: number): readonly Uint8Array[][] {
  const at = proof.length === 0 ? 0 : seed % proof.length;
  const rest: Uint8Array[] = proof.map((hash) => hash.slice());
  const first = rest[at];
  if (first === undefined) return [[sha256('extra')]];
  return [
    [...rest, sha256('extra')],
    [sha256('extra'), ...rest],
    rest.slice(1),
    rest.slice(0, -1),
    rest.toSpliced(at, 1, flip(first, seed % 256)),
    rest.toSpliced(at, 0, first),
    rest.toReversed(),
  ];
}

// Sizes beyond 2^31 too, and around powers of two.
export const sizes = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  fc
    .tuple(fc.integer({ min: 1, max: 52 }), fc.constantFrom(-1, 0, 1))
    .map(([power, near]) => 2 ** power + near),
);
