import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrequencyOptions, frequencyDetector } from '../../../src/loop/detectors/frequency.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import { arrivals, figuresOf } from '../support/streams.ts';
import { noRules, type TypeFigures, viewOf } from '../support/view.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Ten hours and a half after the beginning, in the midst of a pane. */
const now = 10 * hour + 30 * minute + 20_000;

const find = (types: readonly TypeFigures[], options?: FrequencyOptions): readonly Pattern[] =>
  frequencyDetector(options).detect(viewOf({ document: noRules, now, types }));

const steady = (seed: number, perMinute: number, from = 0): number[] =>
  arrivals(seed, perMinute / minute, from, now);
const merge = (...lists: number[][]): number[] => lists.flat().sort((left, right) => left - right);

describe('the frequency detector', () => {
  it('finds nothing in 2,000 types that come independently, at any rate', () => {
    const types = Array.from({ length: 2_000 }, (_, index) => {
      const perMinute = [0.02, 0.2, 1, 5][index % 4]!;
      return figuresOf(`type-${index}`, [0, ...steady(index, perMinute)], now);
    });
    expect(find(types)).toEqual([]);
    // Asked one by one, at most every tenth is called what one in ten may be, and some are.
    const options = { falseAlarms: 0.1, ratio: 1, countMin: 1 };
    const called = types.filter((type) => find([type], options).length > 0).length;
    expect(called).toBeGreaterThan(0);
    expect(called).toBeLessThanOrEqual(200);
  });

  it('finds nothing in types that come in clusters or in batches, or sleep at night', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const clusters = steady(seed, 0.5).flatMap((at) =>
        Array.from({ length: 12 }, (_, index) => Math.min(at + 400 * index, now)),
      );
      const batches = Array.from({ length: 5 }, (_, batch) =>
        Array.from({ length: 500 }, (_, index) => (2 * batch + 2) * hour + 20 * index),
      );
      const nights = merge(
        arrivals(seed, 30 / minute, 0, hour),
        arrivals(seed + 100, 30 / minute, 9 * hour + 40 * minute, now),
      );
      const types = [clusters, batches.flat(), nights].map((times, index) =>
        figuresOf(
          `type-${index}`,
          [...times].sort((a, b) => a - b),
          now,
        ),
      );
      expect(find(types), `seed ${seed}`).toEqual([]);
    }
  });

  it('finds a burst among others, with its evidence', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const quiet = Array.from({ length: 100 }, (_, index) =>
        figuresOf(`type-${index}`, steady(1_000 * seed + index, 3), now),
      );
      const times = merge(steady(seed, 3), arrivals(seed + 50, 60 / minute, now - minute, now));
      const [pattern, ...more] = find([...quiet, figuresOf('storm', times, now)]);
      expect(more, `seed ${seed}`).toEqual([]);
      expect(pattern).toMatchObject({
        ...{ detector: 'frequency', kind: 'burst', subject: 'storm', direction: 'more' },
        recommend: 'alert',
        seqs: [times.length - 1],
      });
      const { count, expected, forMs, surprise } = pattern!.evidence;
      const lately = forMs! / minute;
      expect([2, 4, 8]).toContain(lately);
      const panes = times.map((at) => 630 - Math.floor(at / minute)).filter((pane) => pane < 60);
      expect(count).toBe(panes.filter((pane) => pane < lately).length);
      const before = panes.filter((pane) => pane >= lately).length;
      expect(expected).toBeCloseTo((before * lately) / (60 - lately), 3);
      expect(pattern!.confidence).toBeCloseTo(1 - Math.exp(-surprise!), 6);
    }
  });

  it('finds a type that has come more often for a while', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const times = merge(
        steady(seed, 0.5),
        arrivals(seed + 50, 5 / minute, now - 40 * minute, now),
      );
      const [pattern, ...more] = find([figuresOf('busy', times, now)]);
      expect(more).toEqual([]);
      expect(pattern).toMatchObject({ kind: 'high-frequency', subject: 'busy', direction: 'more' });
      expect(pattern!.evidence['expected']).toBeGreaterThan(20);
      expect(pattern!.evidence['forMs']).toBe(hour);
    }
  });

  it('finds a rare type that bursts once', () => {
    const times = merge(steady(3, 0.1), arrivals(4, 40 / minute, now - 3 * minute, now - minute));
    expect(find([figuresOf('rare', times, now)])).toMatchObject([{ kind: 'high-frequency' }]);
  });

  it('looks at the panes itself where the view does not say what came last', () => {
    const times = merge(steady(1, 3), arrivals(2, 60 / minute, now - minute, now));
    const { latest, ...figures } = figuresOf('storm', times, now);
    expect(find([figures])).toEqual(find([{ ...figures, latest: latest! }]));
    expect(find([figures])).toHaveLength(1);
  });

  it('finds the same whether or not the view says what came last', () => {
    // The end of each window holds more or less than countMin in its last 2, 4 or 8 panes.
    const count = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: 60 }));
    const paneLists = fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 52, maxLength: 52 }),
        fc.array(count, { minLength: 8, maxLength: 8 }),
      )
      .map(([before, lately]) => [...before, ...lately]);
    const options = { falseAlarms: 1, ratio: 1 };
    fc.assert(
      fc.property(fc.array(paneLists, { minLength: 1, maxLength: 5 }), (lists) => {
        const types = lists.map((panes, index) => ({
          ...{ type: `type-${index}`, total: 10_000, firstAt: 0, lastAt: now, panes },
          ...{ count: panes.reduce((all, each) => all + each, 0) },
        }));
        const told = types.map((type) => ({
          ...type,
          latest: type.panes.at(-1)! + type.panes.at(-2)!,
        }));
        expect(find(types, options)).toEqual(find(told, options));
      }),
    );
  });

  it('calls no burst what has ended, however the view says so', () => {
    const ended = Array.from({ length: 60 }, (_, pane) => (pane >= 56 && pane < 58 ? 60 : 1));
    const type = { type: 'ended', count: 178, total: 1_000, firstAt: 0, lastAt: now, panes: ended };
    expect(find([type])).toEqual([]);
    expect(find([{ ...type, latest: 2 }])).toEqual([]);
    const lasting = [...ended.slice(0, 58), 60, 60];
    expect(find([{ ...type, count: 296, panes: lasting }])).toMatchObject([{ kind: 'burst' }]);
  });

  it.each([
    ['countMin', { countMin: 500 }],
    ['ratio', { ratio: 30 }],
    ['falseAlarms', { falseAlarms: 1e-300 }],
  ] as const)('finds less with another %s', (_, options) => {
    const times = merge(steady(1, 3), arrivals(2, 60 / minute, now - minute, now));
    expect(find([figuresOf('storm', times, now)])).toHaveLength(1);
    expect(find([figuresOf('storm', times, now)], options)).toEqual([]);
  });

  it('asks that a type was known for so many windows, or for ten panes', () => {
    const begun = 7 * hour;
    const times = merge(steady(1, 0.5, begun), arrivals(2, 5 / minute, now - 40 * minute, now));
    expect(find([figuresOf('new', times, now)])).toEqual([]);
    expect(find([figuresOf('new', times, now)], { windowsMin: 2 })).toHaveLength(1);
    const fresh = (minutes: number): TypeFigures => {
      const from = now - minutes * minute;
      const storm = arrivals(2, 300 / minute, now - minute, now);
      return figuresOf('fresh', merge([from], arrivals(1, 5 / minute, from, now), storm), now);
    };
    expect(find([fresh(11)])).toEqual([]);
    expect(find([fresh(12)])).toMatchObject([{ kind: 'burst' }]);
  });

  /** A type by hand: panes of a minute, the same rate for ten hours before. */
  const byHand = (panes: readonly number[], before: number): TypeFigures => {
    const count = panes.reduce((sum, each) => sum + each, 0);
    const times = { firstAt: 0, lastAt: now, gapMs: { mean: minute, longest: minute } };
    return { type: 'hand', ...times, count, total: before + count, panes };
  };
  const fill = (length: number, each: (index: number) => number): number[] =>
    Array.from({ length }, (_, index) => each(index));

  it('weighs a window by what its panes vary, but for the two busiest', () => {
    // Ten in every other pane vary by about their mean more than a Poisson process does.
    const panes = fill(60, (index) => (index % 2) * 10);
    const [pattern] = find([byHand(panes, 570)]);
    const calm = [...panes].sort((left, right) => left - right).slice(0, 58);
    const mean = calm.reduce((sum, each) => sum + each, 0) / 58;
    const squares = calm.reduce((sum, each) => sum + (each - mean) ** 2, 0);
    const dispersion = squares / 57 / mean;
    const share = hour / now;
    const nats = 300 * Math.log(300 / 870 / share) + 570 * Math.log(570 / 870 / (1 - share));
    expect(pattern).toMatchObject({ kind: 'high-frequency' });
    expect(pattern!.evidence['dispersion']).toBeCloseTo(dispersion, 4);
    expect(pattern!.evidence['surprise']).toBeCloseTo(nats / dispersion, 3);
    expect(dispersion).toBeGreaterThan(4);
  });

  it('weighs a burst by what the panes before it vary, and by how often it has looked', () => {
    const panes = fill(60, (index) => (index >= 58 ? 150 : (index % 2) * 10));
    const [pattern] = find([byHand(panes, 2_600)]);
    const before = fill(58, (index) => (index % 2) * 10);
    const squares = before.reduce((sum, each) => sum + (each - 5) ** 2, 0);
    const dispersion = squares / 57 / 5;
    const share = 2 / 60;
    const nats = 300 * Math.log(300 / 590 / share) + 290 * Math.log(290 / 590 / (1 - share));
    expect(pattern).toMatchObject({ kind: 'burst', evidence: { count: 300, expected: 10 } });
    // 2, 4, 8, 16 and 32 panes.
    const surprise = nats / dispersion - Math.log(5);
    expect(pattern!.evidence['surprise']).toBeCloseTo(surprise, 3);
  });

  it('does not call it a burst where the panes before hold next to nothing', () => {
    const panes = (each: number): number[] => fill(60, (index) => (index >= 58 ? 40 : each));
    expect(find([byHand(panes(1), 600)])).toMatchObject([{ kind: 'burst' }]);
    const some = fill(60, (index) => (index >= 58 ? 40 : index < 19 ? 1 : 0));
    expect(find([byHand(some, 6_000)])).toEqual([]);
  });

  it('judges a window from the third one on that a type is known', () => {
    const panes = fill(60, () => 10);
    const known = (ms: number): number =>
      find([{ ...byHand(panes, 90), firstAt: now - hour - ms }]).length;
    expect([known(3 * hour - 1), known(3 * hour)]).toEqual([0, 1]);
  });

  it('does not look at the panes of a type that hardly came lately', () => {
    const quiet = {
      ...byHand(
        fill(60, (index) => (index >= 58 ? 40 : 1)),
        600,
      ),
      latest: 19,
    };
    expect(find([quiet])).toEqual([]);
    expect(find([{ ...quiet, latest: 20 }])).toHaveLength(1);
  });

  it('says the most surprising ones first, and no more than it may', () => {
    const types = [20, 60, 40].map((perMinute, index) => {
      const times = merge(steady(index, 3), arrivals(9, perMinute / minute, now - minute, now));
      return figuresOf(`storm-${perMinute}`, times, now);
    });
    const subjects = (options?: FrequencyOptions): string[] =>
      find(types, options).map(({ subject }) => subject);
    expect(subjects()).toEqual(['storm-60', 'storm-40', 'storm-20']);
    expect(subjects({ patternsMax: 2 })).toEqual(['storm-60', 'storm-40']);
    expect(find(types, { recommend: 'enforce' })[0]!.recommend).toBe('enforce');
  });
});
