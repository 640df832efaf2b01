import { fail } from '../base/errors.ts';
import type { Field, FieldKind } from './fields.ts';
import type { Observation } from './observation.ts';
import { ListCells, listQuads } from './rdf-lists.ts';
import type { Data } from './read.ts';
import { formatInstant, type Scalar } from './scalars.ts';
import type { QuadLike, TermLike } from './turtle.ts';

const xsd = 'http://www.w3.org/2001/XMLSchema#';
/** The predicate that gives an observation its class. */
export const rdfType = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

/** XSD datatype IRI of each literal kind; an iri field is a named node. */
export const datatypes: Readonly<Record<Exclude<FieldKind, 'iri' | 'list'>, string>> = {
  integer: `${xsd}integer`,
  decimal: `${xsd}decimal`,
  number: `${xsd}double`,
  boolean: `${xsd}boolean`,
  string: `${xsd}string`,
  oneOf: `${xsd}string`,
  instant: `${xsd}dateTime`,
};

/** The part of a data factory (RDF/JS data model specification) that {@link toQuads} needs. */
export interface TermFactory<Quad> {
  /** A term for an IRI. */
  namedNode(value: string): unknown;
  /** A blank node with this label, for the cells of lists. */
  blankNode(label: string): unknown;
  /** A literal; `datatype` is a term that `namedNode` made. */
  literal(value: string, datatype: unknown): unknown;
  /** A triple in the default graph. */
  quad(subject: unknown, predicate: unknown, object: unknown): Quad;
}

/**
 * The RDF reading of an observation: the subject field's IRI typed with the class, and a triple
 * for every other field that is present. A list is an RDF list (RDF Schema 1.1, section 5.2), the
 * labels of whose cells follow from the subject, the field and the position.
 *
 * @param data as code sees it: instants in ms
 * @example
 * const data = { flight: 'urn:flight:LH400', departed: now, origin: 'FRA', delayMinutes: 50 };
 * const triples = toQuads(Flight, data, {
 *   namedNode: (value) => `<${value}>`,
 *   blankNode: (label) => `_:${label}`,
 *   literal: (value, datatype) => `"${value}"^^${datatype}`,
 *   quad: (subject, predicate, object) => `${subject} ${predicate} ${object} .`,
 * });
 * triples.length; // => 4
 */
export function toQuads<Quad>(
  observation: Observation,
  data: Data,
  factory: TermFactory<Quad>,
): Quad[] {
  const subject = factory.namedNode(data[observation.subject] as string);
  const quads = [
    factory.quad(subject, factory.namedNode(rdfType), factory.namedNode(observation.class)),
  ];
  for (const [name, field] of Object.entries(observation.fields)) {
    const value = data[name];
    if (value === undefined || name === observation.subject) continue;
    const predicate = factory.namedNode(observation.predicates[name] as string);
    if (typeof value !== 'object') {
      quads.push(factory.quad(subject, predicate, termOf(field, value, factory)));
      continue;
    }
    const items = value.map((item) => termOf(field.of as Field, item, factory));
    const list = listQuads(items, data[observation.subject] as string, name, factory);
    quads.push(factory.quad(subject, predicate, list.head), ...list.quads);
  }
  return quads;
}

function termOf<Quad>(field: Field, value: Scalar, factory: TermFactory<Quad>): unknown {
  if (field.kind === 'iri') return factory.namedNode(value as string);
  const lexical = field.kind === 'instant' ? formatInstant(value as number) : String(value);
  return factory.literal(lexical, factory.namedNode(datatypes[field.kind as 'string']));
}

/**
 * Reads one observation's triples back to the input that apply() takes. Leftover triples, blank
 * nodes other than cells of its lists, a second subject, repeated or ill-typed values are refused
 * with what was found.
 *
 * @throws KnhkError KNHK_TERMS_RDF
 * @example
 * const turtle = `<urn:flight:LH400> a <https://example.com/ops#Departure> ;
 *   <https://example.com/ops#departed>
 *     "2026-11-21T12:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> ;
 *   <https://example.com/ops#origin> "FRA" ; <https://example.com/ops#delayMinutes> 50 .`;
 * fromQuads(Flight, parseTurtle(turtle, 'flight.ttl')); // => flight
 */
export function fromQuads(
  observation: Observation,
  quads: Iterable<QuadLike>,
): Record<string, unknown> {
  const where = `RDF of ${observation.type}`;
  return inputOf(observation, quads, (name) => (name === undefined ? where : `${where}, ${name}`));
}

/** Where something of a record stands, for messages: which field, and in which quad. */
export type PlaceOf = (name?: string, quad?: QuadLike) => string;

/**
 * {@link fromQuads}, which says where a mistake is.
 *
 * @throws KnhkError KNHK_TERMS_RDF
 */
export function inputOf(
  observation: Observation,
  quads: Iterable<QuadLike>,
  placeOf: PlaceOf,
): Record<string, unknown> {
  const byPredicate = new Map(
    Object.entries(observation.predicates).map(([name, predicate]) => [predicate, name]),
  );
  const input: Record<string, unknown> = {};
  const lists: { readonly name: string; readonly quad: QuadLike }[] = [];
  const cells = new ListCells(placeOf());
  let subject: string | undefined;
  let typed = false;
  for (const quad of quads) {
    checkShape(quad, placeOf);
    cells.where = placeOf(undefined, quad);
    if (cells.takes(quad)) continue;
    const { predicate, object } = quad;
    const about = subjectOf(observation, quad, byPredicate, placeOf);
    subject ??= about;
    if (subject !== about) fail('KNHK_TERMS_RDF', cells.where, 'one subject', about);
    if (predicate.value === rdfType && isNamed(object, observation.class)) {
      typed = true;
      continue;
    }
    const name = byPredicate.get(predicate.value);
    if (name === undefined || name === observation.subject) {
      fail('KNHK_TERMS_RDF', cells.where, 'declared predicates only', predicate.value);
    }
    const where = placeOf(name, quad);
    if (Object.hasOwn(input, name)) fail('KNHK_TERMS_RDF', where, 'one value', 'two');
    const field = observation.fields[name] as Field;
    // The cells may come after the triple that leads to them, so lists are read in the end.
    if (field.kind === 'list') lists.push({ name, quad });
    input[name] = field.kind === 'list' ? [] : literalValue(field, object, where);
  }
  for (const { name, quad } of lists) {
    const { of } = observation.fields[name] as Field;
    const where = placeOf(name, quad);
    cells.where = placeOf(undefined, quad);
    const items = cells.items(quad.object, name);
    input[name] = items.map((item) => literalValue(of as Field, item, where));
  }
  cells.where = placeOf();
  cells.checkUsed();
  if (subject === undefined || !typed) {
    fail('KNHK_TERMS_RDF', placeOf(), `a subject of class ${observation.class}`, 'none');
  }
  input[observation.subject] = subject;
  return input;
}

/** Terms of any library, structurally; the rest of the reading looks at kinds and values. */
function checkShape(quad: QuadLike, placeOf: PlaceOf): void {
  for (const term of [quad?.subject, quad?.predicate, quad?.object]) {
    if (typeof term?.termType !== 'string' || typeof term.value !== 'string') {
      fail('KNHK_TERMS_RDF', placeOf(), 'quads of RDF terms', quad);
    }
  }
  if (quad.predicate.termType !== 'NamedNode') {
    fail(
      'KNHK_TERMS_RDF',
      placeOf(undefined, quad),
      'an IRI as predicate',
      quad.predicate.termType,
    );
  }
}

function isNamed({ termType, value }: TermLike, iri: string): boolean {
  return termType === 'NamedNode' && value === iri;
}

function subjectOf(
  observation: Observation,
  quad: QuadLike,
  byPredicate: ReadonlyMap<string, string>,
  placeOf: PlaceOf,
): string {
  const { subject, predicate, object } = quad;
  const field = observation.fields[byPredicate.get(predicate.value) ?? ''];
  const blank = object.termType === 'BlankNode' && field?.kind !== 'list';
  if (subject.termType !== 'NamedNode' || blank) {
    const expected = 'no blank nodes but those of lists';
    fail('KNHK_TERMS_RDF', placeOf(undefined, quad), expected, subject.value);
  }
  return subject.value;
}

function literalValue(field: Field, term: TermLike, where: string): unknown {
  if (field.kind === 'iri') {
    if (term.termType !== 'NamedNode') fail('KNHK_TERMS_RDF', where, 'an IRI', term.termType);
    return term.value;
  }
  const expected = datatypes[field.kind as 'string'];
  if (term.termType !== 'Literal' || term.datatype?.value !== expected) {
    fail(
      'KNHK_TERMS_RDF',
      where,
      `a literal of ${expected}`,
      term.datatype?.value ?? term.termType,
    );
  }
  switch (field.kind) {
    case 'integer':
      return /^[+-]?\d+$/.test(term.value) ? Number(term.value) + 0 : term.value;
    case 'number':
      return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(term.value)
        ? Number(term.value)
        : term.value;
    case 'boolean':
      return term.value === 'true' || term.value === '1'
        ? true
        : term.value === 'false' || term.value === '0'
          ? false
          : term.value;
    default:
      return term.value;
  }
}
