import { fail, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { isIri } from '../terms/fields.ts';
import { parseTurtle, type QuadLike, type TermLike } from '../terms/turtle.ts';
import { xsdString } from './vocabulary.ts';

/** A triple whose blank nodes carry canonical labels `b0`, `b1`, ... */
export interface Triple {
  readonly subject: TermLike;
  readonly predicate: TermLike;
  readonly object: TermLike;
  /** Where it was read, if that is known: `ops.ttl, line 7`. */
  readonly place?: Place;
}

/** A line of a file, from 1. */
interface Place {
  readonly file: string;
  readonly line: number;
}

// RDF 1.2 N-Quads, "Canonicalization": these have short escapes, other controls are \u00XX.
const shortEscapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

function escapeCharacter(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A term in canonical N-Triples form (RDF 1.2 N-Triples, "Canonicalization"). */
export function termText(term: TermLike): string {
  if (term.termType === 'NamedNode') return `<${term.value}>`;
  if (term.termType === 'BlankNode') return `_:${term.value}`;
  const lexical = `"${term.value.replace(/["\\\u0000-\u001f\u007f]/g, escapeCharacter)}"`;
  if (term.language) return `${lexical}@${term.language}`;
  const datatype = term.datatype?.value ?? xsdString;
  return datatype === xsdString ? lexical : `${lexical}^^<${datatype}>`;
}

/** What {@link readTriples} reads. */
export interface TripleSource {
  /** Name of the file, for messages. */
  readonly name: string;
  /** Turtle 1.1. */
  readonly turtle: string;
}

/** What {@link readTriples} gives: the triples and their canonical N-Quads lines. */
export interface TripleList {
  readonly triples: readonly Triple[];
  readonly text: string;
}

/**
 * Collects the distinct triples of documents in document order, blank nodes relabelled by first
 * appearance. Blank nodes of two documents never meet.
 */
export class TripleReader {
  readonly #triples = new Map<string, Triple>();
  #blanks = 0;

  /**
   * Reads one document and gives its triples that were not known before.
   *
   * @param places whether to note the line of each triple
   * @throws KnhkError KNHK_SHAPES_SYNTAX, KNHK_LIMIT_SHAPES
   */
  read({ name, turtle }: TripleSource, places = false): readonly Triple[] {
    const found: Triple[] = [];
    const labels = new Map<string, TermLike>();
    const relabel = (term: TermLike): TermLike => {
      checkTerm(term, name);
      if (term.termType !== 'BlankNode') return term;
      let label = labels.get(term.value);
      if (label === undefined) {
        label = { termType: 'BlankNode', value: `b${this.#blanks++}` };
        labels.set(term.value, label);
      }
      return label;
    };
    const lines = places ? new WeakMap<TermLike, number>() : undefined;
    for (const quad of parse(turtle, name, lines)) {
      checkQuad(quad, name);
      const { predicate } = quad;
      // The keyword `a` and the cells of lists are written without a term for their predicate.
      const line = lines?.get(predicate) ?? lines?.get(quad.object) ?? lines?.get(quad.subject);
      const triple = {
        subject: relabel(quad.subject),
        predicate,
        object: relabel(quad.object),
        ...(line === undefined ? {} : { place: { file: name, line } }),
      };
      const text = tripleText(triple);
      if (this.#triples.has(text)) continue;
      this.#triples.set(text, triple);
      found.push(triple);
      if (this.#triples.size > limits.shapeTriples) {
        fail('KNHK_LIMIT_SHAPES', name, `at most ${limits.shapeTriples} triples`, 'more');
      }
    }
    return found;
  }

  /** Everything read so far. */
  list(): TripleList {
    return { triples: [...this.#triples.values()], text: [...this.#triples.keys()].join('') };
  }
}

/**
 * Parses documents into one list of distinct triples ({@link TripleReader}).
 *
 * @throws KnhkError KNHK_SHAPES_SYNTAX, KNHK_LIMIT_SHAPES
 */
export function readTriples(sources: readonly TripleSource[]): TripleList {
  const reader = new TripleReader();
  for (const source of sources) reader.read(source);
  return reader.list();
}

function tripleText({ subject, predicate, object }: Triple): string {
  return `${termText(subject)} ${termText(predicate)} ${termText(object)} .\n`;
}

function parse(
  turtle: string,
  name: string,
  lines: WeakMap<TermLike, number> | undefined,
): QuadLike[] {
  try {
    return parseTurtle(turtle, name, undefined, lines);
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    const { where, expected, got } = error.details;
    return fail('KNHK_SHAPES_SYNTAX', where, expected, got, error);
  }
}

function checkQuad(quad: QuadLike, name: string): void {
  if (quad.graph.termType !== 'DefaultGraph') {
    fail('KNHK_SHAPES_SYNTAX', name, 'triples outside of named graphs', quad.graph.value);
  }
  checkTerm(quad.predicate, name);
}

function checkTerm(term: TermLike, name: string): void {
  if (term.termType === 'NamedNode') checkIri(term.value, name);
  else if (term.termType === 'Literal') {
    if (!term.value.isWellFormed()) {
      fail('KNHK_SHAPES_SYNTAX', name, 'well-formed Unicode', 'a lone surrogate');
    }
    if (term.datatype !== undefined) checkIri(term.datatype.value, name);
    // RDF 1.2 base directions have no N-Quads 1.1 form, so the hash would not see them.
    if ('direction' in term && term.direction) {
      fail('KNHK_SHAPES_SYNTAX', name, 'RDF 1.1 literals', 'a literal with a base direction');
    }
  } else if (term.termType !== 'BlankNode') {
    fail('KNHK_SHAPES_SYNTAX', name, 'RDF 1.1 terms', `a term of type ${term.termType}`);
  }
}

function checkIri(iri: string, name: string): void {
  if (!isIri(iri)) fail('KNHK_SHAPES_SYNTAX', name, 'absolute IRIs', iri);
}
