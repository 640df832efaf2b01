import type { TermLike } from '../../terms/turtle.ts';
import { langString, xsdString } from '../vocabulary.ts';

/** Kinds of terms, as {@link GraphTerms.kinds} has them: bits, so that a set is a mask. */
export const kinds = { iri: 1, blank: 2, literal: 4 } as const;

/** Own terms from which on one table holds the constants too. */
const wholeFrom = 1_024;
/** Texts of graphs before that a table may still hold. */
const staleMax = 1_024;
const hintMask = 4_095;

/** A small number that few other texts share: most texts are told from all constants by it. */
function hintOf(text: string): number {
  const { length } = text;
  return length === 0 ? 0 : ((length << 7) ^ (text.charCodeAt(length - 1) << 2)) & hintMask;
}

/**
 * The terms of one graph as dense integers. Those of the shapes come first: they are the same in
 * every graph of a validator, so that constants compare as numbers; a graph's own terms follow in
 * the order of their first appearance. Literals are equal character by character, with datatype
 * and language, whose value is in lower case (RDF 1.1 Concepts, section 3.3).
 *
 * One table leads from a text to the last term that has it, and from there to those before: few
 * texts are both an IRI and a literal, or a literal of two datatypes. A reset leaves the table as
 * it is, because growing it anew costs more than seeing that an id has another text by now.
 */
export class GraphTerms {
  readonly base: GraphTerms | undefined;
  /** Where the graph's own ids begin. */
  readonly own: number;
  /** The kind of each id. */
  kinds: Uint8Array;
  /** IRI, label or lexical form of each id. */
  readonly values: string[];
  /** Id of a literal's datatype; -1 - n for the n-th language; 0 for other terms. */
  datatypes: Int32Array;
  /** The id before with the same text, 0 for none; those of constants are constants. */
  #before: Int32Array;
  readonly #languages: string[];
  #size: number;
  readonly #last = new Map<string, number>();
  readonly #known: ReadonlyMap<string, number>;
  /** 1 for the hints of constants. */
  readonly #hints: Uint8Array;
  /** The own table leads to constants too: in a large graph one look-up does for both. */
  #isWhole = false;
  // Literals come in rows of one datatype.
  #lastDatatype = '';
  #lastDatatypeId = 0;

  constructor(base?: GraphTerms) {
    this.base = base;
    this.#known = base === undefined ? new Map() : base.#last;
    this.#hints = base === undefined ? new Uint8Array(hintMask + 1) : base.#hintsOfAll();
    this.own = base?.size ?? 0;
    this.#size = this.own;
    this.kinds = new Uint8Array(Math.max(64, 2 * this.own));
    this.datatypes = new Int32Array(this.kinds.length);
    this.#before = new Int32Array(this.kinds.length);
    this.values = base === undefined ? [] : base.values.slice(0, this.own);
    this.#languages = base === undefined ? [] : [...base.#languages];
    if (base === undefined) {
      // Id 0 is nobody's, so that 0 can stand for none.
      this.#add('', 0, 0);
    } else {
      this.kinds.set(base.kinds.subarray(0, this.own));
      this.datatypes.set(base.datatypes.subarray(0, this.own));
      this.#before.set(base.#before.subarray(0, this.own));
    }
  }

  /** Ids in use, those of the base included. */
  get size(): number {
    return this.#size;
  }

  get languageCount(): number {
    return this.#languages.length;
  }

  /** Forgets the graph's own terms. */
  reset(): void {
    this.#size = this.own;
    this.values.length = this.own;
    this.#languages.length = this.base?.languageCount ?? 0;
    if (this.#isWhole || this.#last.size > staleMax) this.#last.clear();
    this.#isWhole = false;
    this.#lastDatatype = '';
  }

  iri(value: string): number {
    return this.#id(value, kinds.iri, 0);
  }

  blank(label: string): number {
    return this.#id(label, kinds.blank, 0);
  }

  /** A literal; with a language, in lower case, the datatype is not looked at. */
  literal(value: string, datatype: string, language: string): number {
    const type = language === '' ? this.#datatypeId(datatype) : this.#languageId(language);
    return this.#id(value, kinds.literal, type);
  }

  /** The id of a term of any RDF/JS library. */
  intern(term: TermLike): number {
    const { termType } = term;
    if (termType === 'NamedNode') return this.iri(term.value);
    if (termType !== 'Literal') return this.blank(term.value);
    const language = (term.language ?? '').toLowerCase();
    return this.literal(term.value, term.datatype?.value ?? xsdString, language);
  }

  /** The id of a term that is known, else -1. */
  find(term: TermLike): number {
    const { termType, value } = term;
    if (termType === 'NamedNode') return this.#find(value, kinds.iri, 0);
    if (termType !== 'Literal') return this.#find(value, kinds.blank, 0);
    const language = (term.language ?? '').toLowerCase();
    if (language !== '') {
      const place = this.#languages.indexOf(language);
      return place < 0 ? -1 : this.#find(value, kinds.literal, -1 - place);
    }
    const type = this.#find(term.datatype?.value ?? xsdString, kinds.iri, 0);
    return type < 0 ? -1 : this.#find(value, kinds.literal, type);
  }

  /** Language of a literal; empty for none. */
  languageOf(id: number): string {
    const datatype = this.datatypes[id] as number;
    return datatype < 0 ? (this.#languages[-1 - datatype] as string) : '';
  }

  /** IRI of a literal's datatype. */
  datatypeOf(id: number): string {
    const datatype = this.datatypes[id] as number;
    return datatype < 0 ? langString : (this.values[datatype] as string);
  }

  termOf(id: number): TermLike {
    const value = this.values[id] as string;
    const kind = this.kinds[id];
    if (kind === kinds.iri) return { termType: 'NamedNode', value };
    if (kind === kinds.blank) return { termType: 'BlankNode', value };
    const datatype = { termType: 'NamedNode', value: this.datatypeOf(id) };
    return { termType: 'Literal', value, language: this.languageOf(id), datatype };
  }

  #datatypeId(datatype: string): number {
    if (datatype !== this.#lastDatatype) {
      this.#lastDatatypeId = this.iri(datatype);
      this.#lastDatatype = datatype;
    }
    return this.#lastDatatypeId;
  }

  #languageId(language: string): number {
    let place = this.#languages.indexOf(language);
    if (place < 0) place = this.#languages.push(language) - 1;
    return -1 - place;
  }

  #id(value: string, kind: number, datatype: number): number {
    if (!this.#isWhole && this.#hints[hintOf(value)] === 1) {
      const constant = this.#among(this.#known.get(value) ?? 0, kind, datatype);
      if (constant !== 0) return constant;
    }
    const last = this.#lastOf(value);
    const known = this.#among(last, kind, datatype);
    if (known !== 0) return known;
    const id = this.#add(value, kind, datatype);
    this.#before[id] = last;
    this.#last.set(value, id);
    if (!this.#isWhole && id - this.own === wholeFrom) this.#takeConstants();
    return id;
  }

  #find(value: string, kind: number, datatype: number): number {
    const id =
      this.#among(this.#known.get(value) ?? 0, kind, datatype) ||
      this.#among(this.#lastOf(value), kind, datatype);
    return id === 0 ? -1 : id;
  }

  /** The last own term of a text, 0 for none: what the table says may be of a graph before. */
  #lastOf(value: string): number {
    const id = this.#last.get(value);
    return id !== undefined && this.values[id] === value ? id : 0;
  }

  /** The term of this kind among those of one text; 0 for none. */
  #among(last: number, kind: number, datatype: number): number {
    let id = last;
    while (id !== 0 && (this.kinds[id] !== kind || this.datatypes[id] !== datatype)) {
      id = this.#before[id] as number;
    }
    return id;
  }

  #hintsOfAll(): Uint8Array {
    for (const value of this.values) this.#hints[hintOf(value)] = 1;
    return this.#hints;
  }

  #takeConstants(): void {
    this.#isWhole = true;
    for (const [value, constant] of this.#known) {
      let first = this.#lastOf(value);
      if (first === 0) this.#last.set(value, constant);
      while (first !== 0) {
        const before = this.#before[first] as number;
        if (before === 0) this.#before[first] = constant;
        first = before;
      }
    }
  }

  #add(value: string, kind: number, datatype: number): number {
    const id = this.#size++;
    if (id === this.kinds.length) this.#grow();
    this.kinds[id] = kind;
    this.datatypes[id] = datatype;
    this.values.push(value);
    return id;
  }

  #grow(): void {
    const { kinds: before, datatypes } = this;
    this.kinds = new Uint8Array(2 * before.length);
    this.kinds.set(before);
    this.datatypes = new Int32Array(2 * before.length);
    this.datatypes.set(datatypes);
    const texts = this.#before;
    this.#before = new Int32Array(2 * texts.length);
    this.#before.set(texts);
  }
}
