import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../src/terms/pattern.ts';
import { type Mistake, mistakes } from '../support/errors.ts';

const refused = (source: string, offset: number, expected: string, got: string): Mistake => [
  () => compilePattern(source, 'hook a'),
  `hook a, offset ${offset}`,
  expected,
  got,
];

const beyond = (source: unknown, expected: string, got: string): Mistake => [
  () => compilePattern(source as string),
  'pattern',
  expected,
  got,
];

const group = '( or (?: without lookaround, names and flags';
const memory = 'no back reference: a group is not remembered';
const property = 'ranges in place of a Unicode property';
const known = 'an escape of ECMA-262 with flag u';
const nothing = 'something to repeat before it';
const bracket = 'a backslash before a lone bracket';
const atEnds = 'one character at each end of a range';

describe('what a finite automaton cannot do, and what is left out', () => {
  mistakes('KNHK_TERMS_PATTERN', [
    refused('(a)\\1', 3, memory, '"\\\\1"'),
    refused('[\\9]', 1, memory, '"\\\\9]"'),
    refused('\\k<a>', 0, memory, '"\\\\k<a>"'),
    refused('a(?=b)', 1, group, '"(?=b)"'),
    refused('a(?!b)', 1, group, '"(?!b)"'),
    refused('(?<=b)a', 0, group, '"(?<=b)a"'),
    refused('(?<!b)a', 0, group, '"(?<!b)a"'),
    refused('(?<name>a)', 0, group, '"(?<name>a)"'),
    refused('(?i:a)', 0, group, '"(?i:a)"'),
    refused('(?', 0, group, '"(?"'),
    refused('\\p{L}', 0, property, '"\\\\p{L}"'),
    refused('[\\P{L}]', 1, property, '"\\\\P{L}]"'),
  ]);
});

describe('syntax errors', () => {
  mistakes('KNHK_TERMS_PATTERN', [
    refused('a)b', 1, 'no ) without its (', '")b"'),
    refused('a(b', 1, ') to close the group', '"(b"'),
    refused('a(b|(?:c)', 1, ') to close the group', '"(b|(?:c)"'),
    refused('*a', 0, nothing, '"*a"'),
    refused('a|+', 2, nothing, '"+"'),
    refused('(?:?)', 3, nothing, '"?)"'),
    refused('a**', 2, nothing, '"*"'),
    refused('a{1}{2}', 4, nothing, '"{2}"'),
    refused('^*', 1, nothing, '"*"'),
    refused('\\b+', 2, nothing, '"+"'),
    refused('{', 0, nothing, '"{"'),
    refused('a]', 1, bracket, '"]"'),
    refused('a}', 1, bracket, '"}"'),
    refused('a{', 2, 'a number of repetitions', 'the end'),
    refused('a{,2}', 2, 'a number of repetitions', '",2}"'),
    refused('a{1,b}', 4, 'a number of repetitions', '"b}"'),
    refused('a{1', 1, '} to close the repetition', '"{1"'),
    refused('a{1,2', 1, '} to close the repetition', '"{1,2"'),
    refused('a{2,1}', 1, 'a repetition that goes upwards', '"{2,1}"'),
    refused('[a', 0, '] to close the class', '"[a"'),
    refused('a[^', 1, '] to close the class', '"[^"'),
    refused('[a-', 3, 'the end of the range', 'the end'),
    refused('[ab-a]', 2, 'a range that goes upwards', '"b-a]"'),
    refused('[\\d-a]', 1, atEnds, '"\\\\d-a]"'),
    refused('[a-\\d]', 1, atEnds, '"a-\\\\d]"'),
    refused('\\', 0, known, '"\\\\"'),
    refused('[\\', 1, known, '"\\\\"'),
    refused('\\a', 0, known, '"\\\\a"'),
    refused('\\-', 0, known, '"\\\\-"'),
    refused('[\\B]', 1, known, '"\\\\B]"'),
    refused('\\c1', 0, known, '"\\\\c1"'),
    refused('\\00', 0, known, '"\\\\00"'),
    refused('\\\u{1f600}', 0, known, '"\\\\\u{1f600}"'),
    refused('\\x1', 2, '2 hex digits', '"1"'),
    refused('\\x1g', 2, '2 hex digits', '"1g"'),
    refused('\\u123', 2, '4 hex digits', '"123"'),
    refused('\\u{}', 3, 'hex digits up to 10ffff', '"}"'),
    refused('\\u{110000}', 3, 'hex digits up to 10ffff', '"110000}"'),
    refused('\\u{61', 5, '} after the hex digits', 'the end'),
    refused('\\u{6g}', 4, '} after the hex digits', '"g}"'),
  ]);
});

describe('no pattern at all', () => {
  mistakes('KNHK_TERMS_PATTERN', [
    beyond(undefined, 'a regular expression as a string', 'undefined'),
    beyond(/a/, 'a regular expression as a string', 'an object'),
    beyond('a\ud83d', 'well-formed Unicode', 'a lone surrogate'),
  ]);
});

/** Each of the characters once: a table with as many columns, and two more. */
const different = (count: number): string =>
  String.fromCodePoint(...Array.from({ length: count }, (_, index) => 0x4e00 + index));
const nested = (depth: number): string => '('.repeat(depth) + ')'.repeat(depth);
const statesOf = (last: number): string => `^a{256}b{256}c{256}d{${last}}`;
// The sequence, two repetitions, 31 times (one and its 256 copies), and the last copies.
const partsOf = (last: number): string => `(?:(?:){256}){31}(?:){${last}}`;

describe('beyond a limit', () => {
  mistakes('KNHK_TERMS_PATTERN', [
    beyond('(?:)'.repeat(256).concat('a'), 'at most 1024 code units', '1025'),
    refused('a{257}', 2, 'at most 256 repetitions', '"257}"'),
    refused('a{1,257}', 4, 'at most 256 repetitions', '"257}"'),
    refused(`a{1,${'9'.repeat(400)}}`, 4, 'at most 256 repetitions', '"9999999999999999"'),
    refused(nested(65), 64, 'at most 64 nested groups', '"()))))))))))))))"'),
    beyond(partsOf(223), 'at most 8192 parts once repetitions are written out', 'more'),
    beyond(
      '((((){256}){256}){256}){256}',
      'at most 8192 parts once repetitions are written out',
      'more',
    ),
    beyond(statesOf(255), 'at most 1024 states', '1025'),
    beyond('a.{12}b', 'at most 1024 states', '8193'),
    beyond('a.{30}b', 'at most 2097152 steps to build its automaton', 'more'),
    beyond(different(178), 'at most 65536 bytes of tables', '66136'),
  ]);

  test.each<[string, string, number]>([
    ['code units', '(?:)'.repeat(256), 1],
    ['repetitions', 'a{256}', 257],
    ['an open end', 'a{256,}', 257],
    ['nested groups', nested(64), 1],
    ['parts', partsOf(222), 1],
    ['states', statesOf(254), 1_024],
    ['bytes', different(177), 178],
  ])('%s: at the limit is fine', (_name, source, states) => {
    expect(compilePattern(source).states).toBe(states);
  });
});
