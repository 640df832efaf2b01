import { fail } from '../../base/errors.ts';
import type { QuadLike, TermLike } from '../../terms/turtle.ts';
import type { EncodedGraph } from '../engine/data.ts';
import { readInto } from '../reading/input.ts';
import type { TermSink } from '../reading/sink.ts';
import type { IdTriple, Wanted } from './change.ts';

/** Triples to be put in and taken out: quads, or text as for a graph. */
export interface GraphDelta {
  /** What is there already stays as it is. */
  readonly added?: Iterable<QuadLike> | string;
  /** What is not there is passed over; what is also added stays. */
  readonly removed?: Iterable<QuadLike> | string;
}

/** What a delta says, read to its end before anything is changed. */
export function readDelta({ added = [], removed = [] }: GraphDelta, graph: EncodedGraph): Wanted {
  const wanted = { added: [] as IdTriple[], removed: [] as IdTriple[] };
  read(removed, known(graph, wanted.removed), 'removed triples');
  read(added, fresh(graph, wanted.added), 'added triples');
  return wanted;
}

/**
 * N-Quads keep the labels of blank nodes, which name nodes of the graph; Turtle has labels for
 * itself alone, so that a blank node in it would meet one of the graph by accident.
 */
function read(input: Iterable<QuadLike> | string, sink: TermSink, where: string): void {
  if (typeof input !== 'string') {
    readInto(input, sink, where);
    return;
  }
  try {
    readInto(input, sink, where, { format: 'n-quads' });
  } catch {
    readInto(input, { ...sink, blank: () => refuseBlank(where) }, where);
  }
}

function refuseBlank(where: string): never {
  const expected = 'blank nodes as N-Triples or quads, which keep their labels';
  return fail('KNHK_TERMS_RDF', where, expected, 'a blank node in Turtle');
}

function fresh(graph: EncodedGraph, into: IdTriple[]): TermSink {
  return {
    iri: (value) => graph.iri(value),
    blank: (label) => graph.blank(label),
    literal: (value, datatype, language) => graph.literal(value, datatype, language),
    triple: (subject, predicate, object) => {
      into.push({ subject, predicate, object });
    },
  };
}

/** A term that the graph does not know gets no id for being removed. */
function known({ terms }: EncodedGraph, into: IdTriple[]): TermSink {
  // Id 0 is nobody's, so that no triple has it; a negative one would mean that the sink refuses.
  const find = (term: TermLike): number => Math.max(0, terms.find(term));
  return {
    iri: (value) => find({ termType: 'NamedNode', value }),
    blank: (value) => find({ termType: 'BlankNode', value }),
    literal: (value, type, language) =>
      find({ termType: 'Literal', value, language, datatype: { value: type } }),
    triple: (subject, predicate, object) => {
      into.push({ subject, predicate, object });
    },
  };
}
