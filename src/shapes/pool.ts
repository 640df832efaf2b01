import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { fail } from '../base/errors.ts';
import type { BatchAnswer, BatchTask } from './run.ts';
import type { WorkerSetup } from './worker.ts';

/**
 * Why a task got no answer: the queue was full, its deadline passed, its thread died twice, the
 * gate was closed, the engine could not decide. `got` of KNHK_SHAPES_UNAVAILABLE begins with it.
 */
export type ShapesFault = 'queue' | 'deadline' | 'crash' | 'closed' | 'engine';

/** What runs batches: the pool, or the calling thread. */
export interface Executor {
  /** Runs a task; `text` is sent along only to a thread that lacks the shapes. */
  run(task: BatchTask, text: string, signal?: AbortSignal): Promise<BatchAnswer>;
  readonly pending: number;
  close(): Promise<void>;
}

/** Options of {@link openPool}; the gate has filled in the defaults. */
export interface PoolOptions {
  readonly threads: number;
  readonly queueMax: number;
  readonly deadlineMs: number;
  /** Heap of one thread in MiB; a thread that needs more ends, and counts as crashed. */
  readonly memoryMb: number;
  readonly setup: WorkerSetup;
  readonly onFault?: ((fault: ShapesFault) => void) | undefined;
}

interface Job {
  readonly task: BatchTask;
  readonly text: string;
  readonly stop: AbortController;
  readonly resolve: (answer: BatchAnswer) => void;
  readonly reject: (reason: unknown) => void;
  /** Ends the deadline's timer and the listener on the caller's signal. */
  release: () => void;
  crashed: boolean;
  settled: boolean;
}

/** Throws KNHK_SHAPES_UNAVAILABLE for a fault. */
export function unavailable(fault: ShapesFault, expected: string, detail = ''): never {
  const got = detail === '' ? fault : `${fault}: ${detail}`;
  return fail('KNHK_SHAPES_UNAVAILABLE', 'shapes gate', expected, got);
}

function failure(fault: ShapesFault, expected: string): unknown {
  try {
    return unavailable(fault, expected);
  } catch (error) {
    return error;
  }
}

/**
 * A bounded pool of threads. The queue is ours, and Piscina gets at most one task per thread:
 * Piscina 5.3 keeps tasks with an abort signal in a list that its maxQueue does not bound, and
 * after a crash it starts no thread for the tasks that still wait there.
 */
class Pool implements Executor {
  readonly #options: PoolOptions;
  readonly #threads: Piscina<BatchTask, BatchAnswer>;
  readonly #queue: Job[] = [];
  readonly #running = new Set<Job>();
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#threads = new Piscina<BatchTask, BatchAnswer>({
      filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
      name: 'validate',
      workerData: options.setup,
      minThreads: 0,
      maxThreads: options.threads,
      maxQueue: options.threads,
      concurrentTasksPerWorker: 1,
      // Threads stay once started; Piscina unrefs idle ones, so they keep no process alive.
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
    });
    // A thread that dies without a task is replaced at the next task; nothing is lost.
    this.#threads.on('error', () => options.onFault?.('crash'));
  }

  get pending(): number {
    return this.#queue.length + this.#running.size;
  }

  run(task: BatchTask, text: string, signal?: AbortSignal): Promise<BatchAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(failure('closed', 'an open gate'));
      const { threads, queueMax } = this.#options;
      if (this.pending >= threads + queueMax) {
        this.#options.onFault?.('queue');
        return reject(failure('queue', `at most ${queueMax} waiting tasks`));
      }
      const stop = new AbortController();
      const release = (): void => {};
      const job: Job = {
        task,
        text,
        stop,
        resolve,
        reject,
        release,
        crashed: false,
        settled: false,
      };
      this.#arm(job, signal);
      this.#queue.push(job);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of [...this.#queue, ...this.#running]) {
      this.#settle(job, () => job.reject(failure('closed', 'an open gate')));
    }
    await this.#threads.destroy();
  }

  #arm(job: Job, signal: AbortSignal | undefined): void {
    const { deadlineMs } = this.#options;
    const timer = setTimeout(() => {
      this.#stop(job, 'deadline', failure('deadline', `an answer within ${deadlineMs} ms`));
    }, deadlineMs);
    const abort = (): void => this.#stop(job, undefined, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    job.release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  }

  #stop(job: Job, fault: ShapesFault | undefined, reason: unknown): void {
    if (fault !== undefined) this.#options.onFault?.(fault);
    // Aborting a task that runs terminates its thread: nothing goes on in the background.
    job.stop.abort();
    this.#settle(job, () => job.reject(reason));
  }

  #settle(job: Job, tell: () => void): void {
    if (job.settled) return;
    job.settled = true;
    job.release();
    this.#running.delete(job);
    const place = this.#queue.indexOf(job);
    if (place >= 0) this.#queue.splice(place, 1);
    tell();
    this.#next();
  }

  #next(): void {
    while (!this.#closed && this.#running.size < this.#options.threads) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#running.add(job);
      this.#start(job, job.task);
    }
  }

  #start(job: Job, task: BatchTask): void {
    this.#threads.run(task, { signal: job.stop.signal }).then(
      (answer) => {
        if (job.settled) return;
        // The thread keeps its place in the count, so the second sending cannot meet a full queue.
        if (answer.kind === 'need') this.#start(job, { ...task, text: job.text });
        else this.#settle(job, () => job.resolve(answer));
      },
      () => this.#onCrash(job),
    );
  }

  // A worker catches what it throws, so a rejection that is not our abort is a lost thread.
  #onCrash(job: Job): void {
    if (job.settled) return;
    this.#options.onFault?.('crash');
    if (job.crashed) {
      this.#settle(job, () => job.reject(failure('crash', 'a worker that survives the task')));
      return;
    }
    job.crashed = true;
    this.#start(job, job.task);
  }
}

/** Opens a pool; its threads start with the first tasks. */
export function openPool(options: PoolOptions): Executor {
  return new Pool(options);
}
