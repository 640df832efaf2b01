import { describe, fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Condition, ConditionDraft, Operand, Operator, Right } from './conditions.ts';
import { operandName } from './conditions.ts';
import { type Field, isOrdered } from './fields.ts';
import { formatInstant, readScalar, type Scalar, Unreadable } from './scalars.ts';

/** What a rule knows about the names in its conditions. */
export interface Scope {
  /** Rule name for messages. */
  readonly where: string;
  /** What a bare name stands for in this rule. */
  readonly bare: 'field' | 'action';
  /** The field behind an operand, or undefined where the rule cannot read it. */
  field(operand: Operand): Field | undefined;
}

const operators: ReadonlySet<string> = new Set(
  'eq neq lt lte gt gte between in present absent exceeds'.split(' '),
);
const withoutRight: ReadonlySet<Operator> = new Set(['present', 'absent', 'exceeds']);
const withOrder: ReadonlySet<Operator> = new Set(['lt', 'lte', 'gt', 'gte', 'between']);

/**
 * Turns drafts into conditions: bare names resolved, literals read by their field's rules into
 * canonical form, order operators only on ordered kinds.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION, KNHK_LIMIT_CONDITIONS
 */
export function resolveConditions(
  drafts: readonly ConditionDraft[],
  scope: Scope,
): readonly Condition[] {
  checkCount(drafts, scope.where);
  return Object.freeze(drafts.map((draft) => Object.freeze(resolve(draft, scope))));
}

function checkCount(drafts: unknown, where: string): void {
  if (!Array.isArray(drafts) || drafts.length > limits.conditionsPerHook) {
    const expected = `a list of at most ${limits.conditionsPerHook} conditions`;
    fail('KNHK_LIMIT_CONDITIONS', where, expected, drafts);
  }
}

/**
 * Conditions whose bare names are resolved but whose literals stay as written: for guards, which
 * learn the kinds of their fields only when rules are put together.
 */
export function nameConditions(
  drafts: readonly ConditionDraft[],
  scope: Pick<Scope, 'where' | 'bare'>,
): readonly Condition[] {
  checkCount(drafts, scope.where);
  return Object.freeze(
    drafts.map((draft) => {
      const left = leftOf(draft, scope);
      const { op, right } = draft;
      return Object.freeze(right === undefined ? { op, left } : { op, left, right });
    }),
  );
}

function leftOf(draft: ConditionDraft, scope: Pick<Scope, 'where' | 'bare'>): Operand {
  if (typeof draft !== 'object' || draft === null || typeof draft.left !== 'object') {
    fail('KNHK_TERMS_CONDITION', scope.where, 'a condition made by eq(), gte(), ...', draft);
  }
  const side = draft.left;
  if (!('name' in side)) return side;
  return scope.bare === 'field' ? { field: side.name } : { action: side.name };
}

function resolve(draft: ConditionDraft, scope: Scope): Condition {
  const left = leftOf(draft, scope);
  const { op } = draft;
  const field = scope.field(left);
  const where = `${scope.where}, ${operandName(left)}`;
  if (field === undefined) {
    fail('KNHK_TERMS_CONDITION', where, 'something this rule can read', operandName(left));
  }
  if ('budget' in left !== (op === 'exceeds')) {
    fail('KNHK_TERMS_CONDITION', where, 'exceeds() with a budget, and nothing else with it', op);
  }
  if (!operators.has(op)) fail('KNHK_TERMS_CONDITION', where, [...operators].join(', '), op);
  if (withOrder.has(op) && !isOrdered(field.kind)) {
    fail('KNHK_TERMS_CONDITION', where, `an ordered kind for ${op}`, field.kind);
  }
  if (withoutRight.has(op)) return { op, left };
  return { op, left, right: resolveRight(draft, field, where) };
}

function resolveRight(draft: ConditionDraft, field: Field, where: string): Right {
  const { right, op } = draft;
  if (right === undefined) fail('KNHK_TERMS_CONDITION', where, 'a right side', 'none');
  if ('param' in right) {
    if (op === 'between' || op === 'in') {
      fail('KNHK_TERMS_CONDITION', where, `literals for ${op}`, `param ${right.param}`);
    }
    return { param: right.param };
  }
  if (!('value' in right)) fail('KNHK_TERMS_CONDITION', where, 'a literal', operandName(right));
  if (op !== 'between' && op !== 'in') return { value: literalOf(right.value, field, where) };
  const values = right.value as readonly unknown[];
  if (!Array.isArray(values) || values.length === 0) {
    fail('KNHK_TERMS_CONDITION', where, 'a list of values', right.value);
  }
  return { value: Object.freeze(values.map((value) => literalOf(value, field, where))) };
}

/** A literal in canonical form: what the record would hold, instants and decimals as text. */
function literalOf(value: unknown, field: Field, where: string): Scalar {
  const read = readScalar(field, value);
  if (read instanceof Unreadable) {
    fail('KNHK_TERMS_CONDITION', where, read.expected, describe(value));
  }
  return field.kind === 'instant' ? formatInstant(read as number) : read;
}
