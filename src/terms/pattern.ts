import { describe, fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { asciiCount, columnAt, type PatternTables, patternTables } from './pattern-tables.ts';

/** A compiled pattern; it keeps nothing between two calls of {@link Pattern.test}. */
export interface Pattern {
  /** What it was compiled from. */
  readonly source: string;
  /** States of the smallest automaton that decides it; equal for patterns that mean the same. */
  readonly states: number;
  /**
   * Whether the pattern matches somewhere in the text: one table step per code point, none of
   * them twice, and no more once the answer is certain.
   */
  test(text: string): boolean;
}

const kept = new Map<string, Pattern>();

/**
 * Compiles a pattern: a regular expression of ECMA-262 (22.2.1 Patterns, 22.2.2 Pattern
 * Semantics) with flag u that a finite automaton decides. `test` answers as
 * `new RegExp(source, 'u').test(text)` should, in time linear in the text whatever the pattern. It
 * goes by code points, a lone surrogate being one: V8's search may begin inside a pair, so that
 * there `\B` can match where ECMA-262 has no place to match at.
 *
 * Characters, escapes, `.`, classes, groups, `|`, quantifiers, `^`, `$`, `\b` and `\B` mean what
 * they mean there; a capture is not remembered, and a lazy quantifier is as its greedy form. Back
 * references, lookaround, named groups, flags, Unicode properties (`\p`), ill-formed sources and
 * what crosses a limit (`limits.pattern...`) are refused. The limit on steps counts the work of
 * building, so of two patterns that mean the same the clumsier one may be refused.
 *
 * @param source the text between the slashes of a literal, at most 1,024 UTF-16 code units
 * @param where what errors call the pattern; they add the offset in UTF-16 code units
 * @throws KnhkError KNHK_TERMS_PATTERN
 */
export function compilePattern(source: string, where = 'pattern'): Pattern {
  const found = kept.get(source);
  if (found !== undefined) return found;
  check(source, where);
  const tables = patternTables(source, where);
  const test = (text: string): boolean => run(tables, text);
  const pattern = Object.freeze({ source, states: tables.states, test });
  // The pattern that was kept longest makes room; which one goes changes no answer.
  if (kept.size >= limits.patternsKept) kept.delete(kept.keys().next().value!);
  kept.set(source, pattern);
  return pattern;
}

function check(source: unknown, where: string): void {
  if (typeof source !== 'string') {
    fail('KNHK_TERMS_PATTERN', where, 'a regular expression as a string', describe(source));
  }
  if (source.length > limits.patternUnits) {
    const expected = `at most ${limits.patternUnits} code units`;
    fail('KNHK_TERMS_PATTERN', where, expected, source.length);
  }
  if (!source.isWellFormed()) {
    fail('KNHK_TERMS_PATTERN', where, 'well-formed Unicode', 'a lone surrogate');
  }
}

function run(tables: PatternTables, text: string): boolean {
  const { next, ascii, width } = tables;
  let row = tables.start;
  // Rows 0 and `width` are the sinks: what follows no longer changes the answer.
  for (let at = 0; row > width && at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < asciiCount) {
      row = next[row + ascii[unit]!]!;
    } else {
      const code = text.codePointAt(at)!;
      if (code > 0xffff) at++;
      row = next[row + columnAt(tables, code)]!;
    }
  }
  return next[row + width - 1] === 0;
}
