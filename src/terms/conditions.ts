import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Scalar } from './scalars.ts';

/**
 * What is read of a list or text instead of the whole: how long it is (items of a list, Unicode
 * code points of text), or how many items of a list equal a value.
 */
export type Part = 'length' | { readonly count: Scalar };

/** What a resolved condition reads: exactly one of these. */
export type Operand =
  | { readonly field: string; readonly part?: Part }
  | { readonly window: string }
  | { readonly budget: string }
  | { readonly action: string; readonly part?: Part };

/**
 * The right side: a literal, a parameter's name, so that promotions change values and not rules, or
 * another operand, whose value is compared with the left one's.
 */
export type Right =
  | { readonly value: Scalar | readonly Scalar[] }
  | { readonly param: string }
  | Operand;

/**
 * Comparison operators; `between` is inclusive, `in` takes a list of values. `matches`, `datatype`
 * ask about a text or value, `includes` and `unique` about a list.
 */
export type Operator =
  | 'eq'
  | 'neq'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'between'
  | 'in'
  | 'matches'
  | 'includes'
  | 'unique'
  | 'datatype'
  | 'present'
  | 'absent'
  | 'exceeds';

/** A condition as rules store and hash it: names resolved, values in canonical form. */
export interface Condition {
  readonly op: Operator;
  readonly left: Operand;
  /** Absent for `present`, `absent`, `exceeds` and `unique`. */
  readonly right?: Right;
}

/** A bare name, until its rule resolves it: a field; in a guard a field of the action. */
export interface Named {
  readonly name: string;
  readonly part?: Part;
}

/** An object that conditions can name on either side: a window, `field()`, `lengthOf()`, ... */
export interface Reference {
  /** What it stands for in a condition. */
  readonly reference: Operand | Named;
}

/** A reference to a parameter's value; made by {@link param}. */
export interface ParameterReference {
  /** Name of the parameter. */
  readonly param: string;
}

/** A condition before its rule resolves a bare name to a field or to an action's field. */
export interface ConditionDraft {
  readonly op: Operator;
  /** A bare `name` becomes a field in a hook or window, a field of the action in a guard. */
  readonly left: Operand | Named;
  /** Absent for `present`, `absent`, `exceeds` and `unique`. */
  readonly right?: Right | Named;
}

/** What a condition takes on its left side: a field's name, a window, `observed()`, a length. */
export type Left = string | Reference;
/** What a comparison takes on its right side. Dates stand for instants; see {@link field}. */
export type Value = Scalar | Date | ParameterReference | Reference;

/**
 * Names a parameter on the right side of a comparison, so that a promotion can change the value
 * and leave the rule alone. Not in windows, and not for `between` and `isIn`.
 *
 * @example
 * gte('delayMinutes', param('lateMinutes')).right; // => { param: 'lateMinutes' }
 */
export function param(name: string): ParameterReference {
  return Object.freeze({ param: name });
}

/**
 * In a guard: a field of the observation, where a bare name is a field of the action.
 *
 * @example
 * const atHub = eq(observed('origin'), 'FRA');
 * const guard = defineGuard({ name: 'no-hold-at-hub', on: Hold, deny: [atHub] });
 * guard.when; // => [{ op: 'eq', left: { field: 'origin' }, right: { value: 'FRA' } }]
 */
export function observed(field: string): Reference {
  return Object.freeze({ reference: Object.freeze({ field }) });
}

/** What a left side stands for. */
export function sideOf(left: Left, where: string): Operand | Named {
  const side = typeof left === 'string' ? { name: left } : left?.reference;
  if (side === undefined) {
    fail('KNHK_TERMS_CONDITION', where, 'a field name, a window, a budget or observed()', left);
  }
  return Object.freeze(side);
}

/** A condition as written. */
export function draft(op: Operator, left: Left, right?: Right | Named): ConditionDraft {
  return Object.freeze({
    op,
    left: sideOf(left, op),
    ...(right === undefined ? {} : { right: Object.freeze(right) }),
  });
}

function rightOf(value: Value): Right | Named {
  if (typeof value === 'object' && value !== null) {
    if ('param' in value) return { param: value.param };
    if ('reference' in value) return { ...value.reference };
  }
  return { value: literal(value as Scalar | Date) };
}

/** A value as a condition holds it. */
export function literal(value: Scalar | Date): Scalar {
  // An invalid Date becomes text that no field can hold, so the rule's check refuses it by name.
  return value instanceof Date ? dateText(value) : value;
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an invalid date' : date.toISOString();
}

/**
 * left = value.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * eq('origin', 'FRA'); // => { op: 'eq', left: { name: 'origin' }, right: { value: 'FRA' } }
 */
export function eq(left: Left, value: Value): ConditionDraft {
  return draft('eq', left, rightOf(value));
}

/**
 * left is present and differs from value.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * neq('origin', 'FRA').right; // => { value: 'FRA' }
 */
export function neq(left: Left, value: Value): ConditionDraft {
  return draft('neq', left, rightOf(value));
}

/**
 * left < value, for integers, numbers, decimals and instants.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * lt('departed', new Date(now)).right; // => { value: '2026-11-21T12:00:00.000Z' }
 */
export function lt(left: Left, value: Value): ConditionDraft {
  return draft('lt', left, rightOf(value));
}

/**
 * left <= value, for integers, numbers, decimals and instants.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * lte('delayMinutes', 15).right; // => { value: 15 }
 */
export function lte(left: Left, value: Value): ConditionDraft {
  return draft('lte', left, rightOf(value));
}

/**
 * left > value, for integers, numbers, decimals and instants.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * const noLongHold = defineGuard({ name: 'no-long-hold', on: Hold, deny: [gt('minutes', 60)] });
 * noLongHold.when; // => [{ op: 'gt', left: { action: 'minutes' }, right: { value: 60 } }]
 */
export function gt(left: Left, value: Value): ConditionDraft {
  return draft('gt', left, rightOf(value));
}

/**
 * left >= value, for integers, numbers, decimals and instants.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * gte('delayMinutes', 45).right; // => { value: 45 }
 * gte('delayMinutes', param('lateMinutes')).right; // => { param: 'lateMinutes' }
 */
export function gte(left: Left, value: Value): ConditionDraft {
  return draft('gte', left, rightOf(value));
}

/**
 * low <= left <= high, for integers, numbers, decimals and instants.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * between('delayMinutes', 15, 45).right; // => { value: [15, 45] }
 */
export function between(left: Left, low: Scalar | Date, high: Scalar | Date): ConditionDraft {
  return draft('between', left, { value: Object.freeze([literal(low), literal(high)]) });
}

/**
 * left is one of the values (at most 1,024).
 *
 * @throws KnhkError KNHK_LIMIT_CONDITIONS for more values, KNHK_TERMS_CONDITION where the left
 * side is neither a name nor a reference
 * @example
 * isIn('origin', ['FRA', 'MUC']).right; // => { value: ['FRA', 'MUC'] }
 */
export function isIn(left: Left, values: readonly (Scalar | Date)[]): ConditionDraft {
  if (values.length > limits.inSetValues) {
    fail('KNHK_LIMIT_CONDITIONS', 'in', `at most ${limits.inSetValues} values`, values.length);
  }
  return draft('in', left, { value: Object.freeze(values.map(literal)) });
}

/**
 * left has a value.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * present('gate'); // => { op: 'present', left: { name: 'gate' } }
 */
export function present(left: Left): ConditionDraft {
  return draft('present', left);
}

/**
 * left has no value.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * absent('gate'); // => { op: 'absent', left: { name: 'gate' } }
 */
export function absent(left: Left): ConditionDraft {
  return draft('absent', left);
}

/**
 * In a guard: one more action of the budget's kind would exceed it.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where no budget is given
 * @example
 * exceeds(holds); // => { op: 'exceeds', left: { budget: 'holdsPerHour' } }
 */
export function exceeds(budget: Reference): ConditionDraft {
  return draft('exceeds', budget);
}

/** The name that messages and columns use for an operand, such as `field delayMinutes`. */
export function operandName(operand: Operand): string {
  if ('window' in operand) return `window ${operand.window}`;
  if ('budget' in operand) return `budget ${operand.budget}`;
  const { part } = operand;
  const name = 'field' in operand ? `field ${operand.field}` : `action ${operand.action}`;
  if (part === undefined) return name;
  if (part === 'length') return `${name}, length`;
  // Conditions of a document may be anything, and are named before they are refused.
  return `${name}, count of ${JSON.stringify((part as { readonly count?: Scalar } | null)?.count)}`;
}
