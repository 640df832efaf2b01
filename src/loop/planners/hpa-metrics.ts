import { type Rule, replicasMax } from './hpa-spec.ts';
import type { HpaMetric } from './hpa-types.ts';

// What a few roundings of a double can add; targets such as 0.05 have no exact double.
const slack = 4 * Number.EPSILON;

/** The least integer not below a number that came out of at most four roundings. */
function ceilOf(value: number): number {
  const nearest = Math.round(value);
  const whole = Math.abs(value - nearest) <= slack * value ? nearest : Math.ceil(value);
  return Math.min(whole, replicasMax);
}

const isWithin = (ratio: number, { up, down }: Rule): boolean =>
  ratio >= 1 - down.tolerance - slack && ratio <= 1 + up.tolerance + slack;

/**
 * How many replicas one metric wants; undefined where it gives no answer. Replicas without a value
 * count as on target where the others ask for fewer and as idle where they ask for more, those that
 * are not ready yet as idle where the others ask for more: both can only dampen the change.
 */
function wantedBy(metric: HpaMetric, replicas: number, rule: Rule): number | undefined {
  const { current, target, missing = 0, unready = 0 } = metric;
  if (current === undefined || !Number.isFinite(current) || current < 0) return undefined;
  // Nothing can be multiplied at zero: the ratio itself is the number, as with scaling from zero.
  if (replicas === 0) return ceilOf(current / target);
  const measured = replicas - missing - unready;
  if (measured <= 0) return undefined;
  if (isWithin(current / target, rule)) return replicas;
  const goesUp = current > target;
  const used = measured * current + (goesUp ? 0 : missing * target);
  const counted = measured + missing + (goesUp ? unready : 0);
  const ratio = used / (target * counted);
  if (isWithin(ratio, rule) || ratio > 1 !== goesUp) return replicas;
  // Multiplied first: 7 * 90 / 70 is 9, whatever 90 / 70 is rounded to.
  return ceilOf(used / target);
}

/**
 * How many replicas the metrics want together: the most that one wants. A metric without an answer
 * leaves room only for more; with none there is no answer.
 */
export function wantedReplicas(
  metrics: readonly HpaMetric[],
  replicas: number,
  rule: Rule,
): number | undefined {
  const wanted = metrics.map((metric) => wantedBy(metric, replicas, rule));
  const known = wanted.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  const most = Math.max(...known);
  return known.length < wanted.length && most < replicas ? undefined : most;
}
