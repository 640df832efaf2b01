import { describe, expect, it } from 'vitest';
import type { DriftView } from '../../../src/loop/view.ts';
import { generator } from '../support/view.ts';
import { eventOf, monitorOf } from './events.ts';

/** Standard normal numbers (Box and Muller). */
function normal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const exponential = (random: () => number) => (): number => -Math.log(1 - random());
const coin = (random: () => number) => (): number => (random() < 0.1 ? 1 : 0);
const spiky = (random: () => number) => (): number => (random() < 0.01 ? 1_000 : random());

/** What is found in each cycle of so many numbers. */
function driftsOf(next: (n: number) => number, cycles: number, perCycle: number): DriftView[] {
  const monitor = monitorOf();
  const found: DriftView[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    for (let index = 0; index < perCycle; index++) {
      const seq = cycle * perCycle + index;
      monitor.observe(eventOf({ seq, data: { level: next(seq) } }));
    }
    const { drift } = monitor.view().field('reading.taken', 'level')!;
    if (drift !== undefined) found.push(drift);
    monitor.closeCycle();
  }
  return found;
}

describe('drift', () => {
  it.each([
    ['normal', normal],
    ['exponential', exponential],
    ['rare ones', coin],
    ['with spikes', spiky],
  ])('is not found in stationary numbers: %s', (_what, distribution) => {
    for (let seed = 1; seed <= 4; seed++) {
      expect(driftsOf(distribution(generator(seed)), 60, 97), `seed ${seed}`).toEqual([]);
      expect(driftsOf(distribution(generator(seed)), 3, 2_000), `seed ${seed}`).toEqual([]);
    }
  });

  it.each([1, 2, 5])('is found after a step of %i deviations, once, with what changed', (step) => {
    for (const sign of [1, -1]) {
      for (let seed = 1; seed <= 4; seed++) {
        const next = normal(generator(seed));
        const value = (n: number): number => 50 + next() + (n >= 2_000 ? sign * step : 0);
        const found = driftsOf(value, 40, 100);
        expect(found, `seed ${seed}`).toHaveLength(1);
        const [{ direction, strength, before, after, since }] = found as [DriftView];
        expect(direction).toBe(sign > 0 ? 'more' : 'less');
        expect(strength).toBeGreaterThanOrEqual(1);
        expect(Math.abs(before - 50)).toBeLessThan(0.3);
        expect(Math.abs(after - 50 - sign * step)).toBeLessThan(0.6);
        expect(Math.abs(since - 2_000)).toBeLessThan(60);
      }
    }
  });

  it('is found within 24 numbers where the level moves by two deviations', () => {
    const next = normal(generator(3));
    const value = (n: number): number => next() + (n >= 1_000 ? 2.5 : 0);
    // The cycle that ends with the 24th number after the step.
    const monitor = monitorOf();
    for (let seq = 0; seq < 1_024; seq++) {
      if (seq === 500 || seq === 1_000) monitor.closeCycle();
      monitor.observe(eventOf({ seq, data: { level: value(seq) } }));
    }
    expect(monitor.view().field('reading.taken', 'level')!.drift?.direction).toBe('more');
  });

  it('is found again when the new level changes back', () => {
    const next = normal(generator(4));
    const found = driftsOf((n) => next() + (n >= 1_000 && n < 2_000 ? 4 : 0), 30, 100);
    expect(found.map(({ direction }) => direction)).toEqual(['more', 'less']);
  });

  it('is found in what never varied', () => {
    const found = driftsOf((n) => (n < 1_000 ? 5 : 5.01), 15, 100);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ direction: 'more', before: 5, since: 1_000 });
    expect(driftsOf(() => 0.1 + 0.2, 15, 100)).toEqual([]);
  });

  it('is not found for one spike, however high', () => {
    for (const spike of [1e3, 1e9, -1e300]) {
      const next = generator(6);
      expect(driftsOf((n) => (n === 1_500 ? spike : next()), 20, 100)).toEqual([]);
    }
  });

  it('is not looked for before a level was learnt', () => {
    expect(driftsOf((n) => (n < 150 ? 0 : 1_000), 2, 180)).toEqual([]);
  });
});
