import { hashOf, type Json } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Condition, ConditionDraft, Reference } from '../terms/conditions.ts';
import { checkFieldName, type Observation } from '../terms/observation.ts';
import { resolveConditions } from '../terms/resolve.ts';

/** What a window folds each observation into. */
export type Aggregate =
  /** How many. */
  | { readonly count: true }
  /** The sum of a field; integers stop at the largest exact one. */
  | { readonly sum: string }
  /** The greatest value of a field; absent while there is none. */
  | { readonly max: string }
  /** How many different values of a field, counted up to 4,096. */
  | { readonly distinct: string }
  /** For how many in a row, up to the latest, the condition held. */
  | { readonly consecutive: Condition };

/** A window's declaration as data: what the snapshot stores and the fold runs. */
export interface WindowSpec {
  readonly name: string;
  /** Observation type. */
  readonly on: string;
  /** Field whose value is the key. */
  readonly key: string;
  /** Length in ms, a multiple of 60; absent for `consecutive`, which has no time span. */
  readonly perMs?: number;
  /** Only observations for which all of these hold are folded in. */
  readonly where: readonly Condition[];
  readonly aggregate: Aggregate;
}

/** A declared window; conditions name it on their left side. */
export interface Window extends Reference {
  readonly kind: 'window';
  readonly spec: WindowSpec;
  /** Content hash (SHA-256, lower-case hex): with another one the window starts empty. */
  readonly hash: string;
}

/** What {@link defineWindow} is given: exactly one of the five aggregates. */
export interface WindowDeclaration {
  /** At most 64 letters, digits or underscores, a letter first. */
  readonly name: string;
  /** The type that is folded in. */
  readonly on: Observation;
  /** Name of the field whose value is the key; at most 65,536 keys are kept. */
  readonly key: string;
  /** Length in ms, a multiple of 60; none for `consecutive`, which has no time span. */
  readonly perMs?: number;
  /** Only observations for which all of these hold are folded in. */
  readonly where?: readonly ConditionDraft[];
  /** How many observations. */
  readonly count?: true;
  /** Name of an integer or number field: the sum of its values. */
  readonly sum?: string;
  /** Name of an integer or number field: its greatest value. */
  readonly max?: string;
  /** Name of a field: how many different values, counted up to 4,096. */
  readonly distinct?: string;
  /** For how many observations in a row, up to the latest, this held. */
  readonly consecutive?: ConditionDraft;
}

/** Panes that a window's span is divided into. */
export const panes = 60;

/**
 * Declares a window: a deterministic fold over the observations of one type, by key, that rules
 * read as it stood before the observation.
 *
 * @throws KnhkError KNHK_RULES_WINDOW, KNHK_TERMS_NAME, KNHK_TERMS_CONDITION,
 * KNHK_TERMS_PATTERN, KNHK_LIMIT_CONDITIONS
 * @example
 * const lateInARow = defineWindow({ name: 'lateInARow', on: Flight, key: 'origin',
 *   consecutive: gte('delayMinutes', 15) });
 * gte(lateInARow, 3).left; // => { window: 'lateInARow' }
 */
export function defineWindow(declaration: WindowDeclaration): Window {
  checkFieldName(declaration.name, 'window');
  const where = `window ${declaration.name}`;
  const { on, key, perMs } = declaration;
  if (on?.kind !== 'observation') fail('KNHK_RULES_WINDOW', where, 'on: an observation', on);
  const keyField = Object.hasOwn(on.fields, key) ? on.fields[key] : undefined;
  if (keyField === undefined || keyField.kind === 'list') {
    const expected = keyField === undefined ? `a field of ${on.type}` : 'a field that is no list';
    fail('KNHK_RULES_WINDOW', `${where}, key`, expected, key);
  }
  const aggregate = aggregateOf(declaration, where);
  const consecutive = 'consecutive' in aggregate;
  const spanIsGood = consecutive
    ? perMs === undefined
    : Number.isSafeInteger(perMs) && perMs! > 0 && perMs! % panes === 0;
  if (!spanIsGood) {
    const expected = consecutive ? 'no perMs with consecutive' : `a multiple of ${panes} ms`;
    fail('KNHK_RULES_WINDOW', `${where}, perMs`, expected, perMs);
  }
  const spec: WindowSpec = Object.freeze({
    name: declaration.name,
    on: on.type,
    key,
    ...(perMs === undefined ? {} : { perMs }),
    where: conditionsOf(declaration.where ?? [], on, where),
    aggregate,
  });
  return Object.freeze({
    kind: 'window',
    spec,
    reference: Object.freeze({ window: spec.name }),
    hash: hashOf('window', spec as unknown as Json),
  });
}

function conditionsOf(
  drafts: readonly ConditionDraft[],
  on: Observation,
  where: string,
): readonly Condition[] {
  const resolved = resolveConditions(drafts, {
    where,
    bare: 'field',
    field: (operand) =>
      'field' in operand && Object.hasOwn(on.fields, operand.field)
        ? on.fields[operand.field]
        : undefined,
  });
  for (const condition of resolved) {
    if (condition.right !== undefined && 'param' in condition.right) {
      // A promoted parameter would silently change what past observations counted for.
      fail('KNHK_RULES_WINDOW', where, 'literals in a window', `param ${condition.right.param}`);
    }
  }
  return resolved;
}

const numeric: ReadonlySet<string> = new Set(['integer', 'number']);

function aggregateOf(declaration: WindowDeclaration, where: string): Aggregate {
  const { on, count, sum, max, distinct, consecutive } = declaration;
  const given = [count, sum, max, distinct, consecutive].filter((part) => part !== undefined);
  if (given.length !== 1) {
    fail('KNHK_RULES_WINDOW', where, 'one of count, sum, max, distinct, consecutive', given.length);
  }
  if (count !== undefined) return Object.freeze({ count: true });
  if (consecutive !== undefined) {
    const [condition] = conditionsOf([consecutive], on, where);
    return Object.freeze({ consecutive: condition as Condition });
  }
  const field = (sum ?? max ?? distinct) as string;
  const found = Object.hasOwn(on.fields, field) ? on.fields[field] : undefined;
  const usable = distinct === undefined ? numeric.has(found?.kind ?? '') : found?.kind !== 'list';
  if (found === undefined || !usable) {
    const declared = found === undefined ? 'a declared field' : 'a field that is no list';
    const expected = distinct === undefined ? 'an integer or number field' : declared;
    fail('KNHK_RULES_WINDOW', where, expected, `${field} (${found?.kind ?? 'unknown'})`);
  }
  return Object.freeze(
    sum !== undefined ? { sum: field } : max !== undefined ? { max: field } : { distinct: field },
  );
}

/** A budget's declaration as data. */
export interface BudgetSpec {
  /** At most 64 letters, digits or underscores, a letter first. */
  readonly name: string;
  /** Action type that is counted. */
  readonly on: string;
  /** `target` or a data field of the action. */
  readonly key: string;
  /** Length in ms, a positive integer. */
  readonly perMs: number;
  /** 0 to 65,536: actions that may leave in any span of `perMs`. */
  readonly max: number;
}

/** A declared budget; guards name it with `exceeds(budget)`. */
export interface Budget extends Reference {
  readonly kind: 'budget';
  readonly spec: BudgetSpec;
  /** Content hash (SHA-256, lower-case hex): with another one the budget starts empty. */
  readonly hash: string;
}

/**
 * Declares a budget: how many actions of one type may leave per key in (at - perMs, at]. It binds
 * only where a guard asks {@link exceeds}.
 *
 * @throws KnhkError KNHK_RULES_BUDGET, KNHK_TERMS_NAME, KNHK_BASE_NOT_CANONICAL where `on` or
 * `key` is ill-formed Unicode
 * @example
 * const perHour = defineBudget({ name: 'holdsPerHour', on: 'connection.hold', key: 'target',
 *   perMs: 3_600_000, max: 10 });
 * exceeds(perHour).left; // => { budget: 'holdsPerHour' }
 */
export function defineBudget(declaration: BudgetSpec): Budget {
  checkFieldName(declaration.name, 'budget');
  const { name, on, key, perMs, max } = declaration;
  const where = `budget ${name}`;
  if (typeof on !== 'string') fail('KNHK_RULES_BUDGET', `${where}, on`, 'an action type', on);
  if (typeof key !== 'string' || key === '') {
    fail('KNHK_RULES_BUDGET', `${where}, key`, 'target or a data field', key);
  }
  if (!Number.isSafeInteger(perMs) || perMs <= 0) {
    fail('KNHK_RULES_BUDGET', `${where}, perMs`, 'a positive number of ms', perMs);
  }
  if (!Number.isSafeInteger(max) || max < 0 || max > limits.budgetMax) {
    fail('KNHK_RULES_BUDGET', `${where}, max`, `an integer from 0 to ${limits.budgetMax}`, max);
  }
  const spec = Object.freeze({ name, on, key, perMs, max });
  return Object.freeze({
    kind: 'budget',
    spec,
    reference: Object.freeze({ budget: name }),
    hash: hashOf('budget', spec),
  });
}
