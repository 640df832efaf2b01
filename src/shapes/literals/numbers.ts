import { xsd } from '../vocabulary.ts';
import { afterSign } from './digits.ts';
import { integerRanges, isDouble } from './number-forms.ts';

const shortDigits = 15;
// Powers of ten up to 22 are exact doubles, so one division by them rounds once and rightly.
const powers = Array.from({ length: shortDigits + 1 }, (_, exponent) => 10 ** exponent);

/** The number that a decimal of at most 15 digits writes, or NaN for every other text. */
function shortDecimal(text: string): number {
  return shortNumber(text, true);
}

function shortNumber(text: string, pointed: boolean): number {
  const length = text.length;
  if (length > shortDigits + 2) return Number.NaN;
  const start = afterSign(text);
  let point = -1;
  let value = 0;
  for (let index = start; index < length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (digit === -2 && pointed && point < 0) point = index;
    else return Number.NaN;
  }
  const digits = length - start - (point < 0 ? 0 : 1);
  if (digits === 0 || digits > shortDigits) return Number.NaN;
  if (point >= 0) value /= powers[length - point - 1] as number;
  return start === 1 && text.charCodeAt(0) === 45 ? 0 - value : value;
}

/** The double that a text of xsd:double means, or NaN (which compares with nothing either). */
export function doubleOf(text: string): number {
  const short = shortDecimal(text);
  if (!Number.isNaN(short)) return short;
  if (!isDouble(text)) return Number.NaN;
  if (text.endsWith('F')) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

const readers: ReadonlyMap<string, (text: string) => number> = new Map([
  ...Array.from(
    integerRanges,
    ([iri, { min, max }]) =>
      [
        iri,
        (text: string): number => {
          const value = shortNumber(text, false);
          return value >= min && value <= max ? value : Number.NaN;
        },
      ] as const,
  ),
  [`${xsd}decimal`, shortDecimal],
  [`${xsd}double`, doubleOf],
]);

/**
 * A number that stands for a literal in comparisons: of two literals that have one, `<` and `===`
 * decide what SPARQL's operators decide. NaN where there is none, and where the text is ill-typed.
 *
 * Integers of up to 15 digits are their own number. Decimals of up to 15 digits are the nearest
 * double: different ones have different doubles, and XPath promotes to the same double beside an
 * xsd:double. Floats have none: beside them XPath promotes to single precision.
 */
export function numberOf(datatype: string, lexical: string): number {
  const reader = readers.get(datatype);
  return reader === undefined ? Number.NaN : reader(lexical);
}

function pointOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? text.length : point;
}

/** The place of the first digit that is not a leading zero; the point's where there is none. */
function firstDigit(text: string): number {
  let at = afterSign(text);
  while (text.charCodeAt(at) === 48) at++;
  return at;
}

function digitAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 48;
}

function compareMagnitudes(left: string, right: string): number {
  const start = firstDigit(left);
  const point = pointOf(left);
  const shift = firstDigit(right) - start;
  const whole = point + shift - pointOf(right);
  if (whole !== 0) return whole;
  const end = Math.max(left.length, right.length - shift);
  for (let index = start; index < end; index++) {
    if (index === point) continue;
    const difference = digitAt(left, index) - digitAt(right, index + shift);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Orders two texts of xsd:decimal exactly, digit by digit: any length, in linear time and without
 * a bigint.
 */
export function compareDecimals(left: string, right: string): number {
  const order = compareMagnitudes(left, right);
  const negative = left.startsWith('-');
  if (negative === right.startsWith('-')) return negative ? 0 - order : order;
  // Zero with a minus is zero.
  if (order === 0 && compareMagnitudes(left, '0') === 0) return 0;
  return negative ? -1 : 1;
}
