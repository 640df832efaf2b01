import { describe, expect, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';

/** A call that must fail, with the details of its error: where, what was expected, what came. */
export type Mistake = readonly [work: () => unknown, where: string, expected: string, got: string];

/** Code and details of the error that a call ends with; what is no KnhkError is thrown on. */
export function mistakeOf(work: () => unknown): readonly string[] | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    const { where, expected, got } = error.details;
    return [error.code, where, expected, got];
  }
}

/** A test for each mistake: its error says all of this, word for word. */
export function mistakes(code: string, cases: readonly Mistake[]): void {
  describe(code, () => {
    test.each(cases.map((item, index) => [index, ...item] as const))(
      '%i',
      (_index, work, where, expected, got) => {
        expect(mistakeOf(work)).toEqual([code, where, expected, got]);
      },
    );
  });
}

/** The code of the error that work ends with, undefined where it succeeds. */
export async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}
