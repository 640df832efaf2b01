import { describe, expect, it } from 'vitest';
import { type DriftOptions, driftDetector } from '../../../src/loop/detectors/drift.ts';
import { type PresenceOptions, presenceDetector } from '../../../src/loop/detectors/presence.ts';
import { type SeriesOptions, seriesDetector } from '../../../src/loop/detectors/series.ts';
import type { Detector, Pattern } from '../../../src/loop/types.ts';
import type { FieldView, NumberView } from '../../../src/loop/view.ts';
import { type FieldFigures, generator, noRules, viewOf } from '../support/view.ts';

const find = (detector: Detector, fields: readonly FieldFigures[]): readonly Pattern[] =>
  detector.detect(viewOf({ document: noRules, fields }));

const numbers = (more: Partial<NumberView> = {}): NumberView => ({
  ...{ count: 1_000, min: 0, max: 100, mean: 50, deviation: 10, quantile: () => 50 },
  ...more,
});

const level = { type: 'reading.taken', field: 'level' };

describe('the drift detector', () => {
  const drifted = (more: Partial<FieldView['drift']> = {}, count = 1_000): FieldFigures => {
    const drift = { direction: 'more', strength: 1, before: 50, after: 60, since: 42 } as const;
    return { ...level, numbers: numbers({ count }), drift: { ...drift, ...more } };
  };
  const some = (field: FieldFigures, options?: DriftOptions): number =>
    find(driftDetector(options), [field]).length;

  it('finds what the statistic of the monitor shows', () => {
    expect(find(driftDetector(), [level, drifted()])).toMatchObject([
      {
        ...{ detector: 'drift', kind: 'drift', subject: 'reading.taken level' },
        ...{ direction: 'more', seqs: [42], recommend: 'propose' },
        evidence: { before: 50, after: 60, strength: 1, deviation: 10, count: 1_000 },
      },
    ]);
    expect(find(driftDetector(), [level])).toEqual([]);
  });

  it('asks for a history and a change that matters, each as given', () => {
    expect([some(drifted({}, 99)), some(drifted({}, 100))]).toEqual([0, 1]);
    expect(some(drifted({}, 99), { historyMin: 99 })).toBe(1);
    expect([some(drifted({ after: 54.9 })), some(drifted({ after: 55 }))]).toEqual([0, 1]);
    expect([some(drifted({ after: 45.1 })), some(drifted({ after: 45 }))]).toEqual([0, 1]);
    expect(some(drifted({ after: 54.9 }), { deviations: 0.4 })).toBe(1);
    expect(some({ ...level, drift: drifted().drift! })).toBe(0);
  });

  it('asks for more strength the more fields there are', () => {
    const fields = (count: number, strength: number): FieldFigures[] => [
      drifted({ strength }),
      ...Array.from({ length: count - 1 }, () => level),
    ];
    const found = (count: number, strength: number): number =>
      find(driftDetector(), fields(count, strength)).length;
    expect([found(1_000, 1), found(10_000, 1), found(10_000, 1.2)]).toEqual([1, 0, 1]);
  });
});

describe('the presence detector', () => {
  /** A field that so many of the observations have, in the open cycle and before it. */
  const present = (
    [now, observed]: readonly [number, number],
    [before, observedBefore]: readonly [number, number],
  ): FieldFigures => ({
    ...level,
    ...{ present: now + before, absent: observed + observedBefore - now - before },
    ...{ presentNow: now, absentNow: observed - now },
  });
  const some = (field: FieldFigures, options?: PresenceOptions): number =>
    find(presenceDetector(options), [field]).length;

  it.each([
    ['has gone', [0, 50], [950, 1_000], 'less'],
    ['has become rare', [10, 50], [950, 1_000], 'less'],
    ['has appeared', [45, 50], [0, 1_000], 'more'],
  ] as const)('finds a field that %s', (_, now, before, direction) => {
    const [pattern, ...more] = find(presenceDetector(), [present(now, before)]);
    expect(more).toEqual([]);
    expect(pattern).toMatchObject({
      ...{ detector: 'presence', kind: 'schema-drift', subject: 'reading.taken level', direction },
      ...{ seqs: [], recommend: 'alert' },
      evidence: {
        ...{ count: now[0], observed: 50, share: now[0] / 50 },
        ...{ shareBefore: before[0] / 1_000, observedBefore: 1_000 },
      },
    });
  });

  it('finds nothing in fields whose presence is the same by chance', () => {
    const random = generator(4);
    const count = (trials: number, share: number): number =>
      Array.from({ length: trials }, () => random() < share).filter(Boolean).length;
    const fields = Array.from({ length: 2_000 }, (_, index) => {
      const share = [0, 0.05, 0.5, 0.9, 1][index % 5]!;
      return present([count(40, share), 40], [count(500, share), 500]);
    });
    expect(find(presenceDetector(), fields)).toEqual([]);
    const called = fields.filter((field) => some(field, { falseAlarms: 0.5, change: 0 }) > 0);
    expect(called.length).toBeGreaterThan(0);
    expect(called.length).toBeLessThanOrEqual(1_000);
  });

  it('asks for observations, a history and a change, each as given', () => {
    const few = present([0, 19], [1_000, 1_000]);
    expect([some(few), some(few, { countMin: 19 })]).toEqual([0, 1]);
    const young = present([0, 40], [99, 99]);
    expect([some(young), some(young, { historyMin: 99 })]).toEqual([0, 1]);
    const slight = present([9_100, 10_000], [100_000, 100_000]);
    expect([some(slight), some(slight, { change: 0.08 })]).toEqual([0, 1]);
  });

  it.each([
    ['become numbers', [50, 50], [0, 1_000], 'more'],
    ['ceased to be numbers', [0, 50], [1_000, 1_000], 'less'],
  ] as const)('finds a field whose values have %s', (_, now, before, direction) => {
    const field = {
      ...present([now[1], now[1]], [before[1], before[1]]),
      numbers: numbers({ count: before[0] }),
      numbersNow: { count: now[0], min: 0, max: 0, mean: 0 },
    };
    expect(find(presenceDetector(), [field])).toMatchObject([
      { kind: 'field-kind', direction, evidence: { count: now[0], observed: 50 } },
    ]);
    const { numbers: _numbers, numbersNow: _now, ...texts } = field;
    expect(find(presenceDetector(), [texts])).toEqual([]);
  });

  it('does not call it another kind where the field is gone altogether', () => {
    const gone = { ...present([0, 50], [950, 1_000]), numbers: numbers({ count: 950 }) };
    expect(find(presenceDetector(), [gone])).toMatchObject([{ kind: 'schema-drift' }]);
  });
});

describe('the series detector', () => {
  const scored = (score: number, count = 1_000): FieldFigures => ({
    ...level,
    numbers: numbers({ count }),
    anomaly: { score, seq: 9 },
  });
  const some = (field: FieldFigures, options?: SeriesOptions): number =>
    find(seriesDetector(options), [field]).length;

  it('finds scores as high as given, with as much history', () => {
    expect(find(seriesDetector(), [scored(0.5), level, scored(0.92)])).toEqual([
      {
        ...{ detector: 'series', kind: 'series-anomaly', subject: 'reading.taken level' },
        ...{ confidence: 0.92, evidence: { score: 0.92, count: 1_000 } },
        ...{ seqs: [9], recommend: 'alert' },
      },
    ]);
    expect([some(scored(0.899)), some(scored(0.9)), some(scored(0.5), { scoreMin: 0.5 })]).toEqual([
      0, 1, 1,
    ]);
    expect([some(scored(1, 99)), some(scored(1, 99), { historyMin: 99 })]).toEqual([0, 1]);
    expect(some({ ...level, anomaly: { score: 1, seq: 1 } })).toBe(0);
  });

  it('says the highest scores first, and no more than it may', () => {
    const fields = [0.992, 0.999, 0.995].map((score) => scored(score));
    const scores = (options?: SeriesOptions): number[] =>
      find(seriesDetector(options), fields).map(({ confidence }) => confidence);
    expect(scores()).toEqual([0.999, 0.995, 0.992]);
    expect(scores({ patternsMax: 1 })).toEqual([0.999]);
    expect(find(seriesDetector({ recommend: 'propose' }), fields)[0]!.recommend).toBe('propose');
  });
});
