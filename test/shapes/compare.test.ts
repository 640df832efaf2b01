import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLiterals, lengthInCodePoints } from '../../src/shapes/compare.ts';
import type { TermLike } from '../../src/terms/turtle.ts';

const xsd = 'http://www.w3.org/2001/XMLSchema#';

function literal(value: string, type: string): TermLike {
  return { termType: 'Literal', value, language: '', datatype: { value: xsd + type } };
}

function sign(left: [string, string], right: [string, string]): number | undefined {
  const order = compareLiterals(literal(...left), literal(...right));
  return order === undefined ? undefined : Math.sign(order);
}

describe('order of literals', () => {
  it.each([
    [['9007199254740992', 'integer'], ['9007199254740993', 'integer'], -1],
    [['0.1000000000000000000000000000000001', 'decimal'], ['0.1', 'decimal'], 1],
    [['-1.50', 'decimal'], ['-1.5', 'decimal'], 0],
    [['2', 'integer'], ['10', 'integer'], -1],
    [['+7', 'long'], ['7.0', 'decimal'], 0],
    [['1e3', 'double'], ['999.5', 'decimal'], 1],
    [['-INF', 'double'], ['-5', 'integer'], -1],
    [['Zebra', 'string'], ['apple', 'string'], -1],
    [['a', 'string'], ['ab', 'string'], -1],
    [['\uffff', 'string'], ['😀', 'string'], -1],
    [['😀', 'string'], ['😁', 'string'], -1],
    [['false', 'boolean'], ['1', 'boolean'], -1],
    [['2026-11-21T10:00:00Z', 'dateTime'], ['2026-11-21T12:00:00+02:00', 'dateTime'], 0],
    [['2026-11-21T10:00:00.0001Z', 'dateTime'], ['2026-11-21T10:00:00Z', 'dateTime'], 1],
    [['2026-11-21T10:00:00.5Z', 'dateTime'], ['2026-11-21T10:00:00.12Z', 'dateTime'], 1],
  ] as const)('%j against %j', (left, right, expected) => {
    expect(sign([...left], [...right])).toBe(expected);
    expect(sign([...right], [...left])).toBe(expected === 0 ? 0 : -expected);
  });

  it.each([
    [
      ['1', 'integer'],
      ['1', 'string'],
    ],
    [
      ['x', 'integer'],
      ['1', 'integer'],
    ],
    [
      ['NaN', 'double'],
      ['1', 'integer'],
    ],
    [
      ['2026-11-21T10:00:00', 'dateTime'],
      ['2026-11-21T10:00:00Z', 'dateTime'],
    ],
    [
      ['2026-13-21T10:00:00Z', 'dateTime'],
      ['2026-11-21T10:00:00Z', 'dateTime'],
    ],
    [
      ['2026-11-21', 'date'],
      ['2026-11-22T00:00:00', 'dateTime'],
    ],
  ] as const)('has none for %j and %j', (left, right) => {
    expect(sign([...left], [...right])).toBeUndefined();
  });

  it('has none with an IRI', () => {
    const iri = { termType: 'NamedNode', value: '1' };
    expect(compareLiterals(iri, literal('1', 'integer'))).toBeUndefined();
  });

  it('agrees with BigInt and with code points', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (left, right) => {
        const expected = left < right ? -1 : left > right ? 1 : 0;
        expect(sign([`${left}`, 'integer'], [`${right}.0`, 'decimal'])).toBe(expected);
      }),
    );
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const points = (value: string): string =>
          [...value].map((one) => one.codePointAt(0)?.toString(16).padStart(6, '0')).join();
        const expected = Math.sign(
          Number(points(left) > points(right)) - Number(points(left) < points(right)),
        );
        expect(sign([left, 'string'], [right, 'string'])).toBe(expected);
        expect(lengthInCodePoints(left)).toBe([...left].length);
      }),
    );
  });
});
