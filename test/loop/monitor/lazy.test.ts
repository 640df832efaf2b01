import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Monitor } from '../../../src/loop/monitor/monitor.ts';
import { runs } from '../../support/effort.ts';
import { generator } from '../support/view.ts';
import { eventOf, monitorOf, type Step, streams, take } from './events.ts';

const stateOf = (monitor: Monitor): string => JSON.stringify(monitor);

/** Looks at a state after each step, which closes and folds whatever is not yet. */
function eagerly(steps: readonly Step[]): Monitor {
  const monitor = monitorOf();
  for (const step of steps) {
    take(monitor, step);
    stateOf(monitor);
  }
  return monitor;
}

function lazily(steps: readonly Step[]): Monitor {
  const monitor = monitorOf();
  for (const step of steps) take(monitor, step);
  return monitor;
}

/** Figures in an order in which nothing that settles a field comes before what does not. */
function figures(monitor: Monitor): unknown {
  const view = monitor.view();
  const { observed, fired, seqs } = view.open;
  const cheap = [...view.fields()].map((field) => {
    const { numbers, numbersNow } = field;
    const now = [numbersNow?.count, numbersNow?.min, numbersNow?.max];
    const before = [numbers?.count, numbers?.min, numbers?.max];
    return [field.presentNow, field.absentNow, now, before, field.drift, field.anomaly];
  });
  const rest = [...view.fields()].map(({ numbers, numbersNow, texts }) => [
    ...[numbersNow?.mean, numbers?.mean, numbers?.deviation, numbers?.quantile(0.5)],
    texts?.novel,
  ]);
  return { observed, fired, seqs, cheap, rest };
}

/** Runs of one type with levels that move, so that drift is found, in cycles of every length. */
const levels: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.nat(1_000), fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 8, maxLength: 30 }))
  .map(([seed, cycles]) => {
    const random = generator(seed);
    const steps: Step[] = [];
    let seq = 0;
    const add = (count: number, level: number): void => {
      for (let index = 0; index < count; index++) {
        steps.push({ event: eventOf({ seq: seq++, data: { level: level + random() } }) });
      }
      steps.push({ close: true });
    };
    add(250, 0);
    for (const [index, count] of cycles.entries()) add(count, index % 9);
    steps.pop();
    return steps;
  });

describe('what is closed and folded late', () => {
  it.each([
    ['streams', streams],
    ['levels', levels],
  ])('is what it would be at once: %s', (_what, given) => {
    fc.assert(
      fc.property(given, (steps) => {
        expect(figures(lazily(steps))).toEqual(figures(eagerly(steps)));
        expect(stateOf(lazily(steps))).toBe(stateOf(eagerly(steps)));
      }),
      { numRuns: runs(100) },
    );
  });

  it('is the same after looking, and merges the same', () => {
    fc.assert(
      fc.property(streams, streams, (steps, others) => {
        const looked = lazily(steps);
        figures(looked);
        expect(stateOf(looked)).toBe(stateOf(lazily(steps)));
        const [one, two] = [lazily(steps), eagerly(steps)];
        one.merge(lazily(others));
        two.merge(eagerly(others));
        expect(stateOf(one)).toBe(stateOf(two));
      }),
      { numRuns: runs(100) },
    );
  });

  it('is not seen in the counts of a view that was given out', () => {
    const monitor = monitorOf();
    monitor.observe(eventOf({ seq: 0, data: { level: 1 } }));
    const { open } = monitor.view();
    const counts = { 'reading.taken': 1 };
    monitor.observe(eventOf({ seq: 1, data: { level: 1 } }));
    monitor.observe(eventOf({ seq: 2, type: 'order.placed', data: {} }));
    monitor.closeCycle();
    monitor.observe(eventOf({ seq: 3, type: 'order.placed', data: {} }));
    expect(open.observed).toEqual(counts);
    expect({ ...open }.observed).toEqual(counts);
    expect(monitor.view().open.observed).toEqual({ 'order.placed': 1 });
  });
});
