import { fail, KnhkError } from '../../base/errors.ts';
import { isIri } from '../../terms/fields.ts';
import {
  type DocumentOptions,
  parseDocument,
  type QuadLike,
  type TermLike,
} from '../../terms/turtle.ts';
import { checkWellFormed } from './place.ts';
import { readQuads } from './quads.ts';
import { type TermSink, TripleBuffer } from './sink.ts';

/**
 * Reads Turtle or TriG into a sink. The parser labels blank nodes by a counter of the process;
 * here they are `b0`, `b1`, ... so that two readings of a text are equal.
 *
 * @throws KnhkError KNHK_TERMS_RDF with line, and column of what is no Turtle
 */
export function readTurtle(
  text: string,
  sink: TermSink,
  where: string,
  options: DocumentOptions,
): number {
  checkWellFormed(text, where);
  const quads = parseDocument(text, where, options);
  const reading = new Reading(sink, where);
  try {
    readQuads(quads, reading, where);
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    const { expected, got } = error.details;
    const line = lineOf(text, where, options, reading.triples.count);
    return fail('KNHK_TERMS_RDF', `${where}, line ${line}`, expected, got, error);
  }
  return reading.triples.flush(sink);
}

/** Terms go to the sink at once, triples when the whole text has been read. */
class Reading implements TermSink {
  readonly triples: TripleBuffer = new TripleBuffer();
  readonly #sink: TermSink;
  readonly #where: string;
  readonly #absolute = new Set<string>();
  readonly #labels = new Map<string, string>();

  constructor(sink: TermSink, where: string) {
    this.#sink = sink;
    this.#where = where;
  }

  iri(value: string): number {
    this.#check(value);
    return this.#sink.iri(value);
  }

  blank(label: string): number {
    let own = this.#labels.get(label);
    if (own === undefined) {
      own = `b${this.#labels.size}`;
      this.#labels.set(label, own);
    }
    return this.#sink.blank(own);
  }

  literal(value: string, datatype: string, language: string): number {
    this.#check(datatype);
    return this.#sink.literal(value, datatype, language);
  }

  triple(subject: number, predicate: number, object: number): void {
    this.triples.add(subject, predicate, object);
  }

  #check(iri: string): void {
    if (this.#absolute.has(iri)) return;
    if (!isIri(iri)) fail('KNHK_TERMS_RDF', this.#where, 'an absolute IRI', iri);
    this.#absolute.add(iri);
  }
}

/** The line of a quad that is refused; terms have none otherwise, since noting them takes time. */
function lineOf(text: string, where: string, options: DocumentOptions, index: number): number {
  const lines = new WeakMap<TermLike, number>();
  const quad = parseDocument(text, where, { ...options, lines })[index] as QuadLike;
  const terms = [quad.subject, quad.predicate, quad.object];
  const relative = terms.find((term) => !isIri(term.datatype?.value ?? iriOf(term)));
  return lines.get(relative ?? quad.predicate) ?? lines.get(quad.predicate) ?? 1;
}

function iriOf(term: TermLike): string {
  return term.termType === 'NamedNode' ? term.value : 'urn:other';
}
