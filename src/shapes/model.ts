import type { TermLike } from '../terms/turtle.ts';
import type { SparqlRule } from './sparql/model.ts';

/** A property path (W3C SHACL, section 2.3.1). */
export type ShapePath =
  | { readonly kind: 'predicate'; readonly iri: string }
  | { readonly kind: 'inverse'; readonly path: ShapePath }
  | { readonly kind: 'sequence' | 'alternative'; readonly paths: readonly ShapePath[] }
  | { readonly kind: 'zeroOrMore' | 'oneOrMore' | 'zeroOrOne'; readonly path: ShapePath };

/** What a shape is asked about (W3C SHACL, section 2.1.3). */
export type ShapeTarget =
  | { readonly kind: 'node'; readonly term: TermLike }
  | { readonly kind: 'class' | 'subjectsOf' | 'objectsOf'; readonly iri: string };

/** How a value must lie beside a bound. */
export type RangeOperator = 'minExclusive' | 'minInclusive' | 'maxExclusive' | 'maxInclusive';

/** A constraint with its parameters; shapes that it names are places in {@link ShapesModel}. */
export type ShapeConstraint =
  | { readonly kind: 'class'; readonly iri: string }
  | { readonly kind: 'datatype'; readonly iri: string }
  /** `sh:BlankNodeOrIRI` is blank and iri. */
  | {
      readonly kind: 'nodeKind';
      readonly iri: boolean;
      readonly blank: boolean;
      readonly literal: boolean;
      readonly term: TermLike;
    }
  | { readonly kind: 'minCount' | 'maxCount'; readonly count: number }
  | { readonly kind: RangeOperator; readonly bound: TermLike }
  | { readonly kind: 'minLength' | 'maxLength'; readonly length: number }
  | { readonly kind: 'pattern'; readonly source: string; readonly flags: string }
  | { readonly kind: 'languageIn'; readonly ranges: readonly string[] }
  | { readonly kind: 'uniqueLang' }
  | { readonly kind: 'equals'; readonly iri: string }
  | { readonly kind: 'disjoint'; readonly iri: string }
  | { readonly kind: 'lessThan' | 'lessThanOrEquals'; readonly iri: string }
  | { readonly kind: 'not' | 'node'; readonly shape: number }
  | { readonly kind: 'property'; readonly shape: number }
  | {
      readonly kind: 'and' | 'or' | 'xone';
      readonly shapes: readonly number[];
      readonly list: TermLike;
    }
  /** Counts value nodes that conform to `shape` and, where disjoint, to none of the siblings. */
  | {
      readonly kind: 'qualified';
      readonly shape: number;
      readonly min?: number;
      readonly max?: number;
      readonly siblings: readonly number[];
    }
  /** Predicates that may stand: those of the property shapes, and the ignored ones. */
  | { readonly kind: 'closed'; readonly predicates: readonly string[] }
  | { readonly kind: 'hasValue'; readonly term: TermLike }
  | { readonly kind: 'in'; readonly terms: readonly TermLike[]; readonly list: TermLike }
  /** Decided by an evaluator that the host gives. */
  | { readonly kind: 'sparql'; readonly rule: SparqlRule };

/** One shape of a document, read (W3C SHACL, section 2). */
export interface ShapeModel {
  /** Its place in {@link ShapesModel.shapes}. */
  readonly index: number;
  /** An IRI, or a blank node with its canonical label. */
  readonly term: TermLike;
  /** Present for property shapes; a node shape's only value node is the focus node. */
  readonly path?: { readonly path: ShapePath; readonly term: TermLike };
  readonly targets: readonly ShapeTarget[];
  readonly deactivated: boolean;
  /** An IRI; `sh:Violation` where none is said. */
  readonly severity: string;
  /** The literals of `sh:message`. */
  readonly messages: readonly TermLike[];
  readonly constraints: readonly ShapeConstraint[];
}

/** A whole document, read: what engines, routing and sessions compile from. */
export interface ShapesModel {
  readonly shapes: readonly ShapeModel[];
  /** `rdfs:subClassOf` of the document as pairs of subclass and superclass. */
  readonly hierarchy: readonly (readonly [string, string])[];
}
