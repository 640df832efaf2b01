import { fail } from '../../base/errors.ts';
import type { Recommendation } from '../types.ts';

/** Options that the detectors of types and fields have in common. */
export interface FindingOptions {
  /**
   * How many false alarms a cycle may raise on average, over all types or fields together, were
   * nothing the matter; default 0.001. Above 0, at most 1.
   */
  readonly falseAlarms?: number;
  /** Most patterns of one cycle, the most surprising ones first; default 32, at most 256. */
  readonly patternsMax?: number;
  /** What its patterns recommend, in place of the detector's own. */
  readonly recommend?: Recommendation;
}

/** Default, least and greatest value of each option that is a number. */
export type Bounds<Name extends string> = {
  readonly [Each in Name]: readonly [byDefault: number, least: number, greatest: number];
};

/** What all detectors' findings go through. */
export type Finding = Required<Omit<FindingOptions, 'recommend'>> &
  Pick<FindingOptions, 'recommend'>;

/** Options with their defaults. */
export type Settings<Name extends string> = { readonly [Each in Name]: number } & Finding;

const common: Bounds<'falseAlarms' | 'patternsMax'> = {
  falseAlarms: [0.001, Number.MIN_VALUE, 1],
  patternsMax: [32, 1, 256],
};
const recommendations: readonly unknown[] = ['observe', 'alert', 'propose', 'enforce'];

/**
 * Checks the options of a detector and fills in its defaults.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 */
export function settingsOf<Name extends string>(
  where: string,
  given: FindingOptions & { readonly [Each in Name]?: unknown },
  bounds: Bounds<Name>,
): Settings<Name> {
  const { recommend } = given;
  if (recommend !== undefined && !recommendations.includes(recommend)) {
    fail('KNHK_LOOP_SETTING', `${where}, recommend`, recommendations.join(' or '), recommend);
  }
  const numbers = numbersOf<string>(where, given, { ...common, ...bounds });
  return { ...numbers, ...(recommend === undefined ? {} : { recommend }) } as Settings<Name>;
}

/**
 * Checks options that are numbers and fills in their defaults.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 */
export function numbersOf<Name extends string>(
  where: string,
  given: { readonly [Each in Name]?: unknown },
  bounds: Bounds<Name>,
): { readonly [Each in Name]: number } {
  const numbers: Record<string, number> = {};
  for (const [name, [byDefault, least, greatest]] of Object.entries<Bounds<Name>[Name]>(bounds)) {
    const option = given[name as Name];
    const value = option === undefined ? byDefault : option;
    if (typeof value !== 'number' || !(value >= least && value <= greatest)) {
      fail('KNHK_LOOP_SETTING', `${where}, ${name}`, `${least} to ${greatest}`, value);
    }
    numbers[name] = value;
  }
  return numbers as { readonly [Each in Name]: number };
}
