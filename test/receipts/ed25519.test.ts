import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Point, verify as packageVerify } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeSigner, nodeVerify } from '../../src/receipts/log/signer.ts';
import { nobleSigner, nobleVerify } from '../../src/receipts/verify/ed25519.ts';
import { isStrictEd25519 } from '../../src/receipts/verify/ed25519-strict.ts';
import { parseVkey, type VerifierKey } from '../../src/receipts/verify/note.ts';
import { runs } from '../support/effort.ts';

type Bytes = Uint8Array;
type Check = (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean;

const { n: order, p: prime } = Point.CURVE();
const hex = (text: string): Bytes => Buffer.from(text, 'hex');
const numberOf = (bytes: Bytes): bigint =>
  BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
/** 32 bytes, little-endian. */
const bytesOf = (number: bigint): Bytes =>
  Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();

// What each library says by itself, without the check that stands before both.
const openssl: Check = (publicKey, message, signature) => {
  const prefix = hex('302a300506032b6570032100');
  const key = Buffer.concat([prefix, publicKey]);
  try {
    const object = createPublicKey({ key, format: 'der', type: 'spki' });
    return verify(null, message, object, signature);
  } catch {
    return false;
  }
};
const noble: Check = (publicKey, message, signature) => {
  try {
    return packageVerify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/** Small order of a canonical encoding, by the curve's own arithmetic. */
const isSmall = (point: Bytes): boolean => Point.fromBytes(point).isSmallOrder();

/** Both of our verifiers, whose verdicts must be equal and follow from those of the libraries. */
const verdict: Check = (publicKey, message, signature) => {
  const given = [publicKey, message, signature].map((bytes) => Buffer.from(bytes));
  const ours = nodeVerify(publicKey, message, signature);
  expect(nobleVerify(publicKey, message, signature)).toBe(ours);
  expect([publicKey, message, signature].map((bytes) => Buffer.from(bytes))).toEqual(given);
  const theirs = openssl(publicKey, message, signature) && noble(publicKey, message, signature);
  expect(ours).toBe(theirs && !isSmall(signature.slice(0, 32)));
  return ours;
};

interface Vector {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}
const vectorsOf = <Extra>(name: string): readonly (Vector & Extra)[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')).vectors;
const bytesIn = ({ publicKey, message, signature }: Vector): [Bytes, Bytes, Bytes] => [
  hex(publicKey),
  hex(message),
  hex(signature),
];

describe('published vectors', () => {
  const rfc8032 = vectorsOf<{ readonly seed: string }>('ed25519-rfc8032.json');
  test.each(rfc8032)('RFC 8032: $name', ({ seed, ...vector }) => {
    const [publicKey, message, signature] = bytesIn(vector);
    expect(verdict(publicKey, message, signature)).toBe(true);
    for (const make of [nodeSigner, nobleSigner]) {
      const signer = make({ name: 'a', privateKey: hex(seed) });
      expect(Buffer.from(signer.sign(message) as Bytes).equals(signature)).toBe(true);
      expect(signer.vkey).toBe(nodeSigner({ name: 'a', privateKey: hex(seed) }).vkey);
    }
  });

  const taming = vectorsOf<{ readonly accepted: boolean }>('ed25519-taming.json');
  test.each(taming)('Taming the many EdDSAs, $name: $accepted', ({ accepted, ...vector }) => {
    expect(verdict(...bytesIn(vector))).toBe(accepted);
  });
  test('are all there', () => {
    expect([rfc8032.length, taming.length]).toEqual([5, 12]);
  });
});

/** A point of order 8: what is left of a point when its part of prime order is taken away. */
function torsionGenerator(): Point {
  for (let y = 2n; ; y++) {
    try {
      const point = Point.fromBytes(bytesOf(y));
      const rest = point.multiply(order - 1n, false).add(point);
      if (!rest.double().double().is0()) return rest;
    } catch {
      // No point has this y.
    }
  }
}
const torsion = Array.from({ length: 8 }, (_, times) =>
  torsionGenerator().multiply(BigInt(times), false),
);

/** Every spelling of the eight small points: y + p where it fits, and both signs of x = 0. */
const smallSpellings: readonly Bytes[] = torsion.flatMap((point) => {
  const { x, y } = point.toAffine();
  const sign = 2n ** 255n;
  const signs = x === 0n ? [0n, sign] : [(x & 1n) * sign];
  const spelled = y + prime < sign ? [y, y + prime] : [y];
  return spelled.flatMap((one) => signs.map((bit) => bytesOf(one + bit)));
});

const challengeOf = (committed: Bytes, publicKey: Bytes, message: Bytes): bigint =>
  numberOf(createHash('sha512').update(committed).update(publicKey).update(message).digest()) %
  order;

const scalar = fc.bigInt({ min: 1n, max: order - 1n });
const joined = (committed: Bytes, s: bigint): Bytes => Buffer.concat([committed, bytesOf(s)]);

describe('small, mixed and misspelled points', () => {
  test('the small points are eight, with 14 spellings, and none passes as key or R', () => {
    expect(new Set(torsion.map((point) => point.toHex())).size).toBe(8);
    expect(new Set(smallSpellings.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(
      14,
    );
    const sound = Point.BASE.toBytes();
    expect(isStrictEd25519(sound, joined(sound, 0n))).toBe(true);
    for (const small of smallSpellings) {
      expect(isStrictEd25519(small, joined(sound, 0n))).toBe(false);
      expect(isStrictEd25519(sound, joined(small, 0n))).toBe(false);
    }
  });

  test('no pair of small points signs anything, though OpenSSL says that some do', () => {
    let taken = 0;
    for (const publicKey of smallSpellings) {
      for (const committed of smallSpellings) {
        const message = Buffer.from('any');
        const signature = joined(committed, 0n);
        expect(nodeVerify(publicKey, message, signature)).toBe(false);
        expect(nobleVerify(publicKey, message, signature)).toBe(false);
        if (openssl(publicKey, message, signature)) taken++;
      }
    }
    expect(taken).toBeGreaterThan(0);
  });

  test('a mixed signature counts exactly where the equation holds without the cofactor', () => {
    const index = fc.nat(7);
    fc.assert(
      fc.property(scalar, scalar, index, index, index, fc.uint8Array(), (...given) => {
        const [a, r, keyPart, wanted, off, text] = given;
        const key = Point.BASE.multiply(a)
          .add(torsion[keyPart] as Point)
          .toBytes();
        // R is off by `off` from what cancels the key's part under a challenge that is `wanted`
        // modulo 8; such a challenge is looked for.
        const part = (((off - wanted * keyPart) % 8) + 8) % 8;
        const committed = Point.BASE.multiply(r)
          .add(torsion[part] as Point)
          .toBytes();
        let message: Bytes = text;
        let challenge = challengeOf(committed, key, message);
        for (let count = 0; challenge % 8n !== BigInt(wanted); count++) {
          message = Buffer.concat([text, Buffer.from(String(count))]);
          challenge = challengeOf(committed, key, message);
        }
        const signature = joined(committed, (r + challenge * a) % order);
        expect(noble(key, message, signature)).toBe(true);
        expect(verdict(key, message, signature)).toBe(off === 0);
        // The same with small points on both sides, whose signers know no secret at all.
        const small = joined((torsion[part] as Point).toBytes(), 0n);
        expect(verdict((torsion[keyPart] as Point).toBytes(), message, small)).toBe(false);
      }),
      { numRuns: runs(40) },
    );
  });

  test('y that is not reduced is refused, whatever its point and sign', () => {
    // 19 numbers lie between the prime and 2^255; their points are not all of small order.
    const sound = Point.BASE.toBytes();
    for (let y = 0n; y < 19n; y++) {
      for (const sign of [0n, 2n ** 255n]) {
        const bytes = bytesOf(prime + y + sign);
        expect(isStrictEd25519(bytes, joined(sound, 1n))).toBe(false);
        expect(isStrictEd25519(sound, joined(bytes, 1n))).toBe(false);
      }
    }
    for (const y of [prime - 2n, 2n]) {
      expect(isStrictEd25519(bytesOf(y), joined(bytesOf(y), 1n))).toBe(true);
    }
  });
});

const signed = fc.tuple(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.uint8Array({ maxLength: 80 }),
);
const signOf = (privateKey: Bytes, message: Bytes): [Bytes, Bytes] => {
  const signer = nodeSigner({ name: 'a', privateKey });
  const { publicKey } = parseVkey(signer.vkey) as VerifierKey;
  return [publicKey, signer.sign(message) as Bytes];
};

describe('a signature has one spelling', () => {
  test('S + L and more is refused, S itself taken', () => {
    fc.assert(
      fc.property(signed, fc.bigInt({ min: 1n, max: 14n }), ([seed, message], times) => {
        const [publicKey, signature] = signOf(seed, message);
        const committed = signature.slice(0, 32);
        const s = numberOf(signature.slice(32));
        expect(verdict(publicKey, message, joined(committed, s))).toBe(true);
        expect(isStrictEd25519(publicKey, joined(committed, s + times * order))).toBe(false);
        expect(nodeVerify(publicKey, message, joined(committed, s + times * order))).toBe(false);
        expect(nobleVerify(publicKey, message, joined(committed, s + times * order))).toBe(false);
      }),
      { numRuns: runs(20) },
    );
  });

  test('S is below L', () => {
    const sound = Point.BASE.toBytes();
    const passes = (s: bigint): boolean => isStrictEd25519(sound, joined(sound, s));
    expect([0n, 1n, order - 1n].map(passes)).toEqual([true, true, true]);
    expect([order, order + 1n, 2n ** 252n + 2n ** 125n].map(passes)).toEqual(Array(3).fill(false));
    expect([2n ** 255n, 2n ** 256n - 1n].map(passes)).toEqual([false, false]);
    // Each byte decides by itself, whatever the lower ones say.
    for (let at = 0n; at < 32n; at++) {
      const step = 256n ** at;
      expect([order - step, order - step + 1n].map(passes)).toEqual([true, at > 0n]);
      expect([order + step, order + step - 1n].map(passes)).toEqual([false, false]);
    }
  });

  test('no bit may change: both verifiers refuse, none throws', () => {
    fc.assert(
      fc.property(signed, fc.nat(32 * 8 + 64 * 8 - 1), ([seed, message], bit) => {
        const both = Buffer.concat(signOf(seed, message));
        both[bit >>> 3] = (both[bit >>> 3] as number) ^ (1 << (bit & 7));
        const [publicKey, signature] = [both.subarray(0, 32), both.subarray(32)];
        expect(nodeVerify(publicKey, message, signature)).toBe(false);
        expect(nobleVerify(publicKey, message, signature)).toBe(false);
      }),
      { numRuns: runs(60) },
    );
  });

  test('any bytes as key and signature are refused by both', () => {
    const bytes = (length: number): fc.Arbitrary<Bytes> =>
      fc.oneof(
        fc.uint8Array({ minLength: length, maxLength: length }),
        fc.constantFrom(new Uint8Array(length), new Uint8Array(length).fill(255)),
      );
    fc.assert(
      fc.property(bytes(32), bytes(64), fc.uint8Array(), (publicKey, signature, message) => {
        expect(nodeVerify(publicKey, message, signature)).toBe(false);
        expect(nobleVerify(publicKey, message, signature)).toBe(false);
      }),
      { numRuns: runs(60) },
    );
  });

  test('other lengths are refused by both', () => {
    const message = Buffer.from('m');
    const [publicKey, signature] = signOf(new Uint8Array(32).fill(3), message);
    const longer = (bytes: Bytes): Bytes => Buffer.concat([bytes, new Uint8Array(1)]);
    const cases: readonly [Bytes, Bytes][] = [
      [publicKey.slice(1), signature],
      [publicKey.slice(0, 31), signature],
      [longer(publicKey), signature],
      [new Uint8Array(), signature],
      [publicKey, signature.slice(1)],
      [publicKey, signature.slice(0, 63)],
      [publicKey, longer(signature)],
      [publicKey, new Uint8Array()],
    ];
    expect(verdict(publicKey, message, signature)).toBe(true);
    for (const [key, bytes] of cases) {
      expect(isStrictEd25519(key, bytes)).toBe(false);
      expect(nodeVerify(key, message, bytes)).toBe(false);
      expect(nobleVerify(key, message, bytes)).toBe(false);
    }
  });
});
