import type { RulesDocument } from '../../rules/document.ts';
import { round } from '../detectors/statistics.ts';
import type { Pattern, Plan, Planner } from '../types.ts';
import type { MonitorView } from '../view.ts';

/**
 * Proposes a new value for the integer parameter of a hook that fires far more or less often than
 * its history: the value at which the hook's recent observations would have fired at the
 * historical rate.
 *
 * @example
 * const planners = [parameterPlanner()];
 * const planning = await openLoop({ runtime: knhk, detectors: [], planners, autonomy: 'propose' });
 * await planning.close();
 */
export function parameterPlanner(): Planner {
  return {
    name: 'parameter',
    plan: (pattern, view) => {
      if (pattern.kind !== 'hook-rate') return undefined;
      const hook = view.document.hooks.find(({ name }) => name === pattern.subject);
      const found = hook === undefined ? undefined : comparisonOf(hook, view.document);
      return found === undefined ? undefined : planValue(pattern, view, hook!.on, found);
    },
  };
}

interface Comparison {
  readonly field: string;
  readonly op: 'gte' | 'gt' | 'lte' | 'lt';
  readonly parameter: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

/** The first comparison of a hook with an integer parameter that has a range. */
function comparisonOf(
  hook: RulesDocument['hooks'][number],
  document: RulesDocument,
): Comparison | undefined {
  for (const { left, op, right } of hook.when) {
    if (!('field' in left) || left.part !== undefined) continue;
    if (right === undefined || !('param' in right)) continue;
    if (op !== 'gte' && op !== 'gt' && op !== 'lte' && op !== 'lt') continue;
    const body = document.parameters[right.param];
    if (body?.valueKind !== 'integer' || body.protected) continue;
    const { value, min, max } = body;
    if (typeof min !== 'number' || typeof max !== 'number') continue;
    return { field: left.field, op, parameter: right.param, value: value as number, min, max };
  }
  return undefined;
}

function planValue(
  pattern: Pattern,
  view: MonitorView,
  type: string,
  found: Comparison,
): Plan | undefined {
  const values = Float64Array.from(view.recent(type, found.field)).sort();
  if (values.length === 0) return undefined;
  const { rate, historyRate } = pattern.evidence as { rate: number; historyRate: number };
  const now = share(values, found.op, found.value);
  // The other conditions of the hook are taken as independent of this one.
  const others = now === 0 ? 1 : rate / now;
  const wanted = historyRate / others;
  const errorAt = (value: number): number => Math.abs(share(values, found.op, value) - wanted);
  let best = found.value;
  let bestError = errorAt(best);
  for (const value of candidates(values, found)) {
    const error = errorAt(value);
    const nearer = Math.abs(value - found.value) < Math.abs(best - found.value);
    if (error < bestError || (error === bestError && nearer)) {
      best = value;
      bestError = error;
    }
  }
  if (best === found.value) return undefined;
  const { parameter } = found;
  return {
    change: { kind: 'parameter', name: parameter, value: best },
    reasoning:
      `${pattern.subject} fired on ${round(100 * rate)} % of observations, ` +
      `${round(100 * historyRate)} % before; with ${parameter} = ${best} instead of ` +
      `${found.value} it would have kept its rate`,
  };
}

/**
 * The integers in range where the share can change, which is beside recent values only: among
 * them is, of all values in range, the nearest one to the current value for every share.
 */
function candidates(values: Float64Array, { min, max }: Comparison): Set<number> {
  const found = new Set([min, max]);
  for (const value of values) {
    for (const near of [Math.ceil(value) - 1, Math.floor(value), Math.floor(value) + 1]) {
      if (near >= min && near <= max) found.add(near);
    }
  }
  return found;
}

/** Share of ascending values for which `value op threshold` holds. */
function share(ascending: Float64Array, op: Comparison['op'], threshold: number): number {
  const below = countBelow(ascending, threshold, op === 'gt' || op === 'lte');
  const holds = op === 'gte' || op === 'gt' ? ascending.length - below : below;
  return holds / ascending.length;
}

/** How many values are below a threshold, or up to it. */
function countBelow(ascending: Float64Array, threshold: number, orEqual: boolean): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = ascending[middle]!;
    if (value < threshold || (orEqual && value === threshold)) low = middle + 1;
    else high = middle;
  }
  return low;
}
