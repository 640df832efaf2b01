import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Search, searchCode } from '../../src/runtime/searchCode.ts';

/** What the class of a place is: how many bounds lie at or below it. */
const classIn =
  (bounds: readonly number[]) =>
  (place: number): number =>
    bounds.filter((bound) => bound <= place).length;

/** A search whose class ends in `c`. */
const searched = (bounds: readonly number[], isInteger: boolean): Search => ({
  ...{ isInteger, value: 'v', id: '0', cls: classIn(bounds) },
  use: {
    known: String,
    take: (cls) => `c = ${cls};`,
    takeClass: '',
    refuse: 'return -1;',
    jumps: true,
  },
});

function compiled(bounds: readonly number[], isInteger: boolean): (value: number) => number {
  const { code, constants } = searchCode(bounds, searched(bounds, isInteger));
  const names = Object.keys(constants);
  const body = `return (v) => { let c = 0; ${code} return c; };`;
  return new Function(...names, body)(...Object.values(constants)) as (value: number) => number;
}

/** Values at, beside and between bounds. */
function near(bounds: readonly number[], isInteger: boolean): number[] {
  const steps = [-2, -1, 0, 1, 2];
  const beside = bounds.flatMap((bound) => [
    ...steps.map((step) => bound + step),
    ...(isInteger ? [] : steps.map((step) => bound * (1 + step * Number.EPSILON))),
  ]);
  const ends = isInteger
    ? [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0]
    : [-Number.MAX_VALUE, Number.MAX_VALUE, Number.MIN_VALUE, 0, 0.5];
  const known = isInteger ? Number.isSafeInteger : Number.isFinite;
  return [...beside, ...ends].filter((value) => known(value));
}

const spans = fc.constantFrom(4, 40, 900, 5_000, 1e9, 2 ** 53);
const ascending = (bounds: readonly number[]): number[] =>
  [...new Set(bounds)].sort((one, two) => one - two);

test('every way of searching counts the bounds at or below a number', () => {
  const ways = new Set<string>();
  fc.assert(
    fc.property(
      spans.chain((span) =>
        // Doubles crowd at their ends; whole numbers lie anywhere.
        fc.array(
          fc.oneof(
            fc.double({ min: -span, max: span, noNaN: true }),
            fc.integer({ min: 1 - span, max: span - 1 }),
          ),
          { maxLength: 90, size: 'max' },
        ),
      ),
      fc.boolean(),
      fc.boolean(),
      (given, isInteger, outer) => {
        const whole = isInteger ? given.map(Math.round) : given;
        // Bounds of absent and foreign values bound no finite one from within.
        const more = outer ? [-Number.MAX_VALUE, Number.POSITIVE_INFINITY] : [];
        const bounds = ascending([...whole, ...more].map((bound) => bound + 0));
        const search = compiled(bounds, isInteger);
        const { code } = searchCode(bounds, searched(bounds, isInteger));
        ways.add(/d0/.test(code) ? 'table' : /b0/.test(code) ? 'buckets' : 'compared');
        const count = classIn(bounds);
        for (const value of near(bounds, isInteger)) expect(search(value)).toBe(count(value));
      },
    ),
    { numRuns: 400 },
  );
  expect([...ways]).toEqual(expect.arrayContaining(['table', 'buckets']));
});

test('bounds that crowd in one place are compared in a tree, very many by a search', () => {
  const crowd = Array.from({ length: 20 }, (_, index) => 1e6 + index / 1e6);
  const bounds = ascending([...crowd, 0, 5e6]);
  const { code } = searchCode(bounds, searched(bounds, false));
  expect(code).toContain('? (v <');
  const search = compiled(bounds, false);
  for (const value of near(bounds, false)) expect(search(value)).toBe(classIn(bounds)(value));
  const many = ascending([...Array(100).keys()].map((index) => 1e6 + index / 1e6).concat(9e9));
  const { constants } = searchCode(many, searched(many, false));
  expect(Object.keys(constants)).toEqual(['f0']);
  for (const value of near(many, false))
    expect(compiled(many, false)(value)).toBe(classIn(many)(value));
});

test('bounds further apart than a double reaches', () => {
  const bounds = [-1e308, -1, 0, 1, 1e308];
  const search = compiled(bounds, false);
  for (const value of near(bounds, false)) expect(search(value)).toBe(classIn(bounds)(value));
});
