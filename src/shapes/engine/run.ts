import type { Runs } from '../graph/runs.ts';
import type { GraphTerms } from '../graph/terms.ts';
import type { TripleGraph } from '../graph/triples.ts';
import type { ClassTree } from './classes.ts';
import { Recursion } from './recursion.ts';
import { Collector, type CompiledShape } from './shape.ts';
import type { Sink } from './sink.ts';

/** From this height on, whether a node conforms to a shape is remembered. */
const rememberedHeight = 2;

/** What one validation of one graph has at hand. */
export class Run {
  readonly terms: GraphTerms;
  readonly graph: TripleGraph;
  readonly out: Runs;
  readonly classes: ClassTree;
  /** The turn in which each shape was last asked about, since two targets may name one node. */
  readonly asked: Int32Array;
  turn = 0;
  /** Shapes of each class of this graph, where the data has a hierarchy of its own. */
  readonly ofClass: Map<number, readonly CompiledShape[]> = new Map();
  /** What an evaluator of the host is shown, as long as the graph does not change. */
  evaluated: object | undefined = undefined;
  /** Focus nodes of the shapes whose targets must be collected first. */
  readonly sets: Map<CompiledShape, Collector> = new Map();
  readonly #recursion = new Recursion();
  readonly #collectors: Collector[] = [];
  #used = 0;
  #known: Map<number, Map<number, boolean>> | undefined;

  constructor(graph: TripleGraph, classes: ClassTree, shapes: number) {
    this.asked = new Int32Array(shapes);
    this.graph = graph;
    this.terms = graph.terms;
    this.out = graph.out;
    this.classes = classes;
  }

  inbound(): Runs {
    return this.graph.inbound();
  }

  /** Forgets what was true of the graph before. */
  reset(): void {
    this.#known = undefined;
    this.evaluated = undefined;
    if (this.ofClass.size > 0) this.ofClass.clear();
    this.#used = 0;
    this.#recursion.reset();
  }

  /** An empty collector, until {@link Run.release}: last taken, first given back. */
  collector(): Collector {
    const at = this.#used++;
    let collector = this.#collectors[at];
    if (collector === undefined) {
      collector = new Collector();
      this.#collectors.push(collector);
    }
    collector.clear();
    return collector;
  }

  release(): void {
    this.#used--;
  }

  /** Whether a node conforms to a shape that another shape asks of it. */
  conforms(shape: CompiledShape, node: number): boolean {
    if (shape.cycle >= 0) return this.#recursion.conforms(this, shape, node);
    if (shape.height < rememberedHeight) return shape.validate(this, node, null);
    this.#known ??= new Map();
    let ofShape = this.#known.get(shape.index);
    if (ofShape === undefined) {
      ofShape = new Map();
      this.#known.set(shape.index, ofShape);
    }
    let known = ofShape.get(node);
    if (known === undefined) {
      known = shape.validate(this, node, null);
      ofShape.set(node, known);
    }
    return known;
  }

  /** Validates a node against a property shape of its shape, whose results are the focus's. */
  property(shape: CompiledShape, node: number, sink: Sink | null): boolean {
    if (shape.cycle < 0) return shape.validate(this, node, sink);
    if (sink === null) return this.#recursion.conforms(this, shape, node);
    return this.#recursion.report(this, shape, node, sink);
  }
}
