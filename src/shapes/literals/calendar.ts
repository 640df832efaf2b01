import { digitsEnd, twoDigits } from './digits.ts';

const hyphen = 45;
const colon = 58;

/** Days in a month of 1 to 12 of the proleptic Gregorian calendar. */
export function daysInMonth(month: number, leap: boolean): number {
  if (month === 2) return leap ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Year 0000 is 1 BCE in XSD 1.1, so the rule holds on both sides of it. */
export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The place after a year, or -1: four digits, more only without a zero in front. */
export function yearEnd(text: string): number {
  const start = text.charCodeAt(0) === hyphen ? 1 : 0;
  const end = digitsEnd(text, start);
  const length = end - start;
  return length === 4 || (length > 4 && text.charCodeAt(start) !== 48) ? end : -1;
}

/** The place after `-MM`, or -1. */
function monthEnd(text: string, at: number): number {
  if (at < 0 || text.charCodeAt(at) !== hyphen) return -1;
  const month = twoDigits(text, at + 1);
  return month >= 1 && month <= 12 ? at + 3 : -1;
}

/** The place after `-DD`, or -1. */
function dayEnd(text: string, at: number, days: number): number {
  if (at < 0 || text.charCodeAt(at) !== hyphen) return -1;
  const day = twoDigits(text, at + 1);
  return day >= 1 && day <= days ? at + 3 : -1;
}

/** True for a year of four digits, a month and a day that every month has: most dates. */
function beginsPlainly(text: string): boolean {
  if (
    text.length < 10 ||
    twoDigits(text, 0) < 0 ||
    twoDigits(text, 2) < 0 ||
    text.charCodeAt(4) !== hyphen
  ) {
    return false;
  }
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  return month > 0 && month < 13 && day > 0 && day < 29 && text.charCodeAt(7) === hyphen;
}

/** The place after `YYYY-MM-DD` with the right number of days, or -1. */
function dateEnd(text: string): number {
  if (beginsPlainly(text)) return 10;
  const year = yearEnd(text);
  const month = year < 0 ? -1 : monthEnd(text, year);
  if (month < 0) return -1;
  // Four digits decide on leap years, because 400 divides 10,000.
  const leap = isLeap(twoDigits(text, year - 4) * 100 + twoDigits(text, year - 2));
  return dayEnd(text, month, daysInMonth(twoDigits(text, year + 1), leap));
}

/** The place after `hh:mm:ss` with any fraction, or -1; 24:00:00 is the end of a day. */
function timeEnd(text: string, at: number): number {
  if (
    text.length < at + 8 ||
    text.charCodeAt(at + 2) !== colon ||
    text.charCodeAt(at + 5) !== colon
  )
    return -1;
  const hour = twoDigits(text, at);
  const minute = twoDigits(text, at + 3);
  const second = twoDigits(text, at + 6);
  if (hour < 0 || minute < 0 || second < 0 || hour > 24 || minute > 59 || second > 59) return -1;
  let end = at + 8;
  if (text.charCodeAt(end) === 46) {
    end = digitsEnd(text, at + 9);
    if (end === at + 9) return -1;
  }
  if (hour < 24) return end;
  if (minute > 0 || second > 0) return -1;
  for (let index = at + 9; index < end; index++) if (text.charCodeAt(index) !== 48) return -1;
  return end;
}

/** True where the text ends at `at` or goes on with a time zone only. */
function zoneEnds(text: string, at: number): boolean {
  if (at < 0) return false;
  if (at === text.length) return true;
  const code = text.charCodeAt(at);
  if (code === 90) return at + 1 === text.length;
  if (code !== 43 && code !== hyphen) return false;
  if (at + 6 !== text.length || text.charCodeAt(at + 3) !== colon) return false;
  const hour = twoDigits(text, at + 1);
  const minute = twoDigits(text, at + 4);
  return hour >= 0 && minute >= 0 && (hour < 14 ? minute < 60 : hour === 14 && minute === 0);
}

/** The lexical forms of xsd:dateTime (XSD 1.1 part 2, section 3.3.7). */
export function isDateTime(text: string): boolean {
  const date = dateEnd(text);
  return date > 0 && text.charCodeAt(date) === 84 && zoneEnds(text, timeEnd(text, date + 1));
}

/** The lexical forms of xsd:dateTimeStamp: a dateTime with its zone. */
export function isDateTimeStamp(text: string): boolean {
  if (!isDateTime(text)) return false;
  if (text.endsWith('Z')) return true;
  const sign = text.charCodeAt(text.length - 6);
  return sign === 43 || sign === hyphen;
}

/** The lexical forms of xsd:date. */
export function isDate(text: string): boolean {
  return zoneEnds(text, dateEnd(text));
}

/** The lexical forms of xsd:time. */
export function isTime(text: string): boolean {
  return zoneEnds(text, timeEnd(text, 0));
}

/** The lexical forms of xsd:gYear. */
export function isYear(text: string): boolean {
  return zoneEnds(text, yearEnd(text));
}

/** The lexical forms of xsd:gYearMonth. */
export function isYearMonth(text: string): boolean {
  return zoneEnds(text, monthEnd(text, yearEnd(text)));
}

/** The lexical forms of xsd:gMonth. */
export function isMonth(text: string): boolean {
  return text.charCodeAt(0) === hyphen && zoneEnds(text, monthEnd(text, 1));
}

/** The lexical forms of xsd:gDay. */
export function isDay(text: string): boolean {
  return text.startsWith('--') && zoneEnds(text, dayEnd(text, 2, 31));
}

/** The lexical forms of xsd:gMonthDay; 29 February is one, because some years have it. */
export function isMonthDay(text: string): boolean {
  const month = text.charCodeAt(0) === hyphen ? monthEnd(text, 1) : -1;
  return month > 0 && zoneEnds(text, dayEnd(text, month, daysInMonth(twoDigits(text, 2), true)));
}
