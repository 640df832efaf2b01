import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LogKeys } from '../../src/receipts/log/index.ts';
import { openKeys } from '../../src/receipts/log/index.ts';
import { parseVkey } from '../../src/receipts/verify/note.ts';
import { codeOf, origin, temporary } from './support.ts';

const keysIn = (directory: string, first = 1): LogKeys => {
  let next = first;
  const random = (count: number): Uint8Array => new Uint8Array(count).fill(next++);
  return openKeys(directory, { origin, random, clock: { now: () => 7.5 } });
};

const fileOf = (vkey: string): string => `signing-${parseVkey(vkey)?.id}.key`;

test('the next key is in its file before anybody signs with it, and is used only once', () => {
  const directory = join(temporary(), 'keys');
  const keys = keysIn(directory);
  expect(keys.keyring.keys[0]?.created).toBe(7);
  const next = keys.nextSigner();
  const path = join(directory, fileOf(next.vkey));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path)).toEqual(Buffer.alloc(32, 3));
  // Nobody rotated to it: it is the next one still, and known to who opens the directory.
  expect(keys.nextSigner().vkey).toBe(next.vkey);
  const again = keysIn(directory, 40);
  expect([again.signer.vkey, again.signers.map(({ vkey }) => vkey)]).toEqual([
    keys.signer.vkey,
    [next.vkey],
  ]);
  const first = keys.keyring.keys[0]!;
  again.saveKeyring({
    origin,
    keys: [
      { ...first, to: 9 },
      { vkey: next.vkey, from: 5 },
    ],
  });
  // Even the older object sees that it was taken.
  const third = keys.nextSigner();
  expect([first.vkey, next.vkey]).not.toContain(third.vkey);
  const opened = keysIn(directory, 80);
  expect(opened.signer.vkey).toBe(next.vkey);
  expect(opened.signers.map(({ vkey }) => vkey).sort()).toEqual([first.vkey, third.vkey].sort());
  expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test.each([
  ['the one that is valid last', {}, { from: 5, to: 9 }, 0],
  ['the one that begins last', {}, { from: 5 }, 1],
  ['not one that was revoked', {}, { from: 5, revokedFrom: 5 }, 0],
  ['the longer one of two that end', { to: 20 }, { from: 5, to: 30 }, 1],
  ['the one revoked later, if both are', { revokedFrom: 9 }, { from: 5, revokedFrom: 8 }, 0],
] as const)('of two keys at hand %s signs', (_name, old, fresh, expected) => {
  const directory = join(temporary(), 'keys');
  const keys = keysIn(directory);
  const vkeys = [keys.signer.vkey, keys.nextSigner().vkey] as const;
  const entries = [
    { vkey: vkeys[0], from: 0, ...old },
    { vkey: vkeys[1], ...fresh },
  ];
  keys.saveKeyring({ origin, keys: entries });
  expect(keysIn(directory).signer.vkey).toBe(vkeys[expected]);
  keys.saveKeyring({ origin, keys: [...entries].reverse() });
  expect(keysIn(directory).signer.vkey).toBe(vkeys[expected]);
});

test('KNHK_LOG_KEYS: files that do not belong together', async () => {
  const directory = join(temporary(), 'keys');
  const keys = keysIn(directory);
  const next = keys.nextSigner();
  const other = { origin: 'example.com/other', keys: keys.keyring.keys };
  expect(await codeOf(() => keys.saveKeyring(other))).toBe('KNHK_LOG_KEYS');
  expect(await codeOf(() => keys.saveKeyring({ origin, keys: [] }))).toBe('KNHK_RECEIPTS_KEYRING');
  expect(keysIn(directory).keyring).toEqual(keys.keyring);
  const path = join(directory, fileOf(next.vkey));
  for (const bytes of [Buffer.alloc(32, 4), Buffer.alloc(31, 3), Buffer.alloc(33, 3)]) {
    writeFileSync(path, bytes);
    expect(await codeOf(() => keysIn(directory))).toBe('KNHK_LOG_KEYS');
  }
  rmSync(path);
  // What only looks like a key file is none.
  writeFileSync(join(directory, 'signing-0.key'), 'x');
  mkdirSync(join(directory, 'signing-old.key'));
  expect(keysIn(directory).signers).toEqual([]);
  // A first key that the keyring does not know, with another that it does.
  keys.saveKeyring({ origin, keys: [{ vkey: keys.nextSigner().vkey, from: 0 }] });
  expect(await codeOf(() => keysIn(directory))).toBe('KNHK_LOG_KEYS');
  rmSync(join(directory, 'signing.key'));
  expect(keysIn(directory).signers).toEqual([]);
  for (const name of readdirSync(directory)) {
    if (/^signing-[0-9a-f]{8}/.test(name)) rmSync(join(directory, name));
  }
  expect(await codeOf(() => keysIn(directory))).toBe('KNHK_LOG_KEYS');
});

test('a keyring that is gone, or no text, is told as one', async () => {
  const directory = join(temporary(), 'keys');
  const keys = keysIn(directory);
  const path = join(directory, 'keyring.json');
  writeFileSync(path, Buffer.from([0xff]));
  expect(await codeOf(() => keysIn(directory))).toBe('KNHK_RECEIPTS_KEYRING');
  rmSync(path);
  expect(await codeOf(() => keys.nextSigner())).toBe('KNHK_RECEIPTS_KEYRING');
  // Made again from the key that is there: a log may rely on it.
  expect(keysIn(directory).signer.vkey).toBe(keys.signer.vkey);
});
