import { fail } from '../base/errors.ts';
import type { QuadLike } from '../terms/turtle.ts';
import type { ShapesDocument } from './document.ts';
import { type CompiledModel, compileModel, refuseSparql } from './engine/compile.ts';
import { EncodedGraph } from './engine/data.ts';
import { Results } from './engine/results.ts';
import { Sink } from './engine/sink.ts';
import { modelOf } from './models.ts';
import { readTriples } from './nquads.ts';
import { type ReadOptions, readInto } from './reading/input.ts';
import type { ValidationReport } from './report/types.ts';
import { copyOf } from './session/copy.ts';
import { Session, type ShapesSession } from './session/session.ts';
import { sparqlChecks } from './sparql/evaluate.ts';
import type { SparqlEvaluator } from './sparql/evaluator.ts';

/** A data graph that was read for one validator, so that reading is paid once. */
export interface DataGraph {
  /** Distinct triples. */
  readonly size: number;
}

/**
 * A data graph: one that the validator has read, quads of any RDF/JS library, or the text of
 * N-Triples, N-Quads, Turtle or TriG. Named graphs are read as one with the default graph.
 */
export type GraphInput = DataGraph | Iterable<QuadLike> | string;

/** Options of {@link shapesValidator}. */
export interface ValidatorOptions {
  /**
   * Where `rdfs:subClassOf` counts: in the data graph alone, as W3C SHACL says, or in the shapes
   * document too, for data that comes without its vocabulary. Default `data`.
   */
  readonly classHierarchy?: 'data' | 'both';
  /** Answers the SPARQL queries of a document that was compiled with `sparql: 'allow'`. */
  readonly sparql?: SparqlEvaluator;
}

/** Options of {@link ShapesValidator.validate}. */
export interface ValidateOptions extends ReadOptions {
  /** Results after which it stops; default all of them. */
  readonly limit?: number;
  /** Whether results say why a value does not conform to another shape (`sh:detail`). */
  readonly detail?: boolean;
}

/** Options of {@link ShapesValidator.open}. */
export interface SessionOptions extends ReadOptions {
  /** As for {@link ShapesValidator.validate}. */
  readonly detail?: boolean;
}

/** Validates graphs against the shapes of one document; made by {@link shapesValidator}. */
export interface ShapesValidator {
  /**
   * Reads a graph once, for several validations.
   *
   * @throws KnhkError KNHK_TERMS_RDF where the input cannot be read
   */
  graph(input: Iterable<QuadLike> | string, options?: ReadOptions): DataGraph;
  /**
   * Validates every focus node of a graph (W3C SHACL, section 3).
   *
   * @throws KnhkError KNHK_TERMS_RDF, KNHK_SHAPES_OPTION
   */
  validate(graph: GraphInput, options?: ValidateOptions): ValidationReport;
  /**
   * Whether a graph conforms; stops at the first violation.
   *
   * @throws KnhkError KNHK_TERMS_RDF, KNHK_SHAPES_OPTION
   */
  conforms(graph: GraphInput, options?: ReadOptions): boolean;
  /**
   * Opens a session: a graph of its own that changes, validated again where a change can matter.
   *
   * @param graph a graph that the validator has read is copied
   * @throws KnhkError KNHK_TERMS_RDF, KNHK_SHAPES_OPTION, KNHK_SHAPES_SPARQL
   */
  open(graph: GraphInput, options?: SessionOptions): ShapesSession;
}

/**
 * Makes the shapes of a document ready for any number of graphs. It validates on the calling
 * thread; {@link openShapesGate} has threads.
 *
 * A shape may refer to itself: a node conforms to it unless something refutes it (greatest
 * fixpoint), so that cycles of data end. Numbers compare exactly, lengths are in code points.
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED for a document with SPARQL without an evaluator;
 * validating with one throws KNHK_SHAPES_SPARQL where a query gives no verdict
 * @example
 * const validator = shapesValidator(compileShapes(shapesTurtle));
 * const report = validator.validate(`<urn:flight:LH1> a <https://example.com/ops#Departure> ;
 *   <https://example.com/ops#delayMinutes> 2000 .`);
 * report.conforms; // => false
 * validator.conforms(''); // => true
 */
export function shapesValidator(
  document: ShapesDocument,
  options: ValidatorOptions = {},
): ShapesValidator {
  const model = modelOf(document);
  const { sparql, classHierarchy = 'data' } = options;
  const triples = () => readTriples([{ name: 'shapes', turtle: document.text }]).triples;
  const checks = sparql === undefined ? refuseSparql : sparqlChecks(sparql, model, triples);
  const compiled = compileModel(model, classHierarchy, checks);
  return new Validator(compiled);
}

class Validator implements ShapesValidator {
  readonly #compiled: CompiledModel;
  /** Graphs that are read for one call only reuse this one's memory. */
  #spare: EncodedGraph | undefined;

  constructor(compiled: CompiledModel) {
    this.#compiled = compiled;
  }

  graph(input: Iterable<QuadLike> | string, options: ReadOptions = {}): DataGraph {
    const graph = new EncodedGraph(this.#compiled);
    load(graph, input, options);
    return graph;
  }

  validate(graph: GraphInput, options: ValidateOptions = {}): ValidationReport {
    const { limit = Number.POSITIVE_INFINITY, detail = false } = options;
    if (!(limit >= 1)) fail('KNHK_SHAPES_OPTION', 'limit', 'a number from 1', limit);
    return this.#with(graph, options, (data) => {
      const sink = new Sink(limit);
      data.validate(sink);
      const { violations, truncated } = sink;
      const conforms = violations.length === 0;
      const results = conforms
        ? []
        : new Results(data.run, this.#compiled.shapes, detail).of(violations);
      return { conforms, results, truncated };
    });
  }

  conforms(graph: GraphInput, options: ReadOptions = {}): boolean {
    return this.#with(graph, options, (data) => data.conforms());
  }

  open(graph: GraphInput, options: SessionOptions = {}): ShapesSession {
    const own = this.#isEncoded(graph) ? copyOf(graph).graph : new EncodedGraph(this.#compiled);
    if (!this.#isEncoded(graph)) load(own, graph, options);
    return new Session(own, options.detail ?? false);
  }

  #isEncoded(graph: GraphInput): graph is EncodedGraph {
    if (!(graph instanceof EncodedGraph)) return false;
    if (graph.compiled === this.#compiled) return true;
    return fail('KNHK_SHAPES_OPTION', 'graph', 'a graph of this validator', 'one of another');
  }

  #with<Answer>(
    graph: GraphInput,
    options: ReadOptions,
    answer: (data: EncodedGraph) => Answer,
  ): Answer {
    if (this.#isEncoded(graph)) return answer(graph);
    // A host's iterable or evaluator may come back here while the spare one is in use.
    const data = this.#spare ?? new EncodedGraph(this.#compiled);
    this.#spare = undefined;
    load(data, graph, options);
    const found = answer(data);
    // Not after a failure, whose remains nobody knows, and not with the memory of a large graph.
    if (data.terms.size <= spareTerms + data.terms.own) {
      data.clear();
      this.#spare = data;
    }
    return found;
  }
}

const spareTerms = 65_536;

function load(data: EncodedGraph, input: GraphInput, options: ReadOptions): void {
  readInto(input as Iterable<QuadLike> | string, data, 'data graph', options);
  data.triples.seal();
}
