import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Condition, ConditionDraft, Named, Operand, Operator, Right } from './conditions.ts';
import { operandName } from './conditions.ts';
import { type Field, isOrdered } from './fields.ts';
import {
  checkOperand,
  fieldBehind,
  isTextKind,
  kindName,
  literalOf,
  seenField,
} from './operands.ts';
import { compilePattern } from './pattern.ts';

/** What a rule knows about the names in its conditions. */
export interface Scope {
  /** Rule name for messages. */
  readonly where: string;
  /** What a bare name stands for in this rule. */
  readonly bare: 'field' | 'action';
  /** The field behind an operand, or undefined where the rule cannot read it. */
  field(operand: Operand): Field | undefined;
}

const operatorsOf = (names: string): ReadonlySet<Operator> =>
  new Set(names.split(' ') as Operator[]);
const withoutRight = operatorsOf('present absent exceeds unique');
const withOrder = operatorsOf('lt lte gt gte between');
/** Those that compare with one value, which may be a parameter's or another operand's. */
const withOneValue = operatorsOf('eq neq lt lte gt gte');
const onLists = operatorsOf('includes unique present absent');
const operators = operatorsOf(
  'eq neq lt lte gt gte between in matches includes unique datatype present absent exceeds',
);
const datatypes: ReadonlySet<unknown> = new Set(
  'integer decimal number boolean string iri instant'.split(' '),
);

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
      checkDraft(draft, scope.where);
      const { op, right } = draft;
      const left = named(draft.left, scope);
      if (right === undefined) return Object.freeze({ op, left });
      const bare = typeof right === 'object' && right !== null && 'name' in right;
      const other = bare ? named(right, scope) : (right as Right);
      return Object.freeze({ op, left, right: other });
    }),
  );
}

function checkDraft(draft: ConditionDraft, where: string): void {
  if (
    typeof draft !== 'object' ||
    draft === null ||
    typeof draft.left !== 'object' ||
    draft.left === null
  ) {
    fail('KNHK_TERMS_CONDITION', where, 'a condition made by eq(), gte(), ...', draft);
  }
}

/** An operand with a bare name resolved as its rule resolves it. */
function named(side: Operand | Named, scope: Pick<Scope, 'bare'>): Operand {
  if (!('name' in side)) return side;
  const part = side.part === undefined ? {} : { part: side.part };
  return scope.bare === 'field' ? { field: side.name, ...part } : { action: side.name, ...part };
}

function resolve(draft: ConditionDraft, scope: Scope): Condition {
  checkDraft(draft, scope.where);
  const written = named(draft.left, scope);
  const { op } = draft;
  const where = `${scope.where}, ${operandName(written)}`;
  const whole = fieldBehind(written, (operand) => scope.field(operand), where);
  if ('budget' in written !== (op === 'exceeds')) {
    fail('KNHK_TERMS_CONDITION', where, 'exceeds() with a budget, and nothing else with it', op);
  }
  if (!operators.has(op)) fail('KNHK_TERMS_CONDITION', where, [...operators].join(', '), op);
  const left = checkOperand(written, whole, where);
  const field = seenField(left, whole);
  checkKind(op, field, where);
  if (withoutRight.has(op)) return { op, left };
  return { op, left, right: resolveRight(draft, field, scope, where) };
}

/** Whether an operator makes sense for a kind. */
function checkKind(op: Operator, field: Field, where: string): void {
  const { kind } = field;
  if (withOrder.has(op) && !isOrdered(kind)) {
    fail('KNHK_TERMS_CONDITION', where, `an ordered kind for ${op}`, kind);
  }
  if (kind === 'list' && !onLists.has(op)) {
    const expected = 'lengthOf(), countOf(), includes(), unique(), present(), absent() of a list';
    fail('KNHK_TERMS_CONDITION', where, expected, op);
  }
  if (kind !== 'list' && (op === 'includes' || op === 'unique')) {
    fail('KNHK_TERMS_CONDITION', where, `a list for ${op}`, kind);
  }
  if (op === 'matches' && !isTextKind(kind)) {
    fail('KNHK_TERMS_CONDITION', where, 'a string, iri or oneOf for matches', kind);
  }
}

function resolveRight(draft: ConditionDraft, field: Field, scope: Scope, where: string): Right {
  const { right, op } = draft;
  if (typeof right !== 'object' || right === null) {
    fail('KNHK_TERMS_CONDITION', where, 'a right side', right ?? 'none');
  }
  if (!('value' in right)) {
    if (!withOneValue.has(op)) {
      const got = 'param' in right ? `param ${right.param}` : operandName(named(right, scope));
      fail('KNHK_TERMS_CONDITION', where, `literals for ${op}`, got);
    }
    return 'param' in right ? { param: right.param } : resolveOther(right, field, scope, where);
  }
  const { value } = right;
  switch (op) {
    case 'matches':
      return { value: compilePattern(value as string, where).source };
    case 'includes':
      return { value: literalOf(value, field.of as Field, where) };
    case 'datatype':
      if (!datatypes.has(value)) {
        fail('KNHK_TERMS_CONDITION', where, [...datatypes].join(', '), value);
      }
      return { value };
    case 'between':
    case 'in':
      if (!Array.isArray(value) || value.length === 0) {
        fail('KNHK_TERMS_CONDITION', where, 'a list of values', value);
      }
      return { value: Object.freeze(value.map((item) => literalOf(item, field, where))) };
    default:
      return { value: literalOf(value, field, where) };
  }
}

/** The other side of a comparison of two operands: of one kind, integers and numbers being one. */
function resolveOther(side: Operand | Named, field: Field, scope: Scope, where: string): Operand {
  const written = named(side, scope);
  const whole = fieldBehind(written, (operand) => scope.field(operand), where);
  const other = checkOperand(written, whole, where);
  const { kind } = seenField(other, whole);
  const numbers = (one: string): boolean => one === 'integer' || one === 'number';
  const comparable = kind === field.kind || (numbers(kind) && numbers(field.kind));
  if (!comparable || 'budget' in other) {
    const got = `${operandName(other)} (${'budget' in other ? 'budget' : kindName(whole)})`;
    fail('KNHK_TERMS_CONDITION', where, `another ${field.kind}`, got);
  }
  return Object.freeze(other);
}
