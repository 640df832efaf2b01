import { canonical, type Json } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import { type FieldKind, isIri } from '../terms/fields.ts';
import { compilePattern } from '../terms/pattern.ts';
import { readDecimal, readInstant, type Scalar } from '../terms/scalars.ts';
import type { BoundCondition, Predicate } from './column-types.ts';

/** The comparable form of a literal: instants become milliseconds, as code sees them. */
export function comparable(kind: FieldKind | undefined, value: Scalar): Scalar {
  return kind === 'instant' && typeof value === 'string' ? (readInstant(value) as number) : value;
}

/** True for a condition that asks a question instead of comparing: a bit, not an interval. */
export function isPredicate({ op }: BoundCondition): boolean {
  return op === 'matches' || op === 'includes' || op === 'unique' || op === 'datatype';
}

/** The name of a condition's question; equal names are the same question. */
export function predicateName({ op, right }: BoundCondition): string {
  return right === undefined ? op : `${op} ${canonical((right as { value: Json }).value)}`;
}

/** The question of a condition, made once per column. */
export function predicateOf(condition: BoundCondition): Predicate {
  const { op, kind, of, right } = condition;
  const name = predicateName(condition);
  const value = right !== undefined && 'value' in right ? (right.value as Scalar) : '';
  switch (op) {
    case 'matches': {
      const pattern = compilePattern(value as string);
      return { name, holds: (text) => pattern.test(text as string) };
    }
    case 'includes': {
      const wanted = comparable(of, value);
      return { name, holds: (items) => (items as readonly unknown[]).includes(wanted) };
    }
    case 'unique':
      return { name, holds: (items) => allDiffer(items as readonly unknown[]) };
    case 'datatype':
      return { name, holds: (seen) => hasDatatype(kind, seen, value as FieldKind) };
    default:
      return fail('KNHK_TERMS_CONDITION', name, 'a question', op);
  }
}

function allDiffer(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

/**
 * Whether a value of a field is of a datatype. Integers are numbers, and a whole number within the
 * exact range is an integer; text is read by each lexical form.
 */
function hasDatatype(kind: FieldKind, seen: unknown, wanted: FieldKind): boolean {
  if (kind === 'integer' || kind === 'number') {
    return wanted === 'number' || (wanted === 'integer' && Number.isSafeInteger(seen));
  }
  if (kind !== 'string' && kind !== 'oneOf') return kind === wanted;
  const text = seen as string;
  switch (wanted) {
    case 'string':
      return true;
    case 'iri':
      return isIri(text);
    case 'instant':
      return readInstant(text) !== undefined;
    case 'decimal':
      return readDecimal(text) !== undefined;
    default:
      return false;
  }
}
