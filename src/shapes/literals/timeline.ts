import * as calendar from './calendar.ts';
import { digitsEnd, twoDigits } from './digits.ts';

/** A type of the calendar: its forms, and the parts that they write. */
export interface CalendarForm {
  /** Types of one family compare. */
  readonly family: string;
  readonly test: (text: string) => boolean;
  readonly year: boolean;
  readonly month: boolean;
  readonly day: boolean;
  readonly time: boolean;
  /** The place before the first part that is no year. */
  readonly start: number;
}

/** A place on the time line (XSD 1.1 part 2, section E.3.4), counted from 1970. */
export interface Instant {
  /** Whole seconds, in UTC where zoned; a bigint for years of more than eight digits. */
  readonly seconds: number | bigint;
  /** The text whose digits from `from` to `to` are the fraction of the second. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly zoned: boolean;
  readonly family: string;
}

/** `parts` names the written parts by letter: Y, M, D and T. */
function form(test: (text: string) => boolean, parts: string, start = 0): CalendarForm {
  const has = (part: string): boolean => parts.includes(part);
  return {
    family: parts,
    test,
    year: has('Y'),
    month: has('M'),
    day: has('D'),
    time: has('T'),
    start,
  };
}

/** The types by local name; a dateTimeStamp is a dateTime whose zone must be written. */
export const calendarForms: Readonly<Record<string, CalendarForm>> = {
  dateTime: form(calendar.isDateTime, 'YMDT'),
  dateTimeStamp: form(calendar.isDateTimeStamp, 'YMDT'),
  date: form(calendar.isDate, 'YMD'),
  time: form(calendar.isTime, 'T'),
  gYear: form(calendar.isYear, 'Y'),
  gYearMonth: form(calendar.isYearMonth, 'YM'),
  gMonth: form(calendar.isMonth, 'M', 1),
  gMonthDay: form(calendar.isMonthDay, 'MD', 1),
  gDay: form(calendar.isDay, 'D', 2),
};

const daySeconds = 86_400;
const zoneSecondsMax = 14 * 3_600;
const cycleYears = 400n;
const cycleDays = 146_097n;
const nearYearDigits = 8;
const yearDigitsMax = 1_024;
// Where a type has no year, XSD sets a leap year; without a month December, without a day the last.
const defaultYear = 1972;
const defaultMonth = 12;
const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const daysTo1970 = 719_162;

/** Days from 1970-01-01 in the proleptic Gregorian calendar, with a year 0. */
function dayNumber(year: number, month: number, day: number): number {
  const past = year - 1;
  const leaps = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  const ofMonth = (daysBefore[month - 1] as number) + (month > 2 && calendar.isLeap(year) ? 1 : 0);
  return past * 365 + leaps + ofMonth + day - 1 - daysTo1970;
}

/** The same for a year of any size, by its place in the calendar's cycle of 400 years. */
export function farDayNumber(year: bigint, month: number, day: number): bigint {
  const cycles = year / cycleYears;
  return BigInt(dayNumber(Number(year % cycleYears), month, day)) + cycles * cycleDays;
}

/** Reads a text of the form; undefined where it is ill-typed, or its year beyond 1,024 digits. */
export function instantOf(form: CalendarForm, text: string): Instant | undefined {
  if (!form.test(text)) return undefined;
  let at = form.start;
  if (form.year) at = calendar.yearEnd(text);
  if (at > yearDigitsMax) return undefined;
  const yearText = form.year ? text.slice(0, at) : '';
  const far = at > nearYearDigits;
  const year = far ? Number(yearText.slice(-4)) : form.year ? Number(yearText) : defaultYear;
  const month = form.month ? twoDigits(text, at + 1) : defaultMonth;
  if (form.month) at += 3;
  const last = calendar.daysInMonth(month, calendar.isLeap(year));
  const day = form.day ? twoDigits(text, at + 1) : last;
  if (form.day) at += 3;
  let seconds = 0;
  let from = at;
  if (form.time) {
    if (form.year) at++;
    seconds = twoDigits(text, at) * 3_600 + twoDigits(text, at + 3) * 60 + twoDigits(text, at + 6);
    // The end of a day is the beginning of the next; of a time alone, of the same.
    if (!form.year) seconds %= daySeconds;
    at += 8;
    from = text.charCodeAt(at) === 46 ? at + 1 : at;
    at = digitsEnd(text, from);
  }
  const zoned = at < text.length;
  if (zoned) seconds -= zoneSeconds(text, at);
  const sum = far
    ? farDayNumber(BigInt(yearText), month, day) * BigInt(daySeconds) + BigInt(seconds)
    : dayNumber(year, month, day) * daySeconds + seconds;
  const { family } = form;
  return { seconds: sum, text, from, to: form.time ? at : from, zoned, family };
}

function zoneSeconds(text: string, at: number): number {
  if (text.charCodeAt(at) === 90) return 0;
  const size = twoDigits(text, at + 1) * 3_600 + twoDigits(text, at + 4) * 60;
  return text.charCodeAt(at) === 45 ? 0 - size : size;
}

function shifted(seconds: number | bigint, by: number): number | bigint {
  return typeof seconds === 'bigint' ? seconds + BigInt(by) : seconds + by;
}

function compareFractions(left: Instant, right: Instant): number {
  const count = Math.max(left.to - left.from, right.to - right.from);
  for (let index = 0; index < count; index++) {
    const a = left.from + index < left.to ? left.text.charCodeAt(left.from + index) : 48;
    const b = right.from + index < right.to ? right.text.charCodeAt(right.from + index) : 48;
    if (a !== b) return a - b;
  }
  return 0;
}

function compareShifted(left: Instant, right: Instant, by: number): number {
  const other = shifted(right.seconds, by);
  if (left.seconds < other) return -1;
  return left.seconds > other ? 1 : compareFractions(left, right);
}

/**
 * Orders two instants of one family. Between one with a zone and one without, the order is
 * determinate only where no zone of 14 hours either way could turn it (XSD 1.1 part 2, D.2.1).
 */
export function compareInstants(left: Instant, right: Instant): number | undefined {
  if (left.family !== right.family) return undefined;
  if (left.zoned === right.zoned) return compareShifted(left, right, 0);
  if (compareShifted(left, right, 0 - zoneSecondsMax) < 0) return -1;
  return compareShifted(left, right, zoneSecondsMax) > 0 ? 1 : undefined;
}

/**
 * Milliseconds since 1970 of `YYYY-MM-DDTHH:mm:ssZ` with up to three digits of a fraction and an
 * hour below 24; NaN for every other text, well-formed or not. Those that have one compare by it.
 */
export function epochMsOf(text: string): number {
  const last = text.length - 1;
  if (last < 19 || last > 23 || last === 20 || text.charCodeAt(last) !== 90) return Number.NaN;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || text.charCodeAt(10) !== 84) {
    return Number.NaN;
  }
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return Number.NaN;
  const century = twoDigits(text, 0);
  const ofCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (century < 0 || ofCentury < 0 || month < 1 || day < 1) return Number.NaN;
  if (hour < 0 || minute < 0 || second < 0) return Number.NaN;
  if (month > 12 || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const year = century * 100 + ofCentury;
  if (day > calendar.daysInMonth(month, calendar.isLeap(year))) return Number.NaN;
  const minutes = dayNumber(year, month, day) * 1_440 + hour * 60 + minute;
  return minutes * 60_000 + second * 1_000 + fractionMs(text, last);
}

function fractionMs(text: string, last: number): number {
  if (last === 19) return 0;
  if (text.charCodeAt(19) !== 46 || digitsEnd(text, 20) !== last) return Number.NaN;
  let ms = 0;
  for (let index = 20, unit = 100; index < last; index++, unit /= 10) {
    ms += (text.charCodeAt(index) - 48) * unit;
  }
  return ms;
}
