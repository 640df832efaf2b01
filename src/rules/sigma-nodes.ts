import type { BoundCondition } from '../kernel/column-types.ts';
import { sameTerm as areSame } from '../shapes/dataset.ts';
import { type Field, isIri } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { datatypes } from '../terms/rdf.ts';
import { formatInstant, isText, readDecimal, readInstant, type Scalar } from '../terms/scalars.ts';
import type { TermLike } from '../terms/turtle.ts';
import { all, always, any, atom, type Formula, known, never, not } from './sigma-formula.ts';

/** A node of one record's graph, as far as its declaration says what it is. */
export type SigmaNode =
  /** The record's subject, with all of its triples. */
  | { readonly kind: 'subject' }
  /** The value of a field; of a list the head of its cells, or rdf:nil. */
  | { readonly kind: 'value'; readonly name: string; readonly field: Field }
  /** A term of the shapes; `apart` where it is known to be another node than the subject. */
  | { readonly kind: 'term'; readonly term: TermLike; readonly apart: boolean };

export const subjectNode: SigmaNode = { kind: 'subject' };

/** A value node of a path, and when it is there. */
export interface SigmaValue {
  readonly node: SigmaNode;
  readonly isThere: Formula;
}

/** A condition on one field. */
export function onField(
  name: string,
  field: Field,
  op: BoundCondition['op'],
  right?: BoundCondition['right'],
): Formula {
  const { kind, of } = field;
  const items = of === undefined ? {} : { of: of.kind };
  return atom({
    op,
    left: { field: name },
    kind,
    ...items,
    ...(right === undefined ? {} : { right }),
  });
}

/** True where the record has the field; of a required one it is known. */
export function isPresent(name: string, field: Field): Formula {
  return field.optional ? onField(name, field, 'present') : always;
}

/** A field's length in code points or items. */
export function onLength(name: string, op: 'eq' | 'gte' | 'lte', value: number): Formula {
  const left = { field: name, part: 'length' } as const;
  return atom({ op, left, kind: 'integer', right: { value } });
}

/**
 * Whether two nodes are one RDF term (RDF 1.1 Concepts, section 3); both are there. Undefined for
 * lists, whose cells are blank nodes of their own.
 */
export function sameTerm(
  one: SigmaNode,
  two: SigmaNode,
  observation: Observation,
): Formula | undefined {
  if (isList(one) || isList(two)) return undefined;
  if (one.kind === 'term') {
    return two.kind === 'term'
      ? known(areSame(one.term, two.term))
      : sameTerm(two, one, observation);
  }
  const field = fieldOf(one, observation);
  const name = nameOf(one, observation);
  if (two.kind === 'term')
    return equalsTerm(name, field, one.kind === 'subject' && two.apart, two.term);
  const other = nameOf(two, observation);
  if (name === other) return always;
  if (datatypeOf(field) !== datatypeOf(fieldOf(two, observation))) return never;
  return onField(name, field, 'eq', { field: other });
}

/** Whether a field's value is a term of the shapes: the one value with that lexical form. */
function equalsTerm(name: string, field: Field, apart: boolean, term: TermLike): Formula {
  const value = apart ? undefined : valueOfTerm(field, term);
  return value === undefined ? never : onField(name, field, 'eq', { value });
}

/** The value of a field whose RDF term this is; undefined where none of it has this term. */
function valueOfTerm(field: Field, term: TermLike): Scalar | undefined {
  const text = term.value;
  if (field.kind === 'iri') return term.termType === 'NamedNode' && isIri(text) ? text : undefined;
  // One with a language has the datatype rdf:langString.
  if (term.termType !== 'Literal' || term.datatype?.value !== datatypeOf(field)) return undefined;
  switch (field.kind) {
    case 'integer': {
      const value = Number(text);
      return Number.isSafeInteger(value) && String(value) === text ? value : undefined;
    }
    case 'number': {
      const value = Number(text);
      return Number.isFinite(value) && String(value) === text ? value : undefined;
    }
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'decimal':
      return readDecimal(text) === text ? text : undefined;
    case 'instant': {
      const ms = readInstant(text);
      return ms !== undefined && formatInstant(ms) === text ? text : undefined;
    }
    case 'oneOf':
      return field.values?.includes(text) ? text : undefined;
    default:
      return isText(text) ? text : undefined;
  }
}

function isList(node: SigmaNode): boolean {
  return node.kind === 'value' && node.field.kind === 'list';
}

/** The datatype's IRI of a field's literals; undefined for nodes. */
export function datatypeOf({ kind }: Field): string | undefined {
  return kind === 'iri' || kind === 'list' ? undefined : datatypes[kind];
}

/** The field behind the subject or a value. */
export function fieldOf(
  node: Exclude<SigmaNode, { kind: 'term' }>,
  observation: Observation,
): Field {
  return node.kind === 'value' ? node.field : (observation.fields[observation.subject] as Field);
}

/** The name of the field behind the subject or a value. */
export function nameOf(
  node: Exclude<SigmaNode, { kind: 'term' }>,
  observation: Observation,
): string {
  return node.kind === 'value' ? node.name : observation.subject;
}

/** Whether the node is the record's subject. */
export function isSubject(node: SigmaNode, observation: Observation): Formula | undefined {
  return node.kind === 'term' && node.apart ? never : sameTerm(node, subjectNode, observation);
}

/** Holds where every value that is there does. */
export function each(values: readonly SigmaValue[], holds: (node: SigmaNode) => Formula): Formula {
  return all(values.map(({ node, isThere }) => any([not(isThere), holds(node)])));
}

/** Holds where some value that is there does. */
export function some(values: readonly SigmaValue[], holds: (node: SigmaNode) => Formula): Formula {
  return any(values.map(({ node, isThere }) => all([isThere, holds(node)])));
}
