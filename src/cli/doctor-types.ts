import { describe } from '../base/errors.ts';

/** How a check came out; only a problem makes the exit code 1. */
export type CheckState = 'ok' | 'warning' | 'problem';

/**
 * Values behind a check that may leave the house: numbers, versions, words of a fixed list, error
 * codes. Never a path, a name that somebody chose, or text of an error.
 */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** One thing that the doctor looked at. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found, for people. */
  readonly found: string;
  /** What to do; null where nothing is. */
  readonly todo: string | null;
  readonly facts: Facts;
}

/** A check that found nothing wrong. */
export function fine(name: string, found: string, facts: Facts = {}): Check {
  return { name, state: 'ok', found, todo: null, facts };
}

/** A check that found something, and what to do about it. */
export function amiss(
  state: 'warning' | 'problem',
  name: string,
  said: readonly [found: string, todo: string],
  facts: Facts = {},
): Check {
  return { name, state, found: said[0], todo: said[1], facts };
}

/** Does checks that ask the system; where it refuses an answer, that is what was found. */
export function attempt(name: string, checks: () => readonly Check[]): readonly Check[] {
  try {
    return checks();
  } catch (error) {
    const todo = 'See the system error; run doctor as the user of the process that decides.';
    const found = `cannot be checked: ${describe(error)}`;
    return [amiss('problem', name, [found, todo], { error: codeOf(error) })];
  }
}

/** The code of an error, which unlike its text names no path. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'ERROR';
}
