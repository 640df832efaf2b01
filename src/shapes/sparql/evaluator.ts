import type { QuadLike, TermLike } from '../../terms/turtle.ts';

/** What a query is asked of. */
export interface SparqlGraph {
  /**
   * The data graph as the default graph, and the shapes as the named graph that `$shapesGraph`
   * says, if a query of the document asks for it. Language tags are in lower case. The object
   * stays the same for all queries of one validation, so an evaluator may load it once and
   * remember it in a WeakMap; it is to be read while a query is asked.
   *
   * @throws KnhkError KNHK_SHAPES_SPARQL once another validation has begun
   */
  quads(): Iterable<QuadLike>;
}

/**
 * Answers the SPARQL queries of shapes: given by the host, since this library has no SPARQL of its
 * own. It answers at once (no promises), and a throw fails the validation.
 *
 * `bindings` are terms by variable name, without `?`, that stand for these variables everywhere in
 * the query before it runs (W3C SHACL, section 5.3.2, pre-binding). Where an engine cannot do that
 * itself, {@link bindTerms} writes them into the query.
 */
export interface SparqlEvaluator {
  /** The solutions of a SELECT query: terms by variable name; what is unbound is left out. */
  select(
    query: string,
    graph: SparqlGraph,
    bindings: Readonly<Record<string, TermLike>>,
  ): Iterable<Readonly<Record<string, TermLike>>>;
  /** The answer of an ASK query. */
  ask(query: string, graph: SparqlGraph, bindings: Readonly<Record<string, TermLike>>): boolean;
}
