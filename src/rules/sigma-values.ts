import { regexOf } from '../shapes/literals/regex.ts';
import { isWellFormed } from '../shapes/literals/well-formed.ts';
import type { ShapeConstraint } from '../shapes/model.ts';
import { xsd } from '../shapes/vocabulary.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { compilePattern, type Pattern } from '../terms/pattern.ts';
import type { TermLike } from '../terms/turtle.ts';
import { always, any, type Formula, known, never, not } from './sigma-formula.ts';
import {
  datatypeOf,
  fieldOf,
  isSubject,
  nameOf,
  onField,
  onLength,
  type SigmaNode,
  sameTerm,
} from './sigma-nodes.ts';
import { rangeOf } from './sigma-ranges.ts';

/** What the declaration alone says of one value node; undefined where it says nothing. */
export function onValue(
  constraint: ShapeConstraint,
  node: SigmaNode,
  observation: Observation,
  superclasses: ReadonlySet<string>,
): Formula | undefined {
  switch (constraint.kind) {
    case 'datatype':
      return datatype(constraint.iri, node, observation);
    case 'nodeKind':
      return nodeKind(constraint, node, observation);
    case 'class': {
      // A record types its subject alone.
      if (!superclasses.has(constraint.iri)) return never;
      return isSubject(node, observation);
    }
    case 'in':
      return among(constraint.terms, node, observation);
    case 'languageIn':
      // No literal of a record has a language.
      return node.kind === 'term' && node.term.termType === 'Literal' ? undefined : never;
    case 'minLength':
    case 'maxLength':
      return lengths(constraint, node, observation);
    case 'pattern':
      return pattern(constraint, node, observation);
    case 'minInclusive':
    case 'minExclusive':
    case 'maxInclusive':
    case 'maxExclusive':
      if (node.kind !== 'value') return isIriNode(node) ? never : undefined;
      if (node.field.kind === 'iri' || node.field.kind === 'list') return never;
      return rangeOf(node.name, node.field, constraint.kind, constraint.bound);
    default:
      return undefined;
  }
}

function isIriNode(node: SigmaNode): boolean {
  return node.kind === 'subject' || (node.kind === 'term' && node.term.termType === 'NamedNode');
}

function datatype(iri: string, node: SigmaNode, observation: Observation): Formula | undefined {
  // Whether a literal of the shapes is well-formed is the engine's to say.
  if (node.kind === 'term') return node.term.termType === 'Literal' ? undefined : never;
  const field = fieldOf(node, observation);
  if (datatypeOf(field) !== iri) return never;
  // Numbers, truths and instants are written in their datatype's own form.
  if (field.kind === 'oneOf') return byValues(nameOf(node, observation), field, isWellFormedText);
  if (field.kind !== 'string') return always;
  return not(onField(nameOf(node, observation), field, 'matches', { value: illTyped }));
}

/** Texts that a field may hold and xsd:string has no form for (XML 1.1, production 2). */
const illTyped = '[\\0\\uFFFE\\uFFFF]';

function isWellFormedText(text: string): boolean {
  return isWellFormed(`${xsd}string`, text);
}

/** Holds of those values of a oneOf field for which the test does. */
function byValues(name: string, field: Field, holds: (text: string) => boolean): Formula {
  const values = (field.values ?? []).filter(holds);
  if (values.length === field.values?.length) return always;
  return values.length === 0 ? never : onField(name, field, 'in', { value: values });
}

function nodeKind(
  kinds: { readonly iri: boolean; readonly blank: boolean; readonly literal: boolean },
  node: SigmaNode,
  observation: Observation,
): Formula | undefined {
  if (node.kind === 'term') {
    const { termType } = node.term;
    if (termType === 'BlankNode') return undefined;
    return known(termType === 'Literal' ? kinds.literal : kinds.iri);
  }
  const field = fieldOf(node, observation);
  if (field.kind === 'iri') return known(kinds.iri);
  if (field.kind !== 'list') return known(kinds.literal);
  if (kinds.iri === kinds.blank) return known(kinds.iri);
  // The empty list is rdf:nil, any other one begins with a blank node.
  const isEmpty = onLength(nameOf(node, observation), 'eq', 0);
  return kinds.iri ? isEmpty : not(isEmpty);
}

/** Listed values of a comparison; more are left to the engine. */
const listedMax = 128;

function among(
  terms: readonly TermLike[],
  node: SigmaNode,
  observation: Observation,
): Formula | undefined {
  const found: Formula[] = [];
  for (const term of terms) {
    const same = sameTerm(node, { kind: 'term', term, apart: false }, observation);
    if (same === undefined) return undefined;
    found.push(same);
  }
  const open = found.filter((formula) => formula.kind === 'atom');
  if (open.length > listedMax) return undefined;
  if (open.length < 2 || open.length < found.filter((one) => one !== never).length) {
    return any(found);
  }
  if (node.kind === 'term') return any(found);
  const values = open.flatMap(({ condition: { right } }) =>
    right !== undefined && 'value' in right ? right.value : [],
  );
  return onField(nameOf(node, observation), fieldOf(node, observation), 'in', { value: values });
}

/** A question about the text of a node, asked of each text that it can be. */
function byText(node: SigmaNode, holds: (text: string) => boolean): Formula | undefined {
  if (node.kind === 'term') {
    return node.term.termType === 'NamedNode' ? known(holds(node.term.value)) : undefined;
  }
  if (node.kind !== 'value' || node.field.kind !== 'boolean') return undefined;
  const { name, field } = node;
  return any(
    [true, false].map((value) =>
      holds(String(value)) ? onField(name, field, 'eq', { value }) : never,
    ),
  );
}

function lengths(
  { kind, length }: { readonly kind: 'minLength' | 'maxLength'; readonly length: number },
  node: SigmaNode,
  observation: Observation,
): Formula | undefined {
  const holds = (size: number): boolean => (kind === 'minLength' ? size >= length : size <= length);
  if (node.kind === 'term') return byText(node, (text) => holds([...text].length));
  const field = fieldOf(node, observation);
  switch (field.kind) {
    case 'instant':
      // Every one is written in the same form.
      return known(holds('2001-01-01T00:00:00.000Z'.length));
    case 'string':
    case 'iri':
    case 'oneOf': {
      if (!Number.isSafeInteger(length)) return undefined;
      if (kind === 'minLength' && length === 0) return always;
      const op = kind === 'minLength' ? 'gte' : 'lte';
      return onLength(nameOf(node, observation), op, length);
    }
    default:
      return byText(node, (text) => holds(text.length));
  }
}

function pattern(
  { source, flags }: { readonly source: string; readonly flags: string },
  node: SigmaNode,
  observation: Observation,
): Formula | undefined {
  const compiled = compiledPattern(source, flags);
  if (compiled === undefined) return undefined;
  const test = (text: string): boolean => compiled.test(text);
  if (node.kind === 'term') return byText(node, test);
  const field = fieldOf(node, observation);
  if (field.kind === 'string' || field.kind === 'iri' || field.kind === 'oneOf') {
    return onField(nameOf(node, observation), field, 'matches', { value: compiled.source });
  }
  return byText(node, test);
}

/** The pattern as an automaton of the same expression; undefined where it takes more than one. */
function compiledPattern(source: string, flags: string): Pattern | undefined {
  const expression = regexOf(source, flags);
  if (!(expression instanceof RegExp) || expression.flags !== 'u') return undefined;
  // Inside a surrogate pair V8's search finds places for \B that ECMA-262 does not have.
  if (expression.source.includes('\\B')) return undefined;
  try {
    return compilePattern(expression.source);
  } catch {
    return undefined;
  }
}

/** Whether two values in order, both there, are less or less or equal; undefined beyond numbers. */
export function inOrder(op: 'lt' | 'lte', one: SigmaNode, two: SigmaNode): Formula | undefined {
  if (one.kind !== 'value' || two.kind !== 'value') return undefined;
  const kinds = [one.field.kind, two.field.kind];
  const areNumbers = kinds.every((kind) => kind === 'integer' || kind === 'number');
  const areAlike = kinds[0] === kinds[1] && (kinds[0] === 'decimal' || kinds[0] === 'instant');
  if (!areNumbers && !areAlike) return undefined;
  if (one.name === two.name) return known(op === 'lte');
  return onField(one.name, one.field, op, { field: two.name });
}
