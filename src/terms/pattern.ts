import { describe, fail } from '../base/errors.ts';

/** A compiled pattern; it keeps nothing between two calls of {@link Pattern.test}. */
export interface Pattern {
  /** What it was compiled from. */
  readonly source: string;
  /** States of the smallest automaton that decides it. */
  readonly states: number;
  /** Whether the pattern matches somewhere in the text, as `RegExp.prototype.test` with flag u. */
  test(text: string): boolean;
}

/**
 * Compiles a pattern.
 *
 * @throws KnhkError KNHK_TERMS_PATTERN
 */
export function compilePattern(source: string, where = 'pattern'): Pattern {
  try {
    const expression = new RegExp(source, 'u');
    return Object.freeze({ source, states: 0, test: (text: string) => expression.test(text) });
  } catch (error) {
    fail('KNHK_TERMS_PATTERN', where, 'a regular expression', describe(source), error);
  }
}
