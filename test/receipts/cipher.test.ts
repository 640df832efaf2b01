import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyStore } from '../../src/receipts/log/key-store.ts';
import { SubjectCipher, subjectOf } from '../../src/receipts/log/payload-cipher.ts';
import { SavepointCipher } from '../../src/receipts/log/savepoint-cipher.ts';
import { SubjectKeyring } from '../../src/receipts/log/subject-keys.ts';
import { memoryFs, seededRandom } from '../../src/testing/index.ts';
import { runs } from '../support/effort.ts';
import { fakeHash, origin } from './support.ts';

const kek = { id: 'plain', wrap: (key: Uint8Array) => key, unwrap: (key: Uint8Array) => key };
const ann = fakeHash('ann');
const leaf = fakeHash('leaf');
const { subtle } = globalThis.crypto;

async function opened(fs = memoryFs(), name = origin) {
  const random = seededRandom(4);
  const given = { directory: '/keys', origin, kek, fs, random, mode: 'make' } as const;
  const store = await KeyStore.open(given);
  const keyring = new SubjectKeyring(store);
  const cipher = new SubjectCipher(name, random);
  cipher.use(keyring);
  return { fs, store, keyring, cipher };
}

/** HKDF-SHA-256 by Web Crypto, which the code under test does not use. */
async function derived(key: Uint8Array, info: string): Promise<ArrayBuffer> {
  const base = await subtle.importKey('raw', key.slice(), 'HKDF', false, ['deriveBits']);
  const how = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: new TextEncoder().encode(info),
  };
  return subtle.deriveBits(how, base, 256);
}

describe('a sealed payload', () => {
  test('is AES-256-GCM under a key from the subject, by another implementation too', async () => {
    const { keyring, cipher } = await opened();
    const { key, salt } = keyring.forLeaf(ann, 0);
    const content = cipher.seal(ann, '{"id":"ä"}', leaf);
    expect(Buffer.from(content.subarray(0, 32)).toString('hex')).toBe(ann);
    expect(content).toHaveLength(32 + 12 + 11 + 16);
    const raw = await derived(key, `knhk/1/payload/${ann}`);
    const aes = await subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
    const additionalData = new TextEncoder().encode(`knhk/1/payload\n${origin}\n${leaf}`);
    const iv = content.slice(32, 44);
    const how = { name: 'AES-GCM', iv, additionalData };
    const plain = await subtle.decrypt(how, aes, content.slice(44));
    expect(new TextDecoder().decode(plain)).toBe('{"id":"ä"}');
    const mac = await subtle.importKey(
      'raw',
      await derived(key, `knhk/1/subject/${ann}`),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const code = await subtle.sign('HMAC', mac, new TextEncoder().encode('knhk/1/salt\nid'));
    expect(salt.hex('knhk/1/salt\nid')).toBe(Buffer.from(code).toString('hex'));
  });

  test('opens beside its own leaf of its own log alone, and unchanged', async () => {
    const { fs, keyring, cipher, store } = await opened();
    keyring.forLeaf(ann, 0);
    keyring.forLeaf(fakeHash('bob'), 1);
    const content = cipher.seal(ann, '{}', leaf);
    expect(cipher.open(content, leaf)).toBe('{}');
    expect(cipher.open(content, fakeHash('other leaf'))).toBe('unknown-key');
    await store.flush();
    const other = await opened(fs, 'example.com/other');
    expect(other.cipher.open(content, leaf)).toBe('unknown-key');
    for (let at = 0; at < content.length; at++) {
      const changed = Uint8Array.from(content);
      changed[at]! ^= 4;
      expect(cipher.open(changed, leaf)).toBe('unknown-key');
    }
    for (let length = 0; length < content.length; length++) {
      expect(cipher.open(content.subarray(0, length), leaf)).toBe('unknown-key');
    }
    expect(subjectOf(content)).toBe(ann);
    expect(subjectOf(content.subarray(0, 31))).toBeUndefined();
  });

  test('comes back as it was, and is another each time', async () => {
    const { keyring, cipher } = await opened();
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 9 }), (plain, subject) => {
        const name = fakeHash(`${subject}`);
        keyring.forLeaf(name, 0);
        const [first, second] = [cipher.seal(name, plain, leaf), cipher.seal(name, plain, leaf)];
        expect(cipher.open(first, leaf)).toBe(plain);
        expect(Buffer.from(first).equals(second)).toBe(false);
      }),
      { numRuns: runs(100) },
    );
  });

  test('is erased with its key; a later key opens later ones alone', async () => {
    const { store, keyring, cipher } = await opened();
    keyring.forLeaf(ann, 0);
    const before = cipher.seal(ann, '{}', leaf);
    await store.destroy(new Map([[ann, 1]]));
    keyring.forget();
    expect(cipher.open(before, leaf)).toBe('erased');
    keyring.forLeaf(ann, 2);
    const after = cipher.seal(ann, '{}', leaf);
    expect([cipher.open(before, leaf), cipher.open(after, leaf)]).toEqual(['erased', '{}']);
  });

  test('is of an unknown key before there are keys', () => {
    const cipher = new SubjectCipher(origin, seededRandom(1));
    expect(cipher.open(new Uint8Array(100), leaf)).toBe('unknown-key');
    return expect(cipher.flush()).resolves.toBeUndefined();
  });
});

describe('keys of subjects', () => {
  test('are the same key for later leaves, and a copy for an earlier one', async () => {
    const { keyring, store } = await opened();
    const made = keyring.forLeaf(ann, 5);
    expect(keyring.forLeaf(ann, 5)).toBe(made);
    expect(keyring.forLeaf(ann, 9)).toBe(made);
    const copy = keyring.forLeaf(ann, 3);
    expect([copy.created, copy.key]).toEqual([3, made.key]);
    expect(store.find(ann).map(({ created }) => created)).toEqual([3, 5]);
    // One erasure ends both.
    await store.destroy(new Map([[ann, 4]]));
    keyring.forget();
    expect(keyring.find(ann)).toEqual([]);
  });

  test('are found again when more are in use than are kept', async () => {
    const { keyring } = await opened();
    const first = keyring.forLeaf(ann, 0);
    for (let index = 0; index < 9_000; index++) keyring.forLeaf(fakeHash(`${index}`), index);
    const again = keyring.find(ann)[0]!;
    expect(again).not.toBe(first);
    expect(again.key).toEqual(first.key);
    expect(keyring.find(fakeHash('8000'))[0]?.created).toBe(8_000);
  });
});

describe('a sealed savepoint', () => {
  test('opens under the same store alone, unchanged, and follows from its text', async () => {
    const { store } = await opened();
    const cipher = new SavepointCipher(store);
    const sealed = cipher.seal('{"windows":"ä"}');
    expect(sealed).not.toContain('windows');
    expect(cipher.seal('{"windows":"ä"}')).toBe(sealed);
    expect(cipher.seal('{"windows":"b"}').slice(0, 20)).not.toBe(sealed.slice(0, 20));
    expect(new SavepointCipher(store).open(sealed)).toBe('{"windows":"ä"}');
    const given = { directory: '/keys', origin, kek, fs: memoryFs(), mode: 'make' } as const;
    const other = await KeyStore.open({ ...given, random: seededRandom(5) });
    expect(new SavepointCipher(other).open(sealed)).toBeUndefined();
    for (const text of ['', '{}', sealed.slice(0, -4), sealed.slice(1), 'aes-256-gcm ']) {
      expect(cipher.open(text)).toBeUndefined();
    }
  });
});
