import type { Runs } from '../graph/runs.ts';
import type { Automaton } from './automaton.ts';
import type { IdTriple } from './change.ts';

/** What the walk asks of a graph: its edges by subject and by object. */
export interface Edges {
  readonly out: Runs;
  inbound(): Runs;
}

/** A step into a state, as the walk takes it: backwards. */
interface Incoming {
  readonly from: number;
  /** Absent where the node stays the same. */
  readonly along?: { readonly predicate: number; readonly inverse: boolean };
}

/** The states that read a triple with one predicate, standing at its subject or its object. */
interface Readers {
  readonly atSubject: number[];
  readonly atObject: number[];
}

/**
 * Which focus nodes a change of triples can concern: the automaton with its predicates as numbers
 * of one graph's terms.
 */
export class Dependencies {
  readonly #states: number;
  readonly #incoming: readonly (readonly Incoming[])[];
  readonly #readers = new Map<number, Readers>();
  readonly #closed: readonly { readonly state: number; readonly allowed: ReadonlySet<number> }[];
  /** The shape that begins in a state, or -1. */
  readonly #shapeOf: Int32Array;

  constructor(automaton: Automaton, idOf: (iri: string) => number) {
    this.#states = automaton.states;
    this.#shapeOf = new Int32Array(automaton.states).fill(-1);
    for (const [shape, state] of automaton.starts) this.#shapeOf[state] = shape;
    const incoming = Array.from({ length: automaton.states }, (): Incoming[] => []);
    for (const [from, to] of automaton.moves) incoming[to]?.push({ from });
    for (const { from, predicate, inverse, to } of automaton.steps) {
      const id = idOf(predicate);
      incoming[to]?.push({ from, along: { predicate: id, inverse } });
      this.#reader(id, inverse, from);
    }
    for (const { from, predicate, inverse } of automaton.looks) {
      this.#reader(idOf(predicate), inverse, from);
    }
    this.#incoming = incoming;
    this.#closed = automaton.closed.map(({ state, allowed }) => ({
      state,
      allowed: new Set(allowed.map(idOf)),
    }));
  }

  /**
   * Calls back with pairs of shape and node, each once. For every other pair the graphs before and
   * after the change agree whether the node is a target, and on its results.
   *
   * The walk goes backwards from each changed triple, from the states that read it, to the states
   * in which shapes begin, on one of the two graphs. One is enough: where no changed triple is
   * read on the ways that lead through the one graph, the other graph has the same ways, and all
   * that is read along them is the same.
   *
   * @param edges the graph before or after the change
   * @param changed triples added or removed
   */
  affected(
    edges: Edges,
    changed: readonly IdTriple[],
    visit: (shape: number, focus: number) => void,
  ): void {
    const seen = new Set<number>();
    const states: number[] = [];
    const nodes: number[] = [];
    const push = (state: number, node: number): void => {
      const before = seen.size;
      if (seen.add(node * this.#states + state).size === before) return;
      states.push(state);
      nodes.push(node);
    };
    for (const triple of changed) this.#readersOf(triple, push);
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      const node = nodes.pop()!;
      const shape = this.#shapeOf[state]!;
      if (shape >= 0) visit(shape, node);
      for (const { from, along } of this.#incoming[state]!) {
        if (along === undefined) push(from, node);
        else {
          const runs = along.inverse ? edges.out : edges.inbound();
          if (!runs.find(node, along.predicate)) continue;
          for (let slot = runs.lo; slot < runs.hi; slot++) push(from, runs.other[slot]!);
        }
      }
    }
  }

  #reader(predicate: number, inverse: boolean, state: number): void {
    let readers = this.#readers.get(predicate);
    if (readers === undefined) {
      readers = { atSubject: [], atObject: [] };
      this.#readers.set(predicate, readers);
    }
    (inverse ? readers.atObject : readers.atSubject).push(state);
  }

  #readersOf(
    { subject, predicate, object }: IdTriple,
    push: (state: number, node: number) => void,
  ): void {
    const readers = this.#readers.get(predicate);
    if (readers !== undefined) {
      for (const state of readers.atSubject) push(state, subject);
      for (const state of readers.atObject) push(state, object);
    }
    for (const { state, allowed } of this.#closed) {
      if (!allowed.has(predicate)) push(state, subject);
    }
  }
}
