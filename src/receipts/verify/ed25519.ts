import { getPublicKey, hashes, Point, sign } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, toHex } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { isStrictEd25519 } from './ed25519-strict.ts';
import { formatVkey, type Verify } from './note.ts';
import type { Signer } from './signer.ts';

// The package leaves the choice of SHA-512 to its user; the synchronous calls need one.
hashes.sha512 = sha512;

const order = Point.CURVE().n;

/** The number that little-endian bytes spell. A Buffer's own slice would be no copy to reverse. */
const numberOf = (bytes: Uint8Array): bigint =>
  BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);

/**
 * Ed25519 verification in plain JavaScript, for where node:crypto is absent. RFC 8032, 5.1.7 in its
 * strictest reading: canonical encodings, no point of small order, the equation without the
 * cofactor; so that this and node:crypto give the same verdict on any bytes.
 *
 * @example
 * const message = new TextEncoder().encode('hello');
 * const { publicKey } = parseVkey(signer.vkey)!;
 * nobleVerify(publicKey, message, await signer.sign(message)); // => true
 * nobleVerify(publicKey, message, new Uint8Array(64)); // => false
 */
export const nobleVerify: Verify = (publicKey, message, signature) => {
  if (!isStrictEd25519(publicKey, signature)) return false;
  const committed = signature.subarray(0, 32);
  const scalar = numberOf(signature.subarray(32));
  const challenge = numberOf(sha512(concatBytes(committed, publicKey, message))) % order;
  // The package's own verify multiplies by the cofactor, which OpenSSL does not: it would accept
  // an R that is off by a point of small order. Here R itself is computed and its bytes compared.
  try {
    const key = Point.fromBytes(publicKey);
    const expected = Point.BASE.multiply(scalar, false).subtract(key.multiply(challenge, false));
    return equalBytes(expected.toBytes(), committed);
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
