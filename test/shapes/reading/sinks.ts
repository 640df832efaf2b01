import type { TermSink } from '../../../src/shapes/reading/sink.ts';

/** A sink that keeps what it is given, triples as texts of its own making. */
export class TextSink implements TermSink {
  readonly terms: string[] = [];
  readonly triples: string[] = [];
  readonly #ids = new Map<string, number>();

  iri(value: string): number {
    return this.#id(`<${value}>`);
  }

  blank(label: string): number {
    return this.#id(`_:${label}`);
  }

  literal(value: string, datatype: string, language: string): number {
    return this.#id(`${JSON.stringify(value)}^^<${datatype}>@${language}`);
  }

  triple(subject: number, predicate: number, object: number): void {
    const [s, p, o] = [subject, predicate, object].map((id) => this.terms[id]);
    this.triples.push(`${s} ${p} ${o}`);
  }

  #id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.terms.push(text) - 1;
      this.#ids.set(text, id);
    }
    return id;
  }
}
