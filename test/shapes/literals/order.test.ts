import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLiterals, isComparable } from '../../../src/shapes/compare.ts';
import { isWellFormed } from '../../../src/shapes/literals/well-formed.ts';
import type { TermLike } from '../../../src/terms/turtle.ts';
import { type Literal, sign, term } from './order.ts';
import { nearTexts, vectors, xsd } from './texts.ts';

const unordered = undefined;

describe('numbers of different types', () => {
  it.each([
    // XPath promotes to the wider floating type first, even where that rounds.
    [['integer', '9007199254740993'], ['double', '9007199254740992'], 0],
    [['integer', '9007199254740993'], ['decimal', '9007199254740992'], 1],
    [['integer', '16777217'], ['float', '16777216'], 0],
    [['decimal', '16777217.00000000000000001'], ['float', '16777216'], 1],
    [['decimal', '0.1'], ['double', '0.1'], 0],
    [['decimal', '0.12345678901234567'], ['double', '0.12345678901234567'], 0],
    [['decimal', '0.1'], ['float', '0.1'], 0],
    [['float', '0.1'], ['double', '0.1'], 1],
    [['float', '16777217'], ['float', '16777216'], 0],
    [['double', '-0'], ['integer', '0'], 0],
    [['float', '1e40'], ['double', 'INF'], 0],
    [['double', '-INF'], ['integer', '-99999999999999999999'], -1],
    [['byte', '5'], ['unsignedLong', '18446744073709551615'], -1],
    [['double', 'NaN'], ['double', 'NaN'], unordered],
    [['float', 'NaN'], ['integer', '1'], unordered],
    // Ill-typed texts have no value.
    [['byte', '300'], ['integer', '1'], unordered],
    [['integer', '1.5'], ['integer', '1'], unordered],
    [['positiveInteger', '0'], ['integer', '1'], unordered],
    [['decimal', '1e3'], ['integer', '1'], unordered],
    [['boolean', 'True'], ['boolean', 'false'], unordered],
    [['boolean', '1'], ['integer', '0'], unordered],
    [['token', 'a'], ['string', 'b'], unordered],
  ] as const)('%j against %j: %s', (left, right, expected) => {
    expect(sign(left, right)).toBe(expected);
  });
});

describe('all literals', () => {
  const names = Object.keys(vectors);
  const literals = fc
    .constantFrom(...names)
    .chain((name) => nearTexts(name).map((text): Literal => [name, text]));

  it('are ordered the same both ways, only where well-formed, and each with itself', () => {
    fc.assert(
      fc.property(literals, literals, (left, right) => {
        const order = sign(left, right);
        for (const one of [left, right]) {
          const comparable = isComparable(term(one));
          expect(sign(one, one)).toBe(comparable ? 0 : undefined);
          if (!comparable) expect(order).toBeUndefined();
          else if (one[0] !== 'string') expect(isWellFormed(xsd + one[0], one[1])).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
  it.each(names)('xsd:%s is comparable by its type, where well-formed', (name) => {
    const never = ['hexBinary', 'base64Binary', 'anyURI', 'language', 'normalizedString', 'token'];
    const without = never.includes(name) || ['NMTOKEN', 'Name', 'NCName'].includes(name);
    for (const text of vectors[name]?.good ?? []) {
      expect(isComparable(term([name, text]))).toBe(!without && text !== 'NaN');
    }
    for (const text of name === 'string' ? [] : (vectors[name]?.bad ?? [])) {
      expect(isComparable(term([name, text]))).toBe(false);
    }
  });
  it('are no IRIs', () => {
    const iri: TermLike = { termType: 'NamedNode', value: '1' };
    expect(isComparable(iri)).toBe(false);
    expect(isComparable({ termType: 'Literal', value: '1' })).toBe(false);
    expect(compareLiterals(term(['integer', '1']), iri)).toBeUndefined();
  });
});
