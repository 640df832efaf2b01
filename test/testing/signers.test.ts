import { describe, expect, test } from 'vitest';
import { nodeSigner } from '../../src/receipts/log/index.ts';
import { nobleSigner, type Signer } from '../../src/receipts/verify/index.ts';
import { seededSigner, signerConformance } from '../../src/testing/index.ts';
import { type Broken, expectAllCaught, expectCaught, expectConformance } from './conformance.ts';

const name = 'example.com/ops';
const privateKey = new Uint8Array(32).fill(3);
const sound = seededSigner({ name, seed: 1 }).signer;
const other = seededSigner({ name, seed: 2 }).signer;

const sign = (bytes: Uint8Array): Uint8Array => sound.sign(bytes) as Uint8Array;

const later: Signer = {
  vkey: sound.vkey,
  sign: async (bytes) => {
    await new Promise((done) => setImmediate(done));
    return sign(bytes);
  },
};

describe.each([
  ['nodeSigner', nodeSigner({ name, privateKey })],
  ['nobleSigner', nobleSigner({ name, privateKey })],
  ['seededSigner', sound],
  ['a signer that answers later', later],
])('%s', (_name, signer) => {
  expectConformance(signerConformance(signer));
});

const withSign =
  (replaced: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>) => (): Signer => ({
    vkey: sound.vkey,
    sign: replaced,
  });

/** A signer that keeps one thing in mind between calls. */
function remembering(
  replaced: (bytes: Uint8Array, kept: { bytes?: Uint8Array }) => Uint8Array | Promise<Uint8Array>,
): () => Signer {
  const kept: { bytes?: Uint8Array } = {};
  return withSign((bytes) => replaced(bytes, kept));
}

const broken: readonly Broken<Signer>[] = [
  {
    defect: 'a vkey that changes',
    caughtBy: 'the vkey is that of an Ed25519 key, and stays',
    make: () => {
      let signed = 0;
      return {
        get vkey() {
          return signed === 0 ? sound.vkey : other.vkey;
        },
        sign: (bytes) => {
          signed++;
          return sign(bytes);
        },
      };
    },
  },
  {
    defect: 'a vkey with another id',
    caughtBy: 'the vkey is that of an Ed25519 key, and stays',
    make: () => ({ vkey: sound.vkey.replace(/\+.{8}\+/, '+00000000+'), sign }),
  },
  {
    defect: 'the signature of another key',
    caughtBy: 'signatures have 64 bytes and verify, for short and long messages',
    make: withSign((bytes) => other.sign(bytes)),
  },
  {
    defect: 'a signature with something behind it',
    caughtBy: 'signatures have 64 bytes and verify, for short and long messages',
    make: withSign((bytes) => Uint8Array.of(...sign(bytes), 0)),
  },
  {
    defect: 'a long message that is cut',
    caughtBy: 'signatures have 64 bytes and verify, for short and long messages',
    make: withSign((bytes) => sign(bytes.subarray(0, 65_536))),
  },
  {
    defect: 'the whole memory behind a view',
    caughtBy: 'a part of a larger array is signed alone',
    make: withSign((bytes) => sign(new Uint8Array(bytes.buffer))),
  },
  {
    defect: 'a message that is overwritten',
    caughtBy: 'the message is left as it is',
    make: withSign((bytes) => {
      const signature = sign(bytes);
      bytes.fill(0);
      return signature;
    }),
  },
  {
    defect: 'working memory that is handed out',
    caughtBy: 'one signature is not another one',
    make: () => {
      const memory = new Uint8Array(64);
      return withSign((bytes) => {
        memory.set(sign(bytes));
        return memory;
      })();
    },
  },
  {
    defect: 'the message before, where calls overlap',
    caughtBy: 'calls at the same time do not mix',
    make: remembering(async (bytes, kept) => {
      kept.bytes = bytes;
      await new Promise((done) => setImmediate(done));
      return sign(kept.bytes);
    }),
  },
  {
    defect: 'everything but checkpoints',
    caughtBy: 'a signed checkpoint is trusted by its keyring and by no other',
    make: withSign((bytes) => (bytes.length > 50 ? new Uint8Array(64) : sign(bytes))),
  },
  {
    defect: 'a signature that is another one each time',
    caughtBy: 'one message has one signature',
    make: remembering((bytes, kept) => {
      kept.bytes = Uint8Array.of(...(kept.bytes ?? []), 0);
      return kept.bytes.length > 1 ? Uint8Array.of(...sign(bytes)).reverse() : sign(bytes);
    }),
  },
];

describe('a broken signer', () => {
  expectCaught(broken, (make) => signerConformance(make(sound)));
  test('is caught by every case of the suite', () => {
    expectAllCaught(signerConformance(sound), broken);
  });
  test('may be told to differ from time to time', () => {
    const names = signerConformance(sound, { deterministic: false }).map((item) => item.name);
    expect(names).not.toContain('one message has one signature');
    expect(names).toHaveLength(signerConformance(sound).length - 1);
  });
});
