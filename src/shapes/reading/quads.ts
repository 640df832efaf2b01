import { describe, fail } from '../../base/errors.ts';
import type { QuadLike, TermLike } from '../../terms/turtle.ts';
import { langString, xsdString } from '../vocabulary.ts';
import { packedId, packedLiteral } from './packed.ts';
import type { TermSink } from './sink.ts';

/**
 * Reads quads of any RDF/JS library into a sink, named graphs as one with the default graph. IRIs
 * are taken as they are: the library that made the terms has checked them.
 *
 * @returns the quads that were read
 * @throws KnhkError KNHK_TERMS_RDF for a term of RDF 1.2 or a variable, or a term that stands where
 * RDF 1.1 does not let it; the sink then has what came before
 */
export function readQuads(quads: Iterable<QuadLike>, sink: TermSink, where: string): number {
  if (typeof quads?.[Symbol.iterator] !== 'function') {
    fail('KNHK_TERMS_RDF', where, 'text or an iterable of quads', quads);
  }
  let count = 0;
  // Triples come in rows of one subject, and comparing two texts is cheaper than looking one up.
  let last: TermLike | undefined;
  let subject = -1;
  for (const quad of quads) {
    const next = quad?.subject;
    if (last === undefined || (next !== last && !isSameNode(next, last))) {
      subject = nodeId(next, sink);
      if (subject < 0) refuse(where, count, 'an IRI or a blank node as subject', next);
      last = next;
    }
    const { predicate } = quad;
    if (predicate?.termType !== 'NamedNode' || typeof predicate.value !== 'string') {
      refuse(where, count, 'an IRI as predicate', predicate);
    }
    const object = objectId(quad.object, sink);
    if (object < 0) {
      refuse(where, count, 'an IRI, a blank node or a literal of RDF 1.1 as object', quad.object);
    }
    if (!isGraph(quad.graph)) {
      refuse(where, count, 'an IRI, a blank node or the default graph', quad.graph);
    }
    sink.triple(subject, sink.iri(predicate.value), object);
    count++;
  }
  return count;
}

function isSameNode(term: TermLike | undefined, last: TermLike): boolean {
  return term?.value === last.value && term.termType === last.termType;
}

/** The id of an IRI or a blank node, -1 for any other term. */
function nodeId(term: TermLike | undefined, sink: TermSink): number {
  if (typeof term?.value !== 'string') return -1;
  if (term.termType === 'NamedNode') return sink.iri(term.value);
  return term.termType === 'BlankNode' ? sink.blank(term.value) : -1;
}

function objectId(term: TermLike, sink: TermSink): number {
  if (term?.termType !== 'Literal') return nodeId(term, sink);
  const packed = packedLiteral(term);
  if (packed !== undefined) {
    const id = packedId(packed, sink);
    if (id >= 0) return id;
  }
  const { value, language } = term;
  // Base directions came with RDF 1.2.
  if (typeof value !== 'string' || ('direction' in term && term.direction)) return -1;
  if (language) return sink.literal(value, langString, language.toLowerCase());
  const datatype = term.datatype === undefined ? xsdString : term.datatype.value;
  return typeof datatype !== 'string' || datatype === langString
    ? -1
    : sink.literal(value, datatype, '');
}

// Quads of plain data may come without a graph, which means the default one.
function isGraph(graph: TermLike | undefined): boolean {
  const kind = graph?.termType ?? 'DefaultGraph';
  return kind === 'DefaultGraph' || kind === 'NamedNode' || kind === 'BlankNode';
}

function refuse(where: string, index: number, expected: string, term: unknown): never {
  const kind = (term as Partial<TermLike> | undefined)?.termType;
  const got = typeof kind === 'string' ? `a ${kind}` : describe(term);
  return fail('KNHK_TERMS_RDF', `${where}, quad ${index + 1}`, expected, got);
}
