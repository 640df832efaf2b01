import { describe, expect, it } from 'vitest';
import { type NoveltyOptions, noveltyDetector } from '../../../src/loop/detectors/novelty.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import type { NumberView } from '../../../src/loop/view.ts';
import { type FieldFigures, generator, noRules, viewOf } from '../support/view.ts';

const find = (fields: readonly FieldFigures[], options?: NoveltyOptions): readonly Pattern[] =>
  noveltyDetector(options).detect(viewOf({ document: noRules, fields }));

function figures(values: readonly number[]): NumberView {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  const min = values.reduce((least, value) => Math.min(least, value));
  const max = values.reduce((most, value) => Math.max(most, value));
  return { count, min, max, mean, deviation, quantile: () => mean };
}

const fieldOf = (before: readonly number[], now: readonly number[]): FieldFigures => ({
  ...{ type: 'reading.taken', field: 'level' },
  ...{ present: before.length + now.length, presentNow: now.length },
  ...{ numbers: figures(before), numbersNow: figures(now) },
});

/** Values of a distribution, by its inverse. */
const distributions: Readonly<Record<string, (random: () => number) => number>> = {
  uniform: (random) => random(),
  normal: (random) =>
    1_000 + Math.sqrt(-2 * Math.log1p(-random())) * Math.cos(6.2831853 * random()),
  exponential: (random) => -Math.log1p(-random()),
  'log-normal': (random) => Math.exp(distributions['normal']!(random) - 1_000),
  'with a heavy tail': (random) => (1 - random()) ** (-1 / 3),
  'of few whole numbers': (random) => Math.floor(5 * random()),
};

const draws = (name: string, seed: number, count: number): number[] => {
  const random = generator(seed);
  return Array.from({ length: count }, () => distributions[name]!(random));
};

describe('range novelty', () => {
  it.each(Object.keys(distributions))('is as rare as asked for in values that are %s', (name) => {
    const fields = Array.from({ length: 450 }, (_, seed) => {
      const count = [200, 1_000, 3_000][seed % 3]!;
      const values = draws(name, seed, count + 50);
      return fieldOf(values.slice(0, count), values.slice(count));
    });
    const called = (falseAlarms: number): number =>
      fields.filter((field) => find([field], { falseAlarms, margin: 0 }).length > 0).length;
    expect(called(0.1)).toBeLessThanOrEqual(45);
    expect(called(0.01)).toBeLessThanOrEqual(5);
    expect(find(fields)).toEqual([]);
  });

  it.each([
    ['uniform', 'more', 6],
    ['uniform', 'less', -5],
    ['normal', 'more', 1_030],
    ['normal', 'less', 970],
    ['exponential', 'more', 300],
  ] as const)('finds a value far outside of %s ones: %s', (name, direction, value) => {
    for (let seed = 1; seed <= 20; seed++) {
      const values = draws(name, seed, 5_050);
      const [pattern, ...more] = find([fieldOf(values.slice(50), [...values.slice(0, 50), value])]);
      expect(more).toEqual([]);
      expect(pattern, `seed ${seed}`).toMatchObject({
        ...{ detector: 'novelty', kind: 'range-novelty', subject: 'reading.taken level' },
        ...{ direction, recommend: 'alert', evidence: { count: 5_000, observed: 51 } },
      });
      const { mean, deviation } = figures(values.slice(50));
      const { deviations } = pattern!.evidence;
      expect(deviations).toBeCloseTo(Math.abs(value - mean) / deviation, 2);
    }
  });

  it('never says a value, for it may be personal', () => {
    const values = draws('normal', 1, 5_000);
    const [pattern] = find([fieldOf(values, [1_234.5])]);
    const { min, max } = figures(values);
    for (const number of Object.values(pattern!.evidence)) {
      for (const value of [1_234.5, min, max]) expect(Math.abs(number - value)).toBeGreaterThan(1);
    }
  });

  it('has evidence that is finite whatever the values', () => {
    const values = draws('uniform', 1, 5_000);
    for (const value of [1e308, -1.7e308]) {
      const [pattern] = find([fieldOf(values, [value])]);
      expect(Object.values(pattern!.evidence).every(Number.isFinite)).toBe(true);
    }
    const field = fieldOf(values, [50]);
    const [huge] = find([{ ...field, numbers: { ...field.numbers!, deviation: 1e-320 } }]);
    expect(huge!.evidence['deviations']).toBeGreaterThan(1e300);
    expect(Object.values(huge!.evidence).every(Number.isFinite)).toBe(true);
  });

  it('takes the farther one of both sides', () => {
    const values = draws('uniform', 1, 5_000);
    expect(find([fieldOf(values, [-9, 4])])).toMatchObject([{ direction: 'less' }]);
    expect(find([fieldOf(values, [-4, 9])])).toMatchObject([{ direction: 'more' }]);
  });

  it('is as surprising as its tail says', () => {
    const before = { count: 1_000, min: -2, max: 3, mean: 0, deviation: 1, quantile: () => 0 };
    const now = { count: 10, min: -1, max: 12, mean: 0 };
    const field = { type: 'reading.taken', field: 'level', numbers: before, numbersNow: now };
    const [high] = find([field], { falseAlarms: 1 });
    const first = Math.log(1_010 / 10 / 2);
    const tail = (1.25 * Math.log(3)) / Math.log(200);
    expect(high).toMatchObject({ direction: 'more', evidence: { deviations: 12 } });
    expect(high!.evidence['surprise']).toBeCloseTo(first + Math.log(12 / 3) / tail, 4);
    const low = { ...field, numbersNow: { ...now, min: -9, max: 1 } };
    const [below] = find([low], { falseAlarms: 1 });
    const tailBelow = (1.25 * Math.log(2)) / Math.log(200);
    expect(below).toMatchObject({ direction: 'less', evidence: { deviationsBefore: 2 } });
    expect(below!.evidence['surprise']).toBeCloseTo(first + Math.log(9 / 2) / tailBelow, 4);
  });

  it('knows of what never varied that it varies now', () => {
    const same = (count: number): number[] => new Array<number>(count).fill(3);
    expect(find([fieldOf(same(20_000), [3, 4])])).toMatchObject([
      { direction: 'more', evidence: { count: 20_000, observed: 2 } },
    ]);
    expect(find([fieldOf(same(1_000), [3, 4])])).toEqual([]);
    expect(find([fieldOf(same(20_000), [3, 3])])).toEqual([]);
  });

  it('asks for a history and a margin, each as given', () => {
    const young = fieldOf(draws('uniform', 1, 199), [50]);
    expect([find([young]).length, find([young], { historyMin: 199 }).length]).toEqual([0, 1]);
    const values = draws('uniform', 1, 5_000);
    const near = fieldOf(values, [50]);
    expect([find([near]).length, find([near], { margin: 60 }).length]).toEqual([1, 0]);
  });
});

const hash = (index: number): string => index.toString(16).padStart(16, '0');

/** A field of texts: how often each occurred before, and how many are new in the open cycle. */
function textsOf(
  counts: readonly number[],
  now: number,
  novel: number,
  heavyMax = 32,
): FieldFigures {
  const before = counts.reduce((sum, count) => sum + count, 0);
  const all = [...counts, ...new Array<number>(novel).fill(1)];
  const heavy = all.map((count, index) => ({ hash: hash(index), count, error: 0 }));
  return {
    ...{ type: 'reading.taken', field: 'unit', present: before + now, presentNow: now },
    texts: {
      distinct: all.length,
      heavy: heavy.sort((left, right) => right.count - left.count).slice(0, heavyMax),
      novel: { count: novel, seqs: [90, 91].slice(0, novel) },
    },
  };
}

describe('text novelty', () => {
  it('finds a text that is new where none was for long', () => {
    expect(find([textsOf([50_000, 30_000, 20_000], 10, 1)])).toMatchObject([
      {
        ...{ detector: 'novelty', kind: 'text-novelty', subject: 'reading.taken unit' },
        ...{ direction: 'more', recommend: 'alert', seqs: [90] },
        evidence: { count: 1, observed: 10, distinct: 4, before: 100_000 },
      },
    ]);
  });

  it('remembers without an alert what is new against lower odds', () => {
    const field = textsOf([4_000, 3_000, 2_000], 10, 1);
    expect(find([field])).toMatchObject([{ kind: 'text-novelty', recommend: 'observe' }]);
    expect(find([textsOf([500, 300, 200], 10, 1)])).toMatchObject([
      { recommend: 'observe', confidence: expect.closeTo(0.99, 3) },
    ]);
    expect(find([textsOf([100, 60, 40], 20, 1)])).toEqual([]);
    const [pattern] = find([field, textsOf([50_000, 30_000, 20_000], 10, 1)]);
    expect(pattern).toMatchObject({ recommend: 'alert' });
  });

  it('finds many new ones at once where few came before', () => {
    const counts = [...new Array<number>(100).fill(100)];
    expect(find([textsOf(counts, 100, 30)])).toMatchObject([{ evidence: { count: 30 } }]);
    expect(find([textsOf(counts, 100, 3)])).toEqual([]);
  });

  it('is quiet where texts are new as often as ever, and where none is', () => {
    const once = new Array<number>(1_000).fill(1);
    expect(find([textsOf(once, 100, 100)])).toEqual([]);
    expect(find([textsOf([50_000, 30_000], 100, 0)])).toEqual([]);
    // All are known, and a tenth occurred once: another new one in ten is no wonder.
    const rare = [...new Array<number>(20).fill(20), ...new Array<number>(10).fill(1)];
    expect(find([textsOf(rare, 20, 1, 64)])).toEqual([]);
  });

  it('goes by singletons where all are known: those of the open cycle do not count', () => {
    const [closed] = find([textsOf([6_000, 4_000], 10, 2)]);
    expect(closed!.evidence['chance']).toBeCloseTo(1 / 10_001, 9);
    const [single] = find([textsOf([60_000, 40_000, 1, 1], 10, 2)]);
    expect(single!.evidence['chance']).toBeCloseTo(3 / 100_003, 9);
    const [many] = find([textsOf([60_000, 40_000, 5, 5], 10, 2, 4)]);
    expect(many!.evidence['chance']).toBeCloseTo(5 / 100_011, 9);
  });

  it('asks for a history as given', () => {
    const young = textsOf([100, 99], 100, 50);
    expect([find([young]).length, find([young], { historyMin: 199 }).length]).toEqual([0, 1]);
  });
});
