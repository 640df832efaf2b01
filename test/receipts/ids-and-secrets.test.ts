import { createHmac, hkdfSync } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdTable } from '../../src/receipts/log/ids.ts';
import { createCommitments, openKeys } from '../../src/receipts/log/index.ts';
import { codeOf, fakeHash, origin, temporary } from './support.ts';

test('the id table finds what a map finds, through growth and storage', () => {
  // Few distinct prefixes, so that slots collide and ids share all eight bytes.
  const prefix = fc.constantFrom('00000000', 'ffffffff', '00000001', '80000000');
  const id = fc.tuple(prefix, prefix).map(([high, low]) => `${high}${low}${'0'.repeat(48)}`);
  fc.assert(
    fc.property(fc.array(id, { maxLength: 60 }), (list) => {
      const table = new IdTable(1_000);
      const map = new Map<string, number[]>();
      for (const [seq, one] of list.entries()) {
        table.add(one, seq);
        map.set(one, [...(map.get(one) ?? []), seq]);
      }
      const copy = IdTable.fromSlots(table.slots.slice(), table.count, 1_000)!;
      const wide = new IdTable(1_000);
      wide.reserve(2_000);
      expect(wide.slots.length).toBe(3 * 4_096);
      for (const [seq, one] of list.entries()) wide.add(one, seq);
      expect(wide.slots.length).toBe(3 * 4_096);
      for (const [one, seqs] of map) {
        expect(table.candidates(one).toSorted()).toEqual([...seqs].sort());
        expect(copy.candidates(one).toSorted()).toEqual([...seqs].sort());
        expect(wide.candidates(one).toSorted()).toEqual([...seqs].sort());
      }
      expect(table.candidates('123456789abcdef0')).toEqual([]);
      expect([table.count, copy.count]).toEqual([list.length, list.length]);
    }),
  );
  for (const [slots, count] of [
    [3 * 1_000, 0],
    [3 * 512, 0],
    [3 * 1_024 + 1, 0],
    [3 * 1_024, 769],
    [3 * 2_048, 1_001],
  ] as const) {
    expect(IdTable.fromSlots(new Uint32Array(slots), count, 1_000)).toBeUndefined();
  }
  const table = new IdTable(10_000);
  const ids = Array.from({ length: 10_000 }, (_, seq) => fakeHash(String(seq)));
  for (const [seq, one] of ids.entries()) table.add(one, seq);
  for (const [seq, one] of ids.entries()) expect(table.candidates(one)).toEqual([seq]);
  expect(() => table.add(fakeHash('one more'), 10_000)).toThrow(/KNHK_LIMIT_IDS/);
});

test('commitments are those of FORMATS', async () => {
  const secret = new Uint8Array(32).fill(5);
  const derive = (info: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', info, 32));
  const hmac = (key: Buffer, message: string): Buffer =>
    createHmac('sha256', key).update(message, 'utf8').digest();
  const commitments = createCommitments(secret);
  expect(commitments.id('type hash', 'é-1')).toBe(
    hmac(derive('knhk/1/index'), 'type hash\né-1').toString('hex'),
  );
  const salt = hmac(derive('knhk/1/subject'), 'knhk/1/salt\né-1');
  const expected = hmac(salt, 'knhk/1/proposed\n[]').toString('hex');
  expect(commitments.salted('é-1').commit('proposed', '[]')).toBe(expected);
  expect(commitments.salted('é-2').commit('proposed', '[]')).not.toBe(expected);
  expect(await codeOf(() => createCommitments(new Uint8Array(31)))).toBe('KNHK_LOG_KEYS');
});

test('keys are made once, closed to others, and read again', async () => {
  const directory = join(temporary(), 'data.keys');
  let next = 1;
  const random = (count: number): Uint8Array => new Uint8Array(count).fill(next++);
  const made = openKeys(directory, { origin, random });
  expect([made.secret[0], made.keyring.keys.length, next]).toEqual([1, 1, 3]);
  expect(made.keyring.keys[0]?.vkey).toBe(made.signer.vkey);
  const again = openKeys(directory, { origin, random });
  expect([again.secret, again.keyring, again.signer.vkey, next]).toEqual([
    made.secret,
    made.keyring,
    made.signer.vkey,
    3,
  ]);
  for (const name of ['', 'secret', 'signing.key', 'keyring.json']) {
    expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
  }
  expect(await codeOf(() => openKeys(directory, { origin: 'other' }))).toBe('KNHK_LOG_KEYS');
  writeFileSync(join(directory, 'secret'), 'short');
  expect(await codeOf(() => openKeys(directory, { origin }))).toBe('KNHK_LOG_KEYS');
  rmSync(join(directory, 'secret'));
  expect(await codeOf(() => openKeys(directory, { origin }))).toBe('KNHK_LOG_KEYS');
});
