import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeSigner, nodeVerify } from '../../src/receipts/log/index.ts';
import {
  checkCheckpoint,
  checkNote,
  checkpointText,
  formatVkey,
  type Keyring,
  nobleSigner,
  nobleVerify,
  parseCheckpoint,
  parseKeyring,
  parseNote,
  parseVkey,
  type SignedCheckpoint,
  type Signer,
  signatureLine,
  signCheckpoint,
  trustKeys,
  type VerifierKey,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { codeOf, origin, otherSigner, signer } from './support.ts';

const keyOf = (of: Signer): VerifierKey => parseVkey(of.vkey) as VerifierKey;
const root = createHash('sha256').update('root').digest();
const signed = (size: number, by: readonly Signer[] = [signer], name = origin): string => {
  const text = checkpointText({ origin: name, size, root });
  const lines = by.map((one) => signatureLine(keyOf(one), one.sign(utf8(text)) as Uint8Array));
  return `${text}\n${lines.join('')}`;
};

// The example of golang.org/x/mod/sumdb/note, which C2SP signed-note describes.
const goVkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const goNote =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n\n" +
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv' +
  'qfqdngotpRZb6KE6RyyBwJnAM=\n';

describe.each([
  ['node:crypto', nodeVerify, nodeSigner],
  ['noble', nobleVerify, nobleSigner],
])('%s', (_name, verify, makeSigner) => {
  test('verifies the note of the Go package', () => {
    const note = parseNote(goNote);
    const key = parseVkey(goVkey);
    expect(note && key && checkNote(note, [key], verify)).toBe('signed');
    const bent = parseNote(goNote.replace('answer', 'Answer'));
    expect(bent && key && checkNote(bent, [key], verify)).toBe('invalid');
  });

  test('signs the vector of RFC 8032, 7.1, test 2', () => {
    const seed = Buffer.from(
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      'hex',
    );
    const one = makeSigner({ name: origin, privateKey: seed });
    const signature = one.sign(Uint8Array.of(0x72)) as Uint8Array;
    expect(Buffer.from(signature).toString('hex')).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
  });

  test('answers malformed input with false', () => {
    const message = utf8('m');
    const { publicKey } = keyOf(signer);
    const signature = signer.sign(message) as Uint8Array;
    expect(verify(publicKey, message, signature)).toBe(true);
    expect(verify(publicKey, message, signature.slice(1))).toBe(false);
    expect(verify(publicKey, message, new Uint8Array(64))).toBe(false);
    expect(verify(publicKey.slice(1), message, signature)).toBe(false);
    expect(verify(new Uint8Array(32).fill(255), message, signature)).toBe(false);
    // S + L: the same signature in a second spelling, which RFC 8032 refuses.
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = Buffer.from(signature.slice(32)).reverse().toString('hex');
    const spelled = (BigInt(`0x${s}`) + order).toString(16).padStart(64, '0');
    const second = Buffer.concat([signature.slice(0, 32), Buffer.from(spelled, 'hex').reverse()]);
    expect(verify(publicKey, message, second)).toBe(false);
  });

  test('refuses a seed or name that cannot be', async () => {
    const privateKey = new Uint8Array(31);
    expect(await codeOf(() => makeSigner({ name: origin, privateKey }))).toBe('KNHK_RECEIPTS_KEY');
    const bad = { name: 'a b', privateKey: new Uint8Array(32) };
    expect(await codeOf(() => makeSigner(bad))).toBe('KNHK_RECEIPTS_KEY');
  });
});

test('both signers give the same bytes and verifiers the same verdict', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 80 }),
      fc.nat(511),
      (privateKey, message, bit) => {
        const [ours, theirs] = [nodeSigner, nobleSigner].map((make) =>
          make({ name: 'a', privateKey }),
        );
        const signature = ours?.sign(message) as Uint8Array;
        expect(Buffer.from(signature)).toEqual(Buffer.from(theirs?.sign(message) as Uint8Array));
        expect(ours?.vkey).toBe(theirs?.vkey);
        const { publicKey } = keyOf(ours as Signer);
        const bent = signature.slice();
        bent[bit >>> 3] = (bent[bit >>> 3] as number) ^ (1 << (bit & 7));
        for (const candidate of [signature, bent]) {
          const verdict = nodeVerify(publicKey, message, candidate);
          expect(verdict).toBe(candidate === signature);
          expect(nobleVerify(publicKey, message, candidate)).toBe(verdict);
        }
      },
    ),
    { numRuns: runs(30) },
  );
});

test('a vkey reads back, and no bent one does', () => {
  const { vkey } = signer;
  expect(keyOf(signer)).toMatchObject({ vkey, name: origin });
  expect(formatVkey(origin, keyOf(signer).publicKey)).toBe(vkey);
  const [name, id, key] = vkey.split('+') as [string, string, string];
  for (const bad of [
    '',
    name,
    `${name}+${id}`,
    `${name}x+${id}+${key}`,
    `${name}+${id.toUpperCase()}+${key}`,
    `${name}+00000000+${key}`,
    `${name}+${id}+${key.slice(0, -1)}`,
    `${name}+${id}+${key}\n`,
    `${name}+${id}+B${key.slice(1)}`,
    `a b+${id}+${key}`,
    `+${id}+${key}`,
  ]) {
    expect(parseVkey(bad), bad).toBeUndefined();
  }
});

const line = signed(5).split('\n\n')[1] as string;

describe('a malformed note is no note', () => {
  test.each<[string, string]>([
    ['empty', ''],
    ['no signature block', 'origin\n5\n'],
    ['an empty signature block', 'origin\n5\n\n'],
    ['no final newline', signed(5).slice(0, -1)],
    ['a carriage return', signed(5).replace('\n', '\r\n')],
    ['a tab', signed(5).replace('5', '\t5')],
    ['a NUL', signed(5).replace('5', '5\u0000')],
    ['a lone surrogate', signed(5).replace('5', '\ud800')],
    ['a hyphen for the dash', signed(5).replace('\u2014', '-')],
    ['an en dash for the dash', signed(5).replace('\u2014', '\u2013')],
    ['two spaces', signed(5).replace('\u2014 ', '\u2014  ')],
    ['a space after the line', signed(5).replace(/\n$/, ' \n')],
    ['an empty line among signatures', `${signed(5)}\n${line}`.replace(/\n\n(?=\u2014)/, '\n\n\n')],
    ['a name with a plus', signed(5).replace('\u2014 example', '\u2014 exa+mple')],
    ['no name', signed(5).replace(`\u2014 ${origin}`, '\u2014 ')],
    ['base64 without padding', signed(5).replace('=\n', '\n').replace(/=+\n$/, '\n')],
    ['base64url', signed(5).replace(/.{8}\n$/, '-_-_-_-_\n')],
    ['a signature of four bytes', 'text\n\n\u2014 name AAAAAA==\n'],
    ['101 signatures', `${signed(5)}${line.repeat(100)}`],
    ['more than a megabyte', `${'x'.repeat(1_000_000)}\n\n${line}`],
  ])('%s', (_name, note) => {
    expect(parseNote(note)?.text === undefined || parseCheckpoint(note) === undefined).toBe(true);
  });
});

describe('a malformed checkpoint is no checkpoint', () => {
  const wrap = (text: string): string => `${text}\n${line}`;
  const b64 = root.toString('base64');
  test.each<[string, string]>([
    ['no origin', `\n5\n${b64}\n`],
    ['no root', `${origin}\n5\n`],
    ['no size', `${origin}\n${b64}\n`],
    ['a leading zero', `${origin}\n05\n${b64}\n`],
    ['a sign', `${origin}\n+5\n${b64}\n`],
    ['a negative size', `${origin}\n-5\n${b64}\n`],
    ['a hexadecimal size', `${origin}\n0x5\n${b64}\n`],
    ['a size beyond 2^53-1', `${origin}\n9007199254740992\n${b64}\n`],
    ['a size of 20 digits', `${origin}\n10000000000000000000\n${b64}\n`],
    ['a short root', `${origin}\n5\n${root.subarray(1).toString('base64')}\n`],
    ['a root without padding', `${origin}\n5\n${b64.replace('=', '')}\n`],
    ['a root in another spelling', `${origin}\n5\n${b64.replace(/.=$/, '/=')}\n`],
    ['an empty extension line', `${origin}\n5\n${b64}\n\nx\n`],
  ])('%s', (_name, text) => {
    expect(parseCheckpoint(wrap(text))).toBeUndefined();
  });

  test('the largest size and extension lines are fine', () => {
    const text = `${origin}\n9007199254740991\n${b64}\nextension\n`;
    expect(parseCheckpoint(wrap(text))).toMatchObject({ origin, size: 2 ** 53 - 1 });
  });

  test('what cannot be read back is not written', async () => {
    for (const bad of [{ size: -1 }, { size: 2 ** 53 }, { origin: 'a\nb' }, { origin: '' }]) {
      const make = (): string => checkpointText({ origin, size: 1, root, ...bad });
      expect(await codeOf(make)).toBe('KNHK_RECEIPTS_CHECKPOINT');
    }
  });
});

describe('what a keyring makes of signatures', () => {
  const rotated: Keyring = {
    origin,
    keys: [
      { vkey: signer.vkey, from: 0, to: 9 },
      { vkey: otherSigner.vkey, from: 8 },
    ],
  };
  const judge = (note: string, keyring: Keyring = rotated): string =>
    checkCheckpoint(parseCheckpoint(note) as SignedCheckpoint, trustKeys(keyring), nodeVerify);

  test.each<[string, string, number, readonly Signer[]]>([
    ['the old key in its range', 'signed', 8, [signer]],
    ['the new key before its range', 'unknown', 8, [otherSigner]],
    ['both in the overlap', 'signed', 10, [signer, otherSigner]],
    ['the old one alone in the overlap', 'signed', 10, [signer]],
    ['the retired key', 'unknown', 11, [signer]],
    ['the retired key beside the new one', 'signed', 11, [signer, otherSigner]],
    ['the new key', 'signed', 11, [otherSigner]],
  ])('%s: %s', (_name, verdict, size, by) => {
    expect(judge(signed(size, by))).toBe(verdict);
  });

  test('unknown lines are ignored, a bad line of a known key is not', () => {
    const witness = nodeSigner({ name: 'witness', privateKey: randomBytes(32) });
    expect(judge(signed(5, [witness, signer]))).toBe('signed');
    expect(judge(signed(5, [witness]))).toBe('unknown');
    const wrong = signed(6).split('\n\n')[1] as string;
    expect(judge(`${signed(5, [witness])}${wrong}`)).toBe('invalid');
    expect(judge(`${signed(10, [otherSigner])}${wrong}`)).toBe('invalid');
    // The first line of a key counts, as in Go's note.Open.
    expect(judge(`${signed(5)}${wrong}`)).toBe('signed');
  });

  test('a key of the same name and another id is unknown', () => {
    const forged = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(99) });
    expect(judge(signed(5, [forged]))).toBe('unknown');
  });

  test('signCheckpoint gives a note that verifies, from a promise too', async () => {
    const later: Signer = {
      vkey: signer.vkey,
      sign: (bytes) => Promise.resolve(signer.sign(bytes)),
    };
    const body = { origin, size: 3, root: new Uint8Array(root) };
    const note = await signCheckpoint(body, later, keyOf(signer));
    expect(note).toBe(signCheckpoint(body, signer, keyOf(signer)));
    expect(judge(note)).toBe('signed');
  });

  test.each<[string, unknown]>([
    ['text', 'not JSON'],
    ['null', null],
    ['no keys', { origin, keys: [] }],
    ['no origin', { keys: [{ vkey: signer.vkey, from: 0 }] }],
    ['an origin with a space', { origin: 'a b', keys: [{ vkey: signer.vkey, from: 0 }] }],
    ['another member', { origin, keys: [{ vkey: signer.vkey, from: 0 }], trust: true }],
    ['a bad vkey', { origin, keys: [{ vkey: 'x', from: 0 }] }],
    ['a negative from', { origin, keys: [{ vkey: signer.vkey, from: -1 }] }],
    ['a range backwards', { origin, keys: [{ vkey: signer.vkey, from: 5, to: 4 }] }],
    ['another member of a key', { origin, keys: [{ vkey: signer.vkey, from: 0, till: 4 }] }],
  ])('a keyring with %s is refused', async (_name, value) => {
    expect(await codeOf(() => parseKeyring(value))).toBe('KNHK_RECEIPTS_KEYRING');
  });

  test('a keyring reads from JSON text', () => {
    expect(parseKeyring(JSON.stringify(rotated))).toEqual(rotated);
  });
});
