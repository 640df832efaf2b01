import { fromHex } from '../../base/bytes.ts';

// Little-endian y of the eight points whose order divides 8: 1, 0, -1 and the two of order 8. Each
// but the first and third belongs to two points that differ in the sign bit of the last byte alone.
const smallOrderY: readonly Uint8Array[] = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((hex) => fromHex(hex) as Uint8Array);

/** The field's prime, 2^255 - 19, and the order of the base point (RFC 8032, 5.1). */
const prime = fromHex(
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
) as Uint8Array;
const order = fromHex(
  'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010',
) as Uint8Array;

const size = 32;
const signBit = 0x80;

/**
 * Difference of two little-endian numbers at the highest byte where they differ, 0 if they are
 * equal. The bits to clear belong to the last byte of the left one and do not count.
 */
function compare(left: Uint8Array, right: Uint8Array, clear: number): number {
  let difference = ((left[size - 1] as number) & ~clear) - (right[size - 1] as number);
  for (let at = size - 2; difference === 0 && at >= 0; at--) {
    difference = (left[at] as number) - (right[at] as number);
  }
  return difference;
}

function isSoundPoint(point: Uint8Array): boolean {
  if (compare(point, prime, signBit) >= 0) return false;
  return smallOrderY.every((y) => compare(point, y, signBit) !== 0);
}

/**
 * What is asked of a key and a signature before any implementation of Ed25519 sees them: their
 * lengths, S below the order, and points A and R that are canonical and not of small order.
 *
 * RFC 8032, 5.1.7 leaves room here, and implementations use it: OpenSSL takes keys of small order
 * and y not reduced, others do not. Whatever passes and then satisfies the equation without the
 * cofactor is accepted by all of them, so a log has one verdict everywhere (Chalkias, Garillot,
 * Nikolaenko, "Taming the many EdDSAs", SSR 2020).
 */
export function isStrictEd25519(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== size || signature.length !== 2 * size) return false;
  const scalar = signature.subarray(size);
  return compare(scalar, order, 0) < 0 && isSoundPoint(publicKey) && isSoundPoint(signature);
}
