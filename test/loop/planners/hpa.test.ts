import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnhkError } from '../../../src/base/errors.ts';
import { scaleReplicas } from '../../../src/loop/planners/hpa.ts';
import type {
  HpaDecision,
  HpaInput,
  HpaMetric,
  HpaSpec,
} from '../../../src/loop/planners/hpa-types.ts';
import { free, start, wide } from './hpa-support.ts';

const plain: HpaSpec = { ...wide, behavior: { scaleUp: free, scaleDown: free } };

const once = (spec: HpaSpec, replicas: number, metrics: readonly HpaMetric[]): HpaDecision =>
  scaleReplicas(spec, { replicas, metrics, now: start });

describe("the documented algorithm of Kubernetes' autoscaler", () => {
  type Row = readonly [name: string, replicas: number, metrics: readonly HpaMetric[], to: number];
  const rows: readonly Row[] = [
    ['200m on a target of 100m doubles', 3, [{ current: 0.2, target: 0.1 }], 6],
    ['50m on a target of 100m halves', 6, [{ current: 0.05, target: 0.1 }], 3],
    ['a fraction is rounded up, scaling up', 3, [{ current: 115, target: 100 }], 4],
    ['a fraction is rounded up, scaling down', 5, [{ current: 50, target: 100 }], 3],
    ['a whole result stays whole: 7 at 90 of 70', 7, [{ current: 90, target: 70 }], 9],
    ['6 at 0.1 of 0.05 is 12, though doubles say more', 6, [{ current: 0.1, target: 0.05 }], 12],
    ['a ratio of 1.1 is within the tolerance', 10, [{ current: 110, target: 100 }], 10],
    ['a ratio of 1.11 is not', 10, [{ current: 111, target: 100 }], 12],
    ['a ratio of 0.9 is within the tolerance', 10, [{ current: 90, target: 100 }], 10],
    ['a ratio of 0.89 is not', 10, [{ current: 89, target: 100 }], 9],
    ['a metric of 0 goes to minReplicas', 4, [{ current: 0, target: 100 }], 1],
    [
      'of several metrics the largest count is chosen',
      4,
      [
        { current: 100, target: 100 },
        { current: 150, target: 100 },
        { current: 20, target: 100 },
      ],
      6,
    ],
    [
      'an unreadable metric: scaling up goes on',
      4,
      [{ target: 100 }, { current: 150, target: 100 }],
      6,
    ],
    [
      'an unreadable metric: scaling down is skipped',
      4,
      [{ target: 100 }, { current: 50, target: 100 }],
      4,
    ],
    ['no metric at all changes nothing', 4, [{ target: 100 }], 4],
    ['a metric that is no number is unreadable', 4, [{ current: Number.NaN, target: 100 }], 4],
    ['a negative one is too', 4, [{ current: -1, target: 100 }], 4],
    [
      'scaling up, replicas without a value count as 0 %',
      10,
      [{ current: 200, target: 100, missing: 3 }],
      14,
    ],
    [
      'scaling down, replicas without a value count as 100 %',
      10,
      [{ current: 50, target: 100, missing: 4 }],
      7,
    ],
    [
      'scaling up, replicas not yet ready count as 0 %',
      10,
      [{ current: 200, target: 100, unready: 4 }],
      12,
    ],
    [
      'missing and unready replicas together',
      10,
      [{ current: 300, target: 100, missing: 2, unready: 3 }],
      15,
    ],
    [
      'replicas set aside cannot turn scaling up into scaling down',
      10,
      [{ current: 120, target: 100, missing: 4 }],
      10,
    ],
    [
      'nor can it be left within the tolerance',
      10,
      [{ current: 135, target: 100, unready: 2 }],
      10,
    ],
    [
      'scaling down, replicas not yet ready are left out',
      10,
      [{ current: 50, target: 100, unready: 2 }],
      4,
    ],
    [
      'they are no part of the mean then',
      10,
      [{ current: 85, target: 100, missing: 4, unready: 1 }],
      10,
    ],
    ['no replica with a value: no answer', 3, [{ current: 200, target: 100, missing: 3 }], 3],
    ['maxReplicas bounds', 900, [{ current: 900, target: 100 }], 1_000],
  ];
  it.each(rows)('%s', (_name, replicas, metrics, to) => {
    expect(once(plain, replicas, metrics).replicas).toBe(to);
  });

  it('an unreadable metric beside one on target leaves a recommendation', () => {
    const decision = once(plain, 4, [{ target: 100 }, { current: 100, target: 100 }]);
    expect(decision).toMatchObject({ replicas: 4, wanted: 4, reason: 'wanted' });
  });

  it('multiplies as the formula says, in exact fractions', () => {
    const numbers = fc.record({
      replicas: fc.integer({ min: 1, max: 1_000 }),
      current: fc.integer({ min: 0, max: 1_000_000 }),
      target: fc.integer({ min: 1, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(numbers, ({ replicas, current, target }) => {
        const [n, c, t] = [BigInt(replicas), BigInt(current), BigInt(target)];
        // 0.9 <= c / t <= 1.1 in whole numbers; then the least number of at least n * c / t.
        const isWithin = 10n * c >= 9n * t && 10n * c <= 11n * t;
        const exact = isWithin ? n : (n * c + t - 1n) / t;
        const bounded = exact < 1n ? 1n : exact > 1_000n ? 1_000n : exact;
        // As thousandths they have no exact double.
        const metrics = [{ current: current / 1_000, target: target / 1_000 }];
        expect(once(plain, replicas, metrics).replicas).toBe(Number(bounded));
      }),
      { seed: 71, numRuns: 2_000 },
    );
  });

  it('a tolerance of its own for each direction', () => {
    const behavior = { scaleUp: { ...free, tolerance: 0.3 }, scaleDown: free };
    const spec = { ...wide, tolerance: 0.01, behavior };
    const at = (current: number): number => once(spec, 100, [{ current, target: 100 }]).replicas;
    expect([at(130), at(131), at(99), at(98)]).toEqual([100, 131, 100, 98]);
  });

  it('0 replicas are left alone, unless minReplicas is 0', () => {
    const metrics = [{ current: 250, target: 100 }];
    const off = once(plain, 0, metrics);
    expect([off.replicas, off.reason]).toEqual([0, 'disabled']);
    const fromZero = { ...plain, minReplicas: 0, behavior: { scaleDown: free } };
    expect(once(fromZero, 0, metrics).replicas).toBe(3);
    expect(once({ ...plain, minReplicas: 0 }, 3, [{ current: 0, target: 100 }]).replicas).toBe(0);
  });

  it('bounds hold at once, without metrics, windows or policies', () => {
    const spec = { minReplicas: 5, maxReplicas: 8 };
    const metrics = [{ target: 100 }];
    expect(once(spec, 100, metrics)).toMatchObject({ replicas: 8, reason: 'bounds' });
    expect(once(spec, 1, metrics)).toMatchObject({ replicas: 5, reason: 'bounds' });
  });
});

describe('misuse', () => {
  const given: HpaInput = { replicas: 2, metrics: [{ current: 1, target: 1 }], now: start };
  const bad = (spec: object, input: object = {}): unknown => {
    try {
      scaleReplicas({ ...wide, ...spec }, { ...given, ...input });
      return undefined;
    } catch (error) {
      return error instanceof KnhkError ? error.code : error;
    }
  };
  const scaleUp = (scaling: object): object => ({ behavior: { scaleUp: scaling } });
  const one = { type: 'Pods', value: 1, periodSeconds: 1 };
  type Row = readonly [name: string, spec: object, input: object];
  const rows: readonly Row[] = [
    ['maxReplicas', { maxReplicas: 0 }, {}],
    ['minReplicas above maxReplicas', { minReplicas: 1_001 }, {}],
    ['a negative minReplicas', { minReplicas: -1 }, {}],
    ['a broken minReplicas', { minReplicas: 1.5 }, {}],
    ['a negative tolerance', { tolerance: -0.1 }, {}],
    ['an infinite tolerance', { tolerance: Number.POSITIVE_INFINITY }, {}],
    ['a window of more than an hour', scaleUp({ stabilizationWindowSeconds: 3_601 }), {}],
    ['no policy', scaleUp({ policies: [] }), {}],
    ['an unknown selectPolicy', scaleUp({ selectPolicy: 'max' }), {}],
    ['an unknown type of policy', scaleUp({ policies: [{ ...one, type: 'Nodes' }] }), {}],
    ['a policy of nothing', scaleUp({ policies: [{ ...one, value: 0 }] }), {}],
    [
      'a period of more than half an hour',
      scaleUp({ policies: [{ ...one, periodSeconds: 1_801 }] }),
      {},
    ],
    ['half a replica', {}, { replicas: 0.5 }],
    ['no time', {}, { now: Number.NaN }],
    ['no metrics', {}, { metrics: [] }],
    ['a target of 0', {}, { metrics: [{ current: 1, target: 0 }] }],
    ['a target that is no number', {}, { metrics: [{ current: 1, target: Number.NaN }] }],
    ['half a missing replica', {}, { metrics: [{ current: 1, target: 1, missing: 0.5 }] }],
    ['a negative number of unready ones', {}, { metrics: [{ target: 1, unready: -1 }] }],
    ['a state of nothing', {}, { state: {} }],
    ['a state of null', {}, { state: null }],
    ['an event of text', {}, { state: { recommendations: [], events: [{ at: 1, change: '4' }] } }],
    ['an event of null', {}, { state: { recommendations: [], events: [null] } }],
    [
      'a recommendation without a time',
      {},
      { state: { recommendations: [{ replicas: 1 }], events: [] } },
    ],
    [
      'an answer without numbers',
      {},
      { state: { recommendations: [], events: [], asked: { at: 1, from: 1 } } },
    ],
  ];
  it.each(rows)('%s is refused', (_name, spec, input) => {
    expect(bad({}, {})).toBeUndefined();
    expect(bad(spec, input)).toBe('KNHK_LOOP_SETTING');
  });
});
