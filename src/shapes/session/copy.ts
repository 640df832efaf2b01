import { EncodedGraph } from '../engine/data.ts';

/** A graph of its own with the same triples, and without terms that no triple has. */
export interface GraphCopy {
  readonly graph: EncodedGraph;
  /** The term's id there; 0 for one that is not there. */
  readonly idOf: (id: number) => number;
}

/** Copies a graph; ids of the shapes' constants stay, all others are given anew. */
export function copyOf(from: EncodedGraph): GraphCopy {
  const graph = new EncodedGraph(from.compiled);
  const ids = new Int32Array(from.terms.size);
  const idOf = (id: number): number => {
    if (ids[id] === 0) ids[id] = graph.terms.intern(from.terms.termOf(id));
    return ids[id]!;
  };
  const { out, subjects } = from.triples;
  for (const subject of subjects) {
    for (let slot = out.from[subject]!; slot < out.to[subject]!; slot++) {
      graph.triple(idOf(subject), idOf(out.p[slot]!), idOf(out.other[slot]!));
    }
  }
  graph.triples.seal();
  return { graph, idOf };
}
