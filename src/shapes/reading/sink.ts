/** What takes the terms and triples of a document as ids. */
export interface TermSink {
  iri(value: string): number;
  blank(label: string): number;
  /** `language` is in lower case and empty for none; with one, the datatype is rdf:langString. */
  literal(value: string, datatype: string, language: string): number;
  triple(subject: number, predicate: number, object: number): void;
}

/** Triples of a text that is not yet known to be well-formed to its end. */
export class TripleBuffer {
  #ids = new Int32Array(96);
  #length = 0;

  add(subject: number, predicate: number, object: number): void {
    const end = this.#length + 3;
    if (end > this.#ids.length) {
      const before = this.#ids;
      this.#ids = new Int32Array(2 * before.length);
      this.#ids.set(before);
    }
    this.#ids[end - 3] = subject;
    this.#ids[end - 2] = predicate;
    this.#ids[end - 1] = object;
    this.#length = end;
  }

  get count(): number {
    return this.#length / 3;
  }

  /** Hands the triples on; how many they are. */
  flush(sink: TermSink): number {
    const ids = this.#ids;
    for (let at = 0; at < this.#length; at += 3) sink.triple(ids[at]!, ids[at + 1]!, ids[at + 2]!);
    return this.count;
  }
}
