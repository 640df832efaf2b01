import { expect, test } from 'vitest';
import { checkpointText, parseCheckpoint } from '../../src/receipts/verify/checkpoint.ts';
import { nobleVerify } from '../../src/receipts/verify/ed25519.ts';
import { checkCheckpoint, parseKeyring, trustKeys } from '../../src/receipts/verify/keyring.ts';
import { formatVkey, parseVkey } from '../../src/receipts/verify/note.ts';
import { signCheckpoint } from '../../src/receipts/verify/signer.ts';
import { mistakes } from '../support/errors.ts';
import { origin, signer } from './support.ts';

const { vkey } = signer;
const keys = [{ vkey, from: 0 }];
const root = new Uint8Array(32).fill(1);
const keyForm = '{vkey, from, to?, revokedFrom?, reason?, created?}';

mistakes('KNHK_RECEIPTS_KEYRING', [
  [() => parseKeyring(7), 'keyring', '{origin, keys}', '7'],
  [() => parseKeyring(null), 'keyring', '{origin, keys}', 'null'],
  [() => parseKeyring([]), 'keyring', '{origin, keys}', 'an array of 0'],
  [() => parseKeyring('{'), 'keyring', 'JSON', '{'],
  [() => parseKeyring({ origin, keys, more: 1 }), 'keyring', '{origin, keys}', 'an object'],
  [() => parseKeyring({ origin: 7, keys }), 'origin', 'a name without spaces and plus', '7'],
  [() => parseKeyring({ origin: 'a b', keys }), 'origin', 'a name without spaces and plus', 'a b'],
  [() => parseKeyring({ origin, keys: [] }), 'keys', 'at least one key', 'an array of 0'],
  [() => parseKeyring({ origin, keys: 'x' }), 'keys', 'at least one key', 'x'],
  [() => parseKeyring({ origin, keys: [keys[0], 7] }), 'keys[1]', keyForm, '7'],
  [
    () => parseKeyring({ origin, keys: [keys[0], { vkey, from: 0, more: 1 }] }),
    'keys[1]',
    keyForm,
    'an object',
  ],
  [
    () => parseKeyring({ origin, keys: [{ from: 0 }] }),
    'keys[0].vkey',
    'an Ed25519 vkey',
    'undefined',
  ],
  [
    () => parseKeyring({ origin, keys: [{ vkey: 'x', from: 0 }] }),
    'keys[0].vkey',
    'an Ed25519 vkey',
    'x',
  ],
  [
    () => parseKeyring({ origin, keys: [{ vkey: [vkey], from: 0 }] }),
    'keys[0].vkey',
    'an Ed25519 vkey',
    'an array of 1',
  ],
  [() => parseKeyring({ origin, keys: [{ vkey }] }), 'keys[0].from', 'a seq', 'undefined'],
  [() => parseKeyring({ origin, keys: [{ vkey, from: -1 }] }), 'keys[0].from', 'a seq', '-1'],
  [() => parseKeyring({ origin, keys: [{ vkey, from: 0.5 }] }), 'keys[0].from', 'a seq', '0.5'],
  [() => parseKeyring({ origin, keys: [{ vkey, from: '0' }] }), 'keys[0].from', 'a seq', '0'],
  [
    () => parseKeyring({ origin, keys: [{ vkey, from: 5, to: 4 }] }),
    'keys[0].to',
    'a seq not below from',
    '4',
  ],
  [
    () => parseKeyring({ origin, keys: [{ vkey, from: 0, to: 0.5 }] }),
    'keys[0].to',
    'a seq not below from',
    '0.5',
  ],
  [
    () => parseKeyring({ origin, keys: [{ vkey, from: 0, to: null }] }),
    'keys[0].to',
    'a seq not below from',
    'null',
  ],
]);

mistakes('KNHK_RECEIPTS_KEY', [
  [
    () => formatVkey('a b', new Uint8Array(32)),
    'key name',
    'a name without spaces, plus and controls',
    'a b',
  ],
  [
    () => formatVkey('', new Uint8Array(32)),
    'key name',
    'a name without spaces, plus and controls',
    '',
  ],
  [() => formatVkey('a', new Uint8Array(31)), 'a', 'a public key of 32 bytes', '31 bytes'],
]);

mistakes('KNHK_RECEIPTS_CHECKPOINT', [
  [
    () => checkpointText({ origin: 'a b', size: 0, root }),
    'origin',
    'a name without spaces, plus and controls',
    'a b',
  ],
  [
    () => checkpointText({ origin, size: -1, root }),
    'example.com/ops',
    'a size up to 2^53-1 and a root of 32 bytes',
    '-1',
  ],
  [
    () => checkpointText({ origin, size: 0.5, root }),
    'example.com/ops',
    'a size up to 2^53-1 and a root of 32 bytes',
    '0.5',
  ],
  [
    () => checkpointText({ origin, size: 1, root: new Uint8Array(31) }),
    'example.com/ops',
    'a size up to 2^53-1 and a root of 32 bytes',
    '1',
  ],
]);

test('a key is valid for one leaf at least, and for the last one of its range', () => {
  expect(parseKeyring({ origin, keys: [{ vkey, from: 5, to: 5 }] }).keys).toEqual([
    { vkey, from: 5, to: 5 },
  ]);
  expect(parseKeyring(JSON.stringify({ origin, keys }))).toEqual({ origin, keys });
});

test('a checkpoint of nothing, and of the most that there can be', () => {
  expect(checkpointText({ origin, size: 0, root })).toMatch(
    /^example.com\/ops\n0\n[A-Za-z0-9+/]{43}=\n$/,
  );
  const size = Number.MAX_SAFE_INTEGER;
  expect(checkpointText({ origin, size, root })).toContain(`\n${size}\n`);
});

test('a checkpoint is read back with its extensions, and by the key of its last leaf', async () => {
  const note = await signCheckpoint({ origin, size: 6, root }, signer, parseVkey(vkey)!);
  const checkpoint = parseCheckpoint(note)!;
  expect(checkpoint).toMatchObject({ origin, size: 6, root });
  const verdict = (from: number, to?: number): string =>
    checkCheckpoint(
      checkpoint,
      trustKeys({ origin, keys: [{ vkey, from, ...(to === undefined ? {} : { to }) }] }),
      nobleVerify,
    );
  expect([verdict(0), verdict(5), verdict(0, 5), verdict(5, 5)]).toEqual(Array(4).fill('signed'));
  expect([verdict(6), verdict(0, 4)]).toEqual(['unknown', 'unknown']);
});

test.each([
  ['too few lines', 'a\n'],
  ['two lines', 'a\n1\n'],
  ['an empty origin', `\n1\n${Buffer.from(root).toString('base64')}\n`],
  ['a size with a zero before it', `a\n01\n${Buffer.from(root).toString('base64')}\n`],
  ['a size of 17 digits', `a\n${'1'.repeat(17)}\n${Buffer.from(root).toString('base64')}\n`],
  ['a size that is not exact', `a\n9007199254740992\n${Buffer.from(root).toString('base64')}\n`],
  ['a negative size', `a\n-1\n${Buffer.from(root).toString('base64')}\n`],
  ['a short root', `a\n1\n${Buffer.from(root.slice(1)).toString('base64')}\n`],
  ['a root that is no base64', 'a\n1\n*\n'],
  ['an empty extension', `a\n1\n${Buffer.from(root).toString('base64')}\n\nx\n`],
])('%s is no checkpoint', (_name, text) => {
  const line = `\u2014 ops ${Buffer.alloc(68).toString('base64')}\n`;
  expect(parseCheckpoint(`${text}\n${line}`)).toBeUndefined();
  const fine = `a\n1\n${Buffer.from(root).toString('base64')}\nextension\n`;
  expect(parseCheckpoint(`${fine}\n${line}`)).toMatchObject({ origin: 'a', size: 1 });
});

test.each([
  ['', 'nothing'],
  [vkey.slice(1), 'another name'],
  [`+${vkey}`, 'a plus before it'],
  [`${vkey}=`, 'more base64'],
  [`${vkey}\n`, 'a line end'],
  [` ${vkey}`, 'a space'],
  [vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), 'another id'],
  [
    vkey.replace(/\+([0-9a-f]{8})\+/, (_all, id: string) => `+${id.toUpperCase()}+`),
    'the id in upper case',
  ],
  ['a+b', 'two parts'],
  ['a+00000000+', 'no key'],
  ['a+00000000+AQAA', 'a short key'],
])('%j is no vkey: %s', (text) => {
  expect(parseVkey(text)).toBeUndefined();
});

test('a key that is no key signs nothing, though ZIP-215 says it does', () => {
  // The neutral point as key and as R with s = 0: the equation holds for every message.
  const neutral = new Uint8Array(32);
  neutral[0] = 1;
  const signature = new Uint8Array(64);
  signature[0] = 1;
  expect(nobleVerify(neutral, new Uint8Array(3), signature)).toBe(false);
});
