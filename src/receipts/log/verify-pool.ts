import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ReadSegment } from '../verify/history.ts';
import type { Keyring } from '../verify/keyring.ts';
import { segmentName } from './files.ts';

/** A segment that a thread is to read. */
export interface SegmentTask {
  readonly first: number;
  readonly path: string;
}

/** What it was read as; `read` is absent where the calling thread has to look itself. */
export interface SegmentAnswer {
  readonly first: number;
  readonly read?: ReadSegment;
}

/** The parts of a thread that the pool uses. */
export interface SegmentWorker {
  postMessage(task: SegmentTask): void;
  on(event: 'message', listener: (answer: SegmentAnswer) => void): unknown;
  on(event: 'error' | 'exit', listener: () => void): unknown;
  terminate(): unknown;
}

/** Starts a thread; undefined where none can be. */
export type SpawnWorker = (keyring: Keyring) => SegmentWorker | undefined;

/** A thread of what is built. Sources have none: Node cannot load them there. */
export const spawnWorker: SpawnWorker = (keyring) => {
  if (import.meta.url.endsWith('.ts')) return undefined;
  return new Worker(new URL('./verify-worker.js', import.meta.url), { workerData: keyring });
};

interface Thread {
  readonly worker: SegmentWorker;
  /** What it is at work on. */
  task: number | undefined;
}

interface Result {
  readonly promise: Promise<ReadSegment | undefined>;
  readonly resolve: (read: ReadSegment | undefined) => void;
}

/**
 * Reads segments ahead in threads. What is read and not yet taken is bounded by one more than the
 * threads. A thread that dies gives no answer, and the caller reads that segment itself.
 */
export class SegmentPool {
  readonly #directory: string;
  readonly #queue: number[];
  readonly #threads: Thread[] = [];
  readonly #results = new Map<number, Result>();
  readonly #aheadMax: number;

  constructor(directory: string, segments: readonly number[], threads: readonly SegmentWorker[]) {
    this.#directory = directory;
    this.#queue = [...segments];
    this.#aheadMax = threads.length + 1;
    for (const worker of threads) {
      const thread: Thread = { worker, task: undefined };
      this.#threads.push(thread);
      worker.on('message', ({ first, read }) => this.#answered(thread, first, read));
      worker.on('error', () => this.#lost(thread));
      worker.on('exit', () => this.#lost(thread));
    }
    this.#fill();
  }

  /** A segment as a thread read it; undefined where none did. To be asked for in order. */
  async take(first: number): Promise<ReadSegment | undefined> {
    const result = this.#results.get(first);
    const read = await result?.promise;
    this.#results.delete(first);
    // Nobody reads what the caller now reads itself.
    if (this.#queue[0] === first) this.#queue.shift();
    this.#fill();
    return read;
  }

  async close(): Promise<void> {
    this.#queue.length = 0;
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  #fill(): void {
    for (const thread of this.#threads) {
      if (thread.task !== undefined) continue;
      if (this.#results.size >= this.#aheadMax) return;
      const first = this.#queue.shift();
      if (first === undefined) return;
      thread.task = first;
      let resolve: Result['resolve'] = () => {};
      const promise = new Promise<ReadSegment | undefined>((done) => {
        resolve = done;
      });
      this.#results.set(first, { promise, resolve });
      thread.worker.postMessage({ first, path: join(this.#directory, 'seg', segmentName(first)) });
    }
  }

  #answered(thread: Thread, first: number, read: ReadSegment | undefined): void {
    thread.task = undefined;
    this.#results.get(first)?.resolve(read);
    this.#fill();
  }

  #lost(thread: Thread): void {
    const place = this.#threads.indexOf(thread);
    if (place >= 0) this.#threads.splice(place, 1);
    if (thread.task !== undefined) this.#results.get(thread.task)?.resolve(undefined);
    thread.task = undefined;
  }
}
