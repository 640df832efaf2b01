import { fail } from '../../base/errors.ts';
import type { BakeOptions } from './bake.ts';
import { type Criterion, checkCriteria, defaultCriteria } from './criteria.ts';

/** One step of a canary. */
export interface CanaryStep {
  /** Share of the subjects, above 0 and below 100. */
  readonly percent: number;
  /** Observations that the candidate decides about in this step, at least 1. */
  readonly observations: number;
  /** Time of the log that has to pass too, in ms. */
  readonly ms?: number;
}

/** How a candidate is tried on a share of the subjects before it is promoted. */
export interface CanaryOptions {
  /** In order, with growing shares; after the last one it is promoted. Default 1, 10 and 50 %. */
  readonly steps?: readonly CanaryStep[];
  /**
   * What the candidate's subjects have to keep to, compared with all others meanwhile; by default
   * those of a bake.
   */
  readonly criteria?: readonly Criterion[];
}

/** How changes are put in place. */
export interface ExecutionOptions {
  /** False: a promoted change is not tried. Default 1,000 observations. */
  readonly bake?: BakeOptions | false;
  /** Without it a change is promoted for all subjects at once. */
  readonly canary?: CanaryOptions;
}

/** {@link ExecutionOptions} with their defaults. */
export interface ExecutionPlan {
  readonly bake: (Omit<BakeOptions, 'criteria'> & { criteria: readonly Criterion[] }) | undefined;
  readonly canary: { steps: readonly CanaryStep[]; criteria: readonly Criterion[] } | undefined;
}

const stepsDefault: readonly CanaryStep[] = [
  { percent: 1, observations: 100 },
  { percent: 10, observations: 500 },
  { percent: 50, observations: 1_000 },
];

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const isTime = (value: unknown): boolean =>
  value === undefined || (Number.isFinite(value) && (value as number) >= 0);

/**
 * Checks how changes are to be put in place.
 *
 * @throws KnhkError KNHK_LOOP_OPTION
 */
export function executionPlan({ bake, canary }: ExecutionOptions): ExecutionPlan {
  const {
    observations,
    ms,
    criteria = defaultCriteria,
  } = bake === undefined || bake === false ? { observations: 1_000 } : bake;
  if (!isCount(observations) || !isTime(ms)) {
    fail('KNHK_LOOP_OPTION', 'openLoop, bake', 'observations from 1, ms from 0', bake);
  }
  checkCriteria(criteria, 'openLoop, bake');
  const baking = { observations, criteria, ...(ms === undefined ? {} : { ms }) };
  return { bake: bake === false ? undefined : baking, canary: canaryPlan(canary) };
}

function canaryPlan(canary: CanaryOptions | undefined): ExecutionPlan['canary'] {
  if (canary === undefined) return undefined;
  const { steps = stepsDefault, criteria = defaultCriteria } = canary;
  let before = 0;
  for (const step of steps) {
    const { percent, observations, ms } = step;
    const grows = percent > before && percent < 100;
    if (!grows || !isCount(observations) || !isTime(ms)) {
      const expected = 'percent growing from above 0 to below 100, observations from 1';
      fail('KNHK_LOOP_OPTION', 'openLoop, canary', expected, step);
    }
    before = percent;
  }
  if (steps.length === 0) fail('KNHK_LOOP_OPTION', 'openLoop, canary', 'a step', 'none');
  checkCriteria(criteria, 'openLoop, canary');
  return { steps, criteria };
}
