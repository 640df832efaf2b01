import { fail } from '../../base/errors.ts';
import type { HpaInput, HpaPolicy, HpaScaling, HpaSpec, HpaState } from './hpa-types.ts';

/** One direction with its defaults filled in; times in ms. */
export interface Scaling {
  readonly windowMs: number;
  readonly policies: readonly {
    readonly type: 'Pods' | 'Percent';
    readonly value: number;
    readonly periodMs: number;
  }[];
  readonly select: 'Max' | 'Min' | 'Disabled';
  readonly tolerance: number;
}

/** The spec with its defaults filled in. */
export interface Rule {
  readonly min: number;
  readonly max: number;
  readonly up: Scaling;
  readonly down: Scaling;
}

const defaultUp = [
  { type: 'Percent', value: 100, periodSeconds: 15 },
  { type: 'Pods', value: 4, periodSeconds: 15 },
] as const;
const defaultDown = [{ type: 'Percent', value: 100, periodSeconds: 15 }] as const;

// Kubernetes' own greatest number, that of a signed 32-bit integer.
export const replicasMax = 2_147_483_647;

const isCount = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

/**
 * Checks a spec and fills in its defaults.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 */
export function ruleOf(spec: HpaSpec): Rule {
  const { minReplicas = 1, maxReplicas, tolerance = 0.1, behavior = {} } = spec;
  if (!isCount(maxReplicas, 1, replicasMax)) {
    fail('KNHK_LOOP_SETTING', 'maxReplicas', `1 to ${replicasMax}`, maxReplicas);
  }
  if (!isCount(minReplicas, 0, maxReplicas)) {
    fail('KNHK_LOOP_SETTING', 'minReplicas', `0 to maxReplicas (${maxReplicas})`, minReplicas);
  }
  const { scaleUp = {}, scaleDown = {} } = behavior;
  return {
    min: minReplicas,
    max: maxReplicas,
    up: scalingOf('scaleUp', { tolerance, ...scaleUp }, 0, defaultUp),
    down: scalingOf('scaleDown', { tolerance, ...scaleDown }, 300, defaultDown),
  };
}

function scalingOf(
  where: string,
  given: HpaScaling,
  windowSeconds: number,
  defaults: readonly HpaPolicy[],
): Scaling {
  const { stabilizationWindowSeconds: window = windowSeconds, policies = defaults } = given;
  const { selectPolicy: select = 'Max', tolerance } = given;
  if (!isCount(window, 0, 3_600)) {
    fail('KNHK_LOOP_SETTING', `${where}.stabilizationWindowSeconds`, '0 to 3600', window);
  }
  if (!['Max', 'Min', 'Disabled'].includes(select)) {
    fail('KNHK_LOOP_SETTING', `${where}.selectPolicy`, 'Max, Min or Disabled', select);
  }
  if (typeof tolerance !== 'number' || !(tolerance >= 0 && Number.isFinite(tolerance))) {
    fail('KNHK_LOOP_SETTING', `${where}.tolerance`, 'a share of 0 or more', tolerance);
  }
  if (!Array.isArray(policies) || policies.length === 0) {
    fail('KNHK_LOOP_SETTING', `${where}.policies`, 'at least one policy', policies);
  }
  return { windowMs: 1_000 * window, policies: policies.map(policyOf(where)), select, tolerance };
}

const policyOf = (where: string) => (policy: HpaPolicy) => {
  const { type, value, periodSeconds } = policy;
  const isKnown = type === 'Pods' || type === 'Percent';
  if (!isKnown || !isCount(value, 1, replicasMax) || !isCount(periodSeconds, 1, 1_800)) {
    const expected = 'Pods or Percent, a value above 0, periodSeconds of 1 to 1800';
    fail('KNHK_LOOP_SETTING', `${where}.policies`, expected, `${type}, ${value}, ${periodSeconds}`);
  }
  return { type, value, periodMs: 1_000 * periodSeconds };
};

const emptyState: HpaState = { recommendations: [], events: [] };

/**
 * Checks what varies from call to call and gives the state before.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 */
export function stateOf({ replicas, metrics, now, state = emptyState }: HpaInput): HpaState {
  if (!isCount(replicas, 0, replicasMax)) {
    fail('KNHK_LOOP_SETTING', 'replicas', `0 to ${replicasMax}`, replicas);
  }
  if (!Number.isFinite(now)) fail('KNHK_LOOP_SETTING', 'now', 'ms since 1970', now);
  if (!Array.isArray(metrics) || metrics.length === 0) {
    fail('KNHK_LOOP_SETTING', 'metrics', 'at least one metric', metrics);
  }
  for (const { target, missing = 0, unready = 0 } of metrics) {
    if (!(target > 0 && Number.isFinite(target))) {
      fail('KNHK_LOOP_SETTING', 'target', 'a number above 0', target);
    }
    if (!isCount(missing, 0, replicasMax) || !isCount(unready, 0, replicasMax)) {
      const got = `${missing} and ${unready}`;
      fail('KNHK_LOOP_SETTING', 'missing and unready', 'numbers of replicas', got);
    }
  }
  if (!isState(state)) fail('KNHK_LOOP_SETTING', 'state', 'a state that a call before gave', state);
  return state;
}

/** A state may come out of a file: nothing in it may switch a limit off. */
function isState(state: HpaState | null): boolean {
  const { recommendations, events, asked } = state ?? {};
  const all = (list: unknown, isRight: (item: never) => boolean): boolean =>
    Array.isArray(list) && list.every((item) => item !== null && isRight(item as never));
  const isAmount = (value: unknown): boolean => isCount(value, -replicasMax, replicasMax);
  const isRecommendation = ({ at, replicas }: HpaState['recommendations'][number]): boolean =>
    Number.isFinite(at) && isCount(replicas, 0, replicasMax);
  const isEvent = ({ at, change }: HpaState['events'][number]): boolean =>
    Number.isFinite(at) && isAmount(change);
  const isAsked = ({ at, from, to }: NonNullable<HpaState['asked']>): boolean =>
    Number.isFinite(at) && isAmount(from) && isAmount(to);
  return (
    all(recommendations, isRecommendation) &&
    all(events, isEvent) &&
    all(asked === undefined ? [] : [asked], isAsked)
  );
}
