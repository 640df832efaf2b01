import type { Operator, Right } from '../terms/conditions.ts';
import type { FieldKind } from '../terms/fields.ts';
import { compareDecimals, readInstant, type Scalar } from '../terms/scalars.ts';

/** Class of a value that is not there. */
export const absentClass = 0;
/** Class of a value that its column's kind cannot compare; only actions can carry one. */
const foreignClass = 1;
/** First class of real values: below all thresholds, or equal to no listed value. */
export const firstClass = 2;

/** A comparison of one lane with one column, its right side in comparable form. */
export interface Test {
  readonly op: Operator;
  readonly values: readonly Scalar[];
}

/**
 * What one operand is cut into: all values that no condition can tell apart share a class. Numbers
 * are cut by their thresholds into points and the open intervals between; everything else is told
 * apart by equality alone.
 */
export interface Column {
  readonly kind: FieldKind;
  /** Ascending, without repetition; empty for kinds without order. */
  readonly thresholds: Float64Array;
  readonly decimals: readonly string[];
  readonly classByValue: ReadonlyMap<Scalar, number>;
  readonly classCount: number;
}

/** The comparable form of a literal: instants become milliseconds, as code sees them. */
function comparable(kind: FieldKind, value: Scalar): Scalar {
  return kind === 'instant' && typeof value === 'string' ? (readInstant(value) as number) : value;
}

/** Comparable values of a condition's right side, its parameter already replaced. */
export function testValues(
  kind: FieldKind,
  right: Exclude<Right, { param: string }> | undefined,
): readonly Scalar[] {
  if (right === undefined) return [];
  const values = Array.isArray(right.value) ? right.value : [right.value];
  return values.map((value: Scalar) => comparable(kind, value));
}

/** Builds a column from every test that any lane makes on its operand. */
export function columnOf(kind: FieldKind, tests: readonly Test[]): Column {
  const values = [...new Set(tests.flatMap((test) => test.values))];
  const none = { thresholds: new Float64Array(0), decimals: [], classByValue: new Map() };
  if (kind === 'decimal') {
    const decimals = (values as string[]).sort(compareDecimals);
    return { ...none, kind, decimals, classCount: firstClass + 2 * decimals.length + 1 };
  }
  if (kind === 'integer' || kind === 'number' || kind === 'instant') {
    const thresholds = Float64Array.from(values as number[]).sort();
    return { ...none, kind, thresholds, classCount: firstClass + 2 * thresholds.length + 1 };
  }
  const classByValue = new Map(values.map((value, index) => [value, firstClass + 1 + index]));
  return { ...none, kind, classByValue, classCount: firstClass + 1 + values.length };
}

/** The class of a value that code sees; a value of another type than the column's is foreign. */
export function classOf(column: Column, value: unknown): number {
  if (value === undefined) return absentClass;
  switch (column.kind) {
    case 'integer':
    case 'number':
    case 'instant':
      return typeof value === 'number' ? numberClass(column.thresholds, value) : foreignClass;
    case 'decimal':
      return typeof value === 'string' ? decimalClass(column.decimals, value) : foreignClass;
    case 'boolean':
      return typeof value === 'boolean'
        ? (column.classByValue.get(value) ?? firstClass)
        : foreignClass;
    default:
      return typeof value === 'string'
        ? (column.classByValue.get(value) ?? firstClass)
        : foreignClass;
  }
}

/** The class of a number among ascending thresholds. */
export function numberClass(thresholds: Float64Array, value: number): number {
  const count = thresholds.length;
  let below = 0;
  if (count <= 8) {
    while (below < count && thresholds[below]! < value) below++;
  } else {
    let high = count;
    while (below < high) {
      const middle = (below + high) >>> 1;
      if (thresholds[middle]! < value) below = middle + 1;
      else high = middle;
    }
  }
  const point = below < count && thresholds[below] === value ? 1 : 0;
  return firstClass + 2 * below + point;
}

function decimalClass(decimals: readonly string[], value: string): number {
  let below = 0;
  while (below < decimals.length && compareDecimals(decimals[below]!, value) < 0) below++;
  return firstClass + 2 * below + (decimals[below] === value ? 1 : 0);
}

/**
 * Whether a test holds for every value of a class; `absentHolds` is the fail-closed reading. Values
 * of the test become classes first: within an ordered kind classes stand as values do.
 */
export function testOn(column: Column, test: Test, absentHolds: boolean): (cls: number) => boolean {
  const wanted = test.values.map((value) => classOf(column, value));
  const [first = absentClass, second = absentClass] = wanted;
  const real = realTest(test.op, first, second, new Set(wanted));
  return (cls) => {
    if (test.op === 'absent') return cls === absentClass;
    if (test.op === 'present') return cls !== absentClass;
    if (cls === absentClass || cls === foreignClass) return absentHolds;
    return test.op === 'exceeds' ? cls === column.classByValue.get(true) : real(cls);
  };
}

/** A comparison among the classes of real values. */
function realTest(
  op: Operator,
  first: number,
  second: number,
  wanted: ReadonlySet<number>,
): (cls: number) => boolean {
  switch (op) {
    case 'eq':
      return (cls) => cls === first;
    case 'neq':
      return (cls) => cls !== first;
    case 'lt':
      return (cls) => cls < first;
    case 'lte':
      return (cls) => cls <= first;
    case 'gt':
      return (cls) => cls > first;
    case 'gte':
      return (cls) => cls >= first;
    case 'between':
      return (cls) => cls >= first && cls <= second;
    default:
      return (cls) => wanted.has(cls);
  }
}
