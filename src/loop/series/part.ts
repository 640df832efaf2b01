import { fail } from '../../base/errors.ts';

/** A piece of a series' memory that is saved as a list of numbers. */
export interface Part {
  /** All that it holds. */
  save(): number[];
  /** Takes over what `save` gave; false where the numbers cannot be that. */
  load(saved: readonly number[]): boolean;
}

/** Values beyond it are refused, so that differences of what is kept stay finite. */
const valueMax = 1e300;

const codeOf = 'KNHK_LOOP_SERIES';

/** A value of the series, or a refusal. */
export function checkedValue(value: unknown): number {
  if (typeof value === 'number' && Math.abs(value) <= valueMax) return value;
  return fail(codeOf, 'series value', 'a finite number, at most 1e300 in size', value);
}

/** A time of the series, or a refusal. */
export function checkedTime(at: unknown): number {
  if (Number.isSafeInteger(at)) return at as number;
  return fail(codeOf, 'series time', 'whole milliseconds since 1970', at);
}

export function isCount(value: number | undefined, max: number): boolean {
  return Number.isSafeInteger(value) && value! >= 0 && value! <= max;
}

/** Whether a saved state has exactly these parts; loads them. */
export function loadParts(parts: Readonly<Record<string, Part>>, saved: unknown): void {
  const names = Object.keys(parts).sort();
  const given = typeof saved === 'object' && saved !== null ? Object.keys(saved).sort() : [];
  if (names.join() !== given.join()) {
    fail(codeOf, 'series state', `the parts ${names.join(', ')}`, given.join(', '));
  }
  for (const name of names) {
    const numbers = (saved as Readonly<Record<string, unknown>>)[name];
    const usable = Array.isArray(numbers) && numbers.every(isNumber);
    if (!usable || !parts[name]!.load(numbers)) {
      fail(codeOf, `series state, ${name}`, 'the numbers that toJSON() gave', numbers);
    }
  }
}

// Differences of two values, and of one and such a difference, are the largest that are kept.
const isNumber = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) <= 4 * valueMax;

/** Refuses a saved state; for what is wrong outside its parts. */
export function refuseState(expected: string, got: unknown): never {
  return fail(codeOf, 'series state', expected, got);
}

/** Refuses a record that has a time in a series without, or none in a series with times. */
export function refuseMixed(timed: boolean): never {
  const [expected, got] = timed ? ['a time, as before', 'none'] : ['no time, as before', 'one'];
  return fail(codeOf, 'series time', expected!, got);
}
