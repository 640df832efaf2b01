import { DataFactory, Parser } from 'n3';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

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
 * @throws KnhkError KNHK_TERMS_RDF with the line of the error
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
  if (text.length > limits.turtleBytes) {
    fail('KNHK_TERMS_RDF', where, `at most ${limits.turtleBytes} characters`, `${text.length}`);
  }
  try {
    const base = baseIri === undefined ? {} : { baseIRI: baseIri };
    if (lines === undefined) return new Parser(base).parse(text) as QuadLike[];
    return parseNotingLines(text, base, lines);
  } catch (error) {
    const context = (error as { context?: { line?: number } }).context;
    const place = context?.line === undefined ? where : `${where}, line ${context.line}`;
    const got = error instanceof Error ? error.message : String(error);
    return fail('KNHK_TERMS_RDF', place, 'Turtle', got, error);
  }
}

type Token = { readonly line: number };

/** A term is made while the parser handles its token, so that token's line is the term's. */
function parseNotingLines(
  text: string,
  options: { baseIRI?: string },
  lines: WeakMap<TermLike, number>,
): QuadLike[] {
  let line = 1;
  const noted = <Term extends object>(term: Term): Term => {
    lines.set(term as unknown as TermLike, line);
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
