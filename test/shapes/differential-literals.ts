import type { TermLike } from '../../src/terms/turtle.ts';
import { ordered } from './arbitrary-data.ts';

// A second way to order and to check the literals of arbitrary-data.ts, by nothing but what the
// platform has: rational numbers as pairs of BigInt, Date for zoned instants, arrays of characters.

const xsd = 'http://www.w3.org/2001/XMLSchema#';
const halfDay = 14 * 3_600_000;

type Ordered =
  | { readonly kind: 'exact'; readonly digits: bigint; readonly scale: bigint; double: number }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'text'; readonly value: readonly number[] }
  | { readonly kind: 'boolean'; readonly value: number }
  | { readonly kind: 'dateTime' | 'date'; readonly value: number; readonly zoned: boolean };

function exact(text: string): Ordered | undefined {
  const match = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (match === null) return undefined;
  const fraction = match[3] ?? '';
  const digits = BigInt(`${match[2]}${fraction}`);
  return {
    kind: 'exact',
    digits: match[1] === '-' ? -digits : digits,
    scale: 10n ** BigInt(fraction.length),
    double: Number(text),
  };
}

function double(text: string): Ordered | undefined {
  const value = Number(text.replace('INF', 'Infinity'));
  return Number.isNaN(value) || text === '' ? undefined : { kind: 'double', value };
}

function instant(kind: 'dateTime' | 'date', text: string): Ordered | undefined {
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(text);
  const value = Date.parse(zoned || kind === 'date' ? text : `${text}Z`);
  return Number.isNaN(value) ? undefined : { kind, value, zoned };
}

function read({ termType, value, language, datatype }: TermLike): Ordered | undefined {
  if (termType !== 'Literal' || language) return undefined;
  const local = datatype?.value.replace(xsd, '');
  switch (local) {
    case 'integer':
      return value.includes('.') ? undefined : exact(value);
    case 'byte':
      return Math.abs(Number(value)) < 128 ? exact(value) : undefined;
    case 'decimal':
      return exact(value);
    case 'double':
      return double(value);
    case 'string':
      return { kind: 'text', value: [...value].map((one) => one.codePointAt(0) ?? 0) };
    case 'boolean': {
      const place = ['false', 'true', '0', '1'].indexOf(value);
      return place < 0 ? undefined : { kind: 'boolean', value: place % 2 };
    }
    case 'dateTime':
    case 'date':
      return instant(local, value);
    default:
      return undefined;
  }
}

const sign = <Value>(left: Value, right: Value): number =>
  left < right ? -1 : left > right ? 1 : 0;

function asDouble(value: Ordered): number | undefined {
  if (value.kind === 'double') return value.value;
  return value.kind === 'exact' ? value.double : undefined;
}

function compareTexts(left: readonly number[], right: readonly number[]): number {
  for (const [at, unit] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    if (unit !== other) return sign(unit, other);
  }
  return sign(left.length, right.length);
}

/** The order of two literals by SPARQL's `<`; undefined where there is none. */
export function orderOf(left: TermLike, right: TermLike): number | undefined {
  const a = read(left);
  const b = read(right);
  if (a === undefined || b === undefined) return undefined;
  if (a.kind === 'exact' && b.kind === 'exact') return sign(a.digits * b.scale, b.digits * a.scale);
  if (a.kind === 'text' && b.kind === 'text') return compareTexts(a.value, b.value);
  if (a.kind === 'boolean' && b.kind === 'boolean') return sign(a.value, b.value);
  if ((a.kind === 'dateTime' || a.kind === 'date') && a.kind === b.kind) {
    const clear = a.zoned === b.zoned || Math.abs(a.value - b.value) > halfDay;
    return clear ? sign(a.value, b.value) : undefined;
  }
  const [x, y] = [asDouble(a), asDouble(b)];
  return x === undefined || y === undefined ? undefined : sign(x, y);
}

const wellFormed: Readonly<Record<string, RegExp>> = {
  integer: /^[+-]?\d+$/,
  byte: /^[+-]?(\d{1,2}|1[01]\d|12[0-7])$/,
  decimal: /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
  double: /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN)$/,
  boolean: /^(true|false|0|1)$/,
};

/** Whether a literal of the vocabulary has a lexical form of its datatype. */
export function isWellTyped(literal: TermLike): boolean {
  const local = literal.datatype?.value.replace(xsd, '') ?? '';
  if (local === 'dateTime')
    return ordered.includes(literal) || instant('dateTime', literal.value) !== undefined;
  return wellFormed[local]?.test(literal.value) ?? true;
}
