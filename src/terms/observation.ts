import { canonical, hashCanonical, type Json, type JsonObject } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Field, type Fields, type FieldsData, type FieldsInput, isIri } from './fields.ts';
import { rdfType } from './rdf.ts';
import type { StandardSchemaLike } from './schema.ts';

/** What {@link defineObservation} is given. */
export interface ObservationDeclaration<F extends Fields = Fields> {
  /** IRI of the RDF class of such an observation. */
  readonly class: string;
  /** Name of the iri field that names the thing observed: the RDF subject. */
  readonly subject: string & keyof F;
  /** Name of the required instant field that is the observation's time. */
  readonly time?: string & keyof F;
  /** A fixed sector, such as `logistics`. */
  readonly sector?: string;
  /** Name of the string or oneOf field that holds the sector. */
  readonly sectorField?: string & keyof F;
  /** Name of the field whose value is the data subject; by default the subject field. */
  readonly personal?: string & keyof F;
  /** 1 to 64 fields by name: letters, digits and underscores, a letter first. */
  readonly fields: F;
  /**
   * A schema of a library that follows Standard Schema, asked about the data after it was read:
   * what it refuses is `invalid`. It must answer at once, and what it makes of the data is not
   * looked at. It is code: no part of the hash, not asked of records that are stored, and decide()
   * and observe() then read all fields.
   */
  readonly schema?: StandardSchemaLike;
}

/** A declared type of observation; made by {@link defineObservation}. */
export interface Observation<F extends Fields = Fields> {
  readonly kind: 'observation';
  /** Its name, such as `flight.departed`. */
  readonly type: string;
  /** IRI of the RDF class. */
  readonly class: string;
  /** Name of the field that is the RDF subject. */
  readonly subject: string;
  /** Name of the field that is its time; without one, the receipt's time counts. */
  readonly time?: string;
  /** The fixed sector. */
  readonly sector?: string;
  /** Name of the field that holds the sector. */
  readonly sectorField?: string;
  /** Name of the field whose value is the data subject. */
  readonly personal: string;
  /** Its fields by name. */
  readonly fields: F;
  /** Predicate IRI of each field. */
  readonly predicates: Readonly<Record<string, string>>;
  /** Hash of the declaration (SHA-256, lower-case hex): the `type` of its leaves. */
  readonly hash: string;
  /** The extra check of its data. */
  readonly schema?: StandardSchemaLike;
}

/** The data that hooks and guards see of an observation. */
export type ObservationData<O> = O extends Observation<infer F> ? FieldsData<F> : never;
/** What a host hands in for an observation. */
export type ObservationInput<O> = O extends Observation<infer F> ? FieldsInput<F> : never;

const typePattern = /^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*$/;
const fieldPattern = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Checks a name of a type (`flight.departed`): lower-case words joined by dots and hyphens. */
export function checkTypeName(name: unknown, where: string): void {
  if (typeof name !== 'string' || name.length > 128 || !typePattern.test(name)) {
    fail('KNHK_TERMS_NAME', where, 'lower-case words with dots or hyphens', name);
  }
}

/** Checks a name of a field, parameter, window or budget: letters, digits and underscores. */
export function checkFieldName(name: unknown, where: string): void {
  // Names of Object.prototype would read inherited members where the field is absent.
  const usable = typeof name === 'string' && fieldPattern.test(name) && !(name in {});
  if (!usable || name.length > 64) {
    fail('KNHK_TERMS_NAME', where, 'at most 64 letters, digits or _, a letter first', name);
  }
}

/**
 * Declares a type of observation: its TypeScript type, how input is read and checked, and its RDF
 * reading, at once.
 *
 * @param type lower-case words joined by dots and hyphens, at most 128 characters
 * @throws KnhkError KNHK_TERMS_NAME, KNHK_TERMS_DECLARATION, KNHK_LIMIT_FIELDS,
 * KNHK_BASE_NOT_CANONICAL where a value of oneOf is ill-formed Unicode
 * @example
 * const Payment = defineObservation('payment.requested', {
 *   class: 'https://example.com/pay#Payment',
 *   subject: 'payment',
 *   fields: { payment: iri(), amount: decimal(), country: string() },
 * });
 * Payment.predicates['amount']; // => 'https://example.com/pay#amount'
 */
export function defineObservation<const F extends Fields>(
  type: string,
  declaration: ObservationDeclaration<F>,
): Observation<F> {
  checkTypeName(type, 'observation type');
  const where = `observation ${type}`;
  const names = Object.keys(declaration.fields);
  if (names.length === 0 || names.length > limits.fieldsPerObservation) {
    fail('KNHK_LIMIT_FIELDS', where, `1 to ${limits.fieldsPerObservation} fields`, names.length);
  }
  for (const name of names) checkFieldName(name, `${where}, field ${name}`);
  if (!isIri(declaration.class)) {
    fail('KNHK_TERMS_DECLARATION', `${where}, class`, 'an absolute IRI', declaration.class);
  }
  const loose = declaration as unknown as ObservationDeclaration;
  checkRoles(loose, where);
  checkSchema(loose.schema, where);
  const predicates = predicatesOf(loose, where);
  const roles = {
    ...(declaration.time === undefined ? {} : { time: declaration.time }),
    ...(declaration.sector === undefined ? {} : { sector: declaration.sector }),
    ...(declaration.sectorField === undefined ? {} : { sectorField: declaration.sectorField }),
    personal: declaration.personal ?? declaration.subject,
    subject: declaration.subject,
    class: declaration.class,
  };
  const text = canonical({ type, ...roles, fields: fieldsJson(declaration.fields, predicates) });
  return Object.freeze({
    kind: 'observation',
    type,
    ...roles,
    fields: Object.freeze({ ...declaration.fields }),
    predicates: Object.freeze(predicates),
    hash: hashCanonical('declaration', text),
    ...(declaration.schema === undefined ? {} : { schema: declaration.schema }),
  });
}

function checkSchema(schema: StandardSchemaLike | undefined, where: string): void {
  if (schema === undefined) return;
  const standard = schema?.['~standard'];
  if (standard?.version === 1 && typeof standard.validate === 'function') return;
  fail('KNHK_TERMS_DECLARATION', `${where}, schema`, 'a schema of Standard Schema 1', schema);
}

function checkRoles(declaration: ObservationDeclaration, where: string): void {
  const { fields } = declaration;
  const role = (name: string, field: string, kinds: readonly string[]): void => {
    const found = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (found === undefined || found.optional || !kinds.includes(found.kind)) {
      const got =
        found === undefined ? `no field ${field}` : `${found.kind}, optional: ${found.optional}`;
      fail('KNHK_TERMS_DECLARATION', `${where}, ${name}`, `a required ${kinds.join(' or ')}`, got);
    }
  };
  role('subject', declaration.subject, ['iri']);
  if (declaration.time !== undefined) role('time', declaration.time, ['instant']);
  if (declaration.sectorField !== undefined)
    role('sectorField', declaration.sectorField, ['oneOf', 'string']);
  if (declaration.personal !== undefined)
    role('personal', declaration.personal, ['iri', 'string', 'oneOf', 'integer']);
  if (declaration.sector !== undefined && declaration.sectorField !== undefined) {
    fail('KNHK_TERMS_DECLARATION', where, 'either sector or sectorField', 'both');
  }
  if (declaration.sector !== undefined) checkTypeName(declaration.sector, `${where}, sector`);
}

function predicatesOf(declaration: ObservationDeclaration, where: string): Record<string, string> {
  const iri = declaration.class;
  const base = iri.slice(0, Math.max(iri.lastIndexOf('#'), iri.lastIndexOf('/')) + 1);
  const predicates: Record<string, string> = {};
  const seen = new Map<string, string>();
  for (const [name, field] of Object.entries(declaration.fields)) {
    const predicate = field.predicate ?? base + name;
    const other = seen.get(predicate);
    // rdf:type says the class: a field of that predicate would not read back.
    if (other !== undefined || !isIri(predicate) || predicate === rdfType) {
      const got = other === undefined ? predicate : `the predicate of field ${other}`;
      fail('KNHK_TERMS_DECLARATION', `${where}, field ${name}`, 'a predicate IRI of its own', got);
    }
    seen.set(predicate, name);
    predicates[name] = predicate;
  }
  return predicates;
}

function fieldsJson(fields: Fields, predicates: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const { optional } = field;
      return [name, { ...kindJson(field), optional, predicate: predicates[name] as string }];
    }),
  );
}

function kindJson({ kind, values, of, max }: Field): JsonObject {
  return {
    kind,
    ...(values === undefined ? {} : { values }),
    ...(of === undefined || max === undefined ? {} : { of: kindJson(of), max }),
  };
}
