import type { GraphTerms } from '../graph/terms.ts';
import { rdf } from '../vocabulary.ts';
import type { Run } from './run.ts';
import { Collector, type CompiledShape } from './shape.ts';

type Visit = (shape: CompiledShape, focus: number) => boolean;

const none: readonly CompiledShape[] = [];
const subjectFlag = 1;
const objectFlag = 2;

/**
 * Finds the focus nodes of all shapes in one walk over the subjects (W3C SHACL, section 2.1.3):
 * the work is that of the data, whatever the number of shapes. Shapes that name nodes, or the
 * objects of a predicate, collect their focus nodes first.
 */
export class Targets {
  /** Shapes that look at a node of the data for its class or its own predicates. */
  readonly #byClass = new Map<number, CompiledShape[]>();
  readonly #bySubject = new Map<number, CompiledShape[]>();
  readonly #byObject = new Map<number, CompiledShape[]>();
  readonly #nodes: [CompiledShape, number][] = [];
  /** Shapes with a target that the walk over subjects cannot see in passing. */
  readonly #collected: readonly CompiledShape[];
  readonly #rdfType: number;
  /** By predicate, a constant: 1 where its subjects are targets, 2 where its objects are. */
  readonly #flags: Uint8Array;
  /** Shapes of a class with those of its superclasses, by the document's own hierarchy. */
  readonly #ofClass = new Map<number, readonly CompiledShape[]>();

  constructor(
    shapes: readonly CompiledShape[],
    terms: GraphTerms,
    hierarchy: ReadonlyMap<number, readonly number[]>,
  ) {
    this.#rdfType = terms.iri(`${rdf}type`);
    const collected = new Set<CompiledShape>();
    for (const shape of shapes) {
      if (shape.deactivated) continue;
      for (const target of shape.model.targets) {
        if (target.kind === 'node' || target.kind === 'objectsOf') collected.add(shape);
        if (target.kind === 'node') this.#nodes.push([shape, terms.intern(target.term)]);
        else push(this.#table(target.kind), terms.iri(target.iri), shape);
      }
    }
    this.#collected = [...collected];
    this.#flags = new Uint8Array(terms.size);
    for (const predicate of this.#bySubject.keys()) this.#flags[predicate] = subjectFlag;
    for (const predicate of this.#byObject.keys()) {
      (this.#flags[predicate] as number) |= objectFlag;
    }
    for (const type of new Set([...this.#byClass.keys(), ...hierarchy.keys()])) {
      this.#ofClass.set(type, this.#shapesOf(type, hierarchy));
    }
  }

  /** Visits each pair of shape and focus node once; a visitor that says false ends the walk. */
  each(run: Run, visit: Visit): void {
    const sets = this.#collected.length === 0 ? undefined : this.#collect(run);
    for (const subject of run.graph.subjects) {
      run.turn++;
      if (!this.#ofNode(run, subject, sets, visit)) return;
    }
    if (sets === undefined) return;
    for (const shape of this.#collected) {
      const nodes = sets.get(shape) as Collector;
      for (let at = 0; at < nodes.count; at++) {
        if (!visit(shape, nodes.items[at] as number)) return;
      }
    }
  }

  /** The shapes that a node is a focus node of. */
  shapesAt(run: Run, node: number): CompiledShape[] {
    const found: CompiledShape[] = [];
    run.turn++;
    this.#ofNode(run, node, undefined, (shape) => found.push(shape) > 0);
    const add = (shape: CompiledShape): void => {
      if (run.asked[shape.index] === run.turn) return;
      run.asked[shape.index] = run.turn;
      found.push(shape);
    };
    for (const [shape, named] of this.#nodes) if (named === node) add(shape);
    for (const [predicate, shapes] of this.#byObject) {
      if (run.inbound().find(node, predicate)) shapes.forEach(add);
    }
    return found;
  }

  #table(kind: 'class' | 'subjectsOf' | 'objectsOf'): Map<number, CompiledShape[]> {
    if (kind === 'class') return this.#byClass;
    return kind === 'subjectsOf' ? this.#bySubject : this.#byObject;
  }

  #shapesOf(
    type: number,
    hierarchy: ReadonlyMap<number, readonly number[]>,
  ): readonly CompiledShape[] {
    const classes = new Set([type]);
    for (const each of classes) for (const above of hierarchy.get(each) ?? []) classes.add(above);
    return [...new Set([...classes].flatMap((each) => this.#byClass.get(each) ?? []))];
  }

  /** Visits the shapes whose classes or predicates a node has. */
  #ofNode(
    run: Run,
    node: number,
    sets: Map<CompiledShape, Collector> | undefined,
    visit: Visit,
  ): boolean {
    const { out } = run;
    if (this.#byClass.size > 0 && out.find(node, this.#rdfType)) {
      const { lo, hi } = out;
      for (let slot = lo; slot < hi; slot++) {
        const shapes = this.#shapesFor(run, out.other[slot] as number);
        if (!this.#visitAll(run, shapes, node, sets, visit)) return false;
      }
    }
    if (this.#bySubject.size === 0) return true;
    const end = out.to[node] as number;
    for (let slot = out.from[node] as number; slot < end; slot++) {
      const predicate = out.p[slot] as number;
      if (((this.#flags[predicate] ?? 0) & subjectFlag) === 0) continue;
      const shapes = this.#bySubject.get(predicate) as readonly CompiledShape[];
      if (!this.#visitAll(run, shapes, node, sets, visit)) return false;
    }
    return true;
  }

  /** The shapes of a class and of its superclasses. */
  #shapesFor(run: Run, type: number): readonly CompiledShape[] {
    const { classes, ofClass } = run;
    if (!classes.hasData || classes.isRoot(type)) return this.#ofClass.get(type) ?? none;
    let shapes = ofClass.get(type);
    if (shapes === undefined) {
      const found: CompiledShape[] = [];
      for (const above of classes.superclasses(type)) {
        for (const shape of this.#byClass.get(above) ?? none) {
          if (!found.includes(shape)) found.push(shape);
        }
      }
      shapes = found;
      ofClass.set(type, shapes);
    }
    return shapes;
  }

  #visitAll(
    run: Run,
    shapes: readonly CompiledShape[],
    node: number,
    sets: Map<CompiledShape, Collector> | undefined,
    visit: Visit,
  ): boolean {
    for (const shape of shapes) {
      if (run.asked[shape.index] === run.turn) continue;
      run.asked[shape.index] = run.turn;
      const set = sets?.get(shape);
      if (set !== undefined) set.add(node);
      else if (!visit(shape, node)) return false;
    }
    return true;
  }

  /** Focus nodes of the shapes that the walk over subjects must not visit before all are known. */
  #collect(run: Run): Map<CompiledShape, Collector> {
    const { sets } = run;
    for (const shape of this.#collected) {
      const set = sets.get(shape);
      if (set === undefined) sets.set(shape, new Collector());
      else set.clear();
    }
    for (const [shape, node] of this.#nodes) sets.get(shape)?.add(node);
    if (this.#byObject.size === 0) return sets;
    const { out, graph } = run;
    for (const subject of graph.subjects) {
      const end = out.to[subject] as number;
      for (let slot = out.from[subject] as number; slot < end; slot++) {
        const predicate = out.p[slot] as number;
        if (((this.#flags[predicate] ?? 0) & objectFlag) === 0) continue;
        for (const shape of this.#byObject.get(predicate) as readonly CompiledShape[]) {
          sets.get(shape)?.add(out.other[slot] as number);
        }
      }
    }
    return sets;
  }
}

function push(table: Map<number, CompiledShape[]>, key: number, shape: CompiledShape): void {
  const shapes = table.get(key);
  if (shapes === undefined) table.set(key, [shape]);
  else if (!shapes.includes(shape)) shapes.push(shape);
}
