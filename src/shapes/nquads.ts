import { fail, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { isIri } from '../terms/fields.ts';
import { parseTurtle, type QuadLike, type TermLike } from '../terms/turtle.ts';

/** A triple whose blank nodes carry canonical labels `b0`, `b1`, ... */
export interface Triple {
  readonly subject: TermLike;
  readonly predicate: TermLike;
  readonly object: TermLike;
}

const xsdString = 'http://www.w3.org/2001/XMLSchema#string';

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

/** What {@link readTriples} gives: the triples and their canonical N-Quads lines. */
export interface TripleList {
  readonly triples: readonly Triple[];
  readonly text: string;
}

/**
 * Parses documents into one list of distinct triples in document order, blank nodes relabelled by
 * first appearance. Blank nodes of two documents never meet.
 *
 * @throws KnhkError KNHK_SHAPES_SYNTAX, KNHK_LIMIT_SHAPES
 */
export function readTriples(
  sources: readonly { readonly name: string; readonly turtle: string }[],
): TripleList {
  const triples = new Map<string, Triple>();
  let blanks = 0;
  for (const { name, turtle } of sources) {
    const labels = new Map<string, TermLike>();
    const relabel = (term: TermLike): TermLike => {
      checkTerm(term, name);
      if (term.termType !== 'BlankNode') return term;
      let label = labels.get(term.value);
      if (label === undefined) {
        label = { termType: 'BlankNode', value: `b${blanks++}` };
        labels.set(term.value, label);
      }
      return label;
    };
    for (const quad of parse(turtle, name)) {
      checkQuad(quad, name);
      const subject = relabel(quad.subject);
      const triple = { subject, predicate: quad.predicate, object: relabel(quad.object) };
      triples.set(tripleText(triple), triple);
      if (triples.size > limits.shapeTriples) {
        fail('KNHK_LIMIT_SHAPES', name, `at most ${limits.shapeTriples} triples`, 'more');
      }
    }
  }
  return { triples: [...triples.values()], text: [...triples.keys()].join('') };
}

function tripleText({ subject, predicate, object }: Triple): string {
  return `${termText(subject)} ${termText(predicate)} ${termText(object)} .\n`;
}

function parse(turtle: string, name: string): QuadLike[] {
  try {
    return parseTurtle(turtle, name);
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
