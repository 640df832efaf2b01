import { xsd } from '../vocabulary.ts';
import { afterSign, digitsEnd } from './digits.ts';

/** The values of an integer datatype: the greatest magnitude on either side of zero. */
export interface IntegerRange {
  /** Bounds as doubles; those of 64 bits are rounded, so they decide only up to 15 digits. */
  readonly min: number;
  readonly max: number;
  /** The digits of the greatest magnitude below and above zero; undefined where there is none. */
  readonly below: string | undefined;
  readonly above: string | undefined;
}

function range(below: string | undefined, above: string | undefined, min = 0): IntegerRange {
  return {
    min: below === undefined ? Number.NEGATIVE_INFINITY : min === 1 ? 1 : 0 - Number(below),
    max: above === undefined ? Number.POSITIVE_INFINITY : Number(above),
    below,
    above,
  };
}

const table: Readonly<Record<string, IntegerRange>> = {
  integer: range(undefined, undefined),
  long: range('9223372036854775808', '9223372036854775807'),
  int: range('2147483648', '2147483647'),
  short: range('32768', '32767'),
  byte: range('128', '127'),
  nonNegativeInteger: range('0', undefined),
  positiveInteger: range('0', undefined, 1),
  unsignedLong: range('0', '18446744073709551615'),
  unsignedInt: range('0', '4294967295'),
  unsignedShort: range('0', '65535'),
  unsignedByte: range('0', '255'),
  nonPositiveInteger: range(undefined, '0'),
  negativeInteger: { ...range(undefined, '0'), max: -1 },
};

/** xsd:integer and what XSD 1.1 derives from it (part 2, section 3.4.13 and after), by IRI. */
export const integerRanges: ReadonlyMap<string, IntegerRange> = new Map(
  Object.entries(table).map(([name, limits]) => [xsd + name, limits]),
);

/** The lexical forms of an integer datatype; magnitudes are compared digit by digit. */
export function isInteger(text: string, { min, max, below, above }: IntegerRange): boolean {
  const start = afterSign(text);
  const length = text.length;
  if (start === length || digitsEnd(text, start) !== length) return false;
  let first = start;
  while (first < length && text.charCodeAt(first) === 48) first++;
  // "-0" is zero, and zero belongs to every type but those that begin beside it.
  if (first === length) return min <= 0 && max >= 0;
  const limit = text.charCodeAt(0) === 45 ? below : above;
  if (limit === undefined || length - first < limit.length) return true;
  return length - first === limit.length && text.slice(first) <= limit;
}

/** The lexical forms of xsd:decimal: digits on one side of the point at least. */
export function isDecimal(text: string): boolean {
  return text.length > 0 && decimalEnd(text, afterSign(text)) === text.length;
}

/** The place after digits with at most one point, or -1 where there is no digit. */
function decimalEnd(text: string, start: number): number {
  const whole = digitsEnd(text, start);
  if (text.charCodeAt(whole) !== 46) return whole > start ? whole : -1;
  const end = digitsEnd(text, whole + 1);
  return end - start > 1 ? end : -1;
}

/** The lexical forms of xsd:double and xsd:float, which are the same (XSD 1.1 has `+INF`). */
export function isDouble(text: string): boolean {
  const start = afterSign(text);
  let end = decimalEnd(text, start);
  if (end < 0) return text === 'NaN' || (text.length === start + 3 && text.endsWith('INF'));
  if (end === text.length) return true;
  if ((text.charCodeAt(end) | 0x20) !== 101) return false;
  const sign = text.charCodeAt(++end);
  if (sign === 43 || sign === 45) end++;
  return end < text.length && digitsEnd(text, end) === text.length;
}
