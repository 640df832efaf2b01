import { getPublicKey, hashes, sign, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { fail } from '../../base/errors.ts';
import { formatVkey, type Verify } from './note.ts';
import type { Signer } from './signer.ts';

// The package leaves the choice of SHA-512 to its user; the synchronous calls need one.
hashes.sha512 = sha512;

/**
 * Ed25519 verification in plain JavaScript, for where node:crypto is absent. The strict rule of
 * RFC 8032, not ZIP-215, so that both give the same verdict.
 *
 * @example
 * const message = new TextEncoder().encode('hello');
 * const { publicKey } = parseVkey(signer.vkey)!;
 * nobleVerify(publicKey, message, await signer.sign(message)); // => true
 * nobleVerify(publicKey, message, new Uint8Array(64)); // => false
 */
export const nobleVerify: Verify = (publicKey, message, signature) => {
  try {
    return verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/**
 * A signer in plain JavaScript; node:crypto signs the same bytes about 10 times faster.
 *
 * @param options.name The key's name, usually the log's origin.
 * @param options.privateKey The 32-byte seed (RFC 8032).
 * @throws KnhkError KNHK_RECEIPTS_KEY
 * @example
 * const portable = nobleSigner({ name: 'a', privateKey: new Uint8Array(32) });
 * portable.vkey; // => nodeSigner({ name: 'a', privateKey: new Uint8Array(32) }).vkey
 */
export function nobleSigner(options: {
  readonly name: string;
  readonly privateKey: Uint8Array;
}): Signer {
  const { name, privateKey } = options;
  if (privateKey.length !== 32) {
    fail('KNHK_RECEIPTS_KEY', name, 'a seed of 32 bytes', `${privateKey.length} bytes`);
  }
  const seed = Uint8Array.from(privateKey);
  return {
    vkey: formatVkey(name, getPublicKey(seed)),
    sign: (bytes) => sign(bytes, seed),
  };
}
