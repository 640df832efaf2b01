import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogHistogram } from '../../../src/loop/monitor/log-histogram.ts';
import { runs } from '../../support/effort.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const shares = fc.double({ min: 0, max: 1, noNaN: true });
/** Numbers of one order of magnitude, and of both signs. */
const ordinary = fc.double({ min: -1_000, max: 1_000, noNaN: true });

function histogramOf(values: readonly number[], octaves?: number): LogHistogram {
  const histogram = new LogHistogram(octaves);
  for (const value of values) histogram.add(value);
  return histogram;
}

/** The number that a share of all are not above, by sorting. */
function nearestRank(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, two) => one - two);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
}

const isWithin = (found: number, exact: number): boolean =>
  Math.abs(found - exact) <= Math.abs(exact) / 128;

const textOf = (histogram: LogHistogram): string => JSON.stringify(histogram);

describe('LogHistogram', () => {
  it('gives every quantile of any doubles at most 1/128 off where all octaves are kept', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), shares, (values, share) => {
        const found = histogramOf(values, 2_098).quantile(share);
        expect(isWithin(found, nearestRank(values, share))).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  it('does so for each single double, subnormal numbers and powers of two included', () => {
    const edges = [Number.MIN_VALUE, 2 ** -1_022, Number.MAX_VALUE, 1, 0.1, 2 ** -1_068, 3e-322];
    const beside = edges.flatMap((edge) => [edge, edge * (1 + 2 ** -7), edge * 1.999]);
    for (const value of beside.filter(Number.isFinite).flatMap((one) => [one, -one])) {
      // Two others, so that the extremes, which are known exactly, do not answer.
      const values = [Number.MAX_VALUE, -Number.MAX_VALUE, value];
      const found = histogramOf(values, 2_098).quantile(0.5);
      expect(isWithin(found, value), `${value}: ${found}`).toBe(true);
    }
    for (let units = 1; units < 300; units++) {
      const value = units * Number.MIN_VALUE;
      expect(isWithin(histogramOf([-1, value, 1], 2_098).quantile(0.5), value)).toBe(true);
    }
  });

  it('knows one zero, in whatever order they come', () => {
    for (const values of [[-0], [-0, 0], [0, -0]]) {
      const { min, max } = histogramOf(values);
      expect([min, max, histogramOf(values).quantile(0.5)]).toEqual([0, 0, 0]);
    }
  });

  it('keeps 64 octaves below the greatest magnitude; what is lower counts as the lowest', () => {
    const values = [1e-30, 1, 2 ** 40];
    const histogram = histogramOf(values);
    expect(isWithin(histogram.quantile(0.5), 1)).toBe(true);
    const wide = histogramOf([1e-30, 1e-28, 1, 2 ** 60]);
    expect(wide.quantile(0.5)).toBeGreaterThan(1e-28);
    expect(wide.quantile(0.5)).toBeLessThanOrEqual(2 ** -2);
    expect(isWithin(wide.quantile(0.75), 1)).toBe(true);
    expect([wide.min, wide.max, wide.count]).toEqual([1e-30, 2 ** 60, 4]);
  });

  it('does not depend on the order, nor on how it was merged, nor on being cleared before', () => {
    const lists = fc.tuple(fc.array(finite), fc.array(finite), fc.array(ordinary));
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 80 }), ([one, two, three], octaves) => {
        const all = textOf(histogramOf([...one, ...two, ...three], octaves));
        expect(textOf(histogramOf([...three, ...two, ...one].reverse(), octaves))).toBe(all);
        const [left, middle, right] = [one, two, three].map((list) => histogramOf(list, octaves));
        left!.merge(middle!);
        left!.merge(right!);
        expect(textOf(left!)).toBe(all);
        right!.merge(middle!);
        right!.merge(histogramOf(one, octaves));
        expect(textOf(right!)).toBe(all);
        left!.clear();
        expect(textOf(left!)).toBe(textOf(new LogHistogram(octaves)));
        for (const value of three) left!.add(value);
        expect(textOf(left!)).toBe(textOf(histogramOf(three, octaves)));
      }),
      { numRuns: runs(300) },
    );
  });

  it('goes on from its state as if it had never been written', () => {
    fc.assert(
      fc.property(fc.array(finite), fc.array(finite), shares, (before, after, share) => {
        const live = histogramOf(before);
        const read = LogHistogram.from(JSON.parse(textOf(live)));
        for (const value of after) {
          live.add(value);
          read.add(value);
        }
        expect(textOf(read)).toBe(textOf(live));
        expect(read.quantile(share)).toBe(live.quantile(share));
        expect(read.count).toBe(before.length + after.length);
      }),
      { numRuns: runs(300) },
    );
  });

  it('counts further than 32 bits', () => {
    const histogram = histogramOf([5, 7]);
    // Doubling merges reach what no loop does.
    for (let times = 0; times < 33; times++) histogram.merge(histogram);
    expect(histogram.count).toBe(2 * 2 ** 33);
    histogram.add(5);
    expect(isWithin(histogram.quantile(0.5), 5)).toBe(true);
    expect(isWithin(histogram.quantile(0.51), 7)).toBe(true);
    expect(LogHistogram.from(JSON.parse(textOf(histogram))).count).toBe(2 ** 34 + 1);
  });

  it('takes as much memory as octaves occur, and no more than are kept', () => {
    const sizeOf = (values: readonly number[]): number => textOf(histogramOf(values)).length;
    const everywhere = Array.from({ length: 4_000 }, (_, n) => 2 ** ((n % 2_000) - 1_000));
    expect(sizeOf(everywhere)).toBeLessThan(2 * 64 * 64 * 2);
    expect(sizeOf([1, 2, 3])).toBeLessThan(200);
  });

  it('refuses what is no finite number, octaves beyond doubles, other ones to merge', () => {
    const histogram = new LogHistogram();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => histogram.add(value)).toThrow('KNHK_LOOP_OPTION');
    }
    for (const octaves of [0, 2_099, 1.5]) {
      expect(() => new LogHistogram(octaves)).toThrow('KNHK_LOOP_OPTION');
    }
    expect(() => histogram.merge(new LogHistogram(65))).toThrow('KNHK_LOOP_OPTION');
    expect(histogram.quantile(0.5)).toBeNaN();
  });

  it('refuses a damaged state', () => {
    const saved = histogramOf([1, 2, 3]).toJSON();
    for (const counts of ['', '/w==', 'AAEB']) {
      const positive = { ...saved.positive!, counts };
      expect(() => LogHistogram.from({ ...saved, positive })).toThrow('KNHK_LOOP_STATE');
    }
  });
});
