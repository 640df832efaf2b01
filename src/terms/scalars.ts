import { limits } from '../base/limits.ts';
import { type Field, isIri } from './fields.ts';

/**
 * What reading one value gives: the value that code sees, or why it cannot be read. A refusal is
 * a plain string ("what was expected") so that reading allocates nothing when all is well.
 */
export class Unreadable {
  readonly expected: string;
  constructor(expected: string) {
    this.expected = expected;
  }
}

/** A value as code sees it: instants as milliseconds, decimals as canonical strings. */
export type Scalar = string | number | boolean;

/** A field's value as code sees it: a frozen array for a list, else a scalar. */
export type FieldValue = Scalar | readonly Scalar[];

const notInteger = new Unreadable('an integer with |n| <= 2^53-1, not -0');
const notNumber = new Unreadable('a finite number other than -0');
const notBoolean = new Unreadable('true or false');
const notString = new Unreadable(`well-formed Unicode of at most ${limits.stringBytes} bytes`);
const notIri = new Unreadable('an absolute IRI');
const notDecimal = new Unreadable('a decimal string without exponent, at most 34 digits');
const notScalar = new Unreadable('one value');
const notList = new Unreadable('a list');
const notInstant = new Unreadable('an RFC 3339 instant with offset, to the millisecond, or a Date');

/** Reads one given value by its field's rules; the caller has handled absence. */
export function readScalar(field: Field, value: unknown): Scalar | Unreadable {
  switch (field.kind) {
    case 'integer':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? (value as number) : notInteger;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? (value as number) : notNumber;
    case 'boolean':
      return typeof value === 'boolean' ? value : notBoolean;
    case 'string':
      return isText(value) ? value : notString;
    case 'iri':
      return typeof value === 'string' && isIri(value) && fitsBytes(value) ? value : notIri;
    case 'decimal':
      return typeof value === 'string' ? (readDecimal(value) ?? notDecimal) : notDecimal;
    case 'instant':
      return readInstant(value) ?? notInstant;
    case 'oneOf':
      return typeof value === 'string' && field.values?.includes(value)
        ? value
        : new Unreadable(`one of ${field.values?.join(', ')}`);
    case 'list':
      return notScalar;
  }
}

/** Reads one given value by its field's rules, a list item by item; absence has been handled. */
export function readValue(field: Field, value: unknown): FieldValue | Unreadable {
  return field.kind === 'list' ? readList(field, value) : readScalar(field, value);
}

function readList({ of, max }: Field, value: unknown): readonly Scalar[] | Unreadable {
  if (!Array.isArray(value)) return notList;
  // Length and items are read once, so that a proxied array cannot change between check and use.
  const { length } = value;
  if (length > (max as number)) return new Unreadable(`a list of at most ${max} items`);
  const items: Scalar[] = [];
  for (let index = 0; index < length; index++) {
    const item = readScalar(of as Field, value[index]);
    if (item instanceof Unreadable) return new Unreadable(`a list, each item ${item.expected}`);
    items.push(item);
  }
  return Object.freeze(items);
}

/** True for what a string field may hold. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && fitsBytes(value) && isWellFormed(value);
}

/** At most 8 KiB in UTF-8; a UTF-16 unit takes at most three bytes, so most need no count. */
function fitsBytes(text: string): boolean {
  if (3 * text.length <= limits.stringBytes) return true;
  return text.length <= limits.stringBytes && utf8Length(text) <= limits.stringBytes;
}

/** String.prototype.isWellFormed, in a fifth of its time for the short strings fields hold. */
export function isWellFormed(text: string): boolean {
  if (text.length > 48) return text.isWellFormed();
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) >= 0xd800) return text.isWellFormed();
  }
  return true;
}

/** The number of UTF-8 bytes of a string. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

const decimalPattern = /^([+-]?)(\d+)(?:\.(\d+))?$/;
const decimalDigits = 34;

/** Canonical decimal: no plus, no leading or trailing zeros, no -0; undefined if unreadable. */
export function readDecimal(text: string): string | undefined {
  if (text.length > 2 * decimalDigits + 3) return undefined;
  const match = decimalPattern.exec(text);
  if (match === null) return undefined;
  const whole = (match[2] as string).replace(/^0+(?=\d)/, '');
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  const digits = (whole === '0' ? 0 : whole.length) + fraction.length;
  if (digits > decimalDigits) return undefined;
  const magnitude = fraction === '' ? whole : `${whole}.${fraction}`;
  return match[1] === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
}

/** Compares two canonical decimals exactly: negative, zero or positive as in a sort. */
export function compareDecimals(left: string, right: string): number {
  const leftNegative = left.startsWith('-');
  if (leftNegative !== right.startsWith('-')) return leftNegative ? -1 : 1;
  const order = leftNegative
    ? compareMagnitudes(right.slice(1), left.slice(1))
    : compareMagnitudes(left, right);
  return order;
}

function compareMagnitudes(left: string, right: string): number {
  const [leftWhole = '', leftFraction = ''] = left.split('.');
  const [rightWhole = '', rightFraction = ''] = right.split('.');
  if (leftWhole.length !== rightWhole.length) return leftWhole.length - rightWhole.length;
  if (leftWhole !== rightWhole) return leftWhole < rightWhole ? -1 : 1;
  if (leftFraction === rightFraction) return 0;
  return leftFraction < rightFraction ? -1 : 1;
}

const instantPattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const earliest = Date.parse('0000-01-01T00:00:00.000Z');
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Milliseconds since 1970 of an RFC 3339 instant or a Date; undefined if unreadable. */
export function readInstant(value: unknown): number | undefined {
  if (typeof value === 'string') return parseInstant(value);
  if (!(value instanceof Date)) return undefined;
  const ms = Date.prototype.getTime.call(value);
  return Number.isSafeInteger(ms) && inRange(ms) ? ms : undefined;
}

function inRange(ms: number): boolean {
  return ms >= earliest && ms <= latest;
}

function parseInstant(text: string): number | undefined {
  const match = instantPattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number) as number[];
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (hour! > 23 || minute! > 59 || second! > 59 || offsetHours > 23 || offsetMinutes > 59) {
    return undefined;
  }
  // setUTCFullYear, because Date.UTC reads the years 0 to 99 as 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year!, month! - 1, day!);
  // A day that its month does not have falls into another month.
  if (date.getUTCMonth() !== month! - 1) return undefined;
  const fraction = Number((match[7] ?? '').padEnd(3, '0'));
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  const ms = date.getTime() + (hour! * 3_600 + minute! * 60 + second!) * 1_000 + fraction - offset;
  return inRange(ms) ? ms : undefined;
}

const dayMs = 86_400_000;
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
const threeDigits = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'));
let formattedDay = Number.NaN;
let dayText = '';

/**
 * The canonical text of an instant: `YYYY-MM-DDTHH:mm:ss.sssZ`. Observations come a day at a time,
 * so the date is kept: a tenth of the time of toISOString, which every record pays.
 */
export function formatInstant(ms: number): string {
  const day = Math.floor(ms / dayMs);
  if (day !== formattedDay) {
    dayText = new Date(day * dayMs).toISOString().slice(0, 11);
    formattedDay = day;
  }
  const rest = ms - day * dayMs;
  const hour = twoDigits[Math.floor(rest / 3_600_000)];
  const minute = twoDigits[Math.floor(rest / 60_000) % 60];
  const second = twoDigits[Math.floor(rest / 1_000) % 60];
  return `${dayText}${hour}:${minute}:${second}.${threeDigits[rest % 1_000]}Z`;
}
