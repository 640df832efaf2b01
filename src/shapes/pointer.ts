import type { TermLike } from '../terms/turtle.ts';
import type { QuadIndex } from './dataset.ts';

/**
 * A place in a data graph: some of its terms. It has the few methods of clownface pointers that
 * the reference engine calls on data, and none of the cost: clownface makes a namespace and a
 * context object for each term of each step, which was a third of the time of a validation.
 */
export class DataPointer {
  readonly dataset: QuadIndex;
  readonly terms: readonly TermLike[];

  constructor(dataset: QuadIndex, terms: readonly TermLike[] = []) {
    this.dataset = dataset;
    this.terms = terms;
  }

  /** The only term, or undefined where there are none or several. */
  get term(): TermLike | undefined {
    return this.terms.length === 1 ? this.terms[0] : undefined;
  }

  node(term: TermLike): DataPointer {
    return new DataPointer(this.dataset, [term]);
  }

  out(predicate: TermLike): DataPointer {
    const terms: TermLike[] = [];
    for (const term of this.terms) {
      for (const quad of this.dataset.match(term, predicate)) terms.push(quad.object);
    }
    return new DataPointer(this.dataset, terms);
  }

  in(predicate: TermLike): DataPointer {
    const terms: TermLike[] = [];
    for (const term of this.terms) {
      for (const quad of this.dataset.match(null, predicate, term)) terms.push(quad.subject);
    }
    return new DataPointer(this.dataset, terms);
  }

  /** One pointer for each term. */
  toArray(): DataPointer[] {
    return this.terms.map((term) => this.node(term));
  }
}
