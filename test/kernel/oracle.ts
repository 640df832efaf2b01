import type { BoundCondition } from '../../src/kernel/column.ts';
import type { Lane } from '../../src/kernel/program.ts';
import type { Operand } from '../../src/terms/conditions.ts';
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

function belongs(kind: FieldKind, of: FieldKind | undefined, value: unknown): boolean {
  switch (kind) {
    case 'list':
      return Array.isArray(value) && value.every((item) => belongs(of!, undefined, item));
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

const lexical: { readonly [datatype: string]: RegExp } = {
  string: /^/,
  decimal: /^[+-]?0*([0-9]{1,34}|[0-9]+\.[0-9]+)$/,
  iri: /^[A-Za-z][A-Za-z0-9+.-]*:[^\u0000-\u0020<>"{}|\\^`]*$/u,
  instant: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/,
};

/** Whether a value that a field of this kind holds is also of a datatype. */
function hasDatatype(kind: FieldKind, value: unknown, datatype: string): boolean {
  const text = kind === 'string' || kind === 'oneOf';
  if (text) return lexical[datatype]?.test(value as string) ?? false;
  if (datatype === 'number') return kind === 'number' || kind === 'integer';
  return kind === datatype || (kind === 'number' && datatype === 'integer' && isExact(value));
}

const isExact = (value: unknown): boolean =>
  Number(value) % 1 === 0 && Math.abs(Number(value)) < 2 ** 53;

/** The conditions that ask a question; undefined for those that compare. */
function answer(condition: BoundCondition, seen: unknown): boolean | undefined {
  const { op, kind, of, right } = condition;
  const wanted = right !== undefined && 'value' in right ? (right.value as Scalar) : '';
  const items = (Array.isArray(seen) ? seen : []).map((item: Scalar) => ordered(of!, item));
  switch (op) {
    case 'exceeds':
      return seen === true;
    case 'matches':
      return new RegExp(wanted as string, 'u').test(seen as string);
    case 'includes':
      return items.some((item) => item === ordered(of!, wanted));
    case 'unique':
      return items.every((item, index) => items.indexOf(item) === index);
    case 'datatype':
      return hasDatatype(kind, seen, wanted as string);
    default:
      return undefined;
  }
}

/**
 * Whether one condition holds for one value, straight from FORMATS ("Observations, conditions,
 * actions"): no classes and no rows. `value` is what code sees, undefined where absent; `other` is
 * the value of the right side, where that is an operand.
 */
export function conditionHolds(
  condition: BoundCondition,
  value: unknown,
  absentHolds: boolean,
  other?: unknown,
): boolean {
  const { op, kind, of } = condition;
  if (op === 'absent') return value === undefined;
  if (op === 'present') return value !== undefined;
  if (value === undefined || !belongs(kind, of, value)) return absentHolds;
  const answered = answer(condition, value);
  if (answered !== undefined) return answered;
  const compared = condition.right !== undefined && !('value' in condition.right);
  if (compared && (other === undefined || !belongs(kind, of, other))) return absentHolds;
  const left = ordered(kind, value as Scalar);
  const given =
    condition.right !== undefined && 'value' in condition.right
      ? condition.right.value
      : (other as Scalar);
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
    default:
      throw new Error(`no comparison: ${op}`);
  }
}

/** What a condition sees of an operand's whole value: a list's or text's part, counted naively. */
export function partSeen(operand: Operand, value: unknown): unknown {
  const part = 'part' in operand ? operand.part : undefined;
  if (part === undefined || value === undefined) return value;
  if (part === 'length') return [...(value as Iterable<unknown>)].length;
  const instant = (item: unknown): unknown =>
    typeof item === 'number' && typeof part.count === 'string'
      ? new Date(item).toISOString()
      : item;
  return (value as readonly unknown[]).map(instant).filter((item) => item === part.count).length;
}

/** Indices of the lanes all of whose conditions hold. */
export function lanesThatHold(
  lanes: readonly Lane[],
  value: (condition: BoundCondition) => unknown,
  other: (condition: BoundCondition) => unknown = () => undefined,
): number[] {
  return lanes.flatMap((lane, index) =>
    lane.conditions.every((item) =>
      conditionHolds(item, value(item), lane.absentHolds, other(item)),
    )
      ? [index]
      : [],
  );
}
