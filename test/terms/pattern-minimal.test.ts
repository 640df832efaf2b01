import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../src/terms/pattern.ts';
import { type PatternTables, patternTables } from '../../src/terms/pattern-tables.ts';
import { runs } from '../support/effort.ts';
import { patterns, withinLimits } from '../support/patterns.ts';

const tablesOf = (source: string): PatternTables =>
  withinLimits(() => patternTables(source, 'pattern'));

/** The rows that texts lead to from the start, by offset. */
function reached({ next, width, start }: PatternTables): readonly number[] {
  const rows = [start];
  for (const row of rows) {
    for (let column = 0; column < width - 1; column++) {
      const to = next[row + column] ?? Number.NaN;
      if (!rows.includes(to)) rows.push(to);
    }
  }
  return rows;
}

/** Pairs of rows that some text tells apart, found pair by pair until nothing is added. */
function toldApart({ next, width }: PatternTables, rows: readonly number[]): number {
  const apart = new Set<string>();
  const pairs = rows.flatMap((left, at) =>
    rows.slice(0, at).map((right) => [left, right] as const),
  );
  const isApart = (left: number, right: number): boolean =>
    apart.has(`${left},${right}`) || apart.has(`${right},${left}`);
  for (let before = -1; before !== apart.size; ) {
    before = apart.size;
    for (const [left, right] of pairs) {
      const end = width - 1;
      let differ = next[left + end] !== next[right + end];
      for (let column = 0; column < end && !differ; column++) {
        differ = isApart(next[left + column] ?? 0, next[right + column] ?? 0);
      }
      if (differ) apart.add(`${left},${right}`);
    }
  }
  return apart.size;
}

describe('the automaton is the smallest', () => {
  test('any two of its states are told apart by some text, and each is reached', () => {
    fc.assert(
      fc.property(patterns, (source) => {
        const tables = tablesOf(source);
        const rows = reached(tables);
        fc.pre(rows.length <= 60);
        expect([source, rows.length]).toEqual([source, tables.states]);
        const pairs = (rows.length * (rows.length - 1)) / 2;
        expect([source, toldApart(tables, rows)]).toEqual([source, pairs]);
      }),
      { numRuns: runs(400) },
    );
  });

  test('no two of its columns and no two neighbouring intervals are equal', () => {
    fc.assert(
      fc.property(patterns, (source) => {
        const { next, width, columns } = tablesOf(source);
        const texts = Array.from({ length: width - 1 }, (_, column) =>
          next.filter((_cell, at) => at % width === column).join(),
        );
        expect(new Set(texts).size).toBe(width - 1);
        expect(columns.every((column, at) => at === 0 || column !== columns[at - 1])).toBe(true);
      }),
      { numRuns: runs(400) },
    );
  });
});

describe('patterns that mean the same have equal tables', () => {
  test.each([
    ['', '(?:)', '[^]*', 'a|', '^', '$', 'a*', 'a{0}', '(?:)+', '\\b|\\B'],
    ['[]', '[^\\s\\S]', 'a^', '$a', '\\b\\B', 'a[]b', '[]+'],
    ['a+', 'a', 'aa*', 'a{1,9}', '(a|ab)', 'a|a', '[a]', '\\x61', '\\u{61}', 'a+?', '\\W*a\\W*'],
    ['^a+$', '^(?:a+)+$', '^(a|aa)+$', '^aa*?$', '^a{1,}$', '^(?:a|a)+$'],
    ['^[a-c]$', '^(?:a|b|c)$', '^[abc]$', '^[^\\u{0}-`d-\\u{10ffff}]$', '^[c-ca-b]$'],
    ['^(?:ab|ac)$', '^a(?:b|c)$', '^a[bc]$', '^(?:^a)(?:[bc]$)$'],
    ['^\\d{2,3}$', '^[0-9][0-9][0-9]?$', '^\\d?\\d\\d$', '^(?:\\d\\d|\\d\\d\\d)$'],
    ['\\bcat\\b', '(?:^|\\W)cat(?:$|\\W)', '(?:\\W|^)\\bcat(?:\\b|\\b\\B)(?:\\W|$)'],
    ['\\w\\b\\W', '\\w\\W'],
    ['.', '[^\\n\\r\\u2028\\u2029]'],
    ['^.*$', '^[^\\n\\r\\u2028\\u2029]*$', '^(?:.*)*$'],
  ])('%s', (first, ...others) => {
    for (const other of others) expect([other, tablesOf(other)]).toEqual([other, tablesOf(first)]);
  });

  test('with an alternative that adds nothing, twice, in a group', () => {
    fc.assert(
      fc.property(patterns, (source) => {
        const tables = tablesOf(source);
        for (const other of [source, `(?:${source})`, `[]|${source}`, `${source}|${source}`]) {
          expect([other, tablesOf(other)]).toEqual([other, tables]);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

test.each<[string, number]>([
  // Begun, matched.
  ['a', 2],
  // Begun, a run of a, spoiled.
  ['^a+$', 3],
  // Every set of the last four characters that can still be the a.
  ['a..$', 8],
  ['abc', 4],
  ['^abc', 5],
  ['^(?:a|b){3}$', 5],
])('%s has %i states', (source, states) => {
  expect(compilePattern(source).states).toBe(states);
});
