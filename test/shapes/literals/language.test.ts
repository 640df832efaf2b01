import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesLanguage } from '../../../src/shapes/literals/language.ts';

describe('matchesLanguage', () => {
  it.each([
    ['de', 'de', true],
    ['de-CH', 'de', true],
    ['DE-ch', 'de-CH', true],
    ['de-CH-1996', 'de-ch', true],
    ['deu', 'de', false],
    ['de', 'de-CH', false],
    ['de-Deva', 'de-DE', false],
    ['fr', 'de', false],
    ['en', '*', true],
    ['', '*', false],
    ['', '', false],
    ['en', '', false],
    ['en', 'e', false],
    // Case is folded for ASCII only: the Kelvin sign is no k, and @ is no `.
    ['\u212an', 'kn', false],
    ['a@', 'a`', false],
    ['a[', 'a{', false],
  ])('%j in %j: %s', (tag, range, expected) => {
    expect(matchesLanguage(tag, range)).toBe(expected);
  });
  it('is a prefix up to a hyphen, in any case', () => {
    const part = fc.stringMatching(/^[a-cA-C]{1,2}$/);
    const tag = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('-'));
    fc.assert(
      fc.property(tag, tag, (left, right) => {
        const lower = right.toLowerCase();
        const expected = `${left.toLowerCase()}-`.startsWith(`${lower}-`);
        expect(matchesLanguage(left, right)).toBe(expected);
        expect(matchesLanguage(`${left}-${right}`, left.toUpperCase())).toBe(true);
      }),
    );
  });
});
