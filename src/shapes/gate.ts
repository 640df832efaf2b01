import { availableParallelism } from 'node:os';
import { describe, fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Observation } from '../terms/observation.ts';
import type { ShapesDocument } from './document.ts';
import type { TestFaults } from './faults.ts';
import {
  type Executor,
  openPool,
  type PoolOptions,
  type ShapesFault,
  unavailable,
} from './pool.ts';
import type { ShapesVerdict } from './result.ts';
import type { BatchAnswer, BatchTask } from './run.ts';

export type { ShapesFault } from './pool.ts';
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

/** Validates records against shapes; made by {@link openShapesGate}. */
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
  /** Tasks that wait or run. */
  readonly pending: number;
  /** Threads that the gate may use; 0 means the calling thread. */
  readonly threads: number;
  /** Rejects what waits or runs as `closed`, stops the threads and resolves when they are gone. */
  close(): Promise<void>;
  /** Closes at the end of a block that says `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of {@link openShapesGate}. */
export interface ShapesGateOptions {
  /** Every declaration whose records will come. */
  readonly observations: readonly Observation[];
  /** Default min(2, cores). With 0 the calling thread validates: no deadline, no isolation. */
  readonly threads?: number;
  /** Tasks that may wait for a thread; default 256. */
  readonly queueMax?: number;
  /** Milliseconds from the call to the answer, waiting included; default 5,000. */
  readonly deadlineMs?: number;
  /** Told of each fault, for health and metrics; must not throw. */
  readonly onFault?: (fault: ShapesFault) => void;
}

const conforms: ShapesVerdict = Object.freeze({ conforms: true });
const workerMemoryMb = 512;

/**
 * Opens a gate that validates in a bounded pool of threads, or with `threads: 0` on the calling
 * thread. Threads start with the first batch and keep no process alive when idle. openRuntime has
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
  internal: { readonly faults?: TestFaults; readonly memoryMb?: number },
): ShapesGate {
  const threads = bounded(
    'threads',
    options.threads ?? Math.min(limits.poolThreads, availableParallelism()),
    0,
    1_024,
  );
  const { faults, memoryMb = workerMemoryMb } = internal;
  const { observations } = options;
  const poolOptions: PoolOptions = {
    threads,
    queueMax: bounded('queueMax', options.queueMax ?? limits.poolQueue, 0, 65_536),
    deadlineMs: bounded('deadlineMs', options.deadlineMs ?? limits.shapesDeadlineMs, 1, 3_600_000),
    memoryMb,
    setup: { observations, ...(faults === undefined ? {} : { faults }) },
    onFault: options.onFault,
  };
  return new Gate(poolOptions);
}

function bounded(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  return fail('KNHK_SHAPES_OPTION', name, `an integer from ${min} to ${max}`, value);
}

function checkDeclaration({ observation, record }: ShapesRecord, index: number): void {
  if (record.startsWith(`{"declaration":"${observation}",`)) return;
  const where = `record ${index} of the batch`;
  fail('KNHK_SHAPES_RECORD', where, `a record of the declaration ${observation}`, describe(record));
}

class Gate implements ShapesGate {
  readonly threads: number;
  readonly #options: PoolOptions;
  #executor: Executor | undefined;
  #inline: Promise<Executor> | undefined;
  #closed = false;

  constructor(options: PoolOptions) {
    this.threads = options.threads;
    this.#options = options;
    if (options.threads > 0) this.#executor = openPool(options);
  }

  get pending(): number {
    return this.#executor?.pending ?? 0;
  }

  async validate(
    document: ShapesDocument,
    records: readonly ShapesRecord[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly ShapesVerdict[]> {
    options.signal?.throwIfAborted();
    if (this.#closed) unavailable('closed', 'an open gate');
    if (records.length > limits.shapesBatch) {
      const expected = `at most ${limits.shapesBatch} records`;
      fail('KNHK_LIMIT_SHAPES', 'batch', expected, `${records.length}`);
    }
    if (records.length === 0) return [];
    records.forEach(checkDeclaration);
    const task: BatchTask = {
      shapes: document.hash,
      local: document.local,
      records: `[${records.map(({ record }) => record).join(',')}]`,
      subjects: records.map(({ subject }) => subject),
    };
    const executor = this.#executor ?? (await this.#openInline());
    const answer = await executor.run(task, document.text, options.signal);
    return this.#verdicts(records, answer);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const executor = this.#executor ?? (await this.#inline);
    await executor?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // The engine is imported on this thread only where it is used here: that costs 90 ms.
  #openInline(): Promise<Executor> {
    this.#inline ??= import('./inline.ts').then(({ openInline }) => {
      this.#executor = openInline(this.#options);
      return this.#executor;
    });
    return this.#inline;
  }

  #verdicts(records: readonly ShapesRecord[], answer: BatchAnswer): readonly ShapesVerdict[] {
    if (answer.kind === 'unreadable') {
      const where = `record ${answer.index} of the batch`;
      return fail('KNHK_SHAPES_RECORD', where, 'a declared, readable record', answer.got);
    }
    if (answer.kind !== 'done') {
      this.#options.onFault?.('engine');
      const detail = answer.kind === 'failed' ? answer.got : 'no shapes';
      return unavailable('engine', 'an engine that decides', detail);
    }
    const verdicts = new Array<ShapesVerdict>(records.length).fill(conforms);
    for (const { index, results } of answer.violations) {
      verdicts[index] = { conforms: false, results };
    }
    return verdicts;
  }
}
