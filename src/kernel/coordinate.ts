import { absentClass, type Column, classOf, firstClass } from './column.ts';

/** Where an absent value lies: below everything. */
export const absentAt: number = Number.NEGATIVE_INFINITY;
/** Where a value of another type than its column's lies: above everything. */
export const foreignAt: number = Number.POSITIVE_INFINITY;
/** Where real values begin: no class and no finite number lies lower. */
export const realFrom: number = -Number.MAX_VALUE;

/** True for a column whose coordinates are the numbers themselves; the others' are classes. */
export function isNumeric({ shape, kind }: Column): boolean {
  return shape === 'values' && (kind === 'integer' || kind === 'number' || kind === 'instant');
}

/**
 * The place of what code sees on its column's axis: a number is its own place, anything else is
 * placed by its class. So one search among ascending bounds serves every kind of condition.
 *
 * @param other value of the second operand of a comparison
 */
export function coordinateOf(column: Column, value: unknown, other?: unknown): number {
  if (isNumeric(column)) {
    if (typeof value === 'number') return value;
    return value === undefined ? absentAt : foreignAt;
  }
  return classAt(classOf(column, value, other));
}

/** The place of a class. */
export function classAt(cls: number): number {
  if (cls >= firstClass) return cls;
  return cls === absentClass ? absentAt : foreignAt;
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The next double above a finite one, so that `> x` is `>= nextUp(x)`. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  double[0] = value;
  bits[0]! += value > 0 ? 1n : -1n;
  // Above the negative nearest to zero comes zero, not -0.
  return double[0]! + 0;
}
