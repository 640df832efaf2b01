import type { Rule, Scaling } from './hpa-spec.ts';
import type { HpaState } from './hpa-types.ts';

/** Changes that a state holds at most: beyond it nothing changes until the oldest is past. */
export const eventsMax = 1_024;

const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), high);

/**
 * The state as a call finds it: what the answer before asked for is an event as far as it was
 * carried out, and what is too old to matter is gone.
 */
export function enter(state: HpaState, rule: Rule, replicas: number, now: number): HpaState {
  const { recommendations } = state;
  const { up, down } = rule;
  const periodMs = Math.max(...[...up.policies, ...down.policies].map((policy) => policy.periodMs));
  const events = [...state.events, ...carriedOut(state, replicas)].filter(
    ({ at }) => at > now - periodMs,
  );
  const windowMs = Math.max(up.windowMs, down.windowMs);
  const recent = recommendations.filter(({ at }) => at > now - windowMs);
  // Without a memory, as after a start, the number that is there counts as recommended.
  const first = recommendations.length === 0 ? [{ at: now, replicas }] : recent;
  return { recommendations: first, events: events.slice(-eventsMax) };
}

/** The change since the call before, as far as it is what that one asked for. */
function carriedOut({ asked }: HpaState, replicas: number): HpaState['events'] {
  if (asked === undefined) return [];
  const { at, from, to } = asked;
  const change = clamp(replicas - from, Math.min(0, to - from), Math.max(0, to - from));
  return change === 0 ? [] : [{ at, change }];
}

/**
 * Adds what the metrics recommend. An older one that is neither higher nor lower than all after it
 * can be no window's highest or lowest any more, so that their number is bounded by the range.
 */
export function recommend(state: HpaState, at: number, wanted: number): HpaState {
  const kept = [{ at, replicas: wanted }];
  let lowest = wanted;
  let highest = wanted;
  for (const old of [...state.recommendations].reverse()) {
    if (old.replicas >= lowest && old.replicas <= highest) continue;
    lowest = Math.min(lowest, old.replicas);
    highest = Math.max(highest, old.replicas);
    kept.push(old);
  }
  return { ...state, recommendations: kept.reverse() };
}

/** The number nearest to the present one that both windows allow. */
export function stabilized(state: HpaState, rule: Rule, replicas: number, now: number): number {
  const { recommendations } = state;
  const latest = recommendations.at(-1)!;
  const within = ({ windowMs }: Scaling): number[] => [
    latest.replicas,
    ...recommendations.filter(({ at }) => at > now - windowMs).map((item) => item.replicas),
  ];
  return clamp(replicas, Math.min(...within(rule.up)), Math.max(...within(rule.down)));
}

/** Replicas at the start of the period that ends now. */
function before(state: HpaState, replicas: number, periodMs: number, now: number): number {
  const recent = state.events.filter(({ at }) => at > now - periodMs);
  return replicas - recent.reduce((sum, { change }) => sum + change, 0);
}

/** How far the policies of the direction let the number go. */
export function policyLimit(
  state: HpaState,
  rule: Rule,
  replicas: number,
  direction: 'up' | 'down',
  now: number,
): number {
  const { policies, select } = rule[direction];
  if (select === 'Disabled' || state.events.length >= eventsMax) return replicas;
  const sign = direction === 'up' ? 1 : -1;
  const changes = policies.map(({ type, value, periodMs }) => {
    const start = before(state, replicas, periodMs, now);
    // Rounded to the larger change: 10 percent of 5 replicas must be able to do something.
    const change = type === 'Pods' ? value : Math.ceil((start * value) / 100);
    return sign * (start - replicas) + change;
  });
  const most = select === 'Max' ? Math.max(...changes) : Math.min(...changes);
  return replicas + sign * Math.max(0, most);
}
