import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatWitnessRequest, parseWitnessRequest } from '../../src/receipts/verify/index.ts';
import { codeOf } from './support.ts';

const checkpoint = 'example.com/ops\n5\nroot\n\n\u2014 example.com/ops AAAA\n';
const hash = Buffer.alloc(32, 7).toString('base64');
const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 });

test('requests read back, with the checkpoint as it was', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), hashes, (oldSize, proof) => {
      const text = formatWitnessRequest({ oldSize, proof, checkpoint });
      expect(parseWitnessRequest(text)).toEqual({ oldSize, proof, checkpoint });
    }),
  );
  // The shape of the example in C2SP tlog-witness.
  const proof = [new Uint8Array(32).fill(7)];
  const text = formatWitnessRequest({ oldSize: 20_852_014, proof, checkpoint });
  expect(text).toBe(`old 20852014\n${hash}\n\n${checkpoint}`);
});

describe('a malformed request is none', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['no old size', `\n${checkpoint}`],
    ['another word', `new 5\n\n${checkpoint}`],
    ['a zero before the size', `old 05\n\n${checkpoint}`],
    ['a sign', `old +5\n\n${checkpoint}`],
    ['no number', `old \n\n${checkpoint}`],
    ['2^53', `old 9007199254740992\n\n${checkpoint}`],
    ['17 digits', `old 10000000000000000\n\n${checkpoint}`],
    ['two spaces', `old  5\n\n${checkpoint}`],
    ['carriage returns', `old 5\r\n\r\n${checkpoint}`],
    ['no empty line', 'old 5\n'],
    ['a hash without padding', `old 5\n${hash.slice(0, -1)}\n\n${checkpoint}`],
    ['a short hash', `old 5\n${hash.slice(4)}\n\n${checkpoint}`],
    ['64 hashes', `old 5\n${`${hash}\n`.repeat(64)}\n${checkpoint}`],
    ['more than a note and a proof can be', `old 5\n\n${'x'.repeat(1_100_000)}`],
  ])('%s', (_name, text) => {
    expect(parseWitnessRequest(text)).toBeUndefined();
  });
});

test('a request that cannot be is not written', async () => {
  for (const bad of [
    { oldSize: -1 },
    { oldSize: 0.5 },
    { oldSize: 2 ** 53 },
    { proof: [new Uint8Array(33)] },
    { proof: Array.from({ length: 64 }, () => new Uint8Array(32)) },
  ]) {
    const write = (): string => formatWitnessRequest({ oldSize: 0, proof: [], checkpoint, ...bad });
    expect(await codeOf(write)).toBe('KNHK_RECEIPTS_PROOF');
  }
});
