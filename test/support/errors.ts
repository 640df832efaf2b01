import { KnhkError } from '../../src/base/errors.ts';

/** The code of the mistake with its details: where, what was expected, what came. */
export type Mistake = readonly [code: string, where: string, expected: string, got: string];

/** What a call that must fail says about it; whatever is no KnhkError is thrown on. */
export function mistakeOf(work: () => unknown): Mistake | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    const { where, expected, got } = error.details;
    return [error.code, where, expected, got];
  }
}
