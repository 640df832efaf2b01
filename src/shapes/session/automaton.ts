import type { ShapeConstraint, ShapeModel, ShapePath } from '../model.ts';
import { rdf } from '../vocabulary.ts';

/**
 * What the validation of shapes can read, whatever the data. A state says where a node stands: as
 * one that may be a target of a shape, as the shape's focus node, on the way along its path, or as
 * its value node. Steps lead from one state and node to the next; recursion is a cycle. The class
 * hierarchy is not in it: `rdfs:subClassOf` can concern every shape and node.
 */
export interface Automaton {
  /** States are 0 to `states` - 1. */
  readonly states: number;
  /** The state in which every node begins, by shape with targets. */
  readonly starts: ReadonlyMap<number, number>;
  /** From state to state at the same node. */
  readonly moves: readonly (readonly [from: number, to: number])[];
  /** Along a triple: out of its subject or, inverse, out of its object. */
  readonly steps: readonly Step[];
  /** Triples looked at without going on from there. */
  readonly looks: readonly Look[];
  /** States that look at all triples of their node's but those with the allowed predicates. */
  readonly closed: readonly { readonly state: number; readonly allowed: readonly string[] }[];
  /** Shapes with targets whose evaluation may read anything: they lead to SPARQL. */
  readonly opaque: ReadonlySet<number>;
  /** Whether a way back from what is read can lead against a triple, to its subject. */
  readonly asksForSubjects: boolean;
}

interface Look {
  readonly from: number;
  readonly predicate: string;
  readonly inverse: boolean;
}

interface Step extends Look {
  readonly to: number;
}

/**
 * The automaton of the shapes of a document that have targets. Shapes that none of them leads to
 * are not in it, and a deactivated shape reads nothing.
 */
export function buildAutomaton(shapes: readonly ShapeModel[]): Automaton {
  return new Builder(shapes).automaton();
}

/** What a constraint reads besides the value nodes themselves. */
type Reading =
  | { readonly kind: 'nothing' | 'anything' }
  | { readonly kind: 'shapes'; readonly shapes: readonly number[] }
  | { readonly kind: 'ofFocus' | 'ofValue'; readonly predicate: string }
  | { readonly kind: 'allBut'; readonly predicates: readonly string[] };

const nothing: Reading = { kind: 'nothing' };

// Without a default on purpose: a new kind does not compile until it says what it reads.
function readingOf(constraint: ShapeConstraint): Reading {
  switch (constraint.kind) {
    case 'not':
    case 'node':
    case 'property':
      return { kind: 'shapes', shapes: [constraint.shape] };
    case 'and':
    case 'or':
    case 'xone':
      return { kind: 'shapes', shapes: constraint.shapes };
    case 'qualified':
      return { kind: 'shapes', shapes: [constraint.shape, ...constraint.siblings] };
    case 'class':
      return { kind: 'ofValue', predicate: `${rdf}type` };
    case 'equals':
    case 'disjoint':
    case 'lessThan':
    case 'lessThanOrEquals':
      return { kind: 'ofFocus', predicate: constraint.iri };
    case 'closed':
      return { kind: 'allBut', predicates: constraint.predicates };
    case 'sparql':
      return { kind: 'anything' };
    case 'datatype':
    case 'nodeKind':
    case 'minCount':
    case 'maxCount':
    case 'minExclusive':
    case 'minInclusive':
    case 'maxExclusive':
    case 'maxInclusive':
    case 'minLength':
    case 'maxLength':
    case 'pattern':
    case 'languageIn':
    case 'uniqueLang':
    case 'hasValue':
    case 'in':
      return nothing;
  }
}

class Builder {
  readonly #shapes: readonly ShapeModel[];
  /** The state of each shape's focus nodes. */
  readonly #entries = new Map<number, number>();
  readonly #pending: ShapeModel[] = [];
  readonly #moves: [number, number][] = [];
  readonly #steps: Step[] = [];
  readonly #looks: Look[] = [];
  readonly #closed: { state: number; allowed: readonly string[] }[] = [];
  readonly #anything: number[] = [];
  #states = 0;

  constructor(shapes: readonly ShapeModel[]) {
    this.#shapes = shapes;
  }

  automaton(): Automaton {
    const starts = new Map<number, number>();
    for (const shape of this.#shapes) {
      if (shape.targets.length > 0 && !shape.deactivated) {
        starts.set(shape.index, this.#start(shape));
      }
    }
    for (let shape = this.#pending.pop(); shape; shape = this.#pending.pop()) this.#shape(shape);
    const unlimited = this.#leadTo(this.#anything);
    const reading = [...this.#steps, ...this.#looks].map(({ from }) => from);
    const read = this.#leadTo([...reading, ...this.#closed.map(({ state }) => state)]);
    return {
      states: this.#states,
      starts,
      moves: this.#moves,
      steps: this.#steps,
      looks: this.#looks,
      closed: this.#closed,
      opaque: new Set([...starts.keys()].filter((shape) => unlimited.has(starts.get(shape)!))),
      asksForSubjects: this.#steps.some(({ inverse, to }) => !inverse && read.has(to)),
    };
  }

  /** Whether a node is a target at all is the first thing that is read of it. */
  #start({ index, targets }: ShapeModel): number {
    const state = this.#states++;
    this.#moves.push([state, this.#entry(index)]);
    for (const target of targets) {
      if (target.kind === 'node') continue;
      const predicate = target.kind === 'class' ? `${rdf}type` : target.iri;
      this.#looks.push({ from: state, predicate, inverse: target.kind === 'objectsOf' });
    }
    return state;
  }

  #entry(index: number): number {
    let state = this.#entries.get(index);
    if (state === undefined) {
      state = this.#states++;
      this.#entries.set(index, state);
      const shape = this.#shapes[index];
      if (shape !== undefined && !shape.deactivated) this.#pending.push(shape);
    }
    return state;
  }

  #shape(shape: ShapeModel): void {
    const focus = this.#entry(shape.index);
    let value = focus;
    if (shape.path !== undefined) {
      value = this.#states++;
      this.#path(shape.path.path, false, focus, value);
    }
    for (const constraint of shape.constraints) this.#read(readingOf(constraint), focus, value);
  }

  #read(reading: Reading, focus: number, value: number): void {
    switch (reading.kind) {
      case 'shapes':
        for (const shape of reading.shapes) this.#moves.push([value, this.#entry(shape)]);
        return;
      case 'ofFocus':
        this.#looks.push({ from: focus, predicate: reading.predicate, inverse: false });
        return;
      case 'ofValue':
        this.#looks.push({ from: value, predicate: reading.predicate, inverse: false });
        return;
      case 'allBut':
        this.#closed.push({ state: value, allowed: reading.predicates });
        return;
      case 'anything':
        this.#anything.push(focus);
        return;
      case 'nothing':
    }
  }

  /** Ways from one state to another along a path; `back` walks it from its end. */
  #path(path: ShapePath, back: boolean, from: number, to: number): void {
    switch (path.kind) {
      case 'predicate':
        this.#steps.push({ from, predicate: path.iri, inverse: back, to });
        return;
      case 'inverse':
        this.#path(path.path, !back, from, to);
        return;
      case 'sequence':
        this.#sequence(back ? [...path.paths].reverse() : path.paths, back, from, to);
        return;
      case 'alternative':
        for (const member of path.paths) this.#path(member, back, from, to);
        return;
      case 'zeroOrOne':
        this.#path(path.path, back, from, to);
        this.#moves.push([from, to]);
        return;
      case 'zeroOrMore':
      case 'oneOrMore': {
        // A state of its own keeps the loop from being entered by other ways to `from` or `to`.
        const loop = this.#states++;
        if (path.kind === 'zeroOrMore') this.#moves.push([from, loop]);
        else this.#path(path.path, back, from, loop);
        this.#path(path.path, back, loop, loop);
        this.#moves.push([loop, to]);
      }
    }
  }

  #sequence(paths: readonly ShapePath[], back: boolean, from: number, to: number): void {
    let here = from;
    paths.forEach((member, index) => {
      const next = index === paths.length - 1 ? to : this.#states++;
      this.#path(member, back, here, next);
      here = next;
    });
  }

  /** The states from which one of `goals` can be reached. */
  #leadTo(goals: readonly number[]): Set<number> {
    const before = new Map<number, number[]>();
    const arcs = [...this.#moves, ...this.#steps.map(({ from, to }) => [from, to] as const)];
    for (const [from, to] of arcs) {
      const known = before.get(to);
      if (known === undefined) before.set(to, [from]);
      else known.push(from);
    }
    const found = new Set(goals);
    for (const state of found) for (const from of before.get(state) ?? []) found.add(from);
    return found;
  }
}
