import type { TermLike } from '../../terms/turtle.ts';
import type { ShapeConstraint } from '../model.ts';
import { termText } from '../nquads.ts';

/** A literal's lexical form, or the term as N-Triples writes it. */
function shown(term: TermLike): string {
  return term.termType === 'Literal' ? term.value : termText(term);
}

const members = (terms: readonly TermLike[]): string => terms.map(shown).join(', ');

/** What a result says where its shape has no message of its own. */
export function defaultMessage(
  constraint: ShapeConstraint,
  componentIri: string,
  nameOf: (shape: number) => string,
): string {
  switch (constraint.kind) {
    case 'class':
      return `Value is not an instance of <${constraint.iri}>`;
    case 'datatype':
      return `Value is not a well-formed literal of <${constraint.iri}>`;
    case 'nodeKind':
      return `Value is not of kind ${shown(constraint.term)}`;
    case 'minCount':
      return `Less than ${constraint.count} values`;
    case 'maxCount':
      return `More than ${constraint.count} values`;
    case 'minExclusive':
      return `Value is not greater than ${shown(constraint.bound)}`;
    case 'minInclusive':
      return `Value is not greater than or equal to ${shown(constraint.bound)}`;
    case 'maxExclusive':
      return `Value is not less than ${shown(constraint.bound)}`;
    case 'maxInclusive':
      return `Value is not less than or equal to ${shown(constraint.bound)}`;
    case 'minLength':
      return `Value has less than ${constraint.length} characters`;
    case 'maxLength':
      return `Value has more than ${constraint.length} characters`;
    case 'pattern':
      return `Value does not match pattern "${constraint.source}"`;
    case 'not':
      return `Value conforms to ${nameOf(constraint.shape)}`;
    case 'node':
      return `Value does not conform to ${nameOf(constraint.shape)}`;
    case 'and':
    case 'or':
    case 'xone':
      return `Value does not conform to ${logic[constraint.kind]} ${constraint.shapes
        .map(nameOf)
        .join(', ')}`;
    case 'qualified': {
      const isMin = componentIri.endsWith('QualifiedMinCountConstraintComponent');
      const bound = isMin ? `Less than ${constraint.min}` : `More than ${constraint.max}`;
      return `${bound} values conform to ${nameOf(constraint.shape)}`;
    }
    case 'hasValue':
      return `No value is ${shown(constraint.term)}`;
    case 'in':
      return `Value is none of ${members(constraint.terms)}`;
    default:
      return pairMessage(constraint);
  }
}

const logic = { and: 'all of', or: 'any of', xone: 'exactly one of' } as const;

function pairMessage(constraint: ShapeConstraint): string {
  switch (constraint.kind) {
    case 'languageIn':
      return `Value's language is none of ${constraint.ranges.join(', ')}`;
    case 'uniqueLang':
      return 'Two values have the same language';
    case 'equals':
      return `Value is not one of both the path and <${constraint.iri}>`;
    case 'disjoint':
      return `Value is one of <${constraint.iri}> too`;
    case 'lessThan':
      return `Value is not less than value of <${constraint.iri}>`;
    case 'lessThanOrEquals':
      return `Value is not less than or equal to value of <${constraint.iri}>`;
    case 'closed':
      return 'Predicate is not allowed (closed shape)';
    default:
      return 'Constraint is violated';
  }
}
