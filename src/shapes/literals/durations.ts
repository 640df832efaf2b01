import { digitsEnd } from './digits.ts';
import { farDayNumber } from './timeline.ts';

// The designators of a date part and of a time part; a component's place is its bit.
const designators = 'YMDHMS';
const monthBits = 0b000011;

/**
 * The components that a duration's text has, a bit each from years to seconds, or 0 where it is
 * none (XSD 1.1 part 2, section 3.3.6).
 */
function durationComponents(text: string): number {
  let at = text.charCodeAt(0) === 45 ? 1 : 0;
  if (text.charCodeAt(at++) !== 80) return 0;
  let seen = 0;
  let place = 0;
  let stop = 3;
  while (at < text.length) {
    if (text.charCodeAt(at) === 84) {
      if (stop === 6) return 0;
      place = 3;
      stop = 6;
      at++;
    }
    let end = digitsEnd(text, at);
    if (end === at) return 0;
    const fraction = text.charCodeAt(end) === 46;
    if (fraction) {
      const point = end;
      end = digitsEnd(text, point + 1);
      if (end === point + 1) return 0;
    }
    const code = text.charCodeAt(end);
    while (place < stop && designators.charCodeAt(place) !== code) place++;
    if (place === stop || (fraction && place !== 5)) return 0;
    seen |= 1 << place++;
    at = end + 1;
  }
  return seen;
}

/** The lexical forms of xsd:duration. */
export function isDuration(text: string): boolean {
  return durationComponents(text) !== 0;
}

/** The lexical forms of xsd:dayTimeDuration: no years and no months. */
export function isDayTimeDuration(text: string): boolean {
  const components = durationComponents(text);
  return components !== 0 && (components & monthBits) === 0;
}

/** The lexical forms of xsd:yearMonthDuration: years and months only. */
export function isYearMonthDuration(text: string): boolean {
  const components = durationComponents(text);
  return components !== 0 && (components & ~monthBits) === 0;
}

/** A duration's value: months and seconds, the latter in units of 10 ** -scale; both signed. */
export interface Duration {
  readonly months: bigint;
  readonly seconds: bigint;
  readonly scale: number;
}

const comparableLength = 1_024;
const durationPattern =
  /^-?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;
// The four days on whose midnight XSD tries a comparison: between them they begin every sequence of
// month lengths that decides one.
const trials: readonly (readonly [year: bigint, month: bigint])[] = [
  [1696n, 9n],
  [1697n, 2n],
  [1903n, 3n],
  [1903n, 7n],
];

/** Reads a well-formed duration; undefined for one of more than 1,024 characters. */
export function durationOf(text: string): Duration | undefined {
  const match = text.length <= comparableLength ? durationPattern.exec(text) : null;
  if (match === null) return undefined;
  const part = (index: number): bigint => BigInt(match[index] ?? '0');
  const fraction = match[7] ?? '';
  const scale = fraction.length;
  const whole = part(3) * 86_400n + part(4) * 3_600n + part(5) * 60n + part(6);
  const months = part(1) * 12n + part(2);
  const seconds = whole * 10n ** BigInt(scale) + BigInt(fraction);
  return text.startsWith('-')
    ? { months: -months, seconds: -seconds, scale }
    : { months, seconds, scale };
}

/** Days from 1970 to the first of the month that lies so many months after a year's. */
function daysAfter([year, month]: readonly [bigint, bigint], months: bigint): bigint {
  const total = year * 12n + month - 1n + months;
  const rest = ((total % 12n) + 12n) % 12n;
  return farDayNumber((total - rest) / 12n, Number(rest) + 1, 1);
}

/**
 * Orders two durations: by seconds where the months are equal, else as far as all of XSD's four
 * trial instants agree (XSD 1.1 part 2, sections 3.3.6.1 and E.3.3).
 */
export function compareDurations(left: Duration, right: Duration): number | undefined {
  const scale = Math.max(left.scale, right.scale);
  const second = 10n ** BigInt(scale);
  const a = left.seconds * 10n ** BigInt(scale - left.scale);
  const b = right.seconds * 10n ** BigInt(scale - right.scale);
  if (left.months === right.months) return a < b ? -1 : a > b ? 1 : 0;
  let agreed: number | undefined;
  for (const trial of trials) {
    const days = daysAfter(trial, left.months) - daysAfter(trial, right.months);
    const difference = days * 86_400n * second + a - b;
    const order = difference < 0n ? -1 : difference > 0n ? 1 : 0;
    if (order === 0 || (agreed !== undefined && agreed !== order)) return undefined;
    agreed = order;
  }
  return agreed;
}
