import { fail } from '../base/errors.ts';
import { type Operand, type Operator, operandName } from '../terms/conditions.ts';
import type { FieldKind } from '../terms/fields.ts';
import { compareDecimals, type Scalar } from '../terms/scalars.ts';
import { comparable, isPredicate, predicateName, predicateOf } from './column-predicates.ts';
import { type BoundCondition, type Column, predicatesPerColumn } from './column-types.ts';

export { type BoundCondition, type Column, predicatesPerColumn } from './column-types.ts';

/** Class of a value that is not there. */
export const absentClass = 0;
/** Class of a value that its column's kind cannot compare; only actions can carry one. */
const foreignClass = 1;
/** First class of real values: below all thresholds, or equal to no listed value. */
export const firstClass = 2;
const equalClass = firstClass + 1;
const aboveClass = firstClass + 2;

/**
 * Makes the keys of one program's conditions: conditions of one key share a column. A question gets
 * a place where its operand first asks it, so the keys depend on the order of the calls; beyond
 * {@link predicatesPerColumn} questions an operand has several columns.
 */
export function columnKeys(): (condition: BoundCondition) => string {
  const groups = new Map<string, string>();
  const counts = new Map<string, number>();
  return (condition) => {
    const name = operandName(condition.left);
    const other = otherOperand(condition);
    if (other !== undefined) return `${name} / ${operandName(other)}`;
    if (!isPredicate(condition)) return name;
    const question = `${name} ${predicateName(condition)}`;
    let key = groups.get(question);
    if (key === undefined) {
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      key = `${name} ? ${Math.floor(count / predicatesPerColumn)}`;
      groups.set(question, key);
    }
    return key;
  };
}

/** The right side of a comparison of two operands. */
function otherOperand({ right }: BoundCondition): Operand | undefined {
  return right === undefined || 'value' in right ? undefined : right;
}

/** Builds the column of all conditions of one key, from {@link columnKeys}. */
export function columnOf(key: string, conditions: readonly BoundCondition[]): Column {
  const [first] = conditions as readonly [BoundCondition];
  const { kind, of } = first;
  for (const condition of conditions) {
    if (condition.kind !== kind || condition.of !== of) {
      fail('KNHK_TERMS_CONDITION', key, `one kind (${kind})`, condition.kind);
    }
  }
  const none = { thresholds: new Float64Array(0), decimals: [], classByValue: new Map() };
  const other = otherOperand(first);
  const operands = other === undefined ? [first.left] : [first.left, other];
  const base = { key, operands, kind, of, ...none, predicates: [] };
  if (other !== undefined) {
    return { ...base, shape: 'comparison', classCount: aboveClass + 1 };
  }
  if (!isPredicate(first)) return { ...base, shape: 'values', ...valueClasses(kind, conditions) };
  const predicates = [
    ...new Map(conditions.map((item) => [predicateName(item), item])).values(),
  ].map(predicateOf);
  if (predicates.length > predicatesPerColumn) {
    fail('KNHK_TERMS_CONDITION', key, `${predicatesPerColumn} questions`, predicates.length);
  }
  const classCount = firstClass + 2 ** predicates.length;
  return { ...base, shape: 'predicates', predicates, classCount };
}

/** Comparable values of a condition's right side. */
export function testValues({ kind, right }: BoundCondition): readonly Scalar[] {
  if (right === undefined || !('value' in right)) return [];
  const values = Array.isArray(right.value) ? right.value : [right.value];
  return values.map((value: Scalar) => comparable(kind, value));
}

type ValueClasses = Partial<Column> & Pick<Column, 'classCount'>;

function valueClasses(kind: FieldKind, conditions: readonly BoundCondition[]): ValueClasses {
  const given = conditions.flatMap(testValues);
  // A boolean column always knows both values, so that `exceeds` finds the class of true.
  const values = [...new Set(kind === 'boolean' ? [false, true] : given)];
  if (kind === 'decimal') {
    const decimals = (values as string[]).sort(compareDecimals);
    return { decimals, classCount: firstClass + 2 * decimals.length + 1 };
  }
  if (isNumeric(kind)) {
    const thresholds = Float64Array.from(values as number[]).sort();
    return { thresholds, classCount: firstClass + 2 * thresholds.length + 1 };
  }
  const classByValue = new Map(values.map((value, index) => [value, firstClass + 1 + index]));
  return { classByValue, classCount: firstClass + 1 + values.length };
}

/** Kinds that code sees as numbers. */
function isNumeric(kind: FieldKind): boolean {
  return kind === 'integer' || kind === 'number' || kind === 'instant';
}

/** True for a value of the type that code sees for this kind. */
function belongs(kind: FieldKind, of: FieldKind | undefined, value: unknown): boolean {
  if (kind === 'list') {
    return Array.isArray(value) && value.every((item) => belongs(of as FieldKind, undefined, item));
  }
  if (isNumeric(kind)) return typeof value === 'number';
  return typeof value === (kind === 'boolean' ? 'boolean' : 'string');
}

/**
 * The class of what code sees at the column's operands; a value of another type than the column's
 * is foreign.
 *
 * @param other value of the second operand of a comparison
 */
export function classOf(column: Column, value: unknown, other?: unknown): number {
  if (value === undefined) return absentClass;
  const { kind, of } = column;
  if (column.shape === 'comparison') {
    if (other === undefined) return absentClass;
    if (!belongs(kind, of, value) || !belongs(kind, of, other)) return foreignClass;
    return equalClass + Math.sign(order(kind, value as Scalar, other as Scalar));
  }
  if (!belongs(kind, of, value)) return foreignClass;
  if (column.shape === 'predicates') return firstClass + answers(column, value);
  if (kind === 'decimal') return decimalClass(column.decimals, value as string);
  if (isNumeric(kind)) return numberClass(column.thresholds, value as number);
  return column.classByValue.get(value as Scalar) ?? firstClass;
}

/** Negative, zero or positive; values of a kind without order are equal or else "below". */
function order(kind: FieldKind, value: Scalar, other: Scalar): number {
  if (kind === 'decimal') return compareDecimals(value as string, other as string);
  if (isNumeric(kind)) return (value as number) - (other as number);
  return value === other ? 0 : -1;
}

function answers(column: Column, value: unknown): number {
  let bits = 0;
  const { predicates } = column;
  for (let index = 0; index < predicates.length; index++) {
    if (predicates[index]!.holds(value)) bits |= 1 << index;
  }
  return bits;
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
 * Whether a condition holds for every value of a class of its column; `absentHolds` is the
 * fail-closed reading. Values of the condition become classes first: within an ordered kind classes
 * stand as values do.
 */
export function testOn(
  column: Column,
  condition: BoundCondition,
  absentHolds: boolean,
): (cls: number) => boolean {
  const { op } = condition;
  if (op === 'absent') return (cls) => cls === absentClass;
  if (op === 'present') return (cls) => cls !== absentClass;
  const real = realTestOf(column, condition);
  return (cls) => (cls < firstClass ? absentHolds : real(cls));
}

function realTestOf(column: Column, condition: BoundCondition): (cls: number) => boolean {
  if (column.shape === 'predicates') {
    const name = predicateName(condition);
    const bit = 1 << column.predicates.findIndex((predicate) => predicate.name === name);
    const wanted = condition.negated === true ? 0 : bit;
    return (cls) => ((cls - firstClass) & bit) === wanted;
  }
  if (column.shape === 'comparison') return realTest(condition.op, equalClass, 0, new Set());
  if (condition.op === 'exceeds') {
    const exceeded = column.classByValue.get(true);
    return (cls) => cls === exceeded;
  }
  const wanted = testValues(condition).map((value) => classOf(column, value));
  const [first = absentClass, second = absentClass] = wanted;
  return realTest(condition.op, first, second, new Set(wanted));
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
