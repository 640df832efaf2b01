import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fail } from '../../base/errors.ts';
import { isStrictEd25519 } from '../verify/ed25519-strict.ts';
import { formatVkey, type Verify } from '../verify/note.ts';
import type { Signer } from '../verify/signer.ts';

// RFC 8410: the fixed DER around a raw Ed25519 seed or public key.
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const keyBytes = 32;

/**
 * A signer over node:crypto: Ed25519 (RFC 8032).
 *
 * @param options.name The key's name, usually the log's origin.
 * @param options.privateKey The 32-byte seed (RFC 8032).
 * @throws KnhkError KNHK_RECEIPTS_KEY
 * @example
 * const { vkey } = nodeSigner({ name: 'example.com/ops', privateKey: new Uint8Array(32).fill(7) });
 * vkey; // => 'example.com/ops+5e948d86+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs'
 */
export function nodeSigner(options: {
  readonly name: string;
  readonly privateKey: Uint8Array;
}): Signer {
  const { name, privateKey } = options;
  if (privateKey.length !== keyBytes) {
    fail('KNHK_RECEIPTS_KEY', name, 'a seed of 32 bytes', `${privateKey.length} bytes`);
  }
  const der = Buffer.concat([privatePrefix, privateKey]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const vkey = formatVkey(name, spki.subarray(publicPrefix.length));
  const signer: Signer = { vkey, sign: (bytes) => new Uint8Array(sign(null, bytes, key)) };
  own.add(signer);
  return Object.freeze(signer);
}

const own = new WeakSet<Signer>();

/**
 * True for a signer made here: its two halves are one key by construction, so that checking each
 * of its signatures again (2.5 % of a receipt's time) would only ask the same code twice.
 */
export function isOwnSigner(signer: Signer): boolean {
  return own.has(signer);
}

// Making a key object costs more than a verification; a log knows a handful of keys.
const cacheMax = 64;
const cache = new Map<string, KeyObject>();

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString('latin1');
  const known = cache.get(name);
  if (known !== undefined) return known;
  const der = Buffer.concat([publicPrefix, publicKey]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  if (cache.size >= cacheMax) cache.clear();
  cache.set(name, key);
  return key;
}

/**
 * Ed25519 verification over node:crypto, about 14 times faster than plain JavaScript, and strict:
 * OpenSSL by itself takes keys of small order and encodings that are not canonical.
 */
export const nodeVerify: Verify = (publicKey, message, signature) => {
  if (!isStrictEd25519(publicKey, signature)) return false;
  try {
    return verify(null, message, publicKeyObject(publicKey), signature);
  } catch {
    return false;
  }
};
