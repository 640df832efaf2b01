import { describe, fail } from '../base/errors.ts';
import { type Operand, operandName, type Part } from './conditions.ts';
import type { Field, FieldKind } from './fields.ts';
import { formatInstant, readInstant, readScalar, type Scalar, Unreadable } from './scalars.ts';

const textKinds: ReadonlySet<FieldKind> = new Set(['string', 'iri', 'oneOf']);

/** True for the kinds whose values are text that code reads as such. */
export function isTextKind(kind: FieldKind): boolean {
  return textKinds.has(kind);
}

/** The field that a condition sees behind an operand: an integer where it reads a part. */
export function seenField(operand: Operand, field: Field): Field {
  const part = 'part' in operand ? operand.part : undefined;
  return part === undefined ? field : { kind: 'integer', optional: field.optional };
}

/** An operand of known members alone, the value it counts in canonical form. */
export function checkOperand(operand: Operand, field: Field, where: string): Operand {
  if ('window' in operand) return Object.freeze({ window: operand.window });
  if ('budget' in operand) return Object.freeze({ budget: operand.budget });
  const { part } = operand;
  const name = 'field' in operand ? { field: operand.field } : { action: operand.action };
  if (part === undefined) return Object.freeze(name);
  if (part === 'length') {
    if (field.kind !== 'list' && !isTextKind(field.kind)) {
      fail('KNHK_TERMS_CONDITION', where, 'lengthOf() of a list or text', field.kind);
    }
    return Object.freeze({ ...name, part });
  }
  if (field.kind !== 'list') {
    fail('KNHK_TERMS_CONDITION', where, 'countOf() of a list', field.kind);
  }
  if (typeof part !== 'object' || part === null || !('count' in part)) {
    fail('KNHK_TERMS_CONDITION', where, "part: 'length' or { count: value }", part);
  }
  const count = literalOf(part.count, field.of as Field, where);
  return Object.freeze({ ...name, part: Object.freeze({ count }) });
}

/** A literal in canonical form: what the record would hold, instants and decimals as text. */
export function literalOf(value: unknown, field: Field, where: string): Scalar {
  const read = readScalar(field, value);
  if (read instanceof Unreadable) {
    fail('KNHK_TERMS_CONDITION', where, read.expected, describe(value));
  }
  return field.kind === 'instant' ? formatInstant(read as number) : read;
}

/**
 * What a condition sees of an operand whose field has this value: the value itself or its part.
 * null, which no kind holds, where an undeclared action's value has no such part.
 */
export function seenOf(operand: Operand, value: unknown): unknown {
  const part = 'part' in operand ? operand.part : undefined;
  return part === undefined || value === undefined ? value : partOf(part, value);
}

function partOf(part: Part, value: unknown): number | null {
  if (part === 'length') {
    if (typeof value === 'string') return codePoints(value);
    return Array.isArray(value) ? value.length : null;
  }
  return Array.isArray(value) ? countIn(value, part.count) : null;
}

/** Code points of well-formed text: its code units without the second halves of pairs. */
function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xdc00) count--;
  }
  return count;
}

function countIn(items: readonly unknown[], wanted: Scalar): number {
  // Code sees instants in milliseconds, while conditions hold their text.
  const instants = typeof wanted === 'string' && typeof items[0] === 'number';
  const equal = instants ? readInstant(wanted) : wanted;
  let count = 0;
  for (const item of items) if (item === equal) count++;
  return count;
}

/** The name of a field's kind in messages, such as `list of string`. */
export function kindName({ kind, of }: Field): string {
  return of === undefined ? kind : `${kind} of ${of.kind}`;
}

/** Fails where an operand cannot be read by a rule; else gives its field. */
export function fieldBehind(
  operand: Operand,
  field: (operand: Operand) => Field | undefined,
  where: string,
): Field {
  const found = field(operand);
  if (found !== undefined) return found;
  const got = operandName(operand);
  return fail('KNHK_TERMS_CONDITION', where, 'something this rule can read', got);
}
