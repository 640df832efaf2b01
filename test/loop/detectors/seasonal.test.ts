import { describe, expect, it } from 'vitest';
import { type SeasonalOptions, seasonalDetector } from '../../../src/loop/detectors/seasonal.ts';
import type { Detector, Pattern } from '../../../src/loop/types.ts';
import { poisson } from '../support/streams.ts';
import { generator, noRules, viewOf } from '../support/view.ts';

const hour = 3_600_000;
const perDay: SeasonalOptions = { periodMs: 24 * hour };

/** Busy by day, quiet by night. */
const usual = (slot: number): number => 60 + 50 * Math.sin((2 * Math.PI * (slot % 24)) / 24);

let seq = 0;
/** Observes a type so often within an hour; the first observation begins the hour. */
function observe(detector: Detector, type: string, slot: number, count: number): void {
  for (let index = 0; index < count; index++) {
    const at = slot * hour + Math.floor((index / count) * hour);
    detector.observe!({ seq: seq++, type, at, time: at, data: {}, fired: [], outcome: 'idle' });
  }
}

/** What is found in a cycle that begins with the first observation of an hour. */
function find(detector: Detector, slot: number, first = seq): readonly Pattern[] {
  observe(detector, 'clock', slot, 1);
  const open = { observed: {}, fired: {}, seqs: [first, seq] as const };
  const types = [{ type: 'orders', samples: { idle: [3, 4] } }];
  return detector.detect(viewOf({ document: noRules, now: slot * hour, open, types }));
}

/** A detector that has seen so many days of hours, each drawn around a rate. */
function trained(
  days: number,
  random: () => number,
  options: SeasonalOptions = {},
  rate: (slot: number) => number = usual,
): Detector {
  const detector = seasonalDetector({ ...perDay, ...options });
  for (let slot = 0; slot < 24 * days; slot++) {
    observe(detector, 'clock', slot, 1);
    observe(detector, 'orders', slot, poisson(random, rate(slot)));
  }
  return detector;
}

describe('the seasonal detector', () => {
  it('finds nothing while everything is as usual, hour by hour', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = generator(seed);
      const detector = trained(4, random);
      for (let slot = 96; slot < 24 * 12; slot++) {
        expect(find(detector, slot), `seed ${seed}, hour ${slot}`).toEqual([]);
        observe(detector, 'orders', slot, poisson(random, usual(slot)));
      }
    }
  });

  it.each([
    ['more', 3, 200],
    ['more', 18, 60],
    ['less', 6, 20],
    ['less', 6, 0],
  ] as const)('finds %s than usual at %i o’clock', (direction, clock, count) => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = generator(seed);
      const detector = trained(5, random);
      const hours = 120 + clock;
      for (let at = 120; at < hours; at++) {
        observe(detector, 'orders', at, poisson(random, usual(at)));
      }
      observe(detector, 'orders', hours, count);
      const [pattern, ...more] = find(detector, hours + 1);
      expect(more).toEqual([]);
      expect(pattern, `seed ${seed}`).toMatchObject({
        ...{ detector: 'seasonal-3600000-86400000', kind: 'season', subject: 'orders', direction },
        ...{ recommend: 'alert', seqs: [3, 4] },
        evidence: { count, periods: 5, forMs: hour },
      });
    }
  });

  it('says so once: in the cycle in which the hour ended', () => {
    const detector = trained(5, generator(1));
    observe(detector, 'orders', 120, 500);
    const begun = seq;
    expect(find(detector, 121)).toHaveLength(1);
    expect(find(detector, 121, begun)).toHaveLength(1);
    expect(find(detector, 121, begun + 1)).toEqual([]);
  });

  it('is not alarmed by types that are as restless each day', () => {
    const found = (calm: boolean): number => {
      let count = 0;
      for (let seed = 1; seed <= 20; seed++) {
        const random = generator(seed);
        const factor = (): number =>
          calm ? 1 : [0.25, 0.5, 1, 2, 1.25][Math.floor(5 * random())]!;
        const detector = trained(8, random, {}, (slot) => factor() * usual(slot));
        observe(detector, 'orders', 192, 120);
        count += find(detector, 193).length;
      }
      return count;
    };
    expect([found(true), found(false)]).toEqual([20, 0]);
  });

  it('asks for periods, a count and a ratio, each as given', () => {
    const some = (days: number, count: number, options?: SeasonalOptions): number => {
      const detector = trained(days, generator(1), options);
      observe(detector, 'orders', 24 * days, count);
      return find(detector, 24 * days + 1).length;
    };
    // The first hour was a partial one: after four days it has passed three times.
    expect([some(3, 600), some(3, 600, { periodsMin: 2 }), some(4, 600)]).toEqual([0, 1, 1]);
    expect([some(5, 600, { countMin: 601 }), some(5, 600, { countMin: 600 })]).toEqual([0, 1]);
    expect([some(5, 0, { countMin: 80 }), some(5, 0, { countMin: 40 })]).toEqual([0, 1]);
    expect([some(5, 600, { ratio: 15 }), some(5, 600, { ratio: 8 })]).toEqual([0, 1]);
    expect([some(5, 6, { ratio: 15 }), some(5, 6, { ratio: 8 })]).toEqual([0, 1]);
    expect(some(5, 600, { falseAlarms: 1e-300 })).toBe(0);
  });

  it('goes on after its state was saved and read', () => {
    const random = generator(9);
    const detector = trained(5, random);
    const other = seasonalDetector(perDay);
    other.restore!(JSON.parse(JSON.stringify(detector.save!())));
    for (const each of [detector, other]) observe(each, 'orders', 120, 500);
    const begun = seq;
    const [pattern] = find(detector, 121);
    observe(other, 'clock', 121, 1);
    expect(find(other, 121, begun)).toEqual([pattern]);
  });

  it('watches as many types as it may, the first ones', () => {
    const detector = seasonalDetector({ ...perDay, typesMax: 2 });
    for (const type of ['a', 'b', 'c']) observe(detector, type, 0, 1);
    const saved = JSON.stringify(detector.save!());
    expect(saved).toContain('"b"');
    expect(saved).not.toContain('"c"');
  });
});
