import { DataFactory, Parser } from 'n3';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { failTurtle } from './turtle-fault.ts';

/** An RDF term, structurally: what every RDF/JS library's terms look like. */
export interface TermLike {
  /** `NamedNode`, `BlankNode`, `Literal` or `DefaultGraph`. */
  readonly termType: string;
  /** IRI, label or lexical form. */
  readonly value: string;
  /** Language tag of a literal; empty or absent for none. */
  readonly language?: string;
  /** Datatype IRI of a literal. */
  readonly datatype?: { readonly value: string };
}

/** An RDF quad, structurally (RDF/JS data model specification). */
export interface QuadLike {
  readonly subject: TermLike;
  readonly predicate: TermLike;
  readonly object: TermLike;
  readonly graph: TermLike;
}

/**
 * Parses Turtle 1.1 (W3C) or N-Triples through n3, the one place that imports it.
 *
 * @param text at most 16,777,216 characters
 * @param where a file name for messages
 * @param baseIri what relative IRIs are resolved against
 * @param lines where to note the line, from 1, of each term that was written out
 * @throws KnhkError KNHK_TERMS_RDF with line and column of the error
 * @example
 * const [quad] = parseTurtle('<urn:a> <urn:b> "c" .', 'a.ttl');
 * quad?.object.value; // => 'c'
 * parseTurtle('<urn:a> <urn:b> .', 'a.ttl'); // => throws KNHK_TERMS_RDF
 */
export function parseTurtle(
  text: string,
  where: string,
  baseIri?: string,
  lines?: WeakMap<TermLike, number>,
): QuadLike[] {
  return parseDocument(text, where, {
    ...(baseIri === undefined ? {} : { baseIri }),
    ...(lines === undefined ? {} : { lines }),
  });
}

/** How {@link parseDocument} reads. */
export interface DocumentOptions {
  /** Without one, Turtle, TriG and N-Quads are read alike. */
  readonly format?: 'turtle' | 'trig';
  readonly baseIri?: string;
  readonly lines?: WeakMap<TermLike, number>;
}

/**
 * Parses a document that may have named graphs.
 *
 * @throws KnhkError KNHK_TERMS_RDF with the place of the error
 */
export function parseDocument(text: string, where: string, options: DocumentOptions): QuadLike[] {
  if (text.length > limits.turtleBytes) {
    fail('KNHK_TERMS_RDF', where, `at most ${limits.turtleBytes} characters`, `${text.length}`);
  }
  const { format, baseIri, lines } = options;
  const settings = {
    ...(format === undefined ? {} : { format }),
    ...(baseIri === undefined ? {} : { baseIRI: baseIri }),
  };
  try {
    if (lines === undefined) return new Parser(settings).parse(text) as QuadLike[];
    return parseNotingLines(text, settings, lines);
  } catch (error) {
    return failTurtle(error, text, where);
  }
}

type Token = { readonly line: number };

/** A term is made while the parser handles its token, so that token's line is the term's. */
function parseNotingLines(
  text: string,
  options: { format?: string; baseIRI?: string },
  lines: WeakMap<TermLike, number>,
): QuadLike[] {
  // Before the first token the parser makes constants that many triples share.
  let line = 0;
  const noted = <Term extends object>(term: Term): Term => {
    if (line > 0) lines.set(term as unknown as TermLike, line);
    return term;
  };
  const factory = {
    ...DataFactory,
    namedNode: ((value) => noted(DataFactory.namedNode(value))) as typeof DataFactory.namedNode,
    blankNode: ((label) => noted(DataFactory.blankNode(label))) as typeof DataFactory.blankNode,
    literal: ((value, tag) => noted(DataFactory.literal(value, tag))) as typeof DataFactory.literal,
  };
  const onToken = (token: Token): void => {
    line = token.line;
  };
  const parser = new Parser({ ...options, factory });
  // The package's own types do not know this callback yet.
  const parse = parser.parse.bind(parser) as unknown as (
    text: string,
    callbacks: { readonly onToken: (token: Token) => void },
  ) => QuadLike[];
  return parse(text, { onToken });
}
