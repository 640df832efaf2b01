import { fail } from '../base/errors.ts';

/** An integer option, from `min` on where one is given; anything else is misuse. */
export function integerOption(where: string, value: number, min?: number): number {
  const isFine = Number.isSafeInteger(value) && (min === undefined || value >= min);
  if (isFine) return value;
  const expected = min === undefined ? 'an integer' : `an integer from ${min} on`;
  return fail('KNHK_RUNTIME_OPTION', where, expected, value);
}
