import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import { compilePattern } from '../../src/terms/pattern.ts';
import { runs } from '../support/effort.ts';
import { patterns, scribbles, texts, withinLimits } from '../support/patterns.ts';

const several = fc.array(texts, { minLength: 1, maxLength: 12 });

/**
 * RegExp, tried at each code point in turn as ECMA-262 22.2.7.2 RegExpBuiltinExec says. V8's own
 * search may begin inside a surrogate pair: there `\B|a` matches in `b\u{1f600}c` at 2.
 */
function searched(source: string, text: string): boolean {
  const oracle = new RegExp(source, 'uy');
  for (let at = 0; at <= text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) {
    oracle.lastIndex = at;
    if (oracle.test(text)) return true;
  }
  return false;
}

function expectSame(source: string, list: readonly string[]): void {
  const pattern = withinLimits(() => compilePattern(source));
  for (const text of list) {
    expect([source, text, pattern.test(text)]).toEqual([source, text, searched(source, text)]);
  }
}

describe('patterns answer as RegExp with flag u', () => {
  test('patterns of the subset on any text', () => {
    fc.assert(fc.property(patterns, several, expectSame), { numRuns: runs(2_000) });
  });

  const unsupported = /back reference|Unicode property|\( or \(\?:/;
  test('what RegExp refuses is refused; what it takes is the same, or named as left out', () => {
    let taken = 0;
    fc.assert(
      fc.property(scribbles, several, (source, list) => {
        const accepted = isAccepted(source);
        const expected = refusal(source);
        if (!accepted) expect([source, expected]).not.toEqual([source, undefined]);
        else if (expected !== undefined) expect(expected).toMatch(unsupported);
        else expectSame(source, list);
        if (accepted && expected === undefined) taken += 1;
      }),
      { numRuns: runs(8_000) },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test.each(['.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '[^]', '[]', '[^\\s\\w]', '\\b'])(
    '%s for each code point of the basic plane, halves of pairs included',
    (source) => {
      const pattern = compilePattern(source);
      const oracle = new RegExp(source, 'u');
      const differing: number[] = [];
      for (let code = 0; code < 0x1_0000; code++) {
        const text = String.fromCharCode(code);
        if (pattern.test(text) !== oracle.test(text)) differing.push(code);
      }
      expect(differing).toEqual([]);
    },
  );

  test.each<[string, string]>([
    ['^.$', '\u{1f600}'],
    ['^..$', '\u{1f600}'],
    ['\\ud83d', '\u{1f600}'],
    ['\\ude00', '\u{1f600}'],
    ['\\ud83d', 'a\ud83da'],
    ['\\ud83d\\ude00', '\u{1f600}'],
    ['\\u{d83d}\\u{de00}', '\u{1f600}'],
    ['^[\\ud83d\\ude00]$', '\u{1f600}'],
    ['^[\u{1f600}-\u{1f64f}]$', '\u{1f64f}'],
    ['^[\u{1f600}-\u{1f64f}]$', '\u{1f650}'],
    ['\u{10ffff}', '\u{10ffff}'],
    ['[^\u{10ffff}]', '\u{10ffff}'],
    ['a\\b|\\b\u{1f600}', 'a\u{1f600}'],
    ['\\B|a', 'b\u{1f600}c'],
  ])('code points and not code units: %s on %s', (source, text) => {
    expectSame(source, [text]);
  });
});

function isAccepted(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

/** What a refusal expected, undefined where there is none. */
function refusal(source: string): string | undefined {
  try {
    compilePattern(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    expect(error.code).toBe('KNHK_TERMS_PATTERN');
    return error.details.expected;
  }
}

/** A text that notes at which places it is read; it has no other methods. */
class Watched {
  readonly reads: number[] = [];
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  get length(): number {
    return this.#text.length;
  }
  charCodeAt(at: number): number {
    this.reads.push(at);
    return this.#text.charCodeAt(at);
  }
  codePointAt(at: number): number | undefined {
    return this.#text.codePointAt(at);
  }
}

function readsOf(source: string, text: string): readonly number[] {
  const watched = new Watched(text);
  withinLimits(() => compilePattern(source)).test(watched as unknown as string);
  return watched.reads;
}

describe('linear in the text', () => {
  const bad = 'a'.repeat(100_000);
  const places = Array.from({ length: bad.length + 1 }, (_, at) => at);

  // Each takes RegExp of V8 exponential or at least cubic time on such a text.
  test.each([
    ['(a+)+$', 'b'],
    ['^(a|a)*$', 'b'],
    ['^(a|a?)+$', 'b'],
    ['(.*a){12}$', 'b'],
    ['^a*a*a*a*a*a*$', 'b'],
    ['(?:a*)*(?:a*)*c', 'b'],
    ['(\\w*\\d*)*-$', '!'],
  ])('%s reads each character once', (source, last) => {
    expect(readsOf(source, bad + last)).toEqual(places);
    expect(compilePattern(source).test(bad + last)).toBe(false);
  });

  test('no character is read twice, whatever the pattern', () => {
    fc.assert(
      fc.property(patterns, texts, (source, text) => {
        const starts: number[] = [];
        for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) {
          starts.push(at);
        }
        const reads = readsOf(source, text);
        expect(reads).toEqual(starts.slice(0, reads.length));
      }),
      { numRuns: runs(500) },
    );
  });

  test.each<[string, string, number]>([
    ['^a', `b${bad}`, 1],
    ['b', `aab${bad}`, 3],
    ['', bad, 0],
    ['[]', bad, 0],
    ['\\ba\\b', `a ${bad}`, 2],
    ['^a{2,3}$', bad, 4],
  ])('%s ends where the answer is certain', (source, text, count) => {
    expect(readsOf(source, text)).toHaveLength(count);
  });
});

describe('compiled patterns', () => {
  test('are frozen, keep their source, and are kept for the next rule', () => {
    const pattern = compilePattern('^FRA[0-9]+$');
    expect(pattern.source).toBe('^FRA[0-9]+$');
    expect(Object.isFrozen(pattern)).toBe(true);
    expect(compilePattern('^FRA[0-9]+$')).toBe(pattern);
  });

  test('are let go once 256 others came', () => {
    const first = compilePattern('first');
    for (let index = 0; index < 255; index++) compilePattern(`other ${index}`);
    expect(compilePattern('first')).toBe(first);
    compilePattern('one more');
    const again = compilePattern('first');
    expect(again).not.toBe(first);
    expect([again.states, again.test('a first one')]).toEqual([first.states, true]);
  });

  test('remember nothing of the last text', () => {
    const { test: matches } = compilePattern('b$');
    expect(['ab', 'a', '', 'ab', 'ba'].map(matches)).toEqual([true, false, false, true, false]);
  });
});
