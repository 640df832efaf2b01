import type { TermLike } from '../../terms/turtle.ts';
import type { ShapeConstraint, ShapeModel } from '../model.ts';
import type { Run } from './run.ts';
import type { Sink } from './sink.ts';

/** A constraint of one component, named in the results that it gives. */
export interface Component {
  readonly shape: CompiledShape;
  /** IRI of the constraint component. */
  readonly iri: string;
  readonly constraint: ShapeConstraint;
}

/**
 * One constraint made ready: asks about the value nodes `values[from]` to before `values[to]` of a
 * focus node. With a sink it puts every violation there, without one it may stop at the first.
 *
 * @returns whether the constraint holds
 */
export type Check = (
  run: Run,
  focus: number,
  values: Int32Array,
  from: number,
  to: number,
  sink: Sink | null,
) => boolean;

/** How a shape comes to its value nodes. */
export type ValueNodes =
  | { readonly kind: 'focus' }
  | { readonly kind: 'predicate'; readonly predicate: number }
  | { readonly kind: 'inverse'; readonly predicate: number }
  | { readonly kind: 'path'; readonly walk: Walk };

/** Puts the nodes that a path leads to from a node into a collector. */
export type Walk = (run: Run, node: number, out: Collector) => void;

/** A set of nodes in the order of their arrival. */
export class Collector {
  items: Int32Array = new Int32Array(16);
  count = 0;
  #seen: Set<number> | undefined;

  clear(): void {
    this.count = 0;
    this.#seen = undefined;
  }

  add(node: number): void {
    const { items, count } = this;
    if (this.#seen !== undefined) {
      if (this.#seen.has(node)) return;
      this.#seen.add(node);
    } else {
      for (let at = 0; at < count; at++) if (items[at] === node) return;
      if (count >= 32) this.#seen = new Set(items.subarray(0, count)).add(node);
    }
    if (count === items.length) {
      this.items = new Int32Array(2 * count);
      this.items.set(items);
    }
    this.items[this.count++] = node;
  }
}

/** A shape with its constraints made ready; `checks` is filled once all shapes are there. */
export class CompiledShape {
  readonly index: number;
  readonly term: TermLike;
  readonly model: ShapeModel;
  readonly deactivated: boolean;
  readonly values: ValueNodes;
  readonly checks: Check[] = [];
  /** The number of its cycle's component, -1 for a shape that never refers to itself. */
  readonly cycle: number;
  /** How many levels of shapes it asks about other nodes; deep ones are remembered per node. */
  height = 0;

  constructor(model: ShapeModel, values: ValueNodes, cycle: number) {
    this.index = model.index;
    this.term = model.term;
    this.model = model;
    this.deactivated = model.deactivated;
    this.values = values;
    this.cycle = cycle;
  }

  /** Validates one focus node (W3C SHACL, section 3.4). */
  validate(run: Run, focus: number, sink: Sink | null): boolean {
    if (this.deactivated) return true;
    const { values } = this;
    if (values.kind === 'predicate' || values.kind === 'inverse') {
      const runs = values.kind === 'predicate' ? run.out : run.inbound();
      runs.find(focus, values.predicate);
      return this.#check(run, focus, runs.other, runs.lo, runs.hi, sink);
    }
    const collector = run.collector();
    if (values.kind === 'focus') collector.add(focus);
    else values.walk(run, focus, collector);
    const holds = this.#check(run, focus, collector.items, 0, collector.count, sink);
    run.release();
    return holds;
  }

  #check(
    run: Run,
    focus: number,
    values: Int32Array,
    from: number,
    to: number,
    sink: Sink | null,
  ): boolean {
    const { checks } = this;
    let holds = true;
    for (let index = 0; index < checks.length; index++) {
      if (checks[index]!(run, focus, values, from, to, sink)) continue;
      if (sink === null) return false;
      holds = false;
    }
    return holds;
  }
}
