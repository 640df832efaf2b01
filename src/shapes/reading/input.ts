import { KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { DocumentOptions, QuadLike } from '../../terms/turtle.ts';
import { readQuads } from './quads.ts';
import { scanNQuads } from './scan.ts';
import type { TermSink } from './sink.ts';
import { readTurtle } from './turtle.ts';

/** How a text of RDF is read. */
export interface ReadOptions {
  /**
   * By default N-Triples, N-Quads, Turtle and TriG are told apart: a text that is no N-Quads is
   * read as TriG, of which Turtle is a part.
   */
  readonly format?: 'turtle' | 'trig' | 'n-quads' | 'n-triples';
  /** What relative IRIs of Turtle and TriG are resolved against; without one they are refused. */
  readonly baseIri?: string;
}

/**
 * Reads RDF into a sink: text, or quads of any RDF/JS library. Named graphs are read as one with
 * the default graph. Blank nodes keep their labels, but for Turtle and TriG, where they are
 * labelled `b0`, `b1`, ... in the order of their appearance.
 *
 * @param input Turtle and TriG of at most 16,777,216 characters; N-Quads as long as a string can be
 * @returns the quads that were read, repeated ones included
 * @throws KnhkError KNHK_TERMS_RDF with line and column of a text, or the place of a quad; triples
 * of a text that is refused never reach the sink
 */
export function readInto(
  input: string | Iterable<QuadLike>,
  sink: TermSink,
  where: string,
  options: ReadOptions = {},
): number {
  if (typeof input !== 'string') return readQuads(input, sink, where);
  const { format, baseIri } = options;
  const base = baseIri === undefined ? {} : { baseIri };
  if (format === 'n-quads') return scanNQuads(input, sink, where);
  if (format === 'n-triples') return scanNQuads(input, sink, where, { graphs: false });
  if (format !== undefined) return readTurtle(input, sink, where, { format, ...base });
  const read = mayBeNQuads(input) ? readEither : readTurtle;
  return read(input, sink, where, base);
}

/** True where the first statement starts as one of N-Quads does, or there is none. */
function mayBeNQuads(text: string): boolean {
  const start = /^\ufeff?(?:[ \t\r\n]+|#[^\r\n]*)*/.exec(text)?.[0].length ?? 0;
  return start === text.length || text[start] === '<' || text.startsWith('_:', start);
}

/** Where both readings fail, the one that came further is nearer to what was meant. */
function readEither(text: string, sink: TermSink, where: string, options: DocumentOptions): number {
  try {
    return scanNQuads(text, sink, where);
  } catch (asQuads) {
    if (!(asQuads instanceof KnhkError) || text.length > limits.turtleBytes) throw asQuads;
    try {
      return readTurtle(text, sink, where, options);
    } catch (asTurtle) {
      const further = asTurtle instanceof KnhkError && lineOf(asTurtle) > lineOf(asQuads);
      throw further ? asTurtle : asQuads;
    }
  }
}

/** Where its grammar was broken; what has no column was refused after all of it was parsed. */
function lineOf(error: KnhkError): number {
  const match = /, line (\d+), column \d+$/.exec(error.details.where);
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]);
}
