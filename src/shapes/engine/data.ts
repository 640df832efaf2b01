import { GraphTerms } from '../graph/terms.ts';
import { TripleGraph } from '../graph/triples.ts';
import type { TermSink } from '../reading/sink.ts';
import { ClassTree } from './classes.ts';
import type { CompiledModel } from './compile.ts';
import { Run } from './run.ts';
import type { Sink } from './sink.ts';

/** A data graph encoded for one compiled model, with what its validations have at hand. */
export class EncodedGraph implements TermSink {
  readonly compiled: CompiledModel;
  readonly terms: GraphTerms;
  readonly triples: TripleGraph;
  readonly run: Run;
  readonly #classes: ClassTree;
  readonly #subClassOf: number;
  #hasHierarchy = false;

  constructor(compiled: CompiledModel) {
    this.compiled = compiled;
    this.#subClassOf = compiled.subClassOf;
    this.terms = new GraphTerms(compiled.terms);
    this.triples = new TripleGraph(this.terms);
    this.#classes = new ClassTree(this.triples, compiled.subClassOf, compiled.hierarchy);
    this.run = new Run(this.triples, this.#classes, compiled.shapes.length);
  }

  /** Distinct triples. */
  get size(): number {
    return this.triples.size;
  }

  iri(value: string): number {
    return this.terms.iri(value);
  }

  blank(label: string): number {
    return this.terms.blank(label);
  }

  literal(value: string, datatype: string, language: string): number {
    return this.terms.literal(value, datatype, language);
  }

  triple(subject: number, predicate: number, object: number): void {
    if (predicate === this.#subClassOf) this.#hasHierarchy = true;
    this.triples.add(subject, predicate, object);
  }

  /** Empties it for another graph. */
  clear(): void {
    this.triples.reset();
    this.terms.reset();
    this.#hasHierarchy = false;
  }

  /** To be called before a validation, and after every change of the triples. */
  begin(hasHierarchy: boolean = this.#hasHierarchy): void {
    this.#hasHierarchy = hasHierarchy;
    this.#classes.reset(hasHierarchy);
    this.run.reset();
  }

  /** Validates every focus node; the sink ends it once it holds enough. */
  validate(sink: Sink): void {
    this.begin();
    const { run } = this;
    this.compiled.targets.each(run, (shape, focus) => {
      shape.validate(run, focus, sink);
      return !sink.truncated;
    });
  }

  /** Whether every focus node conforms; ends at the first that does not. */
  conforms(): boolean {
    this.begin();
    const { run } = this;
    let holds = true;
    this.compiled.targets.each(run, (shape, focus) => {
      holds = shape.validate(run, focus, null);
      return holds;
    });
    return holds;
  }
}
