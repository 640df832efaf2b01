import { Parser } from 'n3';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

/** An RDF term, structurally: what every RDF/JS library's terms look like. */
export interface TermLike {
  readonly termType: string;
  readonly value: string;
  readonly language?: string;
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
 * Parses Turtle 1.1 (or N-Triples) through n3, the one place that imports it.
 *
 * @param text at most 16 MiB
 * @param where a file name for messages
 * @throws KnhkError KNHK_TERMS_RDF with the line of the error
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
