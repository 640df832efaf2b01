import type { KnhkError } from '../base/errors.ts';
import type { QuadLike } from '../terms/turtle.ts';
import type { ShapesDocument } from './document.ts';
import type { TestFaults } from './faults.ts';
import { gateSettings, type ShapesGateOptions } from './gate-options.ts';
import { Gate } from './pool/gate.ts';
import type { ValidationReport } from './report/types.ts';
import type { ShapesVerdict } from './result.ts';
import type { ValidateOptions } from './validator.ts';

export type { ShapesGateOptions } from './gate-options.ts';
export type { ShapesResult, ShapesVerdict } from './result.ts';

/** A record as it is validated. */
export interface ShapesRecord {
  /** Hash of its declaration. */
  readonly observation: string;
  /** Canonical text `{"declaration":...,"fields":{...}}`, as reading gave it. */
  readonly record: string;
  /** The value of its subject field. */
  readonly subject: string;
}

/** A graph to validate: N-Triples, N-Quads, Turtle or TriG, or quads of any RDF/JS library. */
export type GateGraph = string | Iterable<QuadLike>;

/** Options of {@link ShapesGate.validateGraph}. */
export interface GraphOptions extends ValidateOptions {
  /** Ends the graph wherever it is; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds from the call to the report, waiting included; by default the gate's. */
  readonly deadlineMs?: number;
}

/** Options of {@link ShapesGate.validateGraphs}. */
export interface GraphsOptions extends GraphOptions {
  /** Whether a graph without a report ends the iteration, or its error takes its place. */
  readonly errors?: 'throw' | 'yield';
}

/**
 * Validates records and graphs against shapes; made by {@link openShapesGate}.
 *
 * @example
 * await using gate = openShapesGate({ observations: [], threads: 1 });
 * const shapes = compileShapes(shapesTurtle);
 * const [first, ...others] = [2_000, 60, 90].map((minutes) => `<urn:flight:LH${minutes}>
 *   a <https://example.com/ops#Departure> ;
 *   <https://example.com/ops#delayMinutes> ${minutes} .`);
 * (await gate.validateGraph(shapes, first ?? '')).conforms; // => false
 * const found: boolean[] = [];
 * for await (const { conforms } of gate.validateGraphs(shapes, others)) found.push(conforms);
 * found; // => [true, true]
 */
export interface ShapesGate {
  /**
   * Verdicts in the order of the records, at most 256. Records of one call share data graphs
   * where the shapes are local, never two of one subject; otherwise each has a graph of its own.
   *
   * @throws KnhkError KNHK_SHAPES_UNAVAILABLE with `got` queue, deadline, crash, closed or engine;
   * KNHK_SHAPES_RECORD; KNHK_LIMIT_SHAPES; the signal's reason after an abort
   */
  validate(
    document: ShapesDocument,
    records: readonly ShapesRecord[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly ShapesVerdict[]>;
  /**
   * As {@link ShapesGate.validate}, with the error of each record that has no verdict in its
   * place: a record that ends its thread takes no other along.
   *
   * @throws KnhkError KNHK_SHAPES_RECORD for a record of another declaration; KNHK_LIMIT_SHAPES;
   * the signal's reason after an abort
   */
  validateEach(
    document: ShapesDocument,
    records: readonly ShapesRecord[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly (ShapesVerdict | KnhkError)[]>;
  /**
   * The report of one graph. Graphs that come in one turn of the event loop share tasks, and one
   * that cannot be read or ends its thread takes no other along. Quads are written as N-Triples
   * first and must not change before the report is there.
   *
   * @throws KnhkError KNHK_TERMS_RDF with line and column; KNHK_SHAPES_UNAVAILABLE;
   * KNHK_SHAPES_OPTION; KNHK_SHAPES_UNSUPPORTED where the shapes need what a thread does not have,
   * such as an evaluator of SPARQL; the signal's reason after an abort
   */
  validateGraph(
    document: ShapesDocument,
    graph: GateGraph,
    options?: GraphOptions,
  ): Promise<ValidationReport>;
  /**
   * The reports of many graphs, in their order. Graphs are asked for as threads get free, so that
   * a source of any length takes bounded memory. Whoever stops iterating ends what is under way.
   *
   * @throws as {@link ShapesGate.validateGraph}, and what the source throws
   */
  validateGraphs(
    document: ShapesDocument,
    graphs: Iterable<GateGraph> | AsyncIterable<GateGraph>,
    options: GraphsOptions & { readonly errors: 'yield' },
  ): AsyncIterable<ValidationReport | KnhkError>;
  /** As above, but that the first graph without a report ends the iteration with its error. */
  validateGraphs(
    document: ShapesDocument,
    graphs: Iterable<GateGraph> | AsyncIterable<GateGraph>,
    options?: GraphsOptions,
  ): AsyncIterable<ValidationReport>;
  /** Tasks that wait or run, and graphs that no task has taken yet. */
  readonly pending: number;
  /** Threads that the gate may use; 0 means the calling thread. */
  readonly threads: number;
  /** Rejects what waits or runs as `closed`, stops the threads and resolves when they are gone. */
  close(): Promise<void>;
  /** Closes at the end of a block that says `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a gate that validates in a bounded pool of threads, or with `threads: 0` on the calling
 * thread. Threads start with the first task and keep no process alive when idle. openRuntime has
 * a gate of its own; this is for validating apart from any runtime.
 *
 * @throws KnhkError KNHK_SHAPES_OPTION where an option is out of range
 * @example
 * const gate = openShapesGate({ observations: [Flight], threads: 0 });
 * const departed = '2026-11-21T12:00:00.000Z';
 * const fields = { delayMinutes: 2_000, departed, flight: 'urn:flight:LH1', origin: 'FRA' };
 * const record = JSON.stringify({ declaration: Flight.hash, fields });
 * const records = [{ observation: Flight.hash, record, subject: fields.flight }];
 * const [verdict] = await gate.validate(compileShapes(shapesTurtle), records);
 * verdict?.conforms; // => false
 * await gate.close();
 */
export function openShapesGate(options: ShapesGateOptions): ShapesGate {
  return openGate(options, {});
}

/** As {@link openShapesGate}; tests give faults and smaller threads. */
export function openGate(
  options: ShapesGateOptions,
  internal: { readonly faults?: TestFaults },
): ShapesGate {
  return new Gate(gateSettings(options, internal.faults));
}
