import { fail } from '../../base/errors.ts';
import type { EncodedGraph } from '../engine/data.ts';
import { Results } from '../engine/results.ts';
import type { CompiledShape } from '../engine/shape.ts';
import { Sink } from '../engine/sink.ts';
import type { ValidationReport, ValidationResult } from '../report/types.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';
import { type ChangedTriple, changeTriples, undoChange } from './change.ts';
import { copyOf } from './copy.ts';
import { type GraphDelta, readDelta } from './delta.ts';
import { Dependencies } from './dependencies.ts';
import { differenceOf } from './difference.ts';

/** What a delta changed; results that stay are in neither list. */
export interface ShapesChange {
  /** Whether the graph conforms now. */
  readonly conforms: boolean;
  /** Results of the report now that were not in the one before, repeated ones as often. */
  readonly added: readonly ValidationResult[];
  /** Results of the report before that are not in the one now. */
  readonly removed: readonly ValidationResult[];
  /** Pairs of shape and focus node that were validated again. */
  readonly checked: number;
}

/**
 * A graph that changes, with a report that is always that of a full validation; opened by
 * {@link ShapesValidator.open}. It holds no resources but memory.
 *
 * @example
 * const session = shapesValidator(compileShapes(shapesTurtle)).open('');
 * const flight = '<urn:flight:LH1> a <https://example.com/ops#Departure> .';
 * const late = '<urn:flight:LH1> <https://example.com/ops#delayMinutes> 2000 .';
 * session.apply({ added: `${flight} ${late}` }).added.length; // => 1
 * session.conforms; // => false
 * session.apply({ removed: late }).removed.length; // => 1
 * session.report().conforms; // => true
 */
export interface ShapesSession {
  /**
   * Changes the graph and validates what the change can concern: work that grows with the change
   * and with what reads the changed triples, not with the graph. A changed `rdfs:subClassOf`
   * concerns everything, and any change all focus nodes of shapes that lead to SPARQL. Once in
   * many deltas memory is put in order, which takes as long as reading the graph. Text is read as
   * N-Quads, else as Turtle; blank nodes are those of the graph with the same labels, and refused
   * in Turtle. If it throws, nothing has changed.
   *
   * @throws KnhkError KNHK_TERMS_RDF where the delta cannot be read, KNHK_SHAPES_SPARQL,
   * KNHK_SHAPES_SESSION from within another call of it
   */
  apply(delta: GraphDelta): ShapesChange;
  /** All results, as a validation of the graph as it is now gives them, in no order. */
  report(): ValidationReport;
  /** Whether the report now has no results. */
  readonly conforms: boolean;
  /** Distinct triples of the graph. */
  readonly size: number;
}

const none: readonly ValidationResult[] = [];
const fewTerms = 4096;

/** One shape at one node, with its results before and after a change. */
interface Renewal {
  readonly shape: number;
  readonly focus: number;
  readonly before: readonly ValidationResult[];
  readonly after: readonly ValidationResult[];
}

/** A {@link ShapesSession} over a graph that nobody else changes. */
export class Session implements ShapesSession {
  readonly #automaton: Automaton;
  readonly #dependencies: Dependencies;
  readonly #detail: boolean;
  readonly #sink = new Sink();
  /** Results by shape and focus node; pairs that conform are not in it. */
  #found: Map<number, readonly ValidationResult[]>[];
  #graph: EncodedGraph;
  #results: Results;
  #count = 0;
  #isApplying = false;
  #checked = 0;
  /** Terms from which on those that no triple has any more are given up. */
  #termsMax: number;

  constructor(graph: EncodedGraph, detail: boolean) {
    const { shapes, terms } = graph.compiled;
    this.#automaton = buildAutomaton(shapes.map(({ model }) => model));
    this.#detail = detail;
    this.#dependencies = new Dependencies(this.#automaton, (value) => {
      const id = terms.find({ termType: 'NamedNode', value });
      // A predicate that is missed here would be a change that is missed later.
      if (id < 0) throw new Error(`<${value}> is no constant of the compiled shapes`);
      return id;
    });
    this.#found = shapes.map(() => new Map());
    this.#graph = graph;
    this.#results = new Results(graph.run, shapes, detail);
    this.#termsMax = termsMax(graph);
    graph.begin();
    for (const renewal of this.#renewAll(new Set(this.#automaton.starts.keys())))
      this.#keep(renewal);
    this.#makeRoom();
  }

  get size(): number {
    return this.#graph.size;
  }

  get conforms(): boolean {
    return this.#count === 0;
  }

  report(): ValidationReport {
    const results: ValidationResult[] = [];
    for (const ofShape of this.#found) {
      for (const found of ofShape.values()) for (const result of found) results.push(result);
    }
    return { conforms: results.length === 0, results, truncated: false };
  }

  apply(delta: GraphDelta): ShapesChange {
    if (this.#isApplying) {
      fail('KNHK_SHAPES_SESSION', 'apply', 'one delta at a time', 'another within it');
    }
    this.#isApplying = true;
    try {
      return this.#apply(delta);
    } finally {
      this.#isApplying = false;
    }
  }

  #apply(delta: GraphDelta): ShapesChange {
    // Before reading, so that deltas which are refused again and again leave no terms behind.
    this.#giveUpTerms();
    const { triples } = this.#graph;
    const change = changeTriples(triples, readDelta(delta, this.#graph));
    this.#checked = 0;
    let renewals: readonly Renewal[] = [];
    try {
      if (change.length > 0) renewals = this.#renew(change);
    } catch (error) {
      undoChange(triples, change);
      throw error;
    }
    for (const renewal of renewals) this.#keep(renewal);
    const difference = differenceOf(
      renewals.flatMap(({ before }) => before),
      renewals.flatMap(({ after }) => after),
    );
    return { conforms: this.conforms, ...difference, checked: this.#checked };
  }

  /** Validates again what a change can concern. */
  #renew(change: readonly ChangedTriple[]): Renewal[] {
    const { compiled, triples, run } = this.#graph;
    const { opaque, starts } = this.#automaton;
    if (change.some(({ predicate }) => predicate === compiled.subClassOf)) {
      this.#graph.begin(true);
      return this.#renewAll(new Set(starts.keys()));
    }
    this.#graph.begin();
    const renewals = opaque.size === 0 ? [] : this.#renewAll(opaque);
    const targets = new Map<number, readonly CompiledShape[]>();
    this.#dependencies.affected(triples, change, (shape, focus) => {
      if (opaque.has(shape)) return;
      let shapes = targets.get(focus);
      if (shapes === undefined) {
        shapes = compiled.targets.shapesAt(run, focus);
        targets.set(focus, shapes);
      }
      const of = shapes.find(({ index }) => index === shape);
      const before = this.#found[shape]!.get(focus) ?? none;
      const after = of === undefined ? none : this.#validate(of, focus);
      if (before.length + after.length > 0) renewals.push({ shape, focus, before, after });
    });
    return renewals;
  }

  /** Validates all focus nodes of some shapes again. */
  #renewAll(shapes: ReadonlySet<number>): Renewal[] {
    const { compiled, run } = this.#graph;
    const renewals: Renewal[] = [];
    const rest = new Map([...shapes].map((shape) => [shape, new Map(this.#found[shape])]));
    compiled.targets.each(run, (of, focus) => {
      const shape = of.index;
      const ofShape = rest.get(shape);
      if (ofShape === undefined) return true;
      const before = ofShape.get(focus) ?? none;
      const after = this.#validate(of, focus);
      if (before.length > 0) ofShape.delete(focus);
      if (before.length + after.length > 0) renewals.push({ shape, focus, before, after });
      return true;
    });
    // What is left has results and is no focus node any more.
    for (const [shape, nodes] of rest) {
      for (const [focus, before] of nodes) renewals.push({ shape, focus, before, after: none });
    }
    return renewals;
  }

  #validate(shape: CompiledShape, focus: number): readonly ValidationResult[] {
    const sink = this.#sink;
    sink.violations.length = 0;
    this.#checked++;
    shape.validate(this.#graph.run, focus, sink);
    return sink.violations.length === 0 ? none : this.#results.of(sink.violations);
  }

  #keep({ shape, focus, before, after }: Renewal): void {
    this.#count += after.length - before.length;
    if (after.length === 0) this.#found[shape]!.delete(focus);
    else this.#found[shape]!.set(focus, after);
  }

  /**
   * Ids are not given to other terms, because whatever remembers something by id would then be
   * wrong; once half of them may be out of use the graph is copied without those. That is as rare
   * as an array that doubles its room.
   */
  #giveUpTerms(): void {
    if (this.#graph.terms.size < this.#termsMax) return;
    const { graph, idOf } = copyOf(this.#graph);
    this.#graph = graph;
    this.#results = new Results(graph.run, graph.compiled.shapes, this.#detail);
    this.#found = this.#found.map(
      (ofShape) => new Map([...ofShape].map(([focus, results]) => [idOf(focus), results])),
    );
    this.#termsMax = termsMax(graph);
    this.#makeRoom();
  }

  /** Pays now for indexes that the first delta would else build. */
  #makeRoom(): void {
    const { triples, compiled } = this.#graph;
    if (this.#automaton.asksForSubjects) triples.inbound();
    const { rdfType } = compiled;
    if (triples.insert(rdfType, rdfType, rdfType)) triples.remove(rdfType, rdfType, rdfType);
  }
}

function termsMax({ terms }: EncodedGraph): number {
  return 2 * (terms.size - terms.own) + terms.own + fewTerms;
}
