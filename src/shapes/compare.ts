import type { TermLike } from '../terms/turtle.ts';
import { xsd } from './vocabulary.ts';

type Comparable =
  | { readonly kind: 'decimal'; readonly digits: bigint; readonly scale: number }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: number }
  | { readonly kind: 'dateTime'; readonly zoned: boolean; readonly ms: number; rest: string };

const integers: ReadonlySet<string> = new Set(
  ['integer', 'long', 'int', 'short', 'byte', 'nonNegativeInteger', 'positiveInteger']
    .concat(['nonPositiveInteger', 'negativeInteger', 'unsignedLong', 'unsignedInt'])
    .concat(['unsignedShort', 'unsignedByte', 'decimal'])
    .map((name) => xsd + name),
);

const decimalPattern = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)$/;
const doublePattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const dateTimePattern = /^(-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/;
const comparableDigits = 1_024;

function read(term: TermLike): Comparable | undefined {
  const datatype = term.datatype?.value;
  if (term.termType !== 'Literal' || datatype === undefined) return undefined;
  const text = term.value;
  if (integers.has(datatype)) return readDecimal(text);
  switch (datatype) {
    case `${xsd}double`:
    case `${xsd}float`:
      return readDouble(text);
    case `${xsd}string`:
      return { kind: 'string', value: text };
    case `${xsd}boolean`:
      return /^(true|false|0|1)$/.test(text)
        ? { kind: 'boolean', value: text === 'true' || text === '1' ? 1 : 0 }
        : undefined;
    case `${xsd}dateTime`:
      return readDateTime(text);
    default:
      return undefined;
  }
}

function readDecimal(text: string): Comparable | undefined {
  const match = text.length <= comparableDigits ? decimalPattern.exec(text) : null;
  if (match === null) return undefined;
  const [whole = '', fraction = ''] = (match[2] as string).split('.');
  const digits = BigInt(whole + fraction);
  return { kind: 'decimal', digits: match[1] === '-' ? -digits : digits, scale: fraction.length };
}

function readDouble(text: string): Comparable | undefined {
  const special: Readonly<Record<string, number>> = { INF: Infinity, '+INF': Infinity };
  if (doublePattern.test(text)) return { kind: 'double', value: Number(text) };
  if (text === '-INF') return { kind: 'double', value: -Infinity };
  const value = Object.hasOwn(special, text) ? special[text] : undefined;
  return value === undefined ? undefined : { kind: 'double', value };
}

function readDateTime(text: string): Comparable | undefined {
  const match = dateTimePattern.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}${match[3] ?? 'Z'}`);
  if (Number.isNaN(ms)) return undefined;
  const rest = (match[2] ?? '').replace(/0+$/, '');
  return { kind: 'dateTime', zoned: match[3] !== undefined, ms, rest };
}

/** True for a literal that {@link compareLiterals} can compare with something. */
export function isComparable(term: TermLike): boolean {
  return read(term) !== undefined;
}

/**
 * Compares two literals as SPARQL's `<` does (W3C SHACL, section 4.3): negative, zero, positive,
 * or undefined where they do not compare. Integers and decimals are compared exactly, strings by
 * code point; the reference engine takes doubles and the host's locale instead.
 */
export function compareLiterals(left: TermLike, right: TermLike): number | undefined {
  const a = read(left);
  const b = read(right);
  if (a === undefined || b === undefined) return undefined;
  if (a.kind === 'decimal' && b.kind === 'decimal') return compareDecimals(a, b);
  if (a.kind === 'string' && b.kind === 'string') return compareCodePoints(a.value, b.value);
  if (a.kind === 'boolean' && b.kind === 'boolean') return a.value - b.value;
  if (a.kind === 'dateTime' && b.kind === 'dateTime') {
    // Whether an instant with a zone lies before one without is indeterminate (XSD 1.0, 3.2.7.4).
    if (a.zoned !== b.zoned) return undefined;
    return a.ms !== b.ms ? a.ms - b.ms : order(a.rest, b.rest);
  }
  const numbers = [a, b].map((value) =>
    value.kind === 'double'
      ? value.value
      : value.kind === 'decimal'
        ? Number((value === a ? left : right).value)
        : undefined,
  );
  const [x, y] = numbers;
  return x === undefined || y === undefined ? undefined : order(x, y);
}

function order<Value extends bigint | number | string>(left: Value, right: Value): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareDecimals(
  left: { readonly digits: bigint; readonly scale: number },
  right: { readonly digits: bigint; readonly scale: number },
): number {
  if (left.scale === right.scale) return order(left.digits, right.digits);
  const scale = Math.max(left.scale, right.scale);
  return order(
    left.digits * 10n ** BigInt(scale - left.scale),
    right.digits * 10n ** BigInt(scale - right.scale),
  );
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
