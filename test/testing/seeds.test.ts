import { describe, expect, test } from 'vitest';
import { fixedClock, seededRandom, seededSecret, seededSigner } from '../../src/testing/index.ts';
import { codeOf } from '../support/runtime.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a fixed clock', () => {
  test('stands still until it is told to go on', () => {
    const clock = fixedClock(1_000);
    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
    clock.advance(5);
    expect(clock.now()).toBe(1_005);
    clock.set(7);
    expect(clock.now()).toBe(7);
  });
  test('goes on by its step with each reading', () => {
    const clock = fixedClock(-3, 2);
    expect([clock.now(), clock.now(), clock.now()]).toEqual([-3, -1, 1]);
  });
  test('takes integers alone', async () => {
    const clock = fixedClock(0);
    for (const work of [
      () => fixedClock(0.5),
      () => fixedClock(0, Number.NaN),
      () => clock.set(Number.POSITIVE_INFINITY),
      () => clock.advance(0.1),
      () => clock.advance(-1),
    ]) {
      expect(await codeOf(work)).toBe('KNHK_RUNTIME_OPTION');
    }
    expect(clock.now()).toBe(0);
  });
});

describe('seeded randomness', () => {
  test('is the same for ever, however it is cut', () => {
    const whole = seededRandom(1)(100);
    const random = seededRandom(1);
    const parts = [0, 1, 31, 33, 35].map((count) => random(count));
    expect(hex(Buffer.concat(parts))).toBe(hex(whole));
    expect(hex(whole.subarray(0, 32))).toBe(
      'be9608cb55bbdc641cf11820b20f93cd5db7936d3aefaf2f8deb02ebd4795817',
    );
  });
  test('differs by seed and by purpose', () => {
    const streams = [
      seededRandom(1)(32),
      seededRandom(2)(32),
      seededSecret(1),
      seededSecret(2),
      seededRandom(-1)(32),
    ].map(hex);
    expect(new Set(streams).size).toBe(streams.length);
  });
  test('takes an integer and gives a count of bytes', async () => {
    expect(await codeOf(() => seededRandom(0.5))).toBe('KNHK_RUNTIME_OPTION');
    expect(await codeOf(() => seededRandom(1)(-1))).toBe('KNHK_RUNTIME_OPTION');
    expect(seededRandom(1)(0)).toHaveLength(0);
  });
  test('spreads: every byte value comes', () => {
    expect(new Set(seededRandom(3)(8_192)).size).toBe(256);
  });
});

test('a seeded signer is the same for ever, and its keyring is its own', async () => {
  const first = seededSigner({ name: 'example.com/ops', seed: 1 });
  const again = seededSigner({ name: 'example.com/ops', seed: 1 });
  const other = seededSigner({ name: 'example.com/ops', seed: 2 });
  expect(again.signer.vkey).toBe(first.signer.vkey);
  expect(other.signer.vkey).not.toBe(first.signer.vkey);
  expect(first.signer.vkey).toBe(
    'example.com/ops+650cd966+ARmPbcy4p+hQmfPUZTGcfNvYGP/rnj5ETYE2/cIwAKt2',
  );
  expect(first.keyring).toEqual({
    origin: 'example.com/ops',
    keys: [{ vkey: first.signer.vkey, from: 0 }],
  });
  expect(await codeOf(() => seededSigner({ name: 'two words', seed: 1 }))).toBe(
    'KNHK_RECEIPTS_KEY',
  );
});
