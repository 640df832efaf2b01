import { describe, expect, it } from 'vitest';
import { type SilenceOptions, silenceDetector } from '../../../src/loop/detectors/silence.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import { arrivals, figuresOf } from '../support/streams.ts';
import { noRules, type TypeFigures, viewOf } from '../support/view.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const find = (
  types: readonly TypeFigures[],
  now: number,
  options?: SilenceOptions,
): readonly Pattern[] => silenceDetector(options).detect(viewOf({ document: noRules, now, types }));

/** Comes at the rate from 8 to 20 o'clock on each of so many days. */
const daily = (seed: number, days: number, perMinute: number): number[] =>
  Array.from({ length: days }, (_, index) =>
    arrivals(seed + index, perMinute / minute, index * day + 8 * hour, index * day + 20 * hour),
  ).flat();

describe('the silence detector', () => {
  it('finds nothing while 1,000 types come, at any rate', () => {
    const now = 5 * hour;
    const types = Array.from({ length: 1_000 }, (_, index) => {
      const perMinute = [0.1, 0.5, 2, 10][index % 4]!;
      return figuresOf(`type-${index}`, [0, ...arrivals(index, perMinute / minute, 0, now)], now);
    });
    expect(find(types, now)).toEqual([]);
    // One by one and without asking for more than the longest gap, some are called silent.
    const options = { falseAlarms: 1, ratio: 1, countMin: 2 };
    const called = types.filter((type) => find([type], now, options).length > 0).length;
    expect(called).toBeGreaterThan(0);
    expect(called).toBeLessThanOrEqual(100);
  });

  it('finds a type that has stopped, with its evidence', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const times = arrivals(seed, 1 / minute, 0, 4 * hour);
      const now = 4 * hour + 50 * minute;
      const others = Array.from({ length: 50 }, (_, index) =>
        figuresOf(`type-${index}`, arrivals(seed + index, 1 / minute, 0, now), now),
      );
      const [pattern, ...more] = find([...others, figuresOf('gone', times, now)], now);
      expect(more).toEqual([]);
      expect(pattern).toMatchObject({
        ...{ detector: 'silence', kind: 'silence', subject: 'gone', direction: 'less' },
        ...{ recommend: 'alert', seqs: [times.length - 1] },
      });
      const { silentMs, gapMs, surprise, observed } = pattern!.evidence;
      expect(silentMs).toBeCloseTo(now - times.at(-1)!, -2);
      expect(gapMs).toBeGreaterThanOrEqual((times.at(-1)! - times[0]!) / (times.length - 1) - 1);
      expect(surprise).toBeCloseTo(silentMs! / gapMs!, 2);
      expect(observed).toBe(times.length);
    }
  });

  it('learns in its first night that a type sleeps', () => {
    const first = (hours: number): number => {
      const now = 20 * hour + hours * hour;
      return find([figuresOf('office', daily(10, 1, 1), now)], now).length;
    };
    expect([1, 3, 5, 8, 12].map(first)).toEqual([1, 1, 0, 0, 0]);
    for (let days = 2; days <= 4; days++) {
      for (let hours = 1; hours <= 12; hours++) {
        const now = (days - 1) * day + 20 * hour + hours * hour;
        const type = figuresOf('office', daily(10 * days, days, 1), now);
        expect(find([type], now), `day ${days}, ${hours} h`).toEqual([]);
      }
    }
    // But a day without it is one that people should know of.
    const now = 5 * day + 10 * hour;
    const type = figuresOf('office', daily(1, 4, 1), now);
    expect(find([type], now, { knownRatio: 2 })).toMatchObject([{ kind: 'silence' }]);
  });

  it('goes by the slower of the long-run and the latest rate', () => {
    const slow = arrivals(1, 1 / minute, 0, 4 * hour);
    const fast = arrivals(2, 60 / minute, 4 * hour, 4 * hour + minute);
    const now = 4 * hour + 3 * minute;
    const type = figuresOf('hurried', [...slow, ...fast], now);
    expect(type.gapMs!.mean).toBeLessThan(5_000);
    const options = { falseAlarms: 1, ratio: 1 };
    expect(find([{ ...type, gapMs: { ...type.gapMs!, longest: 1 } }], now, options)).toMatchObject([
      { evidence: { gapMs: expect.closeTo(50_000, -4) } },
    ]);
    const latest = { ...type, gapMs: { mean: 100_000, longest: 1 } };
    expect(find([latest], now, options)).toMatchObject([{ evidence: { gapMs: 100_000 } }]);
  });

  it('asks for observations, a ratio and a time known, each as given', () => {
    const base = { type: 'x', firstAt: 0, lastAt: 3_000, gapMs: { mean: 10, longest: 300 } };
    const some = (now: number, total: number, options?: SilenceOptions): number =>
      find([{ ...base, total }], now, options).length;
    expect([some(4_000, 30), some(4_001, 30), some(3_899, 30)]).toEqual([1, 0, 0]);
    const many = 300;
    expect([some(3_899, many), some(3_900, many), some(4_000, many)]).toEqual([0, 1, 1]);
    expect([some(4_001, many), some(4_001, many, { knownRatio: 2 })]).toEqual([0, 1]);
    expect([some(3_850, many), some(3_850, many, { ratio: 2 })]).toEqual([0, 1]);
    expect([some(4_000, 29, { falseAlarms: 1 }), some(4_000, 30, { falseAlarms: 1 })]).toEqual([
      0, 1,
    ]);
  });
});
