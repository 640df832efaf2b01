import { describe, fail, KnhkError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { ShapesDocument } from '../document.ts';
import type {
  GateGraph,
  GraphOptions,
  GraphsOptions,
  ShapesGate,
  ShapesRecord,
  ShapesVerdict,
} from '../gate.ts';
import { deadlineOf, type GateSettings } from '../gate-options.ts';
import type { ValidationReport } from '../report/types.ts';
import { errorOf, isEngineFault } from './answer.ts';
import { beginCall, type Call, type Given } from './call.ts';
import { Collector } from './collector.ts';
import { unavailable } from './fault.ts';
import type { Item, Outcome } from './item.ts';
import { isSmall, parcelOf } from './parcel.ts';
import { openPool, type PoolOptions } from './pool.ts';
import { inOrder } from './stream.ts';
import { charactersPerTask, type Executor, graphsPerTask, type Work } from './work.ts';
import { parcelOfQuads } from './write.ts';

const conforms: ShapesVerdict = Object.freeze({ conforms: true });
const bareReport: ValidationReport = Object.freeze({
  conforms: true,
  results: Object.freeze([]),
  truncated: false,
});

/** A gate as {@link openShapesGate} makes it. */
export class Gate implements ShapesGate {
  readonly threads: number;
  readonly #settings: GateSettings;
  readonly #options: PoolOptions;
  readonly #pool: Executor | undefined;
  readonly #collector: Collector;
  #inline: Promise<Executor> | undefined;
  #opened: Executor | undefined;
  /** Graphs that are made ready to cross. */
  #preparing = 0;
  #closed = false;

  constructor(settings: GateSettings) {
    const { threads, queueMax } = settings.pool;
    const onRoom = (): void => this.#collector.onRoom();
    this.threads = threads;
    this.#settings = settings;
    this.#options = { ...settings.pool, onRoom };
    if (threads > 0) this.#pool = openPool(this.#options);
    this.#collector = new Collector({
      threads: Math.max(threads, 1),
      queueMax,
      inlineCharacters: settings.inlineCharacters,
      pool: this.#pool,
      inline: () => this.#openInline(),
      mayRunInline: ({ document }) => surelyEnds(document),
      onQueue: () => settings.pool.onFault?.('queue'),
    });
  }

  get pending(): number {
    const tasks = (this.#pool?.pending ?? 0) + (this.#opened?.pending ?? 0);
    return tasks + this.#collector.size + this.#preparing;
  }

  async validate(
    document: ShapesDocument,
    records: readonly ShapesRecord[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly ShapesVerdict[]> {
    const outcomes = await this.#records(document, records, options.signal);
    return outcomes.map((outcome, index) => {
      const error = errorOf(outcome, `record ${index} of the batch`);
      if (error !== undefined) throw error;
      return verdictOf(outcome);
    });
  }

  async validateEach(
    document: ShapesDocument,
    records: readonly ShapesRecord[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly (ShapesVerdict | KnhkError)[]> {
    const outcomes = await this.#records(document, records, options.signal);
    return outcomes.map((outcome, index) => {
      const error = errorOf(outcome, `record ${index} of the batch`);
      if (error === undefined) return verdictOf(outcome);
      if (error instanceof KnhkError && error !== options.signal?.reason) return error;
      throw error;
    });
  }

  async validateGraph(
    document: ShapesDocument,
    graph: GateGraph,
    options: GraphOptions = {},
  ): Promise<ValidationReport> {
    options.signal?.throwIfAborted();
    if (this.#closed) throw unavailable('closed', 'an open gate');
    const call = this.#begin([emptyText], options.signal, options.deadlineMs);
    return reportOf(await this.#graph(call, workOf(document, options), graph, false));
  }

  async *validateGraphs(
    document: ShapesDocument,
    graphs: Iterable<GateGraph> | AsyncIterable<GateGraph>,
    options: GraphsOptions = {},
  ): AsyncGenerator<ValidationReport, void, undefined> {
    const { signal, errors = 'throw' } = options;
    signal?.throwIfAborted();
    const work = workOf(document, options);
    // Whoever stops iterating ends what is under way.
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const start = (graph: GateGraph): Promise<Outcome> => {
      const call = this.#begin([emptyText], stop.signal, options.deadlineMs);
      return this.#graph(call, work, graph, true);
    };
    const tasks = 2 * Math.max(this.threads, 1);
    const window = { items: tasks * graphsPerTask, size: tasks * charactersPerTask };
    try {
      const stage = { start, sizeOf, window, signal: stop.signal };
      for await (const outcome of inOrder(graphs, stage)) {
        signal?.throwIfAborted();
        const error = errorOf(outcome, 'data graph');
        if (error === undefined) yield reportOf(outcome);
        // The overload that asks for it says that errors are yielded.
        else if (errors === 'yield') yield error as ValidationReport;
        else throw error;
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      stop.abort();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#collector.close();
    const inline = await this.#inline;
    await Promise.all([this.#pool?.close(), inline?.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #records(
    document: ShapesDocument,
    records: readonly ShapesRecord[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Outcome[]> {
    signal?.throwIfAborted();
    if (this.#closed) throw unavailable('closed', 'an open gate');
    if (records.length > limits.shapesBatch) {
      const expected = `at most ${limits.shapesBatch} records`;
      fail('KNHK_LIMIT_SHAPES', 'batch', expected, `${records.length}`);
    }
    if (records.length === 0) return [];
    records.forEach(checkDeclaration);
    const given = records.map(({ record, subject }) => ({ text: record, subject }));
    const call = this.#begin(given, signal);
    const work: Work = { kind: 'records', document, settings: {}, key: undefined };
    if (this.#pool !== undefined) this.#pool.submit(work, call.items);
    else (await this.#openInline()).submit(work, call.items);
    return this.#end(call);
  }

  /** Never rejects: what goes wrong before the graph crosses is its outcome too. */
  async #graph(call: Call, work: Work, graph: GateGraph, patient: boolean): Promise<Outcome> {
    const item = call.items[0] as Item;
    try {
      if (typeof graph === 'string' && isSmall(graph)) item.text = graph;
      else await this.#prepare(item, graph);
      if (!item.settled) this.#collector.add(work, item, patient);
    } catch (error) {
      item.fail(error);
    }
    const [outcome] = await this.#end(call);
    return outcome as Outcome;
  }

  async #prepare(item: Item, graph: GateGraph): Promise<void> {
    this.#preparing++;
    try {
      item.text = await (typeof graph === 'string' ? parcelOf(graph) : parcelOfQuads(graph));
    } finally {
      this.#preparing--;
    }
  }

  #begin(given: readonly Given[], signal?: AbortSignal, deadlineMs?: number): Call {
    return beginCall(given, {
      deadlineMs: deadlineMs === undefined ? this.#settings.deadlineMs : deadlineOf(deadlineMs),
      signal,
      onDeadline: () => this.#options.onFault?.('deadline'),
    });
  }

  async #end(call: Call): Promise<readonly Outcome[]> {
    const outcomes = await call.outcomes;
    const failed = outcomes.some((one) => one.kind === 'refused' && isEngineFault(one));
    if (failed) this.#options.onFault?.('engine');
    return outcomes;
  }

  // The engine is imported on this thread only where it is used here: that takes a while.
  #openInline(): Promise<Executor> {
    this.#inline ??= import('../inline.ts').then(async ({ openInline }) => {
      this.#opened = await openInline(this.#options);
      return this.#opened;
    });
    return this.#inline;
  }
}

const emptyText: Given = { text: '', subject: '' };

const sizeOf = (graph: GateGraph): number => (typeof graph === 'string' ? graph.length : 0);

function checkDeclaration({ observation, record }: ShapesRecord, index: number): void {
  if (record.startsWith(`{"declaration":"${observation}",`)) return;
  const where = `record ${index} of the batch`;
  fail('KNHK_SHAPES_RECORD', where, `a record of the declaration ${observation}`, describe(record));
}

function workOf(document: ShapesDocument, options: GraphOptions): Work {
  const { format, baseIri, limit, detail } = options;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    fail('KNHK_SHAPES_OPTION', 'limit', 'an integer from 1', limit);
  }
  const settings = {
    ...(format === undefined ? {} : { format }),
    ...(baseIri === undefined ? {} : { baseIri }),
    ...(limit === undefined ? {} : { limit }),
    ...(detail === undefined ? {} : { detail }),
  };
  const key = `${document.hash} ${JSON.stringify(settings)}`;
  return { kind: 'graphs', document, settings, key };
}

const known = new WeakMap<ShapesDocument, boolean>();

/** Only an expression that backtracks can take for ever; paths and counts end with the graph. */
function surelyEnds(document: ShapesDocument): boolean {
  let answer = known.get(document);
  if (answer === undefined) {
    answer = !document.text.includes(' <http://www.w3.org/ns/shacl#pattern> ');
    known.set(document, answer);
  }
  return answer;
}

function verdictOf(outcome: Outcome): ShapesVerdict {
  return outcome.kind === 'results' ? { conforms: false, results: outcome.results } : conforms;
}

function reportOf(outcome: Outcome): ValidationReport {
  const error = errorOf(outcome, 'data graph');
  if (error !== undefined) throw error;
  return outcome.kind === 'report' ? outcome.report : bareReport;
}
