import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical, freezeCopy, hashCanonical, hashOf } from '../../src/base/canonical.ts';
import { codeOf } from '../support/errors.ts';
import { rfc8785 } from '../support/rfc8785.ts';

const wellFormed = fc.string({ unit: 'binary' });
// JSON.parse makes -0 from "-0"; canonical refuses it, so it is kept out of the wanted values.
const plain = fc
  .jsonValue({ maxDepth: 5 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('-0,', '0,')) as unknown)
  .filter((value) => !JSON.stringify(value).includes('-0'));
const tree = fc.dictionary(wellFormed, fc.oneof(plain, wellFormed), { maxKeys: 6 });

describe('canonical JSON', () => {
  test('is what a second writer of RFC 8785 writes, and parses back', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = canonical(value);
        expect(text).toBe(rfc8785(value));
        expect(canonical(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test('numbers take the shortest form that reads back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(!Object.is(value, -0));
        expect(Number(canonical(value))).toBe(value);
        expect(canonical(value)).toBe(rfc8785(value));
      }),
    );
  });

  // From RFC 8785, section 3.2.3, and its appendix B.
  test('the examples of the RFC', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = ['"\\r"', '"1"', '"\u0080"', '"\u00f6"', '"\u20ac"', '"\u{1f600}"', '"\ufb33"'];
    const text = canonical(value);
    const places = order.map((name) => text.indexOf(`${name}:`));
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(places[0]).toBe(1);
    const numbers = [1e30, 4.5, 2e-3, 1e-27, 333333333.3333333, 1e23, 5e-324];
    const forms = '[1e+30,4.5,0.002,1e-27,333333333.3333333,1e+23,5e-324]';
    expect(canonical(numbers)).toBe(forms);
  });

  class Instance {
    readonly a = 1;
  }
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['-0', -0],
    ['a lone surrogate', 'a\ud800b'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    ['a hole', new Array(2)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['a Date', new Date(0)],
    ['an instance', new Instance()],
    ['a map', new Map()],
    ['a symbol as name', { [Symbol('x')]: 1 }],
    ['a hidden member', Object.defineProperty({}, 'a', { value: 1, enumerable: false })],
    ['a cycle', cyclic],
  ])('refuses %s', async (_name, value) => {
    expect(await codeOf(() => canonical(value))).toBe('KNHK_BASE_NOT_CANONICAL');
    expect(await codeOf(() => freezeCopy(value))).toBe('KNHK_BASE_NOT_CANONICAL');
  });

  test('canonical refuses a getter without running it; a copy reads it once', async () => {
    let reads = 0;
    const value = {
      get a() {
        return ++reads;
      },
    };
    expect(await codeOf(() => canonical(value))).toBe('KNHK_BASE_NOT_CANONICAL');
    expect(reads).toBe(0);
    const copy = freezeCopy(value);
    expect([reads, copy.text, canonical(copy.value)]).toEqual([1, '{"a":1}', '{"a":1}']);
  });

  test('an own __proto__ is data', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1}}');
    expect(canonical(value)).toBe('{"__proto__":{"a":1}}');
    const { value: copy, text } = freezeCopy(value);
    expect([canonical(copy), text]).toEqual(Array(2).fill('{"__proto__":{"a":1}}'));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  test('depth 8 is the most that a user may send', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(freezeCopy(nested(8)).text).toBe('[[[[[[[[1]]]]]]]]');
    expect(await codeOf(() => freezeCopy(nested(9)))).toBe('KNHK_BASE_NOT_CANONICAL');
    expect(canonical(nested(32))).toBe(`${'['.repeat(32)}1${']'.repeat(32)}`);
    expect(await codeOf(() => canonical(nested(33)))).toBe('KNHK_BASE_NOT_CANONICAL');
  });

  test('a copy is equal, deep, frozen and no longer the original', () => {
    fc.assert(
      fc.property(fc.dictionary(wellFormed, plain, { maxKeys: 4 }), (value) => {
        const { value: copy, text } = freezeCopy(value);
        expect(text).toBe(rfc8785(value));
        expect(canonical(copy)).toBe(text);
        const frozen = (item: unknown): boolean =>
          typeof item !== 'object' ||
          item === null ||
          (Object.isFrozen(item) && Object.values(item).every(frozen));
        expect(frozen(copy)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

test('hashes are SHA-256 over the kind and the canonical text', () => {
  const plainHash = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect(hashOf('hook', { b: 1, a: '\u00e9' })).toBe(
    plainHash('knhk/1/hook\n{"a":"\u00e9","b":1}'),
  );
  expect(hashCanonical('rules', '[]')).toBe(plainHash('knhk/1/rules\n[]'));
  expect(hashOf('a', [])).not.toBe(hashOf('b', []));
});
