import fc from 'fast-check';
import { type SeriesAnomaly, seriesAnomaly } from '../../../src/loop/series/anomaly.ts';

/** One record of a series; the time is missing in all records of a series or in none. */
export type SeriesRecord = readonly [value: number, at?: number | undefined];

export const minuteMs = 60_000;
export const dayMs = 1_440 * minuteMs;

export const scoresOf = (
  records: readonly SeriesRecord[],
  detector: SeriesAnomaly = seriesAnomaly(),
): number[] => records.map(([value, at]) => detector.update(value, at));

/** Indexes of the scores that are alarms. */
export const alarmsOf = (scores: readonly number[]): number[] =>
  scores.flatMap((score, index) => (score >= 0.5 ? [index] : []));

/** Numbers from 0 up to 1, the same in every run. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const kind = fc.constantFrom('flat', 'walk', 'spikes', 'rhythm');
const times = fc.record({
  start: fc.integer({ min: -40 * dayMs, max: 40 * dayMs }),
  stepMs: fc.constantFrom(1, minuteMs, 7 * minuteMs, 60 * minuteMs, 5 * 60 * minuteMs),
  irregular: fc.boolean(),
});

/** Series of some hundred records: constant, wandering, spiky or with a rhythm; with gaps. */
export const anySeries: fc.Arbitrary<SeriesRecord[]> = fc
  .record({
    seed: fc.integer(),
    kind,
    length: fc.integer({ min: 150, max: 700 }),
    scale: fc.constantFrom(1e-9, 0.3, 1, 1e6),
    times: fc.option(times, { nil: undefined }),
  })
  .map(({ seed, kind, length, scale, times }) => {
    const random = noise(seed);
    let level = 0;
    let at = times?.start ?? 0;
    return Array.from({ length }, (_, index): SeriesRecord => {
      level += random() - 0.5;
      const spike = random() < 0.02 ? 40 * random() : random();
      const rhythm = Math.sin(index / 9) + random() / 10;
      const value = scale * { flat: 3, walk: level, spikes: spike, rhythm }[kind];
      if (times === undefined) return [value];
      at += times.stepMs * (times.irregular && random() < 0.1 ? Math.floor(50 * random() - 2) : 1);
      return [value, at];
    });
  });
