import { concatBytes, equalBytes, utf8 } from '../base/bytes.ts';
import { nodeVerify } from '../receipts/log/signer.ts';
import { parseCheckpoint } from '../receipts/verify/checkpoint.ts';
import { nobleVerify } from '../receipts/verify/ed25519.ts';
import { checkCheckpoint, trustKeys } from '../receipts/verify/keyring.ts';
import { parseVkey, type VerifierKey } from '../receipts/verify/note.ts';
import { type Signer, signCheckpoint } from '../receipts/verify/signer.ts';
import { type ConformanceCase, expectEqual, expectThat } from './case.ts';

/** What {@link signerConformance} may be told. */
export interface SignerConformanceOptions {
  /** False for a signer whose signatures of one message differ, as hedged ones do. */
  readonly deterministic?: boolean;
}

type Law = (signer: Signer, key: VerifierKey) => Promise<void>;

const signatureBytes = 64;
const longBytes = 1_048_576;

const messages: Readonly<Record<string, Uint8Array>> = {
  'the empty message': new Uint8Array(),
  'one byte': Uint8Array.of(0),
  'a line of text': utf8('example.com/ops\n1\n'),
  'every byte value': Uint8Array.from({ length: 256 }, (_, index) => index),
  'a mebibyte': new Uint8Array(longBytes).fill(1),
};

function keyOf(signer: Signer): VerifierKey {
  const key = parseVkey(signer.vkey);
  if (key !== undefined) return key;
  throw new Error(`vkey: expected name+id+base64 of an Ed25519 key, got ${signer.vkey}`);
}

/** Both verifiers of the library accept a signature of exactly these bytes. */
function expectSigned(
  what: string,
  key: VerifierKey,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  const { length } = signature;
  expectThat(length === signatureBytes, what, `${signatureBytes} bytes`, length);
  for (const [name, verify] of Object.entries({ nodeVerify, nobleVerify })) {
    const got = verify(key.publicKey, message, signature);
    expectThat(got, `${what}, ${name}`, 'a signature that its own key verifies', signature);
  }
}

const laws: Readonly<Record<string, Law>> = {
  'the vkey is that of an Ed25519 key, and stays': async (signer, key) => {
    await signer.sign(Uint8Array.of(1));
    expectEqual('vkey', signer.vkey, key.vkey);
  },
  'signatures have 64 bytes and verify, for short and long messages': async (signer, key) => {
    for (const [what, message] of Object.entries(messages)) {
      expectSigned(what, key, message, await signer.sign(message));
    }
  },
  'a part of a larger array is signed alone': async (signer, key) => {
    const whole = utf8('not signed, signed, not signed');
    const part = whole.subarray(12, 18);
    expectSigned('the part', key, utf8('signed'), await signer.sign(part));
  },
  'the message is left as it is': async (signer) => {
    const message = utf8('message');
    await signer.sign(message);
    expectEqual('message', message, utf8('message'));
  },
  'one signature is not another one': async (signer, key) => {
    const [first, second] = [utf8('first'), utf8('second')];
    const ofFirst = await signer.sign(first);
    const ofSecond = await signer.sign(second);
    // A signer that hands out its working memory would have changed the first by now.
    expectSigned('the first, after the second', key, first, ofFirst);
    const isBoth = nodeVerify(key.publicKey, first, ofSecond);
    expectThat(!isBoth, 'the second', 'no signature of the first', ofSecond);
  },
  'calls at the same time do not mix': async (signer, key) => {
    const texts = Array.from({ length: 8 }, (_, index) => utf8(`message ${index}`));
    const signatures = await Promise.all(texts.map((text) => signer.sign(text)));
    for (const [index, text] of texts.entries()) {
      expectSigned(`message ${index}`, key, text, signatures[index] as Uint8Array);
    }
  },
  'a signed checkpoint is trusted by its keyring and by no other': async (signer, key) => {
    const root = new Uint8Array(32).fill(3);
    const note = await signCheckpoint({ origin: key.name, size: 5, root }, signer, key);
    const checkpoint = parseCheckpoint(note);
    if (checkpoint === undefined) throw new Error(`checkpoint: expected a note, got ${note}`);
    const trusted = trustKeys({ origin: key.name, keys: [{ vkey: key.vkey, from: 0 }] });
    expectEqual('verdict', checkCheckpoint(checkpoint, trusted, nodeVerify), 'signed');
    const other = { ...checkpoint, note: { ...checkpoint.note, text: `${checkpoint.note.text}x` } };
    expectEqual('another text', checkCheckpoint(other, trusted, nodeVerify), 'invalid');
  },
};

const deterministic: Law = async (signer) => {
  const message = concatBytes(utf8('message'), Uint8Array.of(0));
  const [first, second] = [await signer.sign(message), await signer.sign(message)];
  const isSame = equalBytes(first, second);
  expectThat(isSame, 'the second signature', 'the bytes of the first', second);
};

/**
 * What a log relies on in a signer (Ed25519, RFC 8032; C2SP signed-note), as cases for any test
 * framework. For a signer in a vault: it signs about 25 times.
 *
 * @example
 * const keys = seededSigner({ name: 'example.com/ops', seed: 7 });
 * for (const { run } of signerConformance(keys.signer)) await run();
 */
export function signerConformance(
  signer: Signer,
  options: SignerConformanceOptions = {},
): ConformanceCase[] {
  const chosen: Record<string, Law> = { ...laws };
  if (options.deterministic !== false) chosen['one message has one signature'] = deterministic;
  return Object.entries(chosen).map(([name, law]) => ({
    name,
    run: async () => law(signer, keyOf(signer)),
  }));
}
