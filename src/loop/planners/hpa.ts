import { enter, policyLimit, recommend, stabilized } from './hpa-limits.ts';
import { wantedReplicas } from './hpa-metrics.ts';
import { type Rule, ruleOf, stateOf } from './hpa-spec.ts';
import type { HpaDecision, HpaInput, HpaSpec, HpaState } from './hpa-types.ts';

/**
 * How many replicas there should be, by the rule of Kubernetes' HorizontalPodAutoscaler: the
 * present number times metric over target, rounded up; ratios within the tolerance change nothing;
 * of several metrics the one that asks for the most counts, and one that cannot be read leaves room
 * only for more; missing and unready replicas dampen the change and never turn it; scaling up
 * follows the lowest, scaling down the highest recommendation of its window; policies bound how
 * fast the number changes. Pure: time and memory are arguments, the memory is plain JSON.
 *
 * Source: kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale, "Algorithm details"
 * and "Configurable scaling behavior". Where a replica without a value counts as on target, that is
 * the documented 100 percent of the desired value.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * const spec = { minReplicas: 2, maxReplicas: 10 };
 * const metrics = [{ current: 90, target: 60 }];
 * const first = scaleReplicas(spec, { replicas: 4, metrics, now });
 * first.replicas; // => 6
 * const idle = [{ current: 10, target: 60 }];
 * const { state } = first;
 * const next = scaleReplicas(spec, { replicas: 6, metrics: idle, now: now + 15_000, state });
 * [next.replicas, next.wanted, next.reason]; // => [6, 1, 'stabilization']
 */
export function scaleReplicas(spec: HpaSpec, input: HpaInput): HpaDecision {
  const rule = ruleOf(spec);
  const given = stateOf(input);
  const { replicas, now } = input;
  const state = enter(given, rule, replicas, now);
  if (replicas === 0 && rule.min > 0) return { replicas, reason: 'disabled', state };
  if (replicas < rule.min || replicas > rule.max) {
    // The bounds are kept at once: windows and policies are about what metrics want.
    return answer(state, input, Math.min(Math.max(replicas, rule.min), rule.max), 'bounds');
  }
  const wanted = wantedReplicas(input.metrics, replicas, rule);
  if (wanted === undefined) return { replicas, reason: 'metrics', state };
  const recommended = recommend(state, now, wanted);
  const { to, reason } = limit(recommended, rule, input, wanted);
  return { ...answer(recommended, input, to, reason), wanted };
}

/** What windows, policies and bounds leave of what the metrics want, and which one decided. */
function limit(
  state: HpaState,
  rule: Rule,
  { replicas, now }: HpaInput,
  wanted: number,
): { readonly to: number; readonly reason: HpaDecision['reason'] } {
  const stable = stabilized(state, rule, replicas, now);
  const goesUp = stable > replicas;
  const reach = policyLimit(state, rule, replicas, goesUp ? 'up' : 'down', now);
  const allowed = goesUp ? Math.min(stable, reach) : Math.max(stable, reach);
  const to = Math.min(Math.max(allowed, rule.min), rule.max);
  if (to !== allowed) return { to, reason: 'bounds' };
  if (to !== stable) return { to, reason: 'policy' };
  return { to, reason: stable === wanted ? 'wanted' : 'stabilization' };
}

function answer(
  state: HpaState,
  { replicas: from, now: at }: HpaInput,
  to: number,
  reason: HpaDecision['reason'],
): HpaDecision {
  return {
    replicas: to,
    reason,
    state: to === from ? state : { ...state, asked: { at, from, to } },
  };
}
