import { describe, expect, it } from 'vitest';
import { type OutcomeOptions, outcomeDetector } from '../../../src/loop/detectors/outcomes.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import { generator, noRules, type TypeFigures, viewOf } from '../support/view.ts';

type Outcome = 'failed' | 'invalid' | 'denied';

const find = (
  types: readonly TypeFigures[],
  options?: OutcomeOptions,
  first = 0,
): readonly Pattern[] =>
  outcomeDetector(options).detect(
    viewOf({ document: noRules, types, open: { observed: {}, fired: {}, seqs: [first, 99] } }),
  );

/** A type of which so many of its observations in the window and before it had an outcome. */
function typeWith(
  outcome: Outcome,
  [now, observed]: readonly [number, number],
  [before, observedBefore]: readonly [number, number],
): TypeFigures {
  return {
    type: `type-${outcome}`,
    count: observed,
    total: observed + observedBefore,
    outcomes: { idle: observed - now, [outcome]: now },
    totals: { idle: observed + observedBefore - now - before, [outcome]: now + before },
    samples: { [outcome]: [40, 50] },
  };
}

const drawn = (random: () => number, trials: number, share: number): number => {
  let count = 0;
  for (let index = 0; index < trials; index++) if (random() < share) count++;
  return count;
};

describe('the outcome detector', () => {
  it.each(['failed', 'invalid', 'denied'] as const)('finds a spike of what is %s', (outcome) => {
    const [pattern, ...more] = find([typeWith(outcome, [30, 100], [50, 1_000])]);
    expect(more).toEqual([]);
    expect(pattern).toMatchObject({
      ...{ detector: 'outcomes', kind: `${outcome}-spike`, subject: `type-${outcome}` },
      ...{ direction: 'more', recommend: 'alert', seqs: [40, 50] },
      evidence: { count: 30, observed: 100, share: 0.3, shareBefore: 0.05, observedBefore: 1_000 },
    });
    expect(pattern!.confidence).toBeGreaterThan(0.999);
  });

  it('finds nothing in outcomes of an unchanged share, whatever it is', () => {
    const random = generator(3);
    const types = Array.from({ length: 2_000 }, (_, index) => {
      const share = [0.001, 0.01, 0.1, 0.5, 0.95][index % 5]!;
      const now = drawn(random, 300, share);
      return typeWith('failed', [now, 300], [drawn(random, 1_000, share), 1_000]);
    });
    expect(find(types)).toEqual([]);
    const options = { falseAlarms: 1, countMin: 1, ratio: 1, riseMin: 0 };
    const called = types.filter(
      (type) => find([type], { ...options, falseAlarms: 0.3 }).length > 0,
    );
    expect(called.length).toBeGreaterThan(0);
    expect(called.length).toBeLessThanOrEqual(600);
  });

  it('is quiet where fewer fail, and where nothing else ever came', () => {
    expect(find([typeWith('failed', [30, 1_000], [500, 1_000])])).toEqual([]);
    expect(find([typeWith('failed', [100, 100], [0, 0])])).toEqual([]);
  });

  it('says so in cycles in which it occurred', () => {
    const spike = typeWith('denied', [30, 100], [50, 1_000]);
    expect(find([spike], {}, 50)).toHaveLength(1);
    expect(find([spike], {}, 51)).toEqual([]);
  });

  it('asks for a count, a history, a ratio and a rise, each as given', () => {
    const at = (now: number, observed: number, before: number, history: number): TypeFigures =>
      typeWith('failed', [now, observed], [before, history]);
    const some = (type: TypeFigures, options?: OutcomeOptions): number =>
      find([type], options).length;
    expect([some(at(9, 12, 0, 1_000)), some(at(9, 12, 0, 1_000), { countMin: 9 })]).toEqual([0, 1]);
    expect([some(at(20, 40, 0, 99)), some(at(20, 40, 0, 99), { historyMin: 99 })]).toEqual([0, 1]);
    const slight = at(380, 1_000, 2_000, 10_000);
    expect([some(slight), some(slight, { ratio: 1.5 })]).toEqual([0, 1]);
    const tiny = at(90, 10_000, 100, 100_000);
    expect([some(tiny), some(tiny, { riseMin: 0.005 })]).toEqual([0, 1]);
  });

  it('shares its allowance among types and outcomes', () => {
    const spike = typeWith('failed', [10, 100], [20, 1_000]);
    const quiet = typeWith('denied', [0, 100], [0, 1_000]);
    const surprise = find([spike], { falseAlarms: 1 })[0]!.evidence['surprise']!;
    const keys = 3 * Math.floor(Math.exp(surprise) / 3 / 10);
    const others = (count: number): TypeFigures[] => Array.from({ length: count }, () => quiet);
    expect(find([spike, ...others(keys / 3 - 1)], { falseAlarms: 1 })).toHaveLength(1);
    expect(find([spike, ...others(40 * (keys / 3))], { falseAlarms: 1 })).toEqual([]);
  });
});
