import { isIri } from '../../terms/fields.ts';
import { hasScheme, isInIri, labelStartUnits, labelUnits } from './characters.ts';
import { unescaped } from './escapes.ts';
import { checkWellFormed, failAt } from './place.ts';
import { langString, type TermSink, TripleBuffer, xsdString } from './sink.ts';

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const quote = 0x22;
const hash = 0x23;
const hyphen = 0x2d;
const dot = 0x2e;
const less = 0x3c;
const greater = 0x3e;
const at = 0x40;
const backslash = 0x5c;
const caret = 0x5e;
const underscore = 0x5f;

/**
 * Reads N-Triples or N-Quads (W3C RDF 1.1) and hands ids on, without terms as objects. A named
 * graph's triples go where those of the default graph go: a dataset is validated as its union.
 * RDF 1.2 triple terms, base directions and version lines are refused.
 *
 * @param options `graphs: false` for N-Triples, which has no graph labels
 * @returns the statements that were read
 * @throws KnhkError KNHK_TERMS_RDF with line and column; the sink then has terms but no triples
 */
export function scanNQuads(
  text: string,
  sink: TermSink,
  where: string,
  options: { readonly graphs?: boolean } = {},
): number {
  checkWellFormed(text, where);
  const triples = new TripleBuffer();
  new Scanner(text, sink, where, options.graphs ?? true).run(triples);
  return triples.flush(sink);
}

class Scanner {
  readonly #text: string;
  readonly #sink: TermSink;
  readonly #where: string;
  readonly #graphs: boolean;
  #at = 0;

  constructor(text: string, sink: TermSink, where: string, graphs: boolean) {
    this.#text = text;
    this.#sink = sink;
    this.#where = where;
    this.#graphs = graphs;
  }

  run(triples: TripleBuffer): void {
    // A byte order mark is no part of the text.
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    while (this.#toStatement()) {
      const subject = this.#node('an IRI or a blank node as subject');
      const predicate = this.#predicate();
      const object = this.#object();
      this.#toEnd();
      triples.add(subject, predicate, object);
    }
  }

  /** Goes to the next statement; false at the end of the text. */
  #toStatement(): boolean {
    const text = this.#text;
    let index = this.#at;
    for (; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code === hash) index = endOfLine(text, index) - 1;
      else if (code !== lf && code !== cr && code !== space && code !== tab) break;
    }
    this.#at = index;
    return index < text.length;
  }

  /** Skips spaces and tabs; the code there, 0 at the end of the text. */
  #next(): number {
    const text = this.#text;
    let index = this.#at;
    for (; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code !== space && code !== tab) {
        this.#at = index;
        return code;
      }
    }
    this.#at = index;
    return 0;
  }

  #node(expected: string): number {
    const code = this.#text.charCodeAt(this.#at);
    if (code === less) return this.#sink.iri(this.#iri());
    if (code === underscore) return this.#blank();
    return this.#fail(expected);
  }

  #predicate(): number {
    if (this.#next() !== less) this.#fail('an IRI as predicate');
    return this.#sink.iri(this.#iri());
  }

  #object(): number {
    const code = this.#next();
    return code === quote
      ? this.#literal()
      : this.#node('an IRI, a blank node or a quoted literal as object');
  }

  /** The graph's label, the dot, and nothing but a comment behind it on the line. */
  #toEnd(): void {
    let code = this.#next();
    if (this.#graphs && (code === less || code === underscore)) {
      if (code === less) this.#iri();
      else this.#label();
      code = this.#next();
      if (code !== dot) this.#fail('a dot');
    } else if (code !== dot) {
      this.#fail(this.#graphs ? 'a dot, or an IRI or a blank node as graph' : 'a dot');
    }
    this.#at++;
    code = this.#next();
    if (code === hash) this.#at = endOfLine(this.#text, this.#at);
    else if (code !== lf && code !== cr && this.#at < this.#text.length) {
      this.#fail('the end of the line');
    }
  }

  /** The IRI that starts here. */
  #iri(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let index = start;
    let escapes = false;
    for (; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code === greater) break;
      if (code === backslash) escapes = true;
      else if (!isInIri(code)) this.#failIri(index);
    }
    if (index >= text.length) this.#fail('> at the end of an IRI', index);
    this.#at = index + 1;
    const value = escapes
      ? unescaped(text, start, index, this.#where, false)
      : text.slice(start, index);
    if (escapes ? !isIri(value) : !hasScheme(text, start)) this.#fail('an absolute IRI', start - 1);
    return value;
  }

  #failIri(index: number): never {
    const code = this.#text.charCodeAt(index);
    if (code === less && index === this.#at + 1) {
      this.#fail('an IRI, since triple terms are of RDF 1.2', this.#at);
    }
    return this.#fail('> or another character of an IRI', index);
  }

  #blank(): number {
    return this.#sink.blank(this.#label());
  }

  /** The label of the blank node that starts here. */
  #label(): string {
    const text = this.#text;
    const start = this.#at + 2;
    if (!text.startsWith('_:', this.#at)) this.#fail('_: before the label of a blank node');
    let units = labelStartUnits(text, start);
    if (units === 0) this.#fail('the label of a blank node', start);
    let end = start;
    let index = start;
    // Dots may stand between other characters, the last one may end the statement.
    while (units > 0) {
      index += units;
      end = index;
      while (text.charCodeAt(index) === dot) index++;
      units = index < text.length ? labelUnits(text, index) : 0;
    }
    this.#at = end;
    return text.slice(start, end);
  }

  #literal(): number {
    const text = this.#text;
    const start = this.#at + 1;
    let index = start;
    let escapes = false;
    for (; ; index++) {
      if (index >= text.length) this.#fail('" at the end of a literal', text.length);
      const code = text.charCodeAt(index);
      if (code === quote) break;
      if (code === backslash) {
        escapes = true;
        index++;
      } else if (code === lf || code === cr) this.#fail('" at the end of a literal', index);
    }
    this.#at = index + 1;
    const value = escapes
      ? unescaped(text, start, index, this.#where, true)
      : text.slice(start, index);
    const code = this.#next();
    if (code === at) return this.#sink.literal(value, langString, this.#language());
    if (code === caret) return this.#sink.literal(value, this.#datatype(), '');
    return this.#sink.literal(value, xsdString, '');
  }

  #datatype(): string {
    if (this.#text.charCodeAt(this.#at + 1) !== caret) this.#fail('^^ before a datatype');
    this.#at += 2;
    if (this.#next() !== less) this.#fail('an IRI as datatype');
    const start = this.#at;
    const datatype = this.#iri();
    if (datatype === langString) this.#fail('a language tag instead of rdf:langString', start);
    return datatype;
  }

  /** A language tag: letters, then groups of letters and digits, each of 1 to 8 (BCP 47). */
  #language(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let group = start;
    let index = start;
    for (; ; index++) {
      const code = index < text.length ? text.charCodeAt(index) : 0;
      const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
      const digit = code >= 0x30 && code <= 0x39;
      if (letter || (digit && group > start)) continue;
      if (index === group || index - group > 8) this.#fail('a language tag', start - 1);
      if (code !== hyphen) break;
      group = index + 1;
    }
    this.#at = index;
    return text.slice(start, index).toLowerCase();
  }

  #fail(expected: string, index: number = this.#at): never {
    return failAt(this.#text, index, this.#where, expected);
  }
}

function endOfLine(text: string, from: number): number {
  let index = from;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === lf || code === cr) break;
  }
  return index;
}
