import { describe, expect, it } from 'vitest';
import { type NabSeries, nabCorpus } from '../../../bench/loop/nab-corpus.ts';
import { nabScore } from '../../../bench/loop/nab-score.ts';
import { scoresOf } from './series.ts';

/** 1,000 records, the first 150 of which do not count; windows at 400 to 499 and 800 to 899. */
const series: NabSeries = {
  name: 'made',
  times: new Float64Array(1_000),
  values: new Float64Array(1_000),
  windows: [
    [400, 499],
    [800, 899],
  ],
};
const at = (...alarms: number[]): Float64Array =>
  Float64Array.from(series.values, (_, index) => (alarms.includes(index) ? 1 : 0));
const standard = (...alarms: number[]): number =>
  nabScore([series], [at(...alarms)], 'standard').score;

describe('the score of the benchmark', () => {
  it('is 100 for an alarm at the start of each window', () => {
    expect(standard(400, 800)).toBeCloseTo(100, 10);
    expect(standard(400, 420, 800, 899)).toBeCloseTo(100, 10);
  });

  it('is 0 for none, and for those that do not count or cost more than they earn', () => {
    expect(nabScore([series], [at()], 'standard')).toEqual({ score: 0, threshold: Infinity });
    expect(standard(0, 149)).toBe(0);
    expect(standard(150, 399)).toBe(0);
  });

  it('falls with the place in the window and with each false alarm', () => {
    const half = (worth: number): number => (100 * (worth + 1)) / 4;
    const middle = (2 / (1 + Math.exp(-2.5)) - 1) / (2 / (1 + Math.exp(-5)) - 1);
    expect(standard(450)).toBeCloseTo(half(middle), 10);
    expect(standard(400, 150)).toBeCloseTo(half(1 - 0.11), 10);
    expect(nabScore([series], [at(400, 150)], 'lowFalseAlarms').score).toBeCloseTo(half(0.78), 10);
    const missed = nabScore([series], [at(400)], 'lowMissed').score;
    expect(missed).toBeCloseTo(100 / 2, 10);
  });

  it('lets alarms shortly behind a window cost less', () => {
    const behind = standard(400, 505);
    expect(behind).toBeLessThan(standard(400));
    expect(behind).toBeGreaterThan(standard(400, 760));
    expect(standard(400, 797)).toBeCloseTo(standard(400, 150), 10);
  });

  it('takes one threshold for all series', () => {
    const first = at(400, 800).map((score) => score * 0.5);
    const second = at(150, 160, 170).map((score) => score * 0.9);
    const plain = { ...series, windows: [] };
    const result = nabScore([series, plain], [first, second], 'standard');
    expect(result.threshold).toBe(0.5);
    expect(result.score).toBeCloseTo(100 * ((4 - 3 * 0.11) / 4), 10);
  });
});

const corpus = nabCorpus();

describe.skipIf(corpus === undefined)('the benchmark, its part here', () => {
  it('has 25 series with 39 windows', () => {
    expect(corpus).toHaveLength(25);
    expect(corpus!.flatMap(({ windows }) => windows)).toHaveLength(39);
  });

  it.each([
    ['with times', true],
    ['without times', false],
  ])('gives at least 58, and 54 where false alarms cost double: %s', (_name, timed) => {
    const anomalies = corpus!.map(({ values, times }) =>
      scoresOf([...values].map((value, index) => (timed ? [value, times[index]!] : [value]))),
    );
    expect(nabScore(corpus!, anomalies, 'standard').score).toBeGreaterThanOrEqual(58);
    expect(nabScore(corpus!, anomalies, 'lowFalseAlarms').score).toBeGreaterThanOrEqual(54);
  });
});
