import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellBeliefOptions, cellBelief } from '../../src/loop/lookahead-belief.ts';
import { mistakeOf } from '../support/errors.ts';

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const rates = fc.record({ falsePositive: share, falseNegative: share });
const cells = 4;
const readings = fc.array(fc.tuple(fc.nat({ max: cells - 1 }), fc.boolean()), { maxLength: 8 });

function readAll(
  options: Omit<CellBeliefOptions, 'cells'>,
  said: readonly (readonly [number, boolean])[],
) {
  const belief = cellBelief({ cells, ...options });
  for (const [cell, isPositive] of said) belief.read(cell, isPositive);
  return belief;
}

const probabilities = (belief: ReturnType<typeof cellBelief>): number[] =>
  Array.from({ length: cells }, (_, cell) => belief.probability(cell));

describe('a belief over cells', () => {
  it('is what Bayes says, summed over every possible map', () => {
    fc.assert(
      fc.property(rates, share, readings, ({ falsePositive, falseNegative }, prior, said) => {
        const holding = Array.from({ length: cells }, () => 0);
        let total = 0;
        for (let map = 0; map < 2 ** cells; map++) {
          const holds = (cell: number): boolean => ((map >> cell) & 1) === 1;
          let joint = 1;
          for (let cell = 0; cell < cells; cell++) joint *= holds(cell) ? prior : 1 - prior;
          for (const [cell, isPositive] of said) {
            const yes = holds(cell) ? 1 - falseNegative : falsePositive;
            joint *= isPositive ? yes : 1 - yes;
          }
          total += joint;
          for (let cell = 0; cell < cells; cell++) if (holds(cell)) holding[cell]! += joint;
        }
        const belief = readAll({ prior, falsePositive, falseNegative }, said);
        for (const [cell, joint] of holding.entries()) {
          expect(belief.probability(cell)).toBeCloseTo(joint / total, 10);
        }
      }),
    );
  });

  it('is the same in any order of the readings, and where it goes on from counts', () => {
    const shuffled = readings.chain((said) =>
      fc.tuple(
        fc.constant(said),
        fc.shuffledSubarray(said, { minLength: said.length, maxLength: said.length }),
        fc.nat({ max: said.length }),
      ),
    );
    const priors = fc.oneof(share, fc.constant({ present: 1, absent: 3 }));
    fc.assert(
      fc.property(rates, priors, shuffled, (errors, prior, [said, other, cut]) => {
        const options = { ...errors, prior };
        const expected = probabilities(readAll(options, said));
        expect(probabilities(readAll(options, other))).toEqual(expected);
        const { counts } = readAll(options, said.slice(0, cut));
        const saved = JSON.parse(JSON.stringify(counts)) as typeof counts;
        const later = readAll({ ...options, counts: saved }, said.slice(cut));
        expect(later.counts).toBe(saved);
        expect(probabilities(later)).toEqual(expected);
      }),
    );
  });

  it('stays within 0 and 1, however much was read', () => {
    const count = fc.nat({ max: 1_000_000_000 });
    const lists = fc.array(count, { minLength: cells, maxLength: cells });
    const priors = fc.oneof(share, fc.constant({ present: 0.5, absent: 0.5 }));
    fc.assert(
      fc.property(rates, priors, lists, lists, (errors, prior, positive, negative) => {
        const belief = cellBelief({ cells, ...errors, prior, counts: { positive, negative } });
        for (const value of [...probabilities(belief), belief.prior()]) {
          expect(value >= 0 && value <= 1).toBe(true);
        }
      }),
    );
  });

  it('learns the prior under which the readings are most probable', () => {
    const pseudo = fc.double({ min: 0.1, max: 9, noNaN: true });
    fc.assert(
      fc.property(rates, pseudo, pseudo, readings, (errors, present, absent, said) => {
        const { falsePositive, falseNegative } = errors;
        const belief = readAll({ ...errors, prior: { present, absent } }, said);
        const logPosterior = (prior: number): number => {
          let sum = present * Math.log(prior) + absent * Math.log(1 - prior);
          for (const cell of new Set(said.map(([read]) => read))) {
            let [held, free] = [prior, 1 - prior];
            for (const [read, isPositive] of said) {
              if (read !== cell) continue;
              held *= isPositive ? 1 - falseNegative : falseNegative;
              free *= isPositive ? falsePositive : 1 - falsePositive;
            }
            sum += Math.log(held + free);
          }
          return sum;
        };
        const learnt = belief.prior();
        const best = logPosterior(learnt);
        for (let step = 1; step < 200; step++) {
          expect(logPosterior(step / 200)).toBeLessThanOrEqual(best + 1e-9);
        }
        expect(readAll({ ...errors, prior: learnt }, said).probability(0)).toBeCloseTo(
          belief.probability(0),
          12,
        );
      }),
    );
  });

  it('begins a learnt prior at its pseudo-counts, and keeps a given one', () => {
    const errors = { falsePositive: 0.1, falseNegative: 0.2 };
    expect(readAll({ ...errors, prior: { present: 1, absent: 3 } }, []).prior()).toBeCloseTo(0.25);
    expect(readAll({ ...errors, prior: 0.25 }, [[0, true]]).prior()).toBe(0.25);
    const learning = readAll({ ...errors, prior: { present: 1, absent: 3 } }, []);
    const before = learning.prior();
    learning.read(0, true);
    expect(learning.prior()).toBeGreaterThan(before);
  });

  const usable = { cells: 2, prior: 0.1, falsePositive: 0.1, falseNegative: 0.1 };
  it.each([
    { cells: 0 },
    { cells: 1.5 },
    { cells: 1_048_577 },
    { prior: 0 },
    { prior: 1 },
    { prior: Number.NaN },
    { prior: { present: 0, absent: 1 } },
    { prior: { present: 1, absent: Number.POSITIVE_INFINITY } },
    { falsePositive: 0 },
    { falsePositive: 1 },
    { falseNegative: 0 },
    { falseNegative: 1.1 },
    { counts: { positive: [0], negative: [0, 0] } },
    { counts: { positive: [0, 0], negative: [0, -1] } },
    { counts: { positive: [0, 0], negative: [0, 0.5] } },
  ])('refuses %o', (wrong) => {
    expect(mistakeOf(() => cellBelief({ ...usable, ...wrong }))?.[0]).toBe('KNHK_LOOP_OPTION');
  });
  it.each([-1, 2, 0.5, Number.NaN])('refuses cell %d of two', (cell) => {
    const belief = cellBelief(usable);
    expect(mistakeOf(() => belief.read(cell, true))?.[0]).toBe('KNHK_LOOP_OPTION');
    expect(mistakeOf(() => belief.probability(cell))?.[0]).toBe('KNHK_LOOP_OPTION');
    expect(belief.counts).toEqual({ positive: [0, 0], negative: [0, 0] });
  });
});
