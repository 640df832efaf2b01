import { describe, expect, it } from 'vitest';
import { type SeriesAnomalyState, seriesAnomaly } from '../../../src/loop/series/anomaly.ts';
import { mistakeOf, mistakes } from '../../support/errors.ts';

function filled(timed: boolean): SeriesAnomalyState {
  const detector = seriesAnomaly();
  for (let index = 0; index < 700; index++) {
    detector.update(index % 17, timed ? index * 3_600_000 : undefined);
  }
  return JSON.parse(JSON.stringify(detector)) as SeriesAnomalyState;
}

const state = filled(true);
const plain = filled(false);
const values = 'a finite number, at most 1e300 in size';
const timed = 'yes';
const truths = 'timed: true, false or null';
const times = 'whole milliseconds since 1970';

mistakes('KNHK_LOOP_SERIES', [
  [() => seriesAnomaly().update(Number.NaN), 'series value', values, 'NaN'],
  [() => seriesAnomaly().update(Number.POSITIVE_INFINITY), 'series value', values, 'Infinity'],
  [() => seriesAnomaly().update(-2e300), 'series value', values, '-2e+300'],
  [() => seriesAnomaly().update('1' as never), 'series value', values, '1'],
  [() => seriesAnomaly().update(1, 0.5), 'series time', times, '0.5'],
  [() => seriesAnomaly().update(1, Number.NaN), 'series time', times, 'NaN'],
  [() => seriesAnomaly().update(1, null as never), 'series time', times, 'null'],
  [() => seriesAnomaly(state).update(1), 'series time', 'a time, as before', 'none'],
  [() => seriesAnomaly(plain).update(1, 0), 'series time', 'no time, as before', 'one'],
  [() => seriesAnomaly(null as never), 'series state', 'an object of version 1', 'null'],
  [() => seriesAnomaly(2 as never), 'series state', 'an object of version 1', '2'],
  [() => seriesAnomaly({ timed } as never), 'series state', 'an object of version 1', 'an object'],
  [() => seriesAnomaly({ ...state, timed } as never), 'series state', truths, 'yes'],
]);

describe('a refused record', () => {
  it('leaves no trace', () => {
    const detector = seriesAnomaly(state);
    const before = JSON.stringify(detector);
    for (const [value, at] of [[Number.NaN, 0], [1], [1, 0.5]] as [number, number?][]) {
      expect(mistakeOf(() => detector.update(value, at))?.[0]).toBe('KNHK_LOOP_SERIES');
    }
    expect(JSON.stringify(detector)).toBe(before);
  });
});

const changed = (part: string, numbers: unknown): SeriesAnomalyState => ({
  ...state,
  parts: { ...state.parts, [part]: numbers as number[] },
});
const refused = (saved: SeriesAnomalyState): boolean =>
  mistakeOf(() => seriesAnomaly(saved))?.[0] === 'KNHK_LOOP_SERIES';
const set = (part: string, index: number, value: unknown): SeriesAnomalyState =>
  changed(part, Object.assign([...state.parts[part]!], { [index]: value }));

describe('a state is refused', () => {
  it('with a part of another name, and the parts are named', () => {
    const mistake = mistakeOf(() => seriesAnomaly(changed('other', [])));
    expect(mistake?.[2]).toContain('the parts level, mean, ');
    expect(mistake?.[3]).toContain('other');
  });

  it('unless nothing was changed', () => {
    expect(refused(state)).toBe(false);
    expect(refused(plain)).toBe(false);
  });

  it('with a part more or less, or none', () => {
    const { level: _, ...fewer } = state.parts;
    expect(refused({ ...state, parts: fewer })).toBe(true);
    expect(refused(changed('other', []))).toBe(true);
    expect(refused({ ...state, parts: null as never })).toBe(true);
    expect(refused(changed('level', undefined))).toBe(true);
  });

  it.each(Object.keys(state.parts))('with a number more, less or none in %s', (part) => {
    const numbers = state.parts[part]!;
    expect(refused(changed(part, [...numbers, 0]))).toBe(true);
    expect(refused(changed(part, numbers.slice(1)))).toBe(true);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e301, '1', null, [1], -1e302]) {
      expect(refused(set(part, 0, value))).toBe(true);
      expect(refused(set(part, numbers.length - 1, value))).toBe(true);
    }
  });

  it.each([
    ['mean', 0, 11],
    ['mean', 0, -1],
    ['mean', 0, 0.5],
    ['recent', 0, 121],
    ['range', 0, 1_001],
    ['range', 1, 4_096],
    ['range', 2, 1e9],
    ['range', 4, 1e9],
    ['meanTail', 0, 101],
    ['meanTail', 1, -1],
    ['meanTail', 2, -1],
    ['meanTail', 2, 5.5],
    ['meanTail', 3, 2_001],
    ['profile', 0, 0.5],
    ['profile', 1, -1],
    ['profile', 2, -1],
    ['profile', 3 + 24, 61],
    ['profile', 3 + 24 + 24 + 168, 11],
    ['profile', 3 + 24 + 24 + 168, 0.5],
    ['level', 0, -1],
    ['level', 0, 13],
  ])('with %s[%i] = %f, which it never is', (part, index, value) => {
    expect(refused(set(part, index, value))).toBe(true);
  });
});
