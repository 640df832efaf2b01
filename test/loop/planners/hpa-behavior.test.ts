import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleReplicas } from '../../../src/loop/planners/hpa.ts';
import { eventsMax } from '../../../src/loop/planners/hpa-limits.ts';
import type {
  HpaDecision,
  HpaInput,
  HpaPolicy,
  HpaScaling,
  HpaSpec,
  HpaState,
} from '../../../src/loop/planners/hpa-types.ts';
import { follow, free, start, wide } from './hpa-support.ts';

describe('stabilization windows', () => {
  it('scaling down follows the highest recommendation of 300 s, by default', () => {
    const totals = [1_000, 1_000, ...Array<number>(25).fill(300)];
    const replicas = follow(wide, 10, totals);
    // The last recommendation of 10 is that of second 15: at second 315 it is past.
    expect(replicas.slice(0, 21)).toEqual(Array(21).fill(10));
    expect(replicas.slice(21)).toEqual(Array(6).fill(3));
  });
  it('scaling up is at once, by default', () => {
    expect(follow(wide, 10, [1_000, 1_500])).toEqual([10, 15]);
  });
  it('a window of scaling up follows the lowest one', () => {
    const behavior = { scaleUp: { stabilizationWindowSeconds: 60 } };
    const totals = [1_000, 1_600, 2_000, 1_400, 1_800, 1_800, 1_800, 1_800, 1_800];
    // 10 until second 60, then 14, which is past at second 105.
    const expected = [10, 10, 10, 10, 14, 14, 14, 18, 18];
    expect(follow({ ...wide, behavior }, 10, totals)).toEqual(expected);
  });
  it('without a memory the number that is there counts as recommended', () => {
    const metrics = [{ current: 10, target: 100 }];
    const decision = scaleReplicas(wide, { replicas: 10, metrics, now: start });
    expect(decision).toMatchObject({ replicas: 10, wanted: 1, reason: 'stabilization' });
  });
  it('the example of the enhancement proposal: the largest of ten minutes', () => {
    const behavior = {
      scaleDown: {
        stabilizationWindowSeconds: 600,
        policies: [{ type: 'Pods', value: 5, periodSeconds: 600 }],
      },
    } as const;
    const wanted = [10, 9, 8, 9, 9, 8, 9, 8, 9, 8, 7];
    const totals = wanted.map((count) => 100 * count);
    const spec = { ...wide, tolerance: 0, behavior };
    expect(follow(spec, 10, totals, 60)).toEqual([...Array(10).fill(10), 9]);
  });
  it('keep no recommendation that cannot count any more', () => {
    let state: HpaState | undefined;
    for (let call = 0; call < 5_000; call++) {
      // A saw whose teeth have 40 heights.
      const metrics = [{ current: 60 + ((call * 7) % 40), target: 100 }];
      const input = { replicas: 100, metrics, now: start + call };
      state = scaleReplicas(wide, state === undefined ? input : { ...input, state }).state;
    }
    expect(state?.recommendations.length).toBeLessThanOrEqual(80);
  });
  it('give what a list of all recommendations gives', () => {
    const windows = fc.record({
      up: fc.integer({ min: 0, max: 5 }),
      down: fc.integer({ min: 0, max: 5 }),
      wanted: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 25 }),
      from: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(windows, ({ up, down, wanted, from }) => {
        const scaleUp = { ...free, stabilizationWindowSeconds: up };
        const scaleDown = { ...free, stabilizationWindowSeconds: down };
        const spec = { ...wide, tolerance: 0, behavior: { scaleUp, scaleDown } };
        let replicas = from;
        const all = [{ second: 0, value: from }];
        const expected = wanted.map((value, second) => {
          const of = (window: number): number[] =>
            all.filter((item) => item.second > second - window).map((item) => item.value);
          const low = Math.min(value, ...of(up));
          const high = Math.max(value, ...of(down));
          all.push({ second, value });
          replicas = Math.min(Math.max(replicas, low), high);
          return replicas;
        });
        const totals = wanted.map((value) => 100 * value);
        expect(follow(spec, from, totals, 1)).toEqual(expected);
      }),
      { seed: 72, numRuns: 500 },
    );
  });
});

describe('policies', () => {
  const rush = Array<number>(6).fill(1_000_000);
  const calm = Array<number>(12).fill(0);
  const down = (scaleDown: HpaScaling): HpaSpec => ({
    ...wide,
    behavior: { scaleDown: { stabilizationWindowSeconds: 0, ...scaleDown } },
  });
  const policy = (type: HpaPolicy['type'], value: number, periodSeconds: number): HpaPolicy => ({
    type,
    value,
    periodSeconds,
  });

  it('by default scaling up adds 4 pods or doubles, whichever is more, every 15 s', () => {
    expect(follow(wide, 1, rush)).toEqual([5, 10, 20, 40, 80, 160]);
  });
  it('by default scaling down may remove all but minReplicas at once', () => {
    expect(follow(down({}), 80, [0])).toEqual([1]);
  });
  it('the documented 4 pods or 10 %: from 80 first 8, then 8 of 72, from 40 on 4', () => {
    const policies = [policy('Pods', 4, 60), policy('Percent', 10, 60)];
    const replicas = follow({ ...down({ policies }), minReplicas: 10 }, 80, calm, 60);
    expect(replicas).toEqual([72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16]);
  });
  it('Min takes the policy of the smallest change', () => {
    const policies = [policy('Percent', 10, 60), policy('Pods', 5, 60)];
    const spec = down({ policies, selectPolicy: 'Min' });
    expect(follow(spec, 80, calm.slice(0, 4), 60)).toEqual([75, 70, 65, 60]);
    expect(follow(spec, 30, calm.slice(0, 4), 60)).toEqual([27, 24, 21, 18]);
  });
  it('Disabled turns a direction off', () => {
    expect(follow(down({ selectPolicy: 'Disabled' }), 80, calm)).toEqual(Array(12).fill(80));
    const behavior = { scaleUp: { selectPolicy: 'Disabled' } } as const;
    expect(follow({ ...wide, behavior }, 3, rush)).toEqual(Array(6).fill(3));
  });
  it('a percentage is rounded to the larger change, so that it can do something', () => {
    const scaleUp = { policies: [policy('Percent', 10, 15)] };
    expect(follow({ ...wide, behavior: { scaleUp } }, 5, rush.slice(0, 2))).toEqual([6, 7]);
    const policies = [policy('Percent', 10, 15)];
    expect(follow(down({ policies }), 5, calm.slice(0, 2))).toEqual([4, 3]);
  });
  it('a period holds for all changes within it', () => {
    const scaleUp = { policies: [policy('Pods', 6, 60)] };
    // Second 0 adds 6; only at second 60 is that past.
    expect(follow({ ...wide, behavior: { scaleUp } }, 2, rush)).toEqual([8, 8, 8, 8, 14, 14]);
  });
  it('what was asked for and not done uses nothing up', () => {
    const scaleUp = { policies: [policy('Pods', 6, 60)] };
    const spec = { ...wide, behavior: { scaleUp } };
    const metrics = [{ current: 1_000, target: 100 }];
    const given = { replicas: 2, metrics, now: start };
    const first = scaleReplicas(spec, given);
    expect(first.replicas).toBe(8);
    const { state } = first;
    const second = { metrics, now: start + 15_000, state };
    const again = scaleReplicas(spec, { ...second, replicas: 2 });
    expect([again.replicas, again.state.events]).toEqual([8, []]);
    // Half of it was done: the other half is left.
    expect(scaleReplicas(spec, { ...second, replicas: 5 }).replicas).toBe(8);
    // Somebody else went on to 10, of which only the 2 that were asked for count.
    const little = scaleReplicas(spec, { ...given, metrics: [{ current: 200, target: 100 }] });
    expect(little.replicas).toBe(4);
    const third = { ...second, state: little.state, replicas: 10 };
    expect(scaleReplicas(spec, third).replicas).toBe(14);
  });
  it('nothing changes while more events are remembered than may be', () => {
    const event = { at: start, change: 0 };
    const at = (count: number): HpaDecision =>
      scaleReplicas(wide, {
        replicas: 4,
        metrics: [{ current: 200, target: 100 }],
        now: start + 1,
        state: { recommendations: [], events: Array(count).fill(event) },
      });
    expect(at(eventsMax - 1).replicas).toBe(8);
    expect(at(eventsMax)).toMatchObject({ replicas: 4, reason: 'policy' });
    expect(at(2 * eventsMax).state.events).toHaveLength(eventsMax);
  });

  const policies = fc.array(
    fc.record({
      type: fc.constantFrom('Pods' as const, 'Percent' as const),
      value: fc.integer({ min: 1, max: 150 }),
      periodSeconds: fc.integer({ min: 1, max: 12 }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const direction = fc.record({
    policies,
    selectPolicy: fc.constantFrom('Max' as const, 'Min' as const, 'Disabled' as const),
    stabilizationWindowSeconds: fc.integer({ min: 0, max: 6 }),
  });
  const setting = fc.record({
    scaleUp: direction,
    scaleDown: direction,
    bounds: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 100 })),
    from: fc.nat({ max: 100 }),
    totals: fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 30 }),
    steps: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 30, maxLength: 30 }),
  });

  /** How many replicas a direction's policies leave, read off what happened before. */
  function reach(
    { policies: list, selectPolicy }: { policies: readonly HpaPolicy[]; selectPolicy: string },
    sign: 1 | -1,
    past: readonly { readonly second: number; readonly replicas: number }[],
    second: number,
  ): number {
    const present = past.at(-1)!.replicas;
    if (selectPolicy === 'Disabled') return present;
    const ends = list.map(({ type, value, periodSeconds }) => {
      // The number that stood when the period began.
      const then = past.filter((item) => item.second <= second - periodSeconds).at(-1) ?? past[0]!;
      const exact = type === 'Pods' ? value : (then.replicas * value) / 100;
      return sign > 0
        ? Math.ceil(Math.round(1e6 * (then.replicas + exact)) / 1e6)
        : Math.floor(Math.round(1e6 * (then.replicas - exact)) / 1e6);
    });
    const isMost = (selectPolicy === 'Max') === sign > 0;
    const end = isMost ? Math.max(...ends) : Math.min(...ends);
    return sign > 0 ? Math.max(end, present) : Math.min(end, present);
  }

  it('are never outrun, and min and max never left, whatever comes', () => {
    fc.assert(
      fc.property(setting, ({ scaleUp, scaleDown, bounds: [min, width], from, totals, steps }) => {
        const max = min + width;
        const spec = { minReplicas: min, maxReplicas: max, behavior: { scaleUp, scaleDown } };
        const first = Math.min(Math.max(from, min), max);
        const past = [{ second: Number.NEGATIVE_INFINITY, replicas: first }];
        let second = 0;
        let state: HpaState | undefined;
        for (const [index, total] of totals.entries()) {
          second += steps[index]!;
          const { replicas } = past.at(-1)!;
          const metrics = [{ current: total / replicas, target: 100 }];
          const input: HpaInput = { replicas, metrics, now: start + 1_000 * second };
          const decision = scaleReplicas(spec, state === undefined ? input : { ...input, state });
          expect(decision.replicas).toBeGreaterThanOrEqual(min);
          expect(decision.replicas).toBeLessThanOrEqual(max);
          expect(decision.replicas).toBeLessThanOrEqual(reach(scaleUp, 1, past, second));
          expect(decision.replicas).toBeGreaterThanOrEqual(reach(scaleDown, -1, past, second));
          // The answer lies between what is there and what the metrics want.
          const low = Math.min(replicas, decision.wanted!);
          const high = Math.max(replicas, decision.wanted!);
          expect(decision.replicas).toBeGreaterThanOrEqual(Math.min(low, max));
          expect(decision.replicas).toBeLessThanOrEqual(Math.max(high, min));
          state = decision.state;
          past.push({ second, replicas: decision.replicas });
        }
      }),
      { seed: 73, numRuns: 600 },
    );
  });
});
