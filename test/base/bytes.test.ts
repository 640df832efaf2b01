import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  toBase64,
  toHex,
  utf8,
} from '../../src/base/bytes.ts';
import * as noble from '../../src/base/sha256.noble.ts';
import * as node from '../../src/base/sha256.node.ts';
import { runs } from '../support/effort.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const text = fc.string({ unit: 'binary', maxLength: 200 });

describe('hash functions', () => {
  test('node and noble agree on bytes and text', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, text), (data) => {
        const expected = node.sha256Hex(data);
        expect(noble.sha256Hex(data)).toBe(expected);
        expect(toHex(node.sha256(data))).toBe(expected);
        expect(toHex(noble.sha256(data))).toBe(expected);
      }),
    );
  });

  test('HMAC: node, noble and createHmac agree, whatever the length of key and message', () => {
    // Messages around 4 KiB / 3 units leave the shared scratch memory.
    const long = fc.tuple(text, fc.integer({ min: 0, max: 40 })).map(([part, n]) => part.repeat(n));
    // Keys beyond 64 bytes are hashed first; without a size they would hardly get to 20.
    const key = fc.uint8Array({ minLength: 0, maxLength: 140, size: 'max' });
    fc.assert(
      fc.property(key, fc.array(fc.oneof(text, long), { minLength: 1 }), (secret, messages) => {
        const [left, right] = [node.hmacKey(secret), noble.hmacKey(secret)];
        for (const message of messages) {
          const expected = createHmac('sha256', secret).update(message, 'utf8').digest('hex');
          expect(left.hex(message)).toBe(expected);
          expect(right.hex(message)).toBe(expected);
          expect(toHex(left.bytes(message))).toBe(expected);
          expect(toHex(right.bytes(message))).toBe(expected);
          const derived = createHmac('sha256', Buffer.from(expected, 'hex')).update('x');
          const code = derived.digest('hex');
          expect([left.derive(message).hex('x'), right.derive(message).hex('x')]).toEqual([
            code,
            code,
          ]);
        }
      }),
    );
  });

  test.each([1_364, 1_365, 1_366, 5_000])('a message of %i three-byte characters', (count) => {
    const secret = new Uint8Array(32).fill(3);
    const message = '\u20ac'.repeat(count);
    const expected = createHmac('sha256', secret).update(message).digest('hex');
    expect(node.hmacKey(secret).hex(message)).toBe(expected);
    expect(node.hmacKey(secret).hex('short')).toBe(noble.hmacKey(secret).hex('short'));
  });
});

describe('encodings', () => {
  test('hex and base64 are what Buffer says, and read back', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        const buffer = Buffer.from(data);
        expect(toHex(data)).toBe(buffer.toString('hex'));
        expect(toBase64(data)).toBe(buffer.toString('base64'));
        expect(fromHex(toHex(data))).toEqual(data);
        expect(fromBase64(toBase64(data))).toEqual(data);
      }),
    );
  });

  test('only one spelling of each is read', () => {
    for (const bad of ['a', 'A0', '0x', 'gg', ' 00', '00 ']) expect(fromHex(bad)).toBeUndefined();
    // Padding that is missing, misplaced or hides set bits; the URL alphabet; white space.
    for (const bad of ['A', 'AA', 'AAA', 'AB==', 'AAB=', '=AAA', 'AA-_', 'AA==\n', 'A===']) {
      expect(fromBase64(bad), bad).toBeUndefined();
    }
    expect(fromBase64('')).toEqual(new Uint8Array());
    expect(fromHex('')).toEqual(new Uint8Array());
  });

  test('base64 is read if and only if it is what Buffer would write', () => {
    // The last ones share their low seven bits with digits and padding.
    const unit = fc.constantFrom(...'AQgwBCDEvxyz019+/==-_ \n', '\u00c1', '\u0141', '\u013d');
    const near = fc.tuple(bytes, fc.nat(), unit).map(([data, at, other]) => {
      const right = toBase64(data);
      return (
        right.slice(0, at % (right.length + 1)) + other + right.slice((at % (right.length + 1)) + 1)
      );
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 12 }), near), (spelled) => {
        const decoded = Buffer.from(spelled, 'base64');
        const isCanonical = decoded.toString('base64') === spelled;
        expect(fromBase64(spelled)).toEqual(isCanonical ? new Uint8Array(decoded) : undefined);
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('UTF-8 there and back; bytes that are no UTF-8 are refused', () => {
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(value.isWellFormed());
        expect(fromUtf8(utf8(value))).toBe(value);
        expect(utf8(value)).toEqual(new Uint8Array(Buffer.from(value, 'utf8')));
      }),
    );
    expect(fromUtf8(utf8('\ufeffa'))).toBe('\ufeffa');
    for (const bad of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xe2, 0x82]]) {
      expect(fromUtf8(Uint8Array.from(bad))).toBeUndefined();
    }
  });

  test('joining and comparing', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), bytes, (parts, other) => {
        const joined = concatBytes(...parts);
        const buffer = Buffer.concat(parts);
        expect(Buffer.from(joined).equals(buffer)).toBe(true);
        expect(equalBytes(joined, other)).toBe(buffer.equals(other));
        expect(equalBytes(joined, Uint8Array.from(joined))).toBe(true);
      }),
    );
  });
});
