import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seriesAnomaly } from '../../../src/loop/series/anomaly.ts';
import {
  alarmsOf,
  anySeries,
  dayMs,
  minuteMs,
  noise,
  type SeriesRecord,
  scoresOf,
} from './series.ts';

const reread = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('any series', () => {
  it('has scores from 0 to 1, the first hundred of which are 0', () => {
    fc.assert(
      fc.property(anySeries, (records) => {
        const scores = scoresOf(records);
        expect(scores.every((score) => score >= 0 && score < 1)).toBe(true);
        expect(scores.slice(0, 100).every((score) => score === 0)).toBe(true);
      }),
    );
  });

  it('goes on from its saved state, wherever it is cut', () => {
    fc.assert(
      fc.property(anySeries, fc.double({ min: 0, max: 1, noNaN: true }), (records, share) => {
        const whole = seriesAnomaly();
        const expected = scoresOf(records, whole);
        const cut = Math.floor(share * records.length);
        const before = seriesAnomaly();
        const first = scoresOf(records.slice(0, cut), before);
        const after = seriesAnomaly(reread(before.toJSON()));
        expect([...first, ...scoresOf(records.slice(cut), after)]).toEqual(expected);
        expect(JSON.stringify(after)).toBe(JSON.stringify(whole));
      }),
    );
  });

  it('is scored by the records so far alone', () => {
    fc.assert(
      fc.property(anySeries, anySeries, (records, others) => {
        const timed = records[0]![1] !== undefined;
        const later = others.map(
          ([value, at]): SeriesRecord => (timed ? [value, at ?? 0] : [value]),
        );
        const scores = scoresOf([...records, ...later]);
        expect(scores.slice(0, records.length)).toEqual(scoresOf(records));
      }),
    );
  });

  it('has the same scores at any scale and upside down', () => {
    const factor = fc
      .record({ power: fc.integer({ min: -40, max: 40 }), sign: fc.constantFrom(1, -1) })
      .map(({ power, sign }) => sign * 2 ** power);
    fc.assert(
      fc.property(anySeries, factor, (records, by) => {
        const scaled = records.map(([value, at]): SeriesRecord => [value * by, at]);
        expect(scoresOf(scaled)).toEqual(scoresOf(records));
      }),
    );
  });

  it('is silent while it is constant', () => {
    const value = fc.double({ min: -1e300, max: 1e300, noNaN: true });
    fc.assert(
      fc.property(anySeries, value, (records, constant) => {
        const flat = records.map(([, at]): SeriesRecord => [constant, at]);
        expect(scoresOf(flat).every((score) => score === 0)).toBe(true);
      }),
    );
  });

  it('scores finite numbers however large they are', () => {
    const extremes = [1e300, -1e300, 5e-324, 0, -5e-324, 1];
    const random = noise(3);
    const records = Array.from({ length: 9_000 }, (_, index): SeriesRecord => {
      return [extremes[Math.floor(random() * extremes.length)]!, index * minuteMs * 20];
    });
    const detector = seriesAnomaly();
    expect(scoresOf(records, detector).every((score) => score >= 0 && score < 1)).toBe(true);
    expect(reread(detector.toJSON())).toEqual(detector.toJSON());
  });
});

/** A short pattern again and again, which by itself is no anomaly. */
const repeated = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 20 });
const filled = (pattern: readonly number[], length: number): SeriesRecord[] =>
  Array.from({ length }, (_, index) => [pattern[index % pattern.length]!]);

describe('what is found at once', () => {
  it.each([
    ['a spike', 1],
    ['a step', 60],
  ])('%s out of the known range', (_name, length) => {
    fc.assert(
      fc.property(repeated, fc.constantFrom(-1, 1), (pattern, sign) => {
        const usual = filled(pattern, 300);
        const away = filled(pattern, length).map(([value]): SeriesRecord => [value + 1_000 * sign]);
        const scores = scoresOf([...usual, ...away]);
        expect(alarmsOf(scores)[0]).toBe(300);
        expect(scores[300]).toBeCloseTo(0.9375, 10);
      }),
    );
  });

  it('the first change of a constant series', () => {
    const records = [...filled([5], 200), ...filled([5.001], 50)];
    expect(alarmsOf(scoresOf(records))).toEqual([200]);
  });

  it('an excess of a twentieth of the range, not of a hundredth', () => {
    const pattern = [0, 35, 70, 100, 20, 90, 50, 10, 60, 80];
    const next = (value: number, known = 1_000): number =>
      scoresOf([...filled(pattern, known), [value]]).at(-1)!;
    expect(next(105)).toBeGreaterThanOrEqual(0.5);
    expect(next(-5)).toBeGreaterThanOrEqual(0.5);
    expect(next(101)).toBeLessThan(0.5);
    expect(next(-1)).toBeLessThan(0.5);
    expect(next(35)).toBe(0);
    // A range of fewer records is known less well.
    expect(next(105, 300)).toBeLessThan(0.5);
    expect(next(125, 300)).toBeGreaterThanOrEqual(0.5);
  });

  it('a steep shift of the mean, each value of which is usual', () => {
    const random = noise(11);
    const usual = Array.from({ length: 1_500 }, (_, index): SeriesRecord => {
      return [index % 100 === 99 ? 100 : 5 * random()];
    });
    expect(alarmsOf(scoresOf(usual)).filter((index) => index >= 500)).toEqual([]);
    const shifted = Array.from({ length: 10 }, (): SeriesRecord => [90 + 5 * random()]);
    const [first] = alarmsOf(scoresOf([...usual, ...shifted])).filter((index) => index >= 500);
    expect(first).toBeGreaterThanOrEqual(1_500);
    expect(first).toBeLessThan(1_505);
  });
});

describe('one event', () => {
  it('is a few alarms, and grows into another', () => {
    const shifted = [...filled([0, 1], 300), ...filled([50, 51], 400)];
    expect(alarmsOf(scoresOf(shifted))).toEqual([300]);
    const growing = [...filled([0, 100], 1_000), [106], [107], [135]] as SeriesRecord[];
    const scores = scoresOf(growing).slice(1_000);
    expect(scores.map((score) => score > 0)).toEqual([true, false, true]);
    expect(scores[2]).toBeGreaterThan(scores[0]!);
  });

  it('does not make anomalies of the records after it, however large it is', () => {
    const random = noise(17);
    const records = days(16, () => 1).map(([value, at], index): SeriesRecord => {
      return [index === 1_500 ? 1e9 : value, at];
    });
    const plain = Array.from({ length: 3_000 }, (_, index): SeriesRecord => {
      return [index === 1_500 ? 1e9 : random() + random()];
    });
    for (const series of [records, plain]) expect(alarmsOf(scoresOf(series))).toEqual([1_500]);
  });

  it('hides another for some tens of records', () => {
    const second = (between: number): number => {
      const records = [...filled([0, 100], 1_000), [108], ...filled([0, 100], between), [116.4]];
      return scoresOf(records as SeriesRecord[]).at(-1)!;
    };
    expect(second(2)).toBe(0);
    expect(second(60)).toBeGreaterThanOrEqual(0.5);
  });
});

/** Every ten minutes, from a Thursday on; noon is high, as the function says. */
function days(count: number, height: (day: number) => number): SeriesRecord[] {
  const random = noise(5);
  return Array.from({ length: count * 144 }, (_, index) => {
    const hour = (index / 6) % 24;
    const bump = Math.max(0, Math.sin((Math.PI * (hour - 8)) / 8)) * (hour < 16 ? 1 : 0);
    return [100 * bump * height(Math.floor(index / 144)) + 4 * random(), index * 10 * minuteMs];
  });
}

const daysOf = (alarms: readonly number[]): number[] => [
  ...new Set(alarms.map((index) => Math.floor(index / 144))),
];

describe('with times', () => {
  it('a usual value at an unusual hour is found', () => {
    const records = days(12, () => 1);
    expect(alarmsOf(scoresOf(records))).toEqual([]);
    const night = 11 * 144 + 2 * 6;
    const moved = records.map(([value, at], index): SeriesRecord => {
      return [index >= night && index < night + 6 ? 100 : value, at];
    });
    expect(alarmsOf(scoresOf(moved))[0]).toBe(night);
    const untimed = scoresOf(moved.map(([value]): SeriesRecord => [value]));
    expect(untimed[night]).toBeLessThan(0.5);
  });

  it('no hour is unusual before each has come twice', () => {
    const records = days(4, () => 1).map(([value, at], index): SeriesRecord => {
      return [index >= 250 && index < 256 ? 100 : value, at];
    });
    expect(alarmsOf(scoresOf(records))).toEqual([]);
  });

  it('a day without its peak is found', () => {
    expect(daysOf(alarmsOf(scoresOf(days(14, (day) => (day === 12 ? 0 : 1)))))).toContain(12);
  });

  it('a holiday is found once weekends are known to be quiet', () => {
    // Days 2 and 3 are the first weekend; day 82 is a Tuesday.
    const weekday = (day: number): boolean => day % 7 !== 2 && day % 7 !== 3;
    const usual = daysOf(alarmsOf(scoresOf(days(88, (day) => (weekday(day) ? 1 : 0)))));
    const holiday = (day: number): number => (weekday(day) && day !== 82 ? 1 : 0);
    const found = daysOf(alarmsOf(scoresOf(days(88, holiday))));
    expect(usual.filter((day) => day >= 60)).toEqual([]);
    expect(found.filter((day) => day >= 60)).toEqual([82]);
  });

  it('a gap is no anomaly, nor are times that repeat or go back', () => {
    const records = days(10, () => 1);
    const gap = records.map(([value, at], index): SeriesRecord => {
      return [value, at! + (index >= 720 ? 30 * dayMs : 0)];
    });
    expect(alarmsOf(scoresOf(gap))).toEqual([]);
    const clumsy = records.map(([value, at], index): SeriesRecord => {
      return [value, at! - (index % 50 === 0 ? 10 * minuteMs : 0)];
    });
    expect(alarmsOf(scoresOf(clumsy))).toEqual([]);
  });

  it('hours before 1970 are hours of the day too', () => {
    const early = (records: readonly SeriesRecord[]): SeriesRecord[] =>
      records.map(([value, at]) => [value, at! - 7 * dayMs]);
    const records = days(20, (day) => (day === 17 ? 0 : 1));
    expect(scoresOf(early(records))).toEqual(scoresOf(records));
  });
});

describe('the state', () => {
  const numbers = (detector: { toJSON(): { readonly parts: object } }): number =>
    Object.values(detector.toJSON().parts).flat().length;

  it('does not grow with the series', () => {
    const random = noise(7);
    const timed = seriesAnomaly();
    const plain = seriesAnomaly();
    for (let index = 0; index < 20_000; index++) {
      timed.update(random(), index * 17 * minuteMs);
      plain.update(random());
    }
    expect(numbers(timed)).toBe(428);
    expect(numbers(plain)).toBe(41);
    expect(JSON.stringify(timed).length).toBeLessThan(10_000);
  });

  it('keeps its meaning: scores of a fixed series', () => {
    const random = noise(1);
    const records = Array.from({ length: 3_000 }, (_, index): SeriesRecord => {
      const value = Math.sin(index / 23) + random() ** 8 * 3 + (index > 2_500 ? 1 : 0);
      return [value, index * 15 * minuteMs];
    });
    const scores = scoresOf(records);
    const told = scores.flatMap((score, index) => (score > 0.2 ? [[index, score] as const] : []));
    expect(told.map(([index, score]) => `${index} ${score.toFixed(6)}`)).toMatchInlineSnapshot(`
      [
        "759 0.216394",
        "2213 0.354436",
        "2516 0.387764",
        "2626 0.357299",
        "2627 0.526263",
        "2792 0.695755",
      ]
    `);
  });
});
