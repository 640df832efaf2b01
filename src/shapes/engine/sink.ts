import type { TermLike } from '../../terms/turtle.ts';
import type { ShapePath } from '../model.ts';
import type { Component } from './shape.ts';

/** One violation as numbers; made into a result when somebody reads it. */
export interface Violation {
  readonly component: Component;
  readonly focus: number;
  /** The value node, 0 for none. */
  readonly value: number;
  /** The predicate that stands in place of the shape's path, 0 for none: `sh:closed`. */
  readonly predicate: number;
  /** What an evaluator of the host said besides. */
  readonly extra?: Extra;
}

/** Members of a result that a SPARQL-based constraint gives itself. */
export interface Extra {
  readonly messages?: readonly TermLike[];
  readonly value?: TermLike | null;
  readonly path?: ShapePath | null;
}

/** Takes violations in, up to a limit. */
export class Sink {
  readonly violations: Violation[] = [];
  readonly #limit: number;
  /** More came than the limit lets in. */
  truncated = false;

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  add(component: Component, focus: number, value: number, predicate = 0): void {
    if (this.violations.length >= this.#limit) this.truncated = true;
    else this.violations.push({ component, focus, value, predicate });
  }

  put(violation: Violation): void {
    if (this.violations.length >= this.#limit) this.truncated = true;
    else this.violations.push(violation);
  }
}
