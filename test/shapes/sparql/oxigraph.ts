import oxigraph from 'oxigraph';
import { bindTerms, writeTerm } from '../../../src/shapes/sparql/bind-terms.ts';
import type { SparqlEvaluator, SparqlGraph } from '../../../src/shapes/sparql/evaluator.ts';
import type { TermLike } from '../../../src/terms/turtle.ts';

type Term = ReturnType<typeof oxigraph.namedNode>;

// Blank nodes of the data have no name in SPARQL, so IRIs stand for them.
const blankPrefix = 'urn:blank:';

function toOxigraph(term: TermLike): Term {
  if (term.termType === 'NamedNode') return oxigraph.namedNode(term.value);
  if (term.termType === 'BlankNode') return oxigraph.namedNode(blankPrefix + term.value);
  if (term.termType === 'DefaultGraph') return oxigraph.defaultGraph() as unknown as Term;
  const { value, language, datatype } = term;
  return (language
    ? oxigraph.literal(value, language)
    : oxigraph.literal(value, oxigraph.namedNode(datatype?.value as string))) as unknown as Term;
}

function fromOxigraph(term: TermLike): TermLike {
  if (term.termType === 'NamedNode' && term.value.startsWith(blankPrefix)) {
    return { termType: 'BlankNode', value: term.value.slice(blankPrefix.length) };
  }
  return term;
}

const write = (term: TermLike): string =>
  term.termType === 'BlankNode' ? `<${blankPrefix}${term.value}>` : writeTerm(term);

/** An evaluator by oxigraph (npm), as a host would write it. */
export function oxigraphEvaluator(): SparqlEvaluator & { readonly loads: () => number } {
  const stores = new WeakMap<SparqlGraph, InstanceType<typeof oxigraph.Store>>();
  let loads = 0;
  const storeOf = (graph: SparqlGraph): InstanceType<typeof oxigraph.Store> => {
    let store = stores.get(graph);
    if (store === undefined) {
      loads++;
      store = new oxigraph.Store();
      for (const quad of graph.quads()) {
        store.add(
          oxigraph.quad(
            toOxigraph(quad.subject),
            toOxigraph(quad.predicate),
            toOxigraph(quad.object),
            toOxigraph(quad.graph),
          ),
        );
      }
      stores.set(graph, store);
    }
    return store;
  };
  return {
    loads: () => loads,
    select(query, graph, bindings) {
      const solutions = storeOf(graph).query(bindTerms(query, bindings, write)) as Map<
        string,
        TermLike
      >[];
      return solutions.map((solution) =>
        Object.fromEntries([...solution].map(([name, term]) => [name, fromOxigraph(term)])),
      );
    },
    ask: (query, graph, bindings) =>
      storeOf(graph).query(bindTerms(query, bindings, write)) as boolean,
  };
}
