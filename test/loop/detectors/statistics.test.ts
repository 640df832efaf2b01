import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binomialSurprise,
  confidenceOf,
  dispersionOf,
  round,
  shareSurprise,
} from '../../../src/loop/detectors/statistics.ts';

const logFactorials = [0];
for (let n = 1; n <= 200; n++) logFactorials.push(logFactorials[n - 1]! + Math.log(n));
const logChoose = (n: number, k: number): number =>
  logFactorials[n]! - logFactorials[k]! - logFactorials[n - k]!;

const sumOf = (from: number, to: number, term: (k: number) => number): number => {
  let sum = 0;
  for (let k = from; k <= to; k++) sum += term(k);
  return sum;
};

/** The probability of a count as far on its side of the mean, summed from its definition. */
function binomialTail(count: number, trials: number, p: number): number {
  const term = (k: number): number =>
    Math.exp(logChoose(trials, k) + k * Math.log(p) + (trials - k) * Math.log1p(-p));
  return count >= trials * p ? sumOf(count, trials, term) : sumOf(0, count, term);
}

function hypergeometricTail(count: number, trials: number, marked: number, all: number): number {
  const term = (k: number): number =>
    k > marked || trials - k > all - marked
      ? 0
      : Math.exp(
          logChoose(marked, k) + logChoose(all - marked, trials - k) - logChoose(all, trials),
        );
  return count * all >= trials * marked ? sumOf(count, trials, term) : sumOf(0, count, term);
}

const slack = 1 + 1e-9;

describe('surprise', () => {
  it('bounds the exact tail of a binomial count from above, and tightly', () => {
    const cases = fc
      .integer({ min: 1, max: 200 })
      .chain((trials) =>
        fc.tuple(
          fc.constant(trials),
          fc.nat({ max: trials }),
          fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        ),
      );
    fc.assert(
      fc.property(cases, ([trials, count, p]) => {
        const tail = binomialTail(count, trials, p);
        const bound = Math.exp(-binomialSurprise(count, trials, p));
        expect(tail).toBeLessThanOrEqual(bound * slack);
        // Ash's lower bound (1965, lemma 4.7.2): no other constant would fit from both sides.
        const spread = (count * (trials - count)) / trials;
        expect(tail * slack).toBeGreaterThanOrEqual(
          spread === 0 ? bound : bound / Math.sqrt(8 * spread),
        );
      }),
      { seed: 5, numRuns: 2_000 },
    );
  });

  it('bounds the exact tail of a share of one population', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }))
      .chain(([trials, before]) =>
        fc.tuple(
          fc.constant(trials),
          fc.constant(before),
          fc.nat({ max: trials }),
          fc.nat({ max: before }),
        ),
      );
    fc.assert(
      fc.property(cases, ([trials, before, count, countBefore]) => {
        const surprise = shareSurprise(count, trials, countBefore, before);
        const tail = hypergeometricTail(count, trials, count + countBefore, trials + before);
        expect(tail).toBeLessThanOrEqual(Math.exp(-surprise) * slack);
      }),
      { seed: 6, numRuns: 2_000 },
    );
  });

  it('is the same for the share that is not marked, and has the tightest of its bounds', () => {
    expect(shareSurprise(3, 100, 0, 9_900)).toBeCloseTo(3 * Math.log(100), 10);
    expect(shareSurprise(97, 100, 9_900, 9_900)).toBeCloseTo(3 * Math.log(100), 10);
    const byTrials = binomialSurprise(50, 100, 150 / 10_100);
    const byMarked = binomialSurprise(50, 150, 100 / 10_100);
    expect(byTrials).toBeGreaterThan(byMarked);
    expect(shareSurprise(50, 100, 100, 10_000)).toBe(byTrials);
    expect(shareSurprise(50, 100, 9_950, 10_000)).toBeCloseTo(
      shareSurprise(50, 100, 50, 10_000),
      10,
    );
  });

  it('is nothing without trials, and where all or none are marked', () => {
    expect(binomialSurprise(0, 0, 0.5)).toBe(0);
    expect(shareSurprise(0, 0, 5, 10)).toBe(0);
    expect(shareSurprise(5, 10, 0, 0)).toBe(0);
    expect(shareSurprise(0, 10, 0, 10)).toBe(0);
    expect(shareSurprise(10, 10, 10, 10)).toBe(0);
    expect(binomialSurprise(5, 10, 0.5)).toBe(0);
  });

  it('becomes confidence', () => {
    expect([0, Math.log(2), Math.log(1_000), 1_000].map(confidenceOf)).toEqual([0, 0.5, 0.999, 1]);
  });
});

describe('dispersion', () => {
  it('is variance over mean, at least 1', () => {
    const naive = (counts: readonly number[]): number => {
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
      return mean === 0 ? 1 : Math.max(1, squares / (counts.length - 1) / mean);
    };
    const counts = fc.array(fc.nat({ max: 1_000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(counts, (values) => {
        expect(dispersionOf(values, 0, values.length)).toBeCloseTo(naive(values), 8);
        const padded = [9_999, ...values, 9_999];
        expect(dispersionOf(padded, 1, padded.length - 1)).toBeCloseTo(naive(values), 8);
      }),
      { seed: 7 },
    );
  });
});

describe('rounding', () => {
  it('keeps six digits and no negative zero', () => {
    expect([123_456_789, 0.1234567, -0].map(round)).toEqual([123_457_000, 0.123457, 0]);
  });
});
