import { describe, expect, it } from 'vitest';
import { hookRateDetector } from '../../../src/loop/detectors/hook-rate.ts';
import { Monitor } from '../../../src/loop/monitor/monitor.ts';
import type { Pattern } from '../../../src/loop/types.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import { generator, viewOf } from '../support/view.ts';
import { Reading, rules } from '../support.ts';

const { document } = catalogueOf({ observations: [Reading], rules });

const perCycle = 1_000;

/** Patterns after cycles with these rates, the last one still open. */
function patternsAfter(
  rates: readonly number[],
  seed = 1,
  detector = hookRateDetector(),
): readonly Pattern[] {
  const random = generator(seed);
  const binomial = (rate: number): number => {
    let fired = 0;
    for (let index = 0; index < perCycle; index++) if (random() < rate) fired++;
    return fired;
  };
  const counts = rates.map((rate) => ({ fired: binomial(rate), observed: perCycle }));
  const view = viewOf({
    cycle: rates.length,
    open: {
      observed: { 'reading.taken': perCycle },
      fired: { raise: counts.at(-1)!.fired },
      seqs: [0, 0],
    },
    history: (hook) => (hook === 'raise' ? counts.slice(0, -1) : []),
    document,
  });
  return detector.detect(view);
}

const steady = (count: number, rate: number): number[] => Array.from({ length: count }, () => rate);

describe('the hook-rate detector', () => {
  it('finds nothing in stationary counts, whatever their rate', () => {
    for (const rate of [0, 0.02, 0.05, 0.2, 0.5, 0.95, 1]) {
      for (let seed = 1; seed <= 40; seed++) {
        expect(patternsAfter(steady(8, rate), seed), `rate ${rate}, seed ${seed}`).toEqual([]);
      }
    }
  });

  it.each([
    ['doubled', 0.1, 0.2, 'more'],
    ['halved', 0.2, 0.1, 'less'],
    ['silenced', 0.1, 0, 'less'],
    ['tripled', 0.05, 0.15, 'more'],
  ] as const)('finds a rate that has %s', (_what, before, after, direction) => {
    for (let seed = 1; seed <= 40; seed++) {
      const patterns = patternsAfter([...steady(6, before), after], seed);
      expect(patterns, `seed ${seed}`).toHaveLength(1);
      expect(patterns[0]).toMatchObject({ subject: 'raise', direction, kind: 'hook-rate' });
    }
  });

  it('finds a hook that begins to fire after it never has', () => {
    // Expected is next to nothing here, so the host has to lower what is judged at all.
    const detector = hookRateDetector({ expectedMin: 0 });
    expect(patternsAfter([...steady(6, 0), 0.1], 1, detector)).toHaveLength(1);
    expect(patternsAfter([...steady(6, 0), 0.1])).toEqual([]);
  });

  it('does not call a restless hook anomalous for being restless', () => {
    const restless = [0.05, 0.2, 0.04, 0.22, 0.06, 0.19, 0.05, 0.21];
    const calm = steady(8, 0.12);
    for (let seed = 1; seed <= 40; seed++) {
      expect(patternsAfter([...restless, 0.25], seed), `seed ${seed}`).toEqual([]);
      expect(patternsAfter([...calm, 0.25], seed), `seed ${seed}`).toHaveLength(1);
    }
  });

  it('needs history, expected firings, deviations and a ratio, each as given', () => {
    const doubled = [...steady(3, 0.1), 0.2];
    expect(patternsAfter(doubled)).toEqual([]);
    expect(patternsAfter(doubled, 1, hookRateDetector({ historyMin: 3 }))).toHaveLength(1);
    const rare = [...steady(6, 0.02), 0.06];
    expect(patternsAfter(rare)).toEqual([]);
    expect(patternsAfter(rare, 1, hookRateDetector({ expectedMin: 5 }))).toHaveLength(1);
    const slight = [...steady(6, 0.3), 0.4];
    expect(patternsAfter(slight)).toEqual([]);
    expect(patternsAfter(slight, 1, hookRateDetector({ ratio: 1.2 }))).toHaveLength(1);
    const clear = [...steady(6, 0.1), 0.2];
    expect(patternsAfter(clear, 1, hookRateDetector({ deviations: 50 }))).toEqual([]);
  });

  it('gives evidence that can be checked by hand', () => {
    const monitor = new Monitor(document);
    const cycle = (fired: number, first: number): void => {
      for (let index = 0; index < 100; index++) {
        const names = index < fired ? ['raise'] : [];
        const event = { seq: first + index, type: 'reading.taken', data: {}, fired: names };
        monitor.observe({ ...event, time: 0, at: 0, outcome: 'idle' });
      }
    };
    for (const start of [0, 100, 200, 300]) {
      cycle(30, start);
      monitor.closeCycle();
    }
    cycle(60, 400);
    const [pattern] = hookRateDetector().detect(monitor.view());
    const rate = 120.5 / 401;
    const deviation = Math.sqrt(100 * rate * (1 - rate) * (1 + 100 / 400));
    const z = (60 - 100 * rate) / deviation;
    expect(pattern!.evidence).toMatchObject({ count: 60, observed: 100, rate: 0.6 });
    expect(pattern!.evidence['historyCycles']).toBe(4);
    expect(pattern!.evidence['historyRate']).toBeCloseTo(rate, 5);
    expect(pattern!.evidence['expected']).toBeCloseTo(100 * rate, 3);
    expect(pattern!.evidence['z']).toBeCloseTo(z, 3);
    expect(pattern!.confidence).toBeCloseTo((z * z) / (1 + z * z), 5);
    expect(pattern!.seqs).toEqual([400, 401, 402, 403, 404, 405, 406, 407]);
  });
});
