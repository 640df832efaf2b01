import { columnsPerBlock } from '../kernel/block.ts';
import { columnKeys } from '../kernel/column.ts';
import type { BoundCondition } from '../kernel/column-types.ts';
import { entryOf } from '../kernel/maps.ts';
import type { Operator } from '../terms/conditions.ts';

/** Why one record alone does not decide a constraint, or rows cannot say it. */
export interface WarmReason {
  /** The shape: an IRI, or `_:b<n>` of the shapes document. */
  readonly shape: string;
  /** Local name of the constraint or target, such as `pattern`. */
  readonly constraint: string;
  /** For people. */
  readonly reason: string;
}

/**
 * What a record has to be for a constraint to hold. An atom speaks of present values: it stands
 * where presence was asked, or is false where its field is absent.
 */
export type Formula =
  | { readonly kind: 'known'; readonly value: boolean }
  | { readonly kind: 'atom'; readonly condition: BoundCondition; readonly negated: boolean }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Formula[]; readonly size: number }
  | { readonly kind: 'warm'; readonly reasons: readonly WarmReason[] };

export const always: Formula = { kind: 'known', value: true };
export const never: Formula = { kind: 'known', value: false };

export function known(value: boolean): Formula {
  return value ? always : never;
}

export function atom(condition: BoundCondition): Formula {
  return { kind: 'atom', condition, negated: false };
}

/** Holds where all do; one that never does decides, whatever could not be classified beside it. */
export function all(formulas: readonly Formula[]): Formula {
  return joined('all', formulas, never);
}

/** Holds where any does. */
export function any(formulas: readonly Formula[]): Formula {
  return joined('any', formulas, always);
}

/** Reasons that are kept of one formula. */
export const reasonsMax = 64;

function joined(kind: 'all' | 'any', formulas: readonly Formula[], decisive: Formula): Formula {
  const neutral = decisive === never ? always : never;
  const open: Formula[] = [];
  // What is said in several places is one reason; with many, the first ones are enough.
  const reasons = new Set<WarmReason>();
  for (const formula of formulas) {
    if (formula === decisive) return decisive;
    if (formula.kind === 'warm') {
      for (const reason of formula.reasons) if (reasons.size < reasonsMax) reasons.add(reason);
    } else if (formula.kind === kind) open.push(...formula.of);
    else if (formula !== neutral) open.push(formula);
  }
  if (reasons.size > 0) return { kind: 'warm', reasons: [...reasons] };
  if (open.length < 2) return open[0] ?? neutral;
  return { kind, of: open, size: open.reduce((sum, formula) => sum + sizeOf(formula), 0) };
}

/** Atoms that it is written with. */
export function sizeOf(formula: Formula): number {
  return formula.kind === 'all' || formula.kind === 'any' ? formula.size : 1;
}

/** Holds where it does not. Of an absent value neither an atom nor its opposite holds. */
export function not(formula: Formula): Formula {
  switch (formula.kind) {
    case 'known':
      return known(!formula.value);
    case 'atom':
      return { ...formula, negated: !formula.negated };
    case 'warm':
      return formula;
    default:
      return formula.kind === 'all' ? any(formula.of.map(not)) : all(formula.of.map(not));
  }
}

type Lane = readonly BoundCondition[];

/** Lanes that one formula may take: what the generated look holds in variables. */
const lanesMax = 128;
/** Conditions of one lane; `sh:in` of so many values and negated takes as many. */
const conditionsMax = 256;

/** The formula as lanes, of which one fires exactly where it holds; undefined for too many. */
export function lanesOf(formula: Formula): readonly Lane[] | undefined {
  const lanes = expand(formula)?.map(simplified);
  const open = lanes?.filter((lane) => lane !== undefined);
  return open?.every(fitsBlock) === true ? open : undefined;
}

function expand(formula: Formula): readonly Lane[] | undefined {
  switch (formula.kind) {
    case 'known':
      return formula.value ? [[]] : [];
    case 'warm':
      return undefined;
    case 'atom':
      return [conditionsOf(formula.condition, formula.negated)];
    case 'any': {
      const lanes: Lane[] = [];
      for (const part of formula.of) {
        const more = expand(part);
        if (more === undefined || lanes.length + more.length > lanesMax) return undefined;
        lanes.push(...more);
      }
      return lanes;
    }
    default: {
      let lanes: readonly Lane[] = [[]];
      for (const part of formula.of) {
        const more = expand(part);
        if (more === undefined || lanes.length * more.length > lanesMax) return undefined;
        lanes = lanes.flatMap((lane) => more.map((other) => [...lane, ...other]));
      }
      return lanes.every(({ length }) => length <= conditionsMax) ? lanes : undefined;
    }
  }
}

const opposites: Readonly<Partial<Record<Operator, Operator>>> = {
  ...{ eq: 'neq', neq: 'eq', lt: 'gte', gte: 'lt', gt: 'lte', lte: 'gt' },
  ...{ present: 'absent', absent: 'present' },
};

function conditionsOf(condition: BoundCondition, negated: boolean): Lane {
  if (!negated) return [condition];
  const { op, right } = condition;
  const opposite = opposites[op];
  if (opposite !== undefined) return [{ ...condition, op: opposite }];
  if (op === 'in' && right !== undefined && 'value' in right && Array.isArray(right.value)) {
    return right.value.map((value) => ({ ...condition, op: 'neq', right: { value } }));
  }
  return [{ ...condition, negated: true }];
}

/** A lane without what its other conditions imply; undefined where it never fires. */
function simplified(lane: Lane): Lane | undefined {
  const read = new Set<string>();
  const absent = new Set<string>();
  const distinct = new Map<string, BoundCondition>();
  for (const condition of lane) {
    distinct.set(JSON.stringify(condition), condition);
    const names = condition.op === 'present' ? [] : fieldsOf(condition);
    for (const name of names) (condition.op === 'absent' ? absent : read).add(name);
  }
  for (const condition of lane) {
    if (condition.op !== 'absent' && fieldsOf(condition).some((name) => absent.has(name))) {
      return undefined;
    }
  }
  // What compares a value holds of no absent one.
  return [...distinct.values()].filter(
    (condition) => condition.op !== 'present' || !fieldsOf(condition).every((n) => read.has(n)),
  );
}

function fieldsOf({ left, right }: BoundCondition): readonly string[] {
  const operands = right === undefined || 'value' in right ? [left] : [left, right];
  return operands.flatMap((operand) => ('field' in operand ? [operand.field] : []));
}

/** One pass reads so many columns, and a lane is never divided. */
function fitsBlock(lane: Lane): boolean {
  const keyOf = columnKeys();
  const keys = new Map<string, true>();
  for (const condition of lane) entryOf(keys, keyOf(condition), () => true);
  return keys.size <= columnsPerBlock;
}
