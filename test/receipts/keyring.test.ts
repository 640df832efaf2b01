import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeSigner } from '../../src/receipts/log/index.ts';
import { nodeVerify } from '../../src/receipts/log/signer.ts';
import { parseCheckpoint } from '../../src/receipts/verify/checkpoint.ts';
import { nobleVerify } from '../../src/receipts/verify/ed25519.ts';
import {
  activeKey,
  checkCheckpoint,
  type Keyring,
  type KeyringKey,
  keysValidFor,
  parseKeyring,
  trustKeys,
} from '../../src/receipts/verify/keyring.ts';
import { formatVkey, parseVkey, signatureLine } from '../../src/receipts/verify/note.ts';
import { addSignature, type Signer, signCheckpoint } from '../../src/receipts/verify/signer.ts';
import { mistakes } from '../support/errors.ts';
import { origin } from './support.ts';

const signerOf = (seed: number): Signer =>
  nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(seed) });
const [a, b, c] = [signerOf(1), signerOf(2), signerOf(3)] as const;
const root = new Uint8Array(32).fill(1);

/** A public key that is none, told apart by its first bytes. */
function numbered(number: number): string {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return formatVkey(origin, bytes);
}
// Found by counting up: the first two keys of this form with the same id.
const [alike, twin] = [numbered(74_530), numbered(179_092)] as const;

const ring = (...keys: readonly unknown[]): unknown => ({ origin, keys });
const key = (more: object): unknown => ({ vkey: a.vkey, from: 0, ...more });

mistakes('KNHK_RECEIPTS_KEYRING', [
  [() => parseKeyring(ring(key({ revokedFrom: -1 }))), 'keys[0].revokedFrom', 'a seq', '-1'],
  [() => parseKeyring(ring(key({ revokedFrom: null }))), 'keys[0].revokedFrom', 'a seq', 'null'],
  [
    () => parseKeyring(ring(key({ reason: 'lost' }))),
    'keys[0].reason',
    'a text beside revokedFrom',
    'lost',
  ],
  [
    () => parseKeyring(ring(key({ revokedFrom: 3, reason: 7 }))),
    'keys[0].reason',
    'a text beside revokedFrom',
    '7',
  ],
  [() => parseKeyring(ring(key({ created: 0.5 }))), 'keys[0].created', 'ms since 1970', '0.5'],
  [
    () => parseKeyring(ring(key({}), key({ from: 7 }))),
    'keys[1]',
    'ranges of one key that do not overlap',
    a.vkey,
  ],
  [
    () => parseKeyring(ring(key({ from: 5 }), key({ to: 5 }))),
    'keys[1]',
    'ranges of one key that do not overlap',
    a.vkey,
  ],
  [
    () => parseKeyring(ring(key({ to: 4, revokedFrom: 9 }), key({ from: 5 }))),
    'keys[1].revokedFrom',
    'one revocation in all ranges of a key',
    'undefined',
  ],
  [
    () => parseKeyring(ring({ vkey: alike, from: 0, to: 1 }, { vkey: twin, from: 2 })),
    'keys[1].vkey',
    'names and ids that differ',
    twin,
  ],
]);

test('what a keyring may hold is kept as it stands', () => {
  const keys: readonly KeyringKey[] = [
    { vkey: a.vkey, from: 0, to: 9, revokedFrom: 7, reason: 'a lost laptop', created: 5 },
    { vkey: b.vkey, from: 4, to: 9 },
    { vkey: a.vkey, from: 10, revokedFrom: 7 },
    { vkey: b.vkey, from: 12, created: 0 },
  ];
  expect(parseKeyring({ origin, keys })).toEqual({ origin, keys });
  expect(parseVkey(alike)?.id).toBe(parseVkey(twin)?.id);
});

const sizeOf = (last: number): number => last + 1;

/** A checkpoint signed in the order given; a signer behind a minus gives a wrong signature. */
async function signedBy(last: number, ...signers: readonly (Signer | '-')[]): Promise<string> {
  let note = '';
  let isBad = false;
  for (const item of signers) {
    if (item === '-') {
      isBad = true;
      continue;
    }
    const signer: Signer = isBad ? { vkey: item.vkey, sign: () => new Uint8Array(64) } : item;
    const parsed = parseVkey(item.vkey)!;
    isBad = false;
    note =
      note === ''
        ? await signCheckpoint({ origin, size: sizeOf(last), root }, signer, parsed)
        : await addSignature(note, signer, parsed);
  }
  return note;
}

describe('fault matrix, row 11', () => {
  // b replaces a at seq 10 and both sign up to 15; c is nobody's.
  const keyring: Keyring = {
    origin,
    keys: [
      { vkey: a.vkey, from: 0, to: 15 },
      { vkey: b.vkey, from: 10 },
    ],
  };
  const revoked = (from: number): Keyring => ({
    origin,
    keys: [
      { vkey: a.vkey, from: 0, to: 15, revokedFrom: from },
      { vkey: b.vkey, from: 10 },
    ],
  });
  test.each([
    ['the old key before', keyring, 9, [a], 'signed'],
    ['the new key before it is valid', keyring, 9, [b], 'unknown'],
    ['both in the overlap', keyring, 10, [a, b], 'signed'],
    ['both, the other way round', keyring, 15, [b, a], 'signed'],
    ['the old key alone in the overlap', keyring, 15, [a], 'signed'],
    ['the new key alone in the overlap', keyring, 10, [b], 'signed'],
    ['the new key after', keyring, 16, [b], 'signed'],
    ['a retired key later', keyring, 16, [a], 'unknown'],
    ['a retired key beside the valid one', keyring, 16, [a, b], 'signed'],
    ['a wrong line of a retired key', keyring, 16, ['-', a, b], 'signed'],
    ['a wrong line of a valid key in the overlap', keyring, 12, [a, '-', b], 'invalid'],
    ['a wrong line of the other', keyring, 12, ['-', a, b], 'invalid'],
    ['an unknown key', keyring, 12, [c], 'unknown'],
    ['an unknown key beside a known one', keyring, 12, [c, b], 'signed'],
    ['a wrong line of an unknown key', keyring, 12, ['-', c, b], 'signed'],
    ['a key before it was revoked', revoked(7), 6, [a], 'signed'],
    ['a key from where it was revoked', revoked(7), 7, [a], 'revoked'],
    ['a revoked key in the overlap', revoked(12), 12, [a], 'revoked'],
    ['a revoked key behind its range', revoked(12), 16, [a], 'revoked'],
    ['a revoked key beside a valid one', revoked(12), 12, [a, b], 'signed'],
    ['a wrong line of a revoked key', revoked(7), 8, ['-', a], 'unknown'],
    ['a wrong line of a revoked key beside a valid one', revoked(7), 12, ['-', a, b], 'signed'],
    ['an unknown key and a revoked one', revoked(7), 8, [c, a], 'revoked'],
  ] as const)('%s', async (_name, keys, last, signers, expected) => {
    const checkpoint = parseCheckpoint(await signedBy(last, ...signers))!;
    expect(checkpoint.note.signatures).toHaveLength(signers.filter((item) => item !== '-').length);
    for (const verify of [nobleVerify, nodeVerify]) {
      expect(checkCheckpoint(checkpoint, trustKeys(keys), verify)).toBe(expected);
    }
  });

  test('the same id under another name is another key', async () => {
    const other = nodeSigner({ name: 'example.com/evil', privateKey: new Uint8Array(32).fill(1) });
    const note = await signedBy(3, other);
    expect(checkCheckpoint(parseCheckpoint(note)!, trustKeys(keyring), nobleVerify)).toBe(
      'unknown',
    );
    const renamed = note.replace('\u2014 example.com/evil', `\u2014 ${origin}`);
    expect(checkCheckpoint(parseCheckpoint(renamed)!, trustKeys(keyring), nobleVerify)).toBe(
      'unknown',
    );
  });
});

const range = fc
  .record({ from: fc.nat(20), length: fc.option(fc.nat(10)), revokedFrom: fc.option(fc.nat(20)) })
  .map(({ from, length, revokedFrom }) => ({
    from,
    ...(length === null ? {} : { to: from + length }),
    ...(revokedFrom === null ? {} : { revokedFrom }),
  }));

test('verdicts are those of the rule, word by word', async () => {
  const good = new Map<string, string>();
  for (let last = 0; last <= 20; last++) {
    for (const signer of [a, b, c])
      good.set(`${last} ${signer.vkey}`, await signedBy(last, signer));
  }
  const line = fc.constantFrom('none', 'good', 'bad');
  const arbitrary = fc.record({
    ranges: fc.tuple(range, range),
    lines: fc.tuple(line, line),
    last: fc.nat(20),
  });
  fc.assert(
    fc.property(arbitrary, ({ ranges, lines, last }) => {
      const keys = [a, b].map(({ vkey }, at) => ({ vkey, ...ranges[at]! }));
      const text = (good.get(`${last} ${c.vkey}`) as string).split('\n\n')[0];
      const signed = [a, b].map(({ vkey }, at) =>
        lines[at] === 'none'
          ? ''
          : lines[at] === 'good'
            ? (good.get(`${last} ${vkey}`) as string).split('\n\n')[1]
            : signatureLine(parseVkey(vkey)!, new Uint8Array(64)),
      );
      const stranger = signatureLine(parseVkey(c.vkey)!, new Uint8Array(64));
      const note = `${text}\n\n${signed.join('')}${stranger}`;
      const isRevoked = (at: number): boolean => last >= (ranges[at]!.revokedFrom ?? 99);
      const isValid = (at: number): boolean =>
        !isRevoked(at) && ranges[at]!.from <= last && last <= (ranges[at]!.to ?? 99);
      const seen = (want: (at: number) => boolean): string[] =>
        [0, 1].filter(want).flatMap((at) => (lines[at] === 'none' ? [] : [lines[at]!]));
      const valid = seen(isValid);
      const revoked = seen(isRevoked);
      const ruled = (list: string[]): boolean => list.length > 0 && !list.includes('bad');
      const expected = valid.includes('bad')
        ? 'invalid'
        : ruled(valid)
          ? 'signed'
          : ruled(revoked)
            ? 'revoked'
            : 'unknown';
      const trusted = trustKeys({ origin, keys });
      expect(checkCheckpoint(parseCheckpoint(note)!, trusted, nodeVerify)).toBe(expected);
      const newest = keysValidFor(trusted, last).at(-1);
      expect(activeKey({ origin, keys }, last)?.vkey).toBe(newest?.vkey);
      expect(
        keysValidFor(trusted, last)
          .map(({ vkey }) => vkey)
          .sort(),
      ).toEqual(
        [0, 1]
          .filter(isValid)
          .map((at) => keys[at]!.vkey)
          .sort(),
      );
    }),
    {
      examples: [
        [{ ranges: [{ from: 0 }, { from: 0, revokedFrom: 3 }], lines: ['bad', 'good'], last: 5 }],
      ],
    },
  );
});

test('an empty log is judged like its first leaf, and the oldest key comes first', async () => {
  const note = await signCheckpoint({ origin, size: 0, root }, a, parseVkey(a.vkey)!);
  const trusted = trustKeys({ origin, keys: [{ vkey: a.vkey, from: 0, to: 0 }] });
  expect(checkCheckpoint(parseCheckpoint(note)!, trusted, nobleVerify)).toBe('signed');
  const keys = [
    { vkey: b.vkey, from: 3 },
    { vkey: a.vkey, from: 0 },
  ];
  const first = keysValidFor(trustKeys({ origin, keys }), 5);
  expect(first.map(({ vkey }) => vkey)).toEqual([a.vkey, b.vkey]);
});

test('a second signature may come later', async () => {
  const slow: Signer = { vkey: b.vkey, sign: async (bytes) => b.sign(bytes) };
  const note = await signedBy(4, a);
  expect(await addSignature(note, slow, parseVkey(b.vkey)!)).toBe(await signedBy(4, a, b));
});
