import type { BoundCondition, Lane } from '../../src/kernel/program.ts';
import type { FieldKind } from '../../src/terms/fields.ts';
import type { Scalar } from '../../src/terms/scalars.ts';

const fractionDigits = 40;

/** A canonical decimal as an exact integer, so that comparing needs none of the source's code. */
function scaled(decimal: string): bigint {
  const negative = decimal.startsWith('-');
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.');
  const magnitude = BigInt(whole + fraction.padEnd(fractionDigits, '0'));
  return negative ? -magnitude : magnitude;
}

function belongs(kind: FieldKind, value: unknown): boolean {
  switch (kind) {
    case 'integer':
    case 'number':
    case 'instant':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return typeof value === 'string';
  }
}

/** Something with an order: numbers, exact decimals, and texts for equality alone. */
function ordered(kind: FieldKind, value: Scalar): bigint | number | string | boolean {
  if (kind === 'decimal') return scaled(value as string);
  // A literal instant is text, a value that code sees is milliseconds.
  return kind === 'instant' && typeof value === 'string' ? Date.parse(value) : value;
}

/**
 * Whether one condition holds for one value, straight from FORMATS ("Observations, conditions,
 * actions"): no classes and no rows. `value` is what code sees, undefined where absent.
 */
export function conditionHolds(
  condition: BoundCondition,
  value: unknown,
  absentHolds: boolean,
): boolean {
  const { op, kind } = condition;
  if (op === 'absent') return value === undefined;
  if (op === 'present') return value !== undefined;
  if (value === undefined || !belongs(kind, value)) return absentHolds;
  if (op === 'exceeds') return value === true;
  const left = ordered(kind, value as Scalar);
  const given = condition.right?.value;
  const right = (Array.isArray(given) ? given : [given]).map((item: Scalar) => ordered(kind, item));
  const [first, second] = right as [typeof left, typeof left];
  switch (op) {
    case 'eq':
      return left === first;
    case 'neq':
      return left !== first;
    case 'lt':
      return left < first;
    case 'lte':
      return left <= first;
    case 'gt':
      return left > first;
    case 'gte':
      return left >= first;
    case 'between':
      return left >= first && left <= second;
    case 'in':
      return right.includes(left);
  }
}

/** Indices of the lanes all of whose conditions hold. */
export function lanesThatHold(
  lanes: readonly Lane[],
  value: (condition: BoundCondition) => unknown,
): number[] {
  return lanes.flatMap((lane, index) =>
    lane.conditions.every((item) => conditionHolds(item, value(item), lane.absentHolds))
      ? [index]
      : [],
  );
}
