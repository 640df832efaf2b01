import type { TermLike } from '../terms/turtle.ts';
import {
  compareDurations,
  type Duration,
  durationOf,
  isDayTimeDuration,
  isDuration,
  isYearMonthDuration,
} from './literals/durations.ts';
import { floatOf } from './literals/floats.ts';
import { integerRanges, isDecimal, isInteger } from './literals/number-forms.ts';
import { compareDecimals, doubleOf, numberOf } from './literals/numbers.ts';
import { isBoolean } from './literals/text-forms.ts';
import {
  calendarForms,
  compareInstants,
  epochMsOf,
  type Instant,
  instantOf,
} from './literals/timeline.ts';
import { xsd } from './vocabulary.ts';

/** A literal that was read for comparisons: worth keeping where it is compared often. */
export type Comparable =
  /** `short` is the number of {@link numberOf}; NaN where the text alone is exact. */
  | { readonly kind: 'decimal'; readonly text: string; readonly short: number }
  | { readonly kind: 'float' | 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: number }
  | { readonly kind: 'instant'; readonly value: Instant }
  | { readonly kind: 'duration'; readonly value: Duration };

const dateTime = `${xsd}dateTime`;

type Reader = (text: string) => Comparable | undefined;

function decimals(datatype: string, test: (text: string) => boolean): Reader {
  return (text) => {
    const short = numberOf(datatype, text);
    return Number.isNaN(short) && !test(text) ? undefined : { kind: 'decimal', text, short };
  };
}

function floating(kind: 'float' | 'double', read: (text: string) => number): Reader {
  return (text) => {
    const value = read(text);
    return Number.isNaN(value) ? undefined : { kind, value };
  };
}

function durations(test: (text: string) => boolean): Reader {
  return (text) => {
    const value = test(text) ? durationOf(text) : undefined;
    return value === undefined ? undefined : { kind: 'duration', value };
  };
}

const readers: ReadonlyMap<string, Reader> = new Map([
  ...Array.from(integerRanges, ([iri, range]): [string, Reader] => [
    iri,
    decimals(iri, (text) => isInteger(text, range)),
  ]),
  ...Object.entries(calendarForms).map(([name, form]): [string, Reader] => [
    xsd + name,
    (text) => {
      const value = instantOf(form, text);
      return value === undefined ? undefined : { kind: 'instant', value };
    },
  ]),
  ...Object.entries<Reader>({
    decimal: decimals(`${xsd}decimal`, isDecimal),
    double: floating('double', doubleOf),
    float: floating('float', floatOf),
    string: (value) => ({ kind: 'string', value }),
    boolean: (text) =>
      isBoolean(text)
        ? { kind: 'boolean', value: text === 'true' || text === '1' ? 1 : 0 }
        : undefined,
    duration: durations(isDuration),
    dayTimeDuration: durations(isDayTimeDuration),
    yearMonthDuration: durations(isYearMonthDuration),
  }).map(([name, reader]): [string, Reader] => [xsd + name, reader]),
]);

/** Reads a literal for {@link compareValues}; undefined where it compares with nothing. */
export function readComparable(datatype: string, lexical: string): Comparable | undefined {
  return readers.get(datatype)?.(lexical);
}

/** True for a literal that {@link compareLiterals} can compare with something. */
export function isComparable(term: TermLike): boolean {
  return (
    term.termType === 'Literal' &&
    readComparable(term.datatype?.value ?? '', term.value) !== undefined
  );
}

/**
 * Compares two literals as SPARQL's `<` does (W3C SHACL, section 4.3): negative, zero, positive,
 * or undefined where they do not compare.
 *
 * Integers and decimals are compared exactly, strings by code point. Beside a double, or beside a
 * float, a decimal is promoted to that type first, as XPath says: the integer 2^53 + 1 equals the
 * double 2^53. NaN and ill-typed texts compare with nothing. Dates, times and durations have the
 * order of XSD 1.1, which is partial: with and without a zone, an instant is before another where
 * they differ by more than 14 hours.
 */
export function compareLiterals(left: TermLike, right: TermLike): number | undefined {
  if (left.termType !== 'Literal' || right.termType !== 'Literal') return undefined;
  const leftType = left.datatype?.value ?? '';
  const rightType = right.datatype?.value ?? '';
  const x = numberOf(leftType, left.value);
  const y = Number.isNaN(x) ? x : numberOf(rightType, right.value);
  if (!Number.isNaN(y)) return order(x, y);
  if (leftType === dateTime && rightType === dateTime) {
    const difference = epochMsOf(left.value) - epochMsOf(right.value);
    if (!Number.isNaN(difference)) return difference;
  }
  const a = readComparable(leftType, left.value);
  const b = a === undefined ? undefined : readComparable(rightType, right.value);
  return a === undefined || b === undefined ? undefined : compareValues(a, b);
}

/** The order of two literals that were read; see {@link compareLiterals}. */
export function compareValues(left: Comparable, right: Comparable): number | undefined {
  if (isNumber(left)) return isNumber(right) ? compareNumbers(left, right) : undefined;
  switch (left.kind) {
    case 'string':
      return right.kind === 'string' ? compareCodePoints(left.value, right.value) : undefined;
    case 'boolean':
      return right.kind === 'boolean' ? left.value - right.value : undefined;
    case 'instant':
      return right.kind === 'instant' ? compareInstants(left.value, right.value) : undefined;
    default:
      return right.kind === 'duration' ? compareDurations(left.value, right.value) : undefined;
  }
}

type NumberValue = Extract<Comparable, { kind: 'decimal' | 'float' | 'double' }>;

function isNumber(value: Comparable): value is NumberValue {
  return value.kind === 'decimal' || value.kind === 'double' || value.kind === 'float';
}

function compareNumbers(left: NumberValue, right: NumberValue): number {
  if (left.kind === 'decimal' && right.kind === 'decimal') {
    const short = !Number.isNaN(left.short) && !Number.isNaN(right.short);
    return short ? order(left.short, right.short) : compareDecimals(left.text, right.text);
  }
  const promote = left.kind === 'double' || right.kind === 'double' ? Number : floatOf;
  return order(
    left.kind === 'decimal' ? promote(left.text) : left.value,
    right.kind === 'decimal' ? promote(right.text) : right.value,
  );
}

function order(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    if (left.charCodeAt(index) === right.charCodeAt(index)) continue;
    // A pair's second half differs where the first is equal, and then its order is the pair's.
    return (left.codePointAt(index) as number) - (right.codePointAt(index) as number);
  }
  return left.length - right.length;
}

/** The length in characters as SPARQL's STRLEN counts them: code points, not UTF-16 units. */
export function lengthInCodePoints(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(index + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      length--;
      index++;
    }
  }
  return length;
}
