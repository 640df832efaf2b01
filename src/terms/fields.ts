import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Scalar } from './scalars.ts';

/** What a field holds; it decides reading, comparison, canonical form and RDF datatype. */
export type FieldKind =
  | 'integer'
  | 'decimal'
  | 'number'
  | 'boolean'
  | 'string'
  | 'iri'
  | 'instant'
  | 'oneOf'
  | 'list';

declare const types: unique symbol;

/** A field of a declaration: what code sees (`Data`) and what a host may hand in (`Input`). */
export interface Field<Data = unknown, Input = Data, Optional extends boolean = boolean> {
  readonly kind: FieldKind;
  /** True where an observation may leave it out. */
  readonly optional: Optional;
  /** Predicate IRI; by default the class IRI up to its last `#` or `/` plus the field's name. */
  readonly predicate?: string;
  /** The values of a oneOf field. */
  readonly values?: readonly string[];
  /** What the items of a list are. */
  readonly of?: Field;
  /** The most items of a list. */
  readonly max?: number;
  /** Carries the two types; nothing is stored here. */
  readonly [types]?: { readonly data: Data; readonly input: Input };
}

/** The fields of a declaration by name. */
export interface Fields {
  readonly [name: string]: Field;
}

type OptionalNames<F extends Fields> = {
  [Name in keyof F]: F[Name] extends Field<unknown, unknown, true> ? Name : never;
}[keyof F];
type DataOf<F> = F extends Field<infer Data, unknown, boolean> ? Data : never;
type InputOf<F> = F extends Field<unknown, infer Input, boolean> ? Input : never;

/** The frozen data that hooks and guards see for these fields. */
export type FieldsData<F extends Fields> = {
  readonly [Name in Exclude<keyof F, OptionalNames<F>>]: DataOf<F[Name]>;
} & { readonly [Name in OptionalNames<F>]?: DataOf<F[Name]> };

/** What a host hands in for these fields. */
export type FieldsInput<F extends Fields> = {
  readonly [Name in Exclude<keyof F, OptionalNames<F>>]: InputOf<F[Name]>;
} & { readonly [Name in OptionalNames<F>]?: InputOf<F[Name]> | undefined };

/** Options that every kind of field takes. */
export interface FieldOptions {
  /** Predicate IRI of the field in the RDF reading. */
  readonly predicate?: string;
}

function field(
  kind: FieldKind,
  options: FieldOptions = {},
  more: Pick<Field, 'values' | 'of' | 'max'> = {},
): Field {
  if (options.predicate !== undefined && !isIri(options.predicate)) {
    fail(
      'KNHK_TERMS_DECLARATION',
      `${kind} field`,
      'an absolute IRI as predicate',
      options.predicate,
    );
  }
  return Object.freeze({
    kind,
    optional: false,
    ...(options.predicate === undefined ? {} : { predicate: options.predicate }),
    ...more,
  });
}

/**
 * A whole number with |n| <= 2^53-1, the range that JSON carries exactly (RFC 7493).
 *
 * @throws KnhkError KNHK_TERMS_DECLARATION where the predicate is no absolute IRI
 * @example
 * integer(); // => { kind: 'integer', optional: false }
 * integer({ predicate: 'minutes' }); // => throws KNHK_TERMS_DECLARATION
 */
export function integer(options?: FieldOptions): Field<number, number, false> {
  return field('integer', options) as Field<number, number, false>;
}

/**
 * An exact decimal (xsd:decimal) of at most 34 digits, given and seen as a string without
 * exponent. `'1.50'` is read as `'1.5'`.
 *
 * @throws KnhkError KNHK_TERMS_DECLARATION where the predicate is no absolute IRI
 * @example
 * decimal({ predicate: 'https://schema.org/price' }).predicate; // => 'https://schema.org/price'
 */
export function decimal(options?: FieldOptions): Field<string, string, false> {
  return field('decimal', options) as Field<string, string, false>;
}

/**
 * A finite IEEE 754 double other than -0.
 *
 * @throws KnhkError KNHK_TERMS_DECLARATION where the predicate is no absolute IRI
 * @example
 * number(); // => { kind: 'number', optional: false }
 */
export function number(options?: FieldOptions): Field<number, number, false> {
  return field('number', options) as Field<number, number, false>;
}

/**
 * true or false.
 *
 * @throws KnhkError KNHK_TERMS_DECLARATION where the predicate is no absolute IRI
 * @example
 * boolean(); // => { kind: 'boolean', optional: false }
 */
export function boolean(options?: FieldOptions): Field<boolean, boolean, false> {
  return field('boolean', options) as Field<boolean, boolean, false>;
}

/**
 * Well-formed Unicode of at most 8 KiB in UTF-8, kept byte for byte.
 *
 * @throws KnhkError KNHK_TERMS_DECLARATION where the predicate is no absolute IRI
 * @example
 * string(); // => { kind: 'string', optional: false }
 */
export function string(options?: FieldOptions): Field<string, string, false> {
  return field('string', options) as Field<string, string, false>;
}

/**
 * An absolute IRI (RFC 3987) of at most 8 KiB, kept byte for byte.
 *
 * @throws KnhkError KNHK_TERMS_DECLARATION where the predicate is no absolute IRI
 * @example
 * iri(); // => { kind: 'iri', optional: false }
 */
export function iri(options?: FieldOptions): Field<string, string, false> {
  return field('iri', options) as Field<string, string, false>;
}

/**
 * A point in time with an offset (RFC 3339) or a Date, to the millisecond; code sees integer
 * milliseconds since 1970.
 *
 * @throws KnhkError KNHK_TERMS_DECLARATION where the predicate is no absolute IRI
 * @example
 * instant(); // => { kind: 'instant', optional: false }
 * const seen = knhk.explain(Flight, { ...flight, departed: '2026-11-21 12:00' });
 * seen.outcome; // => 'invalid'
 */
export function instant(options?: FieldOptions): Field<number, string | Date, false> {
  return field('instant', options) as Field<number, string | Date, false>;
}

/**
 * One of the given strings.
 *
 * @param values 1 to 1,024 distinct strings
 * @throws KnhkError KNHK_TERMS_DECLARATION for none, too many or repeated values, or where the
 * predicate is no absolute IRI
 * @example
 * oneOf(['web', 'shop']); // => { kind: 'oneOf', optional: false, values: ['web', 'shop'] }
 * oneOf(['web', 'web']); // => throws KNHK_TERMS_DECLARATION
 */
export function oneOf<const Value extends string>(
  values: readonly Value[],
  options?: FieldOptions,
): Field<Value, Value, false> {
  const distinct = new Set<string>(values).size === values.length;
  if (values.length === 0 || values.length > limits.inSetValues || !distinct) {
    const got = `${values.length} values${distinct ? '' : ' with repetitions'}`;
    fail('KNHK_TERMS_DECLARATION', 'oneOf', `1 to ${limits.inSetValues} distinct strings`, got);
  }
  const frozen = Object.freeze([...values]);
  return field('oneOf', options, { values: frozen }) as Field<Value, Value, false>;
}

/** Options of a list field. */
export interface ListOptions extends FieldOptions {
  /** The most items, 1 to 8; by default 8. */
  readonly max?: number;
}

/**
 * Several values in order, repetitions allowed; code sees a frozen array. An empty list is a value,
 * an optional list may also be absent. Conditions ask about its parts with {@link lengthOf} and
 * {@link countOf}, or about all of it with {@link includes} and {@link unique}. In RDF it is a list
 * (`rdf:first`, `rdf:rest`), since triples of one predicate alone have no order.
 *
 * @param of a required field of another kind, without a predicate of its own
 * @throws KnhkError KNHK_TERMS_DECLARATION where `of` is a list, optional or has a predicate, `max`
 * is no integer from 1 to 8, or the predicate is no absolute IRI
 * @example
 * list(string(), { max: 3 }).max; // => 3
 * const tags = list(oneOf(['late', 'full']));
 * tags.of?.kind; // => 'oneOf'
 * list(string(), { max: 9 }); // => throws KNHK_TERMS_DECLARATION
 */
export function list<Data extends Scalar, Input>(
  of: Field<Data, Input, false>,
  options: ListOptions = {},
): Field<readonly Data[], readonly Input[], false> {
  if (of?.kind === undefined || of.kind === 'list' || of.optional || of.predicate !== undefined) {
    const got = of?.optional ? `an optional ${of.kind}` : (of?.kind ?? 'none');
    fail('KNHK_TERMS_DECLARATION', 'list', 'a required field without predicate, no list', got);
  }
  const { max = limits.listItems, ...rest } = options;
  if (!Number.isInteger(max) || max < 1 || max > limits.listItems) {
    fail('KNHK_TERMS_DECLARATION', 'list, max', `an integer from 1 to ${limits.listItems}`, max);
  }
  return field('list', rest, { of: of as Field, max }) as Field<
    readonly Data[],
    readonly Input[],
    false
  >;
}

/**
 * The same field, which an observation may leave out.
 *
 * @example
 * optional(string()); // => { kind: 'string', optional: true }
 */
export function optional<Data, Input>(
  inner: Field<Data, Input, boolean>,
): Field<Data, Input, true> {
  return Object.freeze({ ...inner, optional: true }) as Field<Data, Input, true>;
}

// ASCII characters that an IRI may not hold: controls, space and <>"{}|\^` (RFC 3987 section 2.2).
const excluded = new Uint8Array(128);
for (let code = 0; code <= 0x20; code++) excluded[code] = 1;
for (const character of '<>"{}|\\^`') excluded[character.charCodeAt(0)] = 1;

/** Absolute IRIs of ASCII alone: V8's compiled pattern takes half the time of the loops below. */
const asciiIri = /^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-[\]_a-z~]*$/;

/** True for an absolute IRI: a scheme, then none of the characters that RFC 3987 excludes. */
export function isIri(text: string): boolean {
  return asciiIri.test(text) || isAnyIri(text);
}

function isAnyIri(text: string): boolean {
  const colon = schemeEnd(text);
  if (colon < 1) return false;
  for (let index = colon + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 128) {
      if (excluded[code] === 1) return false;
    } else if ((code & 0xf800) === 0xd800) {
      return restIsIri(text, index);
    }
  }
  return true;
}

/** Index of the colon after a scheme (RFC 3986 section 3.1), -1 where there is none. */
function schemeEnd(text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x3a) return index;
    const lower = code | 0x20;
    const letter = lower >= 0x61 && lower <= 0x7a;
    const digit = code >= 0x30 && code <= 0x39;
    const sign = code === 0x2b || code === 0x2d || code === 0x2e;
    if (!letter && (index === 0 || !(digit || sign))) return -1;
  }
  return -1;
}

/** The slow way, for text with surrogates. */
function restIsIri(text: string, from: number): boolean {
  if (!text.isWellFormed()) return false;
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 128 && excluded[code] === 1) return false;
  }
  return true;
}

/** True for the kinds that have an order, so that lt, gte and between make sense. */
export function isOrdered(kind: FieldKind): boolean {
  return kind === 'integer' || kind === 'decimal' || kind === 'number' || kind === 'instant';
}
