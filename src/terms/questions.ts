import { fail } from '../base/errors.ts';
import {
  type ConditionDraft,
  draft,
  type Left,
  literal,
  type Part,
  type Reference,
  sideOf,
} from './conditions.ts';
import { compilePattern } from './pattern.ts';
import type { Scalar } from './scalars.ts';

/** What {@link datatype} can ask for. */
export type Datatype = 'integer' | 'decimal' | 'number' | 'boolean' | 'string' | 'iri' | 'instant';

/**
 * Names a field, so that a comparison can have one on its right side. A bare name: a field of the
 * observation in a hook or window, of the action in a guard; there {@link observed} names the
 * observation's. Both sides are of one kind, integers and numbers compare with each other; where
 * one side is absent the comparison is as if the left one were.
 *
 * @example
 * const late = defineHook({ name: 'late', on: Flight, act: { type: 'note', target: 'ops' },
 *   when: [gt('departed', field('departed'))] });
 * late.when; // => [{ op: 'gt', left: { field: 'departed' }, right: { field: 'departed' } }]
 */
export function field(name: string): Reference {
  return Object.freeze({ reference: Object.freeze({ name }) });
}

/**
 * How long something is, an integer: the items of a list, or the Unicode code points of text (a
 * string, IRI or oneOf).
 *
 * @param of a field's name, `observed()` or `field()`
 * @throws KnhkError KNHK_TERMS_CONDITION where it is none of these
 * @example
 * gt(lengthOf('origin'), 3).left; // => { name: 'origin', part: 'length' }
 */
export function lengthOf(of: Left): Reference {
  return partOf(of, 'lengthOf', 'length');
}

/**
 * How many items of a list equal a value, an integer.
 *
 * @param of a field's name, `observed()` or `field()`
 * @param value of the items' kind; a Date stands for an instant
 * @throws KnhkError KNHK_TERMS_CONDITION where `of` is none of these
 * @example
 * gte(countOf('tags', 'late'), 2).left; // => { name: 'tags', part: { count: 'late' } }
 */
export function countOf(of: Left, value: Scalar | Date): Reference {
  return partOf(of, 'countOf', Object.freeze({ count: literal(value) }));
}

function partOf(of: Left, where: string, part: Part): Reference {
  const side = sideOf(of, where);
  const named = 'field' in side || 'action' in side || 'name' in side;
  if (!named || side.part !== undefined) {
    fail('KNHK_TERMS_CONDITION', where, 'a field', JSON.stringify(side));
  }
  return Object.freeze({ reference: Object.freeze({ ...side, part }) });
}

/**
 * left, a text, matches a pattern somewhere: an ECMAScript regular expression with flag u, of the
 * part that is decided in time linear in the text.
 *
 * @param pattern its source; `^` and `$` are the ends of the text
 * @throws KnhkError KNHK_TERMS_PATTERN for a pattern out of that part, KNHK_TERMS_CONDITION where
 * the left side is neither a name nor a reference
 * @example
 * matches('origin', '^F[A-Z]{2}$').right; // => { value: '^F[A-Z]{2}$' }
 * matches('origin', '('); // => throws KNHK_TERMS_PATTERN
 */
export function matches(left: Left, pattern: string): ConditionDraft {
  return draft('matches', left, { value: compilePattern(pattern, 'matches').source });
}

/**
 * Some item of a list equals a value.
 *
 * @param value of the items' kind; a Date stands for an instant
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * includes('tags', 'late').right; // => { value: 'late' }
 */
export function includes(left: Left, value: Scalar | Date): ConditionDraft {
  return draft('includes', left, { value: literal(value) });
}

/**
 * No two items of a list are equal; so it is for an empty one.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * unique('tags'); // => { op: 'unique', left: { name: 'tags' } }
 */
export function unique(left: Left): ConditionDraft {
  return draft('unique', left);
}

/**
 * left has a value of a datatype. A value is of its field's kind; an integer is a number too, and a
 * whole number of at most 2^53-1 in magnitude is an integer; a string that reads as an absolute
 * IRI, an RFC 3339 instant or a decimal is one too.
 *
 * @throws KnhkError KNHK_TERMS_CONDITION where the left side is neither a name nor a reference
 * @example
 * datatype('reference', 'iri').right; // => { value: 'iri' }
 */
export function datatype(left: Left, kind: Datatype): ConditionDraft {
  return draft('datatype', left, { value: kind });
}
