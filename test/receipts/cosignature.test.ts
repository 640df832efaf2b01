import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeSigner, nodeVerify } from '../../src/receipts/log/index.ts';
import {
  checkCosignatures,
  cosignatureLine,
  cosignatureMessage,
  formatCosignerVkey,
  type Note,
  nobleVerify,
  parseCosignerVkey,
  parseNote,
  parseVkey,
  ReceiptVerifier,
  signatureLine,
  type VerifierKey,
} from '../../src/receipts/verify/index.ts';
import { runs } from '../support/effort.ts';
import { codeOf, keyring, signer } from './support.ts';

interface Cosigner {
  readonly key: VerifierKey;
  line(text: string, timeS: number): string;
}

function cosigner(name: string, fill: number): Cosigner {
  const of = nodeSigner({ name, privateKey: new Uint8Array(32).fill(fill) });
  const { publicKey } = parseVkey(of.vkey) as VerifierKey;
  const key = parseCosignerVkey(formatCosignerVkey(name, publicKey)) as VerifierKey;
  const line = (text: string, timeS: number): string =>
    cosignatureLine(key, timeS, of.sign(cosignatureMessage(text, timeS)) as Uint8Array);
  return { key, line };
}

const witness = cosigner('example.com/witness', 1);
const another = cosigner('example.com/another', 2);
const text = 'example.com/ops\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
const noteOf = (...lines: readonly string[]): Note =>
  parseNote(`${text}\n${lines.join('')}`) as Note;

// The example of C2SP tlog-cosignature; its keys are not published, its bytes are.
const example =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
  '\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5' +
  '/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n' +
  '\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlr' +
  'DJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';

test('the line and the message are those of the example of the specification', () => {
  const note = parseNote(example) as Note;
  const [, line] = note.signatures;
  const timeS = Number(
    new DataView(line!.signature.buffer, line!.signature.byteOffset).getBigUint64(0),
  );
  expect(timeS).toBe(1_679_315_147);
  expect(cosignatureMessage(note.text, timeS)).toEqual(
    utf8(`cosignature/v1\ntime 1679315147\n${note.text}`),
  );
  const key = {
    name: 'witness.example.com/w1',
    id: line!.id,
    vkey: '',
    publicKey: new Uint8Array(),
  };
  const written = cosignatureLine(key, timeS, line!.signature.subarray(8));
  expect(example.endsWith(written)).toBe(true);
});

describe.each([
  ['node:crypto', nodeVerify],
  ['noble', nobleVerify],
])('cosignatures by %s', (_name, verify) => {
  const keys = [witness.key, another.key];

  test('count once for each witness, with the time of its first line', () => {
    const note = noteOf(another.line(text, 8), witness.line(text, 7), witness.line(text, 9));
    expect(checkCosignatures(note, keys, verify)).toEqual({
      verdict: 'signed',
      cosignatures: [
        { vkey: another.key.vkey, timeS: 8 },
        { vkey: witness.key.vkey, timeS: 7 },
      ],
    });
    const one = [{ vkey: another.key.vkey, timeS: 8 }];
    const { cosignatures } = checkCosignatures(note, [another.key], verify);
    expect(cosignatures).toEqual(one);
  });

  test('of others are ignored, and so are the lines of logs and of unknown types', () => {
    const log = signatureLine(
      parseVkey(signer.vkey) as VerifierKey,
      signer.sign(utf8(text)) as Uint8Array,
    );
    const large = signatureLine({ ...witness.key, id: '09090909' }, new Uint8Array(2_428).fill(7));
    const note = noteOf(log, large, another.line('another text\n', 7));
    const none = { verdict: 'unknown', cosignatures: [] };
    expect(checkCosignatures(note, [witness.key], verify)).toEqual(none);
    const beside = noteOf(log, large, another.line('another text\n', 7), witness.line(text, 7));
    expect(checkCosignatures(beside, [witness.key], verify).verdict).toBe('signed');
  });

  test('hold from second 0 to 2^53 - 1', () => {
    for (const timeS of [0, 1, 2 ** 31, 2 ** 53 - 1]) {
      const { cosignatures } = checkCosignatures(noteOf(witness.line(text, timeS)), keys, verify);
      expect(cosignatures).toEqual([{ vkey: witness.key.vkey, timeS }]);
    }
  });

  test('that do not verify make the note invalid', () => {
    const invalid = { verdict: 'invalid', cosignatures: [] };
    const good = witness.line(text, 7);
    const { signature } = noteOf(good).signatures[0]!;
    const bad = [
      new Uint8Array(64),
      new Uint8Array(73),
      // 2^53 and 2^63 seconds.
      Uint8Array.from(signature, (byte, at) => (at === 1 ? 0x20 : byte)),
      Uint8Array.from(signature, (byte, at) => (at === 0 ? 0x80 : byte)),
    ];
    for (const bytes of bad) {
      const note = noteOf(another.line(text, 7), signatureLine(witness.key, bytes));
      expect(checkCosignatures(note, keys, verify)).toEqual(invalid);
    }
  });

  test('fail with any bit changed', () => {
    const { signature } = noteOf(witness.line(text, 7)).signatures[0]!;
    const property = fc.property(fc.nat(72 * 8 - 1), (bit) => {
      const bent = signature.slice();
      bent[bit >>> 3] = (bent[bit >>> 3] as number) ^ (1 << (bit & 7));
      const note = noteOf(signatureLine(witness.key, bent));
      expect(checkCosignatures(note, keys, verify).verdict).toBe('invalid');
    });
    fc.assert(property, { numRuns: runs(40) });
  });
});

test('a key has another id as a witness than as a log', () => {
  const { name, publicKey, id } = parseVkey(signer.vkey) as VerifierKey;
  const vkey = formatCosignerVkey(name, publicKey);
  expect(parseCosignerVkey(vkey)).toMatchObject({ vkey, name, publicKey });
  expect(parseCosignerVkey(vkey)?.id).not.toBe(id);
  expect(parseVkey(vkey)).toBeUndefined();
  expect(parseCosignerVkey(signer.vkey)).toBeUndefined();
  const [head, , tail] = vkey.split('+');
  expect(parseCosignerVkey(`${head}+${id}+${tail}`)).toBeUndefined();
});

describe('what cannot be is refused', () => {
  const policy = (keys: readonly string[], threshold: number) => () =>
    new ReceiptVerifier(keyring, { witnesses: { keys, threshold } });
  const { publicKey } = witness.key;
  const renamed = formatCosignerVkey('example.com/renamed', publicKey);
  const both = [witness.key.vkey, another.key.vkey];
  // Numbers whose keys of this name have one id, found by trying.
  const collision = [91_713, 104_881].map((number) => {
    const bytes = Buffer.alloc(32);
    bytes.writeUInt32BE(number, 28);
    return formatCosignerVkey('example.com/witness', bytes);
  });

  test.each<[string, string, () => unknown]>([
    ['a part of a second', 'WITNESS', () => cosignatureMessage(text, 0.5)],
    ['a negative time', 'WITNESS', () => cosignatureMessage(text, -1)],
    ['2^53 seconds', 'WITNESS', () => cosignatureMessage(text, 2 ** 53)],
    ['a line of no time', 'WITNESS', () => cosignatureLine(witness.key, -1, new Uint8Array(64))],
    ['a short signature', 'WITNESS', () => cosignatureLine(witness.key, 1, new Uint8Array(63))],
    ['a name with a space', 'KEY', () => formatCosignerVkey('a b', publicKey)],
    ['a short key', 'KEY', () => formatCosignerVkey('a', publicKey.subarray(1))],
    ['the key of a log as a witness', 'WITNESS', policy([signer.vkey], 1)],
    ['no key', 'WITNESS', policy(['nothing'], 0)],
    ['a witness twice', 'WITNESS', policy([witness.key.vkey, witness.key.vkey], 1)],
    ['a witness under two names', 'WITNESS', policy([witness.key.vkey, renamed], 2)],
    ['two witnesses of one name and id', 'WITNESS', policy(collision, 2)],
    ['more witnesses than there are', 'WITNESS', policy(both, 3)],
    ['fewer than none', 'WITNESS', policy(both, -1)],
    ['half a witness', 'WITNESS', policy(both, 0.5)],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(`KNHK_RECEIPTS_${code}`);
  });

  test('but a policy may ask for none or for all', () => {
    expect(policy(both, 0)).not.toThrow();
    expect(policy(both, 2)).not.toThrow();
  });
});
