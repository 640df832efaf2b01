import type { TermLike } from '../../terms/turtle.ts';
import { rdf, xsd } from '../vocabulary.ts';

/** Kinds of terms, as {@link GraphTerms.kinds} holds them: bits, so that a set of them is a mask. */
export const kinds = { iri: 1, blank: 2, literal: 4 } as const;

const langString = `${rdf}langString`;
const xsdString = `${xsd}string`;

type Table = Map<string, number>;

const wholeFrom = 1_024;

interface Known {
  readonly iris: Table;
  readonly blanks: Table;
  readonly strings: Table;
  readonly typed: Map<string, Table>;
  readonly tagged: Map<string, Table>;
}

const nothing: Known = {
  iris: new Map(),
  blanks: new Map(),
  strings: new Map(),
  typed: new Map(),
  tagged: new Map(),
};

/**
 * The terms of one graph as dense integers. Those of the shapes come first: they are the same in
 * every graph of a validator, so that constants compare as numbers; a graph's own terms follow in
 * the order of their first appearance. Literals are equal character by character, with datatype
 * and language, whose value is in lower case (RDF 1.1 Concepts, section 3.3).
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
  readonly #languages: string[];
  #size: number;
  readonly #iris: Table = new Map();
  readonly #blanks: Table = new Map();
  readonly #strings: Table = new Map();
  readonly #typed = new Map<string, Table>();
  readonly #tagged = new Map<string, Table>();
  readonly #known: Known;
  /** The own table of IRIs holds the base's too: in a large graph one look-up does for both. */
  #isWhole = false;
  // Literals come in rows of one datatype, so the last one's table is at hand.
  #lastDatatype = '';
  #lastTable: Table | undefined;
  #lastDatatypeId = 0;

  constructor(base?: GraphTerms) {
    this.base = base;
    this.#known = base === undefined ? nothing : base.#tables();
    this.own = base?.size ?? 0;
    this.#size = this.own;
    this.kinds = new Uint8Array(Math.max(64, 2 * this.own));
    this.datatypes = new Int32Array(this.kinds.length);
    this.values = base === undefined ? [] : base.values.slice(0, this.own);
    this.#languages = base === undefined ? [] : [...base.#languages];
    if (base === undefined) {
      // Id 0 is nobody's, so that 0 can stand for none.
      this.#add('', 0, 0);
    } else {
      this.kinds.set(base.kinds.subarray(0, this.own));
      this.datatypes.set(base.datatypes.subarray(0, this.own));
    }
  }

  #tables(): Known {
    return {
      iris: this.#iris,
      blanks: this.#blanks,
      strings: this.#strings,
      typed: this.#typed,
      tagged: this.#tagged,
    };
  }

  /** Ids in use, those of the base included. */
  get size(): number {
    return this.#size;
  }

  /** Forgets the graph's own terms. */
  reset(): void {
    this.#size = this.own;
    this.values.length = this.own;
    this.#languages.length = this.base?.languageCount ?? 0;
    this.#iris.clear();
    this.#isWhole = false;
    this.#blanks.clear();
    this.#strings.clear();
    for (const table of this.#typed.values()) table.clear();
    this.#tagged.clear();
    this.#lastDatatype = '';
  }

  get languageCount(): number {
    return this.#languages.length;
  }

  iri(value: string): number {
    if (!this.#isWhole) {
      const known = this.#known.iris.get(value);
      if (known !== undefined) return known;
    }
    return this.#iris.get(value) ?? this.#newIri(value);
  }

  blank(label: string): number {
    const known = this.#known.blanks.get(label) ?? this.#blanks.get(label);
    if (known !== undefined) return known;
    const id = this.#add(label, kinds.blank, 0);
    this.#blanks.set(label, id);
    return id;
  }

  /** A literal; with a language, in lower case, the datatype is not looked at. */
  literal(value: string, datatype: string, language: string): number {
    if (language !== '') return this.#literalIn(this.#tagged, language, value);
    if (datatype === xsdString) {
      const known = this.#known.strings.get(value) ?? this.#strings.get(value);
      if (known !== undefined) return known;
      const id = this.#add(value, kinds.literal, this.iri(xsdString));
      this.#strings.set(value, id);
      return id;
    }
    return this.#literalOf(value, datatype);
  }

  /** The id of a term of any RDF/JS library. */
  intern(term: TermLike): number {
    const { termType } = term;
    if (termType === 'NamedNode') return this.iri(term.value);
    if (termType !== 'Literal') return this.blank(term.value);
    const language = (term.language ?? '').toLowerCase();
    if (language !== '') return this.literal(term.value, langString, language);
    return this.literal(term.value, term.datatype?.value ?? xsdString, '');
  }

  /** The id of a term that is known, else -1. */
  find(term: TermLike): number {
    const { termType, value } = term;
    const own = this.#findOwn(termType, value, term);
    if (own !== undefined) return own;
    return this.base === undefined ? -1 : this.base.find(term);
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

  #findOwn(termType: string, value: string, term: TermLike): number | undefined {
    if (termType === 'NamedNode') return this.#iris.get(value);
    if (termType !== 'Literal') return this.#blanks.get(value);
    const language = (term.language ?? '').toLowerCase();
    if (language !== '') return this.#tagged.get(language)?.get(value);
    const datatype = term.datatype?.value ?? xsdString;
    return datatype === xsdString
      ? this.#strings.get(value)
      : this.#typed.get(datatype)?.get(value);
  }

  #newIri(value: string): number {
    const id = this.#add(value, kinds.iri, 0);
    this.#iris.set(value, id);
    if (this.#iris.size === wholeFrom && !this.#isWhole) {
      for (const [constant, its] of this.#known.iris) this.#iris.set(constant, its);
      this.#isWhole = true;
    }
    return id;
  }

  #literalOf(value: string, datatype: string): number {
    const known = this.#known.typed.get(datatype)?.get(value);
    if (known !== undefined) return known;
    if (datatype !== this.#lastDatatype || this.#lastTable === undefined) {
      let table = this.#typed.get(datatype);
      if (table === undefined) {
        table = new Map();
        this.#typed.set(datatype, table);
      }
      this.#lastDatatype = datatype;
      this.#lastTable = table;
      this.#lastDatatypeId = this.iri(datatype);
    }
    const own = this.#lastTable.get(value);
    if (own !== undefined) return own;
    const id = this.#add(value, kinds.literal, this.#lastDatatypeId);
    this.#lastTable.set(value, id);
    return id;
  }

  #literalIn(tables: Map<string, Table>, language: string, value: string): number {
    const known = this.#known.tagged.get(language)?.get(value);
    if (known !== undefined) return known;
    let table = tables.get(language);
    if (table === undefined) {
      table = new Map();
      tables.set(language, table);
    }
    const own = table.get(value);
    if (own !== undefined) return own;
    let place = this.#languages.indexOf(language);
    if (place < 0) place = this.#languages.push(language) - 1;
    const id = this.#add(value, kinds.literal, -1 - place);
    table.set(value, id);
    return id;
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
  }
}
