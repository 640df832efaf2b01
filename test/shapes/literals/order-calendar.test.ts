import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isComparable } from '../../../src/shapes/compare.ts';
import { epochMsOf } from '../../../src/shapes/literals/timeline.ts';
import { isWellFormed } from '../../../src/shapes/literals/well-formed.ts';
import { type Literal, sign, term } from './order.ts';
import { nearTexts, xsd } from './texts.ts';

const unordered = undefined;

describe('dates and times', () => {
  it.each([
    ['dateTime', '2026-11-21T24:00:00Z', '2026-11-22T00:00:00Z', 0],
    ['dateTime', '2026-12-31T24:00:00', '2027-01-01T00:00:00', 0],
    ['dateTime', '2026-11-21T10:00:00.1Z', '2026-11-21T10:00:00.1000Z', 0],
    [
      'dateTime',
      '2026-11-21T10:00:00.12345678901234567891Z',
      '2026-11-21T10:00:00.1234567890123456789Z',
      1,
    ],
    ['dateTime', '-0001-01-01T00:00:00Z', '0000-01-01T00:00:00Z', -1],
    ['dateTime', '-0001-12-31T24:00:00Z', '0000-01-01T00:00:00Z', 0],
    ['dateTime', '12026-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 1],
    [
      'dateTime',
      '123456789012345678901-01-01T00:00:00Z',
      '123456789012345678901-01-01T00:00:01Z',
      -1,
    ],
    ['dateTime', '-123456789012345678901-01-01T00:00:00Z', '2026-01-01T00:00:00Z', -1],
    ['dateTime', '1234567890123-01-01T00:00:00Z', '1234567890123-01-01T00:00:01Z', -1],
    ['dateTime', '2026-11-21T10:00:00+14:00', '2026-11-20T20:00:00Z', 0],
    ['dateTime', '2026-11-21T10:00:00-05:30', '2026-11-21T15:30:00Z', 0],
    // Fourteen hours decide between a text with a zone and one without; not one instant less.
    ['dateTime', '2026-11-21T00:00:00', '2026-11-21T14:00:00Z', unordered],
    ['dateTime', '2026-11-21T00:00:00', '2026-11-21T14:00:00.001Z', -1],
    ['dateTime', '2026-11-21T00:00:00', '2026-11-20T10:00:00Z', unordered],
    ['dateTime', '2026-11-21T00:00:00', '2026-11-20T09:59:59.999Z', 1],
    ['dateTime', '2026-11-21T00:00:00.5', '2026-11-21T14:00:00.5Z', unordered],
    [
      'dateTime',
      '123456789012345678901-01-01T00:00:00',
      '123456789012345678901-01-02T00:00:00Z',
      -1,
    ],
    [
      'dateTime',
      '123456789012345678901-01-01T00:00:00',
      '123456789012345678901-01-01T01:00:00Z',
      unordered,
    ],
    ['dateTime', '2026-11-31T00:00:00Z', '2026-11-01T00:00:00Z', unordered],
    ['date', '2026-11-21', '2026-11-22', -1],
    ['date', '2026-11-21Z', '2026-11-22+14:00', -1],
    ['date', '2026-11-21-12:00', '2026-11-22+12:00', 0],
    ['date', '2026-11-21', '2026-11-22Z', -1],
    ['date', '2026-11-21', '2026-11-21Z', unordered],
    ['time', '10:00:00', '09:59:59.9', 1],
    ['time', '24:00:00', '00:00:00', 0],
    ['time', '00:00:00+01:00', '00:00:00Z', -1],
    ['time', '10:00:00', '10:00:00Z', unordered],
    ['time', '00:00:00', '23:00:00Z', -1],
    ['gYear', '2026', '-0001', 1],
    ['gYear', '2026', '12026', -1],
    ['gYear', '2026Z', '2026+01:00', 1],
    ['gYear', '2026', '2026Z', unordered],
    ['gYear', '2026', '2027Z', -1],
    ['gYearMonth', '2026-02', '2026-11', -1],
    ['gMonth', '--02', '--03', -1],
    ['gDay', '---09', '---10', -1],
    ['gMonthDay', '--02-29', '--03-01', -1],
  ] as const)('xsd:%s %s against %s: %s', (name, left, right, expected) => {
    expect(sign([name, left], [name, right])).toBe(expected);
  });
  it.each([
    [['dateTime', '2026-11-21T00:00:00Z'], ['dateTimeStamp', '2026-11-21T00:00:00+00:00'], 0],
    [['dateTimeStamp', '2026-11-21T00:00:00'], ['dateTime', '2026-11-21T00:00:00'], unordered],
    [['dateTime', '2026-11-21T00:00:00Z'], ['date', '2026-11-20Z'], unordered],
    [['dateTime', '2026-11-21T00:00:00Z'], ['string', '2026-11-21T00:00:00Z'], unordered],
    [['gYear', '2026'], ['gYearMonth', '2025-01'], unordered],
    [['gMonth', '--11'], ['gDay', '---11'], unordered],
    [['gYear', '2026'], ['integer', '2025'], unordered],
    [['date', '2026-11-21'], ['string', '2026-11-21'], unordered],
    [['date', '2026-11-21'], ['duration', 'P1D'], unordered],
  ] as const)('%j against %j: %s', (left, right, expected) => {
    expect(sign(left, right)).toBe(expected);
  });
  it('does not read years beyond its limit', () => {
    const year = (digits: number): Literal => ['gYear', '9'.repeat(digits)];
    expect(sign(year(1_023), year(1_024))).toBe(-1);
    expect(isComparable(term(year(1_025)))).toBe(false);
  });
});

const two = (max: number, min = 0): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map((value) => `${value}`.padStart(2, '0'));
const zone = fc.oneof(
  fc.constantFrom('', '', 'Z'),
  fc.tuple(fc.constantFrom('+', '-'), two(13), two(59)).map(([s, h, m]) => `${s}${h}:${m}`),
);
const fractionOf = fc.constantFrom('', '.5', '.50', '.05', '.123', '.12300000000000001');
const years = fc.constantFrom(
  ...['2024', '2025', '0000', '-0001', '1900', '99999999', '100000000', '-99999999999999999'],
);
const dateTimes = fc
  .tuple(years, two(12, 1), two(28, 1), two(23), two(59), two(59), fractionOf, zone)
  .map(([y, m, d, h, n, s, f, z]) => `${y}-${m}-${d}T${h}:${n}:${s}${f}${z}`);

interface Place {
  readonly units: bigint;
  readonly zoned: boolean;
}
const second = 10n ** 20n;

/** XSD's time line once more: bigints, and the host's calendar for a year like the one written. */
function place(text: string): Place {
  const match = /^(-?\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-].*)?$/.exec(text);
  const [, year = '', ...parts] = match as RegExpExecArray;
  const [month = 0, day = 0, hour = 0, minute = 0, whole = 0] = parts.slice(0, 5).map(Number);
  const like = Number(((BigInt(year) % 400n) + 400n) % 400n) + 2000;
  const cycles = (BigInt(year) - BigInt(like)) / 400n;
  const ms = Date.UTC(like, month - 1, day, hour, minute, whole);
  const [zoneHours = '0', zoneMinutes = '0'] = (parts[6] ?? 'Z').slice(1).split(':');
  const offset = BigInt(zoneHours) * 3_600n + BigInt(zoneMinutes) * 60n;
  const seconds = BigInt(ms / 1_000) + cycles * 146_097n * 86_400n;
  const zoned = parts[6]?.startsWith('-') ? seconds + offset : seconds - offset;
  const fine = BigInt((parts[5] ?? '').padEnd(20, '0'));
  return { units: zoned * second + fine, zoned: parts[6] !== undefined };
}

function orderOf(left: string, right: string): number | undefined {
  const a = place(left);
  const b = place(right);
  const free = a.zoned === b.zoned ? 0n : 14n * 3_600n * second;
  if (a.units - b.units > free) return 1;
  if (a.units - b.units < -free) return -1;
  return free === 0n ? 0 : undefined;
}

/** The dateTime at which a value of another type begins or, without a day or a month, ends. */
const moments: Readonly<Record<string, (text: string, zone: string) => string>> = {
  date: (text, z) => `${text}T00:00:00${z}`,
  time: (text, z) => `1972-12-31T${text}${z}`,
  gYear: (text, z) => `${text}-12-31T00:00:00${z}`,
  gMonthDay: (text, z) => `1972-${text.slice(2)}T00:00:00${z}`,
  gDay: (text, z) => `1972-12-${text.slice(3)}T00:00:00${z}`,
};
const parts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  date: fc.tuple(years, two(12, 1), two(28, 1)).map((all) => all.join('-')),
  time: fc.tuple(two(23), two(59), two(59)).map((all) => all.join(':')),
  gYear: years,
  gMonthDay: fc.tuple(two(12, 1), two(29, 1)).map(([month, day]) => `--${month}-${day}`),
  gDay: two(31, 1).map((day) => `---${day}`),
};

describe('the time line', () => {
  it('agrees with bigints and the host calendar', () => {
    fc.assert(
      fc.property(dateTimes, dateTimes, (left, right) => {
        expect(sign(['dateTime', left], ['dateTime', right])).toBe(orderOf(left, right));
      }),
      { numRuns: 1_000 },
    );
  });
  it('agrees where hours decide', () => {
    const near = fc
      .tuple(two(28, 27), two(23), fc.constantFrom('00', '01'), fractionOf, zone)
      .map(([d, h, n, f, z]) => `2024-02-${d}T${h}:${n}:00${f}${z}`);
    fc.assert(
      fc.property(near, near, (left, right) => {
        expect(sign(['dateTime', left], ['dateTime', right])).toBe(orderOf(left, right));
      }),
      { numRuns: 1_000 },
    );
  });
  it.each(Object.keys(moments))('orders xsd:%s as the dateTimes that it means', (name) => {
    const text = parts[name] as fc.Arbitrary<string>;
    const moment = moments[name] as (text: string, zone: string) => string;
    fc.assert(
      fc.property(text, zone, text, zone, (left, z, right, y) => {
        const expected = orderOf(moment(left, z), moment(right, y));
        expect(sign([name, left + z], [name, right + y])).toBe(expected);
      }),
    );
  });
  it('has milliseconds for the texts of everyday', () => {
    const text = fc
      .tuple(two(99), two(99), two(12, 1), two(31, 1), two(24), two(59), two(59))
      .map(([c, y, m, d, h, n, s]) => `${c}${y}-${m}-${d}T${h}:${n}:${s}`);
    const end = fc.constantFrom('Z', '.5Z', '.05Z', '.125Z', '.1234Z', '', '.Z', '+00:00', 'Zx');
    fc.assert(
      fc.property(text, end, (start, rest) => {
        const fits = /^(\.\d{1,3})?Z$/.test(rest) && !start.includes('T24');
        const ok = fits && isWellFormed(`${xsd}dateTime`, start + rest);
        expect(epochMsOf(start + rest)).toBe(ok ? Date.parse(start + rest) : Number.NaN);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(nearTexts('dateTime'), (near) => {
        const ms = epochMsOf(near);
        expect(Number.isNaN(ms) || isWellFormed(`${xsd}dateTime`, near)).toBe(true);
        expect(Number.isNaN(ms) || ms === Date.parse(near)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
