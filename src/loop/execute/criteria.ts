import { fail } from '../../base/errors.ts';
import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import { round } from '../detectors/statistics.ts';
import type { OutcomeTally } from './tallies.ts';

/** What a change has to keep to: the share of one outcome among observations. */
export interface Criterion {
  readonly outcome: LeafOutcome;
  /** Among observations of this type; of all unless given. */
  readonly type?: string;
  /** Most of them, in percent. */
  readonly maxPercent?: number;
  /** Most beyond what was usual before, in percentage points. */
  readonly maxIncrease?: number;
}

/** Holds where a bake or canary names no criteria of its own. */
export const defaultCriteria: readonly Criterion[] = Object.freeze([
  Object.freeze({ outcome: 'failed', maxPercent: 1 } as const),
  Object.freeze({ outcome: 'failed', maxIncrease: 0.5 } as const),
  Object.freeze({ outcome: 'denied', maxIncrease: 5 } as const),
  Object.freeze({ outcome: 'invalid', maxIncrease: 5 } as const),
]);

/** What criteria found: why not, and the numbers they looked at. */
export interface Judged {
  readonly broken: string | undefined;
  readonly measured: { readonly [name: string]: number };
}

// Before the end a share has to be beyond its limit by more than chance gives it.
const soonest = 100;
const deviations = 3;

/**
 * Judges criteria over what happened since a change, against what was usual before.
 *
 * @param final at the end a limit is a limit; before it, one is broken only where the share is
 * three standard deviations (binomial) beyond it over at least 100 observations
 */
export function judgeCriteria(
  criteria: readonly Criterion[],
  now: OutcomeTally,
  usual: OutcomeTally,
  final: boolean,
): Judged {
  const measured: Record<string, number> = {};
  let broken: string | undefined;
  for (const { outcome, type, maxPercent, maxIncrease } of criteria) {
    const { of, had } = now.share(outcome, type);
    if (of === 0) continue;
    const before = usual.share(outcome, type);
    const was = before.of === 0 ? 0 : (100 * before.had) / before.of;
    const is = (100 * had) / of;
    const most = Math.min(maxPercent ?? 100, was + (maxIncrease ?? 100));
    const name = type === undefined ? outcome : `${type} ${outcome}`;
    measured[`${name}Percent`] = round(is);
    measured[`${name}PercentBefore`] = round(was);
    measured['observations'] = now.count;
    if (is <= most || !(final || isSignificant(had, of, most / 100))) continue;
    broken ??= `${name}: ${round(is)} % of ${of}, at most ${round(most)} %`;
  }
  return { broken, measured };
}

/** True where a count is beyond a share by more than chance is likely to give. */
function isSignificant(had: number, of: number, share: number): boolean {
  if (of < soonest) return false;
  const likely = Math.max(share, 1 / of);
  return had - share * of > deviations * Math.sqrt(of * likely * (1 - likely));
}

/**
 * @throws KnhkError KNHK_LOOP_OPTION
 */
export function checkCriteria(criteria: readonly Criterion[], where: string): void {
  for (const { maxPercent, maxIncrease } of criteria) {
    const limits = [maxPercent, maxIncrease].filter((limit) => limit !== undefined);
    const fits = limits.every((limit) => Number.isFinite(limit) && limit >= 0 && limit <= 100);
    if (fits && limits.length > 0) continue;
    const expected = 'maxPercent or maxIncrease, from 0 to 100';
    fail('KNHK_LOOP_OPTION', where, expected, { maxPercent, maxIncrease });
  }
}
