import type { TermLike } from '../../terms/turtle.ts';

/** One SPARQL query that a shape asks of its focus nodes (W3C SHACL, sections 5 and 6). */
export interface SparqlRule {
  /** IRI of the constraint component that results name. */
  readonly component: string;
  /** `select` gives a result for each solution, `ask` one for each value node it denies. */
  readonly form: 'select' | 'ask';
  /** Complete, with its prefixes and the shape's path in place of `$PATH`. */
  readonly query: string;
  /** What its variables stand for whatever the focus node: parameters, `$currentShape`, ... */
  readonly bindings: Readonly<Record<string, TermLike>>;
  /** What results say, with `{?name}` and `{$name}` for bindings. */
  readonly messages: readonly TermLike[];
}

/** The name of the shapes graph, as `$shapesGraph` has it, inside of the graphs of a query. */
export const shapesGraphIri = 'urn:knhk:shapes-graph';
