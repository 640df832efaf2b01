import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Season } from '../../../src/loop/detectors/season.ts';

const slotMs = 10;
const slots = 4;

/** Counts by slot of one key, from the times at which it came, late ones in the newest slot. */
function countsOf(times: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  let newest = -1;
  for (const at of times) {
    newest = Math.max(newest, Math.floor(at / slotMs));
    counts.set(newest, (counts.get(newest) ?? 0) + 1);
  }
  return counts;
}

/** What a slot is compared with, by its definition: the same one of periods before. */
function naive(times: readonly number[], slot: number): object {
  const counts = countsOf(times);
  const first = Math.floor(times[0]! / slotMs);
  let before = 0;
  let periods = 0;
  for (let earlier = slot - slots; earlier > first; earlier -= slots) {
    before += counts.get(earlier) ?? 0;
    periods++;
  }
  return { count: counts.get(slot) ?? 0, before, periods };
}

const steps = fc.array(fc.constantFrom(0, 1, 1, 3, 9, 10, 25, 70, -15), {
  minLength: 1,
  maxLength: 80,
});
const timesOf = (moves: readonly number[]): number[] => {
  let at = 100;
  return moves.map((move) => (at += move));
};

const seasonOf = (times: readonly number[]): Season => {
  const season = new Season(slotMs, slots, 8);
  for (const [seq, at] of times.entries()) season.add('key', at, seq);
  return season;
};

describe('a season', () => {
  it('compares a slot with the same one of earlier periods', () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 3 }), (moves, after) => {
        const times = timesOf(moves);
        const season = seasonOf(times);
        const newest = [...countsOf(times).keys()].at(-1)!;
        expect(season.newest.slot).toBe(newest);
        // What a season is asked for: the newest slot, the one before it, or one after it.
        expect(season.slot('key', newest + after)).toEqual(naive(times, newest + after));
        const { before, periods } = naive(times, newest - 1) as { before: number; periods: number };
        expect(season.slot('key', newest - 1)).toMatchObject({ before, periods });
      }),
      { seed: 21, numRuns: 1_000 },
    );
  });

  it('knows the count of the slot that has just ended', () => {
    const season = seasonOf([5, 12, 13, 14, 21]);
    expect(season.slot('key', 1)).toEqual({ count: 3, before: 0, periods: 0 });
    expect(season.slot('key', 3).count).toBe(0);
  });

  it('knows since which observation its newest slot is', () => {
    const season = new Season(slotMs, slots, 8);
    season.add('a', 5, 1);
    season.add('b', 12, 2);
    season.add('a', 13, 3);
    expect(season.newest).toEqual({ slot: 1, seq: 2 });
    season.add('b', 3, 4);
    expect(season.newest).toEqual({ slot: 1, seq: 2 });
  });

  it('measures what slots vary beyond a Poisson process, pooled over all', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const times = timesOf(moves);
        const season = seasonOf(times);
        const counts = countsOf(times);
        const first = Math.floor(times[0]! / slotMs);
        // Its last two slots are not among the sums yet.
        const end = [...counts.keys()].at(-2) ?? first;
        let excess = 0;
        let scale = 0;
        for (let place = 0; place < slots; place++) {
          const values: number[] = [];
          for (let slot = first + 1; slot < end; slot++) {
            if (slot % slots === place) values.push(counts.get(slot) ?? 0);
          }
          if (values.length < 2) continue;
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          excess += squares / (values.length - 1) - mean;
          scale += mean ** 2;
        }
        const want = scale === 0 ? 0 : Math.max(0, excess / scale);
        expect(season.restlessness('key')).toBeCloseTo(want, 10);
      }),
      { seed: 22, numRuns: 1_000 },
    );
  });

  it('goes on after it was written and read as if nothing had happened', () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 80 }), (moves, cut) => {
        const times = timesOf(moves);
        const whole = new Season(slotMs, slots, 8);
        let other = new Season(slotMs, slots, 8);
        times.forEach((at, seq) => {
          if (seq === cut) {
            const saved = JSON.stringify(other);
            other = new Season(slotMs, slots, 8);
            other.restore(JSON.parse(saved));
            expect(JSON.stringify(other)).toBe(saved);
          }
          for (const each of [whole, other]) each.add(`key-${seq % 3}`, at, seq);
        });
        expect(JSON.stringify(other)).toBe(JSON.stringify(whole));
      }),
      { seed: 23 },
    );
  });

  it('does not write into the state that it was given', () => {
    const season = seasonOf([100, 110, 120, 130, 140]);
    const saved = JSON.parse(JSON.stringify(season));
    const text = JSON.stringify(saved);
    const other = new Season(slotMs, slots, 8);
    other.restore(saved);
    for (let at = 150; at < 300; at += 5) other.add('key', at, at);
    expect(JSON.stringify(saved)).toBe(text);
  });

  it('forgets what was learnt with other slots, and keeps as many keys as it may', () => {
    const season = new Season(slotMs, slots, 2);
    for (const key of ['a', 'b', 'c']) season.add(key, 100, 1);
    expect([...season.keys()]).toEqual(['a', 'b']);
    const saved = JSON.parse(JSON.stringify(season));
    const restored = (other: Season): number => {
      other.restore(saved);
      return other.size;
    };
    expect(restored(new Season(slotMs, slots, 8))).toBe(2);
    expect(restored(new Season(slotMs, slots, 1))).toBe(1);
    expect(restored(new Season(slotMs, 5, 8))).toBe(0);
    expect(restored(new Season(11, slots, 8))).toBe(0);
  });
});
