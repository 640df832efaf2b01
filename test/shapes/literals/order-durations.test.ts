import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isComparable } from '../../../src/shapes/compare.ts';
import { isWellFormed } from '../../../src/shapes/literals/well-formed.ts';
import type { TermLike } from '../../../src/terms/turtle.ts';
import { sign, term } from './order.ts';
import { xsd } from './texts.ts';

const unordered = undefined;

describe('durations', () => {
  it.each([
    ['duration', 'P1Y', 'P364D', 1],
    ['duration', 'P1Y', 'P365D', unordered],
    ['duration', 'P1Y', 'P366D', unordered],
    ['duration', 'P1Y', 'P367D', -1],
    ['duration', 'P1M', 'P27D', 1],
    ['duration', 'P1M', 'P28D', unordered],
    ['duration', 'P1M', 'P31D', unordered],
    ['duration', 'P1M', 'P32D', -1],
    ['duration', 'P5M', 'P149D', 1],
    ['duration', 'P5M', 'P150D', unordered],
    ['duration', 'P5M', 'P153D', unordered],
    ['duration', 'P5M', 'P154D', -1],
    // The third trial alone has a sequence of eleven months that lasts 337 days.
    ['duration', 'P11M', 'P337D', unordered],
    ['duration', 'P11M', 'P338D', -1],
    // And the fourth alone begins with two months of 31 days.
    ['duration', 'P2M', 'P62D', unordered],
    ['duration', 'P2M', 'P63D', -1],
    // Equal on all four, and yet another value.
    ['duration', 'P400Y', 'P146097D', unordered],
    ['duration', '-P1M', '-P27D', -1],
    ['duration', '-P1M', '-P32D', 1],
    ['duration', 'P1Y', 'P12M', 0],
    ['duration', 'P1YT1S', 'P12MT1.0S', 0],
    ['duration', 'P1Y2M', 'P1Y2MT0.000000000000000000001S', -1],
    ['duration', 'P4800000000000000000000Y', 'P4800000000000000000000Y1D', -1],
    ['dayTimeDuration', 'PT24H', 'P1D', 0],
    ['dayTimeDuration', 'PT1M', 'PT60.0S', 0],
    ['dayTimeDuration', '-PT0.5S', 'PT0S', -1],
    ['dayTimeDuration', '-PT0S', 'PT0S', 0],
    ['dayTimeDuration', 'P99999999999999999999D', 'P100000000000000000000D', -1],
    ['yearMonthDuration', 'P1Y1M', 'P12M', 1],
    ['yearMonthDuration', '-P1Y', '-P11M', -1],
    ['yearMonthDuration', 'P1D', 'P1M', unordered],
  ] as const)('xsd:%s %s against %s: %s', (name, left, right, expected) => {
    expect(sign([name, left], [name, right])).toBe(expected);
    if (isWellFormed(xsd + name, left)) {
      expect(sign(['duration', left], [name, right])).toBe(expected);
    }
  });
  it('agrees with four days of the host calendar', () => {
    const duration = fc.record({ months: fc.integer({ min: -40, max: 40 }), days: fc.nat(1_300) });
    // As many days as months are about, and a few more or less.
    const near = fc.tuple(fc.nat(40), fc.integer({ min: -4, max: 4 })).map(
      ([months, by]) =>
        [
          { months, days: 0 },
          { months: 0, days: Math.max(0, Math.round(months * 30.44) + by) },
        ] as const,
    );
    const text = ({ months, days }: { months: number; days: number }): string =>
      `${months < 0 ? '-' : ''}P${Math.abs(months)}M${days}D`;
    const starts = [
      [1696, 8],
      [1697, 1],
      [1903, 2],
      [1903, 6],
    ] as const;
    fc.assert(
      fc.property(fc.oneof(fc.tuple(duration, duration), near), ([left, right]) => {
        const orders = starts.map(([year, month]) => {
          const end = ({ months, days }: typeof left): number =>
            Date.UTC(year, month + months, 1) + (months < 0 ? -days : days) * 86_400_000;
          return Math.sign(end(left) - end(right)) + 0;
        });
        const [first = 0] = orders;
        const agreed = orders.every((order) => order === first);
        const same = left.months === right.months;
        const expected = agreed && (first !== 0 || same) ? first : undefined;
        expect(sign(['duration', text(left)], ['duration', text(right)])).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
  it('does not read texts beyond its limit', () => {
    const days = (digits: number): TermLike => term(['duration', `P${'9'.repeat(digits)}D`]);
    expect(isComparable(days(1_022))).toBe(true);
    expect(isComparable(days(1_023))).toBe(false);
  });
});
