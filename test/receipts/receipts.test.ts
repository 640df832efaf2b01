import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeVerify } from '../../src/receipts/log/index.ts';
import {
  encodeLeaf,
  formatProof,
  inclusionPath,
  leafHash,
  type ReceiptReport,
  ReceiptVerifier,
  treeRoot,
  verifyReceipt,
  zeroHash,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { noteOver } from './notes.ts';
import { applyBody, codeOf, keyring, otherSigner, signer } from './support.ts';
import { evenSource, leafHashOf, leavesOf, sourceOf } from './trees.ts';

// A log of 21 leaves, of which one is an apply leaf: at 13.
const at = 13;
const entry = utf8(encodeLeaf({ ...applyBody('x'), v: 1, seq: at, time: 5, prev: zeroHash }));
const source = sourceOf(leavesOf(21).with(at, leafHashOf(entry)));
const checkpointOf = (size: number, by = [signer]): string =>
  noteOver({ size, root: treeRoot(source, size) }, by);
const receiptOf = (size: number, checkpoint = checkpointOf(size)): string =>
  formatProof({ index: at, hashes: inclusionPath(source, at, size), checkpoint, extra: entry });

const problemOf = (report: ReceiptReport): string => (report.ok ? 'none' : report.problem.kind);

test('a receipt gives back its leaf, its checkpoint and who signed it', () => {
  const checkpoint = checkpointOf(21, [otherSigner, signer]);
  const both = {
    ...keyring,
    keys: [
      { vkey: signer.vkey, from: 0, to: 30 },
      { vkey: otherSigner.vkey, from: 20 },
    ],
  };
  expect(verifyReceipt(receiptOf(21, checkpoint), both)).toEqual({
    ...{ ok: true, seq: at, size: 21, checkpoint },
    leaf: { ...applyBody('x'), v: 1, seq: at, time: 5, prev: zeroHash },
    leafHash: leafHash(entry),
    signedBy: [signer.vkey, otherSigner.vkey],
    cosignedBy: [],
  });
  // Of the two keys only one is valid for a log of 18 leaves.
  const early = verifyReceipt(receiptOf(18, checkpointOf(18, [otherSigner, signer])), both);
  expect(early).toMatchObject({ ok: true, signedBy: [signer.vkey] });
});

test('what is wrong is said without the data', () => {
  expect(verifyReceipt('{"name":"secret"}', keyring)).toEqual({
    ok: false,
    problem: { kind: 'malformed', message: 'not a tlog-proof of version 1' },
  });
});

test('a checkpoint that is refused is no excuse for hashes that cannot be read', () => {
  const refused = receiptOf(21, checkpointOf(21, [otherSigner]));
  expect(problemOf(verifyReceipt(refused, keyring))).toBe('unknown-key');
  const [before, after] = refused.split('\n\n', 2) as [string, string];
  const unreadable = `${before.slice(0, -2)}!!\n\n${refused.slice(before.length + 2)}`;
  expect(after).not.toBe('');
  expect(problemOf(verifyReceipt(unreadable, keyring))).toBe('malformed');
});

test('every receipt with one character changed or left out is refused', () => {
  const text = receiptOf(21);
  const verifier = new ReceiptVerifier(keyring, { verify: nodeVerify });
  expect(problemOf(verifier.verify(text))).toBe('none');
  const other = fc.constantFrom(...'A0z+/= \n\u2014', '');
  const property = fc.property(fc.nat(text.length - 1), other, (place, character) => {
    fc.pre(text[place] !== character);
    const bent = text.slice(0, place) + character + text.slice(place + 1);
    expect(problemOf(verifier.verify(bent))).not.toBe('none');
  });
  fc.assert(property, { numRuns: runs(1_500) });
});

describe('a verifier of many receipts', () => {
  /** Counts the signatures that it checks. */
  function counting(): { readonly verifier: ReceiptVerifier; checked: () => number } {
    let count = 0;
    const verifier = new ReceiptVerifier(keyring, {
      verify: (...args) => {
        count++;
        return nodeVerify(...args);
      },
    });
    return { verifier, checked: () => count };
  }

  test('checks the signatures of a checkpoint once', () => {
    const { verifier, checked } = counting();
    const text = receiptOf(21);
    for (let round = 0; round < 3; round++) expect(problemOf(verifier.verify(text))).toBe('none');
    expect(checked()).toBe(1);
    expect(problemOf(verifier.verify(receiptOf(20)))).toBe('none');
    expect(checked()).toBe(2);
    // Each receipt is judged by itself all the same.
    const bare = formatProof({ index: at, hashes: [], checkpoint: checkpointOf(21), extra: entry });
    expect(problemOf(verifier.verify(bare))).toBe('inclusion');
    expect(checked()).toBe(2);
  });

  test('remembers no bad checkpoint, and none that is long', () => {
    const { verifier, checked } = counting();
    const bad = receiptOf(21).replace('\u2014', '\u2013');
    const wrong = receiptOf(21, checkpointOf(20));
    const stranger = `\u2014 stranger ${'A'.repeat(200)}\n`;
    const long = receiptOf(21, checkpointOf(21) + stranger.repeat(90));
    for (let round = 1; round <= 2; round++) {
      expect(problemOf(verifier.verify(bad))).toBe('checkpoint');
      expect(problemOf(verifier.verify(long))).toBe('none');
      expect(checked()).toBe(round);
    }
    expect(problemOf(verifier.verify(wrong))).toBe('inclusion');
    expect(checked()).toBe(3);
  });

  test('forgets the oldest of more than 256 checkpoints', () => {
    const { verifier, checked } = counting();
    const stranger = (number: number): string => `\u2014 stranger${number} ${'A'.repeat(200)}\n`;
    const texts = Array.from({ length: 257 }, (_, number) =>
      receiptOf(21, checkpointOf(21) + stranger(number)),
    );
    for (const text of texts) expect(problemOf(verifier.verify(text))).toBe('none');
    expect(checked()).toBe(257);
    for (const text of texts.slice(1)) verifier.verify(text);
    expect(checked()).toBe(257);
    verifier.verify(texts[0]!);
    expect(checked()).toBe(258);
  });
});

test('a proof that cannot be is not written', async () => {
  const good = { index: 0, hashes: [], checkpoint: 'x\n' };
  for (const bad of [
    { index: -1 },
    { index: 0.5 },
    { index: 2 ** 53 },
    { hashes: [new Uint8Array(31)] },
    { hashes: Array.from({ length: 64 }, () => new Uint8Array(32)) },
  ]) {
    expect(await codeOf(() => formatProof({ ...good, ...bad }))).toBe('KNHK_RECEIPTS_PROOF');
  }
  // Nothing to carry is nothing carried.
  expect(formatProof({ ...good, extra: new Uint8Array() })).toBe(formatProof(good));
});

test('a proof in a log of a million leaves has at most 1,300 characters', () => {
  const size = 2 ** 20;
  const tree = evenSource(leafHashOf(entry), size);
  const checkpoint = noteOver({ size, root: treeRoot(tree, size) });
  const text = formatProof({ index: at, hashes: inclusionPath(tree, at, size), checkpoint });
  expect(text.length).toBeLessThanOrEqual(1_300);
  expect(problemOf(verifyReceipt(text, keyring, { leaf: entry }))).toBe('none');
});

test('a text beyond any proof is not read', () => {
  const long = `${receiptOf(21)}${'x'.repeat(1_100_000)}`;
  expect(problemOf(verifyReceipt(long, keyring))).toBe('malformed');
});
