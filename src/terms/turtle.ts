import { Parser } from 'n3';
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
 * @throws KnhkError KNHK_TERMS_RDF with the line of the error
 * @example
 * const [quad] = parseTurtle('<urn:a> <urn:b> "c" .', 'a.ttl');
 * quad?.object.value; // => 'c'
 * parseTurtle('<urn:a> <urn:b> .', 'a.ttl'); // => throws KNHK_TERMS_RDF
 */
export function parseTurtle(text: string, where: string, baseIri?: string): QuadLike[] {
  if (text.length > limits.turtleBytes) {
    fail('KNHK_TERMS_RDF', where, `at most ${limits.turtleBytes} characters`, `${text.length}`);
  }
  try {
    const parser = new Parser({ ...(baseIri === undefined ? {} : { baseIRI: baseIri }) });
    return parser.parse(text) as QuadLike[];
  } catch (error) {
    const context = (error as { context?: { line?: number } }).context;
    const place = context?.line === undefined ? where : `${where}, line ${context.line}`;
    const got = error instanceof Error ? error.message : String(error);
    return fail('KNHK_TERMS_RDF', place, 'Turtle', got, error);
  }
}
