import { describe, expect, test } from 'vitest';
import { nodeVerify } from '../../src/receipts/log/index.ts';
import {
  compareCheckpoints,
  formatProof,
  nobleVerify,
  parseProof,
  verifyConsistency,
  verifyInclusion,
  verifyReceipt,
} from '../../src/receipts/verify/index.ts';
import { proofVectors } from './vectors.ts';

const { inclusions, consistencies, receipts, keyring, comparisons } = proofVectors;
const one = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

describe('inclusion', () => {
  test.each(inclusions)('$name: $ok', ({ index, size, leaf, proof, root, ok }) => {
    expect(verifyInclusion(index, size, one(leaf), proof.map(one), one(root))).toBe(ok);
  });
});

describe('consistency', () => {
  test.each(consistencies)('$name: $ok', ({ oldSize, newSize, proof, oldRoot, newRoot, ok }) => {
    const hashes = proof.map(one);
    expect(verifyConsistency(oldSize, newSize, hashes, one(oldRoot), one(newRoot))).toBe(ok);
  });
});

describe.each([
  ['node:crypto', nodeVerify],
  ['noble', nobleVerify],
])('by %s', (_name, verify) => {
  test.each(receipts)('a receipt with $name ($source)', (vector) => {
    const { text, witnesses, leaf, problem } = vector;
    const report = verifyReceipt(text, vector.keyring, {
      verify,
      ...(witnesses === undefined ? {} : { witnesses }),
      ...(leaf === undefined ? {} : { leaf: one(leaf) }),
    });
    expect(report.ok ? undefined : report.problem.kind).toBe(problem);
    const parsed = parseProof(text);
    expect(parsed === undefined).toBe(problem === 'malformed');
    // There is one spelling only.
    if (parsed !== undefined) expect(formatProof(parsed)).toBe(text);
  });

  test.each(comparisons)('comparing $name ($source): $kind', ({ first, second, proof, kind }) => {
    const given = proof === undefined ? {} : { proof: proof.map(one) };
    const options = { keyring, verify, ...given };
    expect(compareCheckpoints(first, second, options).kind).toBe(kind);
    const swapped = compareCheckpoints(second, first, options);
    expect(swapped.kind).toBe(kind);
    if (swapped.kind === 'fork')
      expect(new Set(swapped.evidence)).toEqual(new Set([first, second]));
  });
});
