import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { KnhkError } from '../../base/errors.ts';
import type { WorkerSetup } from '../worker.ts';
import { type ShapesFault, unavailable } from './fault.ts';
import type { Item } from './item.ts';
import { Job } from './job.ts';
import { atShapes, takeApart, unknownPlace } from './split.ts';
import type { Task, TaskAnswer } from './task.ts';
import { type Executor, taskOf, type Work } from './work.ts';

// A graph of a shared task takes less; whatever takes longer is interrupted for nobody's sake.
const graceMs = 50;

/** Options of {@link openPool}; the gate has filled in the defaults. */
export interface PoolOptions {
  readonly threads: number;
  readonly queueMax: number;
  /** Heap of one thread in MiB; a thread that needs more ends, and counts as crashed. */
  readonly memoryMb: number;
  readonly setup: Omit<WorkerSetup, 'places'>;
  readonly onFault?: ((fault: ShapesFault) => void) | undefined;
  /** Called when there is room for one more task. */
  readonly onRoom?: () => void;
}

/**
 * A bounded pool of threads. The queue is ours, and Piscina gets at most one task per thread:
 * Piscina 5.3 keeps tasks with an abort signal in a list that its maxQueue does not bound, and
 * after a crash it starts no thread for the tasks that still wait there.
 */
class Pool implements Executor {
  readonly #options: PoolOptions;
  readonly #threads: Piscina<Task, TaskAnswer>;
  readonly #queue: Job[] = [];
  readonly #running = new Set<Job>();
  /** How far each task is, written by its thread. */
  readonly #places: Int32Array;
  readonly #slots: number[];
  #closed = false;

  constructor(options: PoolOptions) {
    const { threads, setup, memoryMb } = options;
    this.#options = options;
    this.#places = new Int32Array(new SharedArrayBuffer(4 * threads));
    this.#slots = Array.from({ length: threads }, (_, slot) => slot);
    this.#threads = new Piscina<Task, TaskAnswer>({
      filename: fileURLToPath(new URL('../worker.js', import.meta.url)),
      name: 'validate',
      workerData: { ...setup, places: this.#places } satisfies WorkerSetup,
      minThreads: 0,
      maxThreads: threads,
      maxQueue: threads,
      concurrentTasksPerWorker: 1,
      // Threads stay once started; Piscina unrefs idle ones, so they keep no process alive.
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    // A thread that dies without a task is replaced at the next task; nothing is lost.
    this.#threads.on('error', () => options.onFault?.('crash'));
  }

  get pending(): number {
    return this.#queue.length + this.#running.size;
  }

  get room(): boolean {
    return !this.#closed && this.pending < this.#options.threads + this.#options.queueMax;
  }

  submit(work: Work, items: readonly Item[]): void {
    if (this.room) {
      this.#queue.push(this.#jobOf(work, items));
      this.#next();
    } else if (this.#closed) {
      failAll(items, unavailable('closed', 'an open gate'));
    } else {
      this.#options.onFault?.('queue');
      const expected = `at most ${this.#options.queueMax} waiting tasks`;
      failAll(items, unavailable('queue', expected));
    }
  }

  topUp(work: Work, items: readonly Item[]): readonly Item[] {
    const last = this.#queue.findLast((job) => job.work.key === work.key);
    return last === undefined || work.key === undefined ? items : last.topUp(items);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of [...this.#queue, ...this.#running]) {
      failAll(job.open, unavailable('closed', 'an open gate'));
    }
    await this.#threads.destroy();
  }

  #jobOf(work: Work, items: readonly Item[]): Job {
    return new Job(work, items, (job, left) => {
      if (job.state === 'over') return;
      if (left === 0) this.#onEmpty(job);
      else if (job.state === 'runs') this.#onGone(job);
    });
  }

  #next(): void {
    while (!this.#closed && this.#running.size < this.#options.threads) {
      const job = this.#queue.shift();
      if (job === undefined) break;
      this.#start(job);
    }
    if (this.room) this.#options.onRoom?.();
  }

  #start(job: Job): void {
    job.state = 'runs';
    job.sent = job.open;
    job.slot = this.#slots.pop()!;
    this.#running.add(job);
    // Where a thread answers in parts by itself before, it loses none of its work.
    const budgetMs = this.#setPatience(job) / 2;
    this.#send(job, taskOf(job.work, job.sent, job.slot, budgetMs));
  }

  #send(job: Job, task: Task): void {
    Atomics.store(this.#places, job.slot, unknownPlace);
    this.#threads.run(task, { signal: job.stop.signal }).then(
      (answer) => {
        if (job.state === 'over') return;
        // The job keeps its thread in the count, so a second sending meets no full queue.
        if (answer.kind === 'need') this.#send(job, { ...task, document: job.work.document.text });
        else this.#onAnswer(job, answer);
      },
      // A worker catches what it throws, so a rejection that is not our abort is a lost thread.
      () => this.#onCrash(job),
    );
  }

  #onAnswer(job: Job, answer: Exclude<TaskAnswer, { readonly kind: 'need' }>): void {
    const { sent } = job;
    this.#release(job);
    if (answer.kind === 'refused') {
      for (const item of sent) item.settle(answer);
    } else {
      for (const [index, found] of answer.found) sent[index]?.settle(found);
      for (const item of sent.slice(0, answer.upTo)) item.settle();
      this.#again(job.work, sent.slice(answer.upTo), 'first');
    }
    this.#next();
  }

  #onCrash(job: Job): void {
    if (job.state === 'over') return;
    this.#options.onFault?.('crash');
    const place = Atomics.load(this.#places, job.slot);
    this.#release(job);
    const { open } = job;
    for (const item of open) item.crashes++;
    const guilty = open.length === 1 || place === atShapes;
    const lost = open.filter(({ crashes }) => guilty && crashes > 1);
    failAll(lost, unavailable('crash', 'a worker that survives it'));
    this.#takeApart(job, place);
  }

  /** Several items have had half of their time: a thread that hangs takes none of them further. */
  #onImpatient(job: Job): void {
    const { open } = job;
    const at = this.#itemAt(job);
    // What hangs at the shapes would hang for each of the items, and a last one has its deadline.
    const alone = open.length === 1 && open[0] === at;
    if (!alone && Atomics.load(this.#places, job.slot) !== atShapes) this.#interrupt(job);
  }

  /**
   * Nobody waits any more for one of several items. A thread that is at such a one for long, now
   * or when it comes to it, works for nobody.
   */
  #onGone(job: Job): void {
    let before: Item | undefined;
    job.watch ??= setInterval(() => {
      const at = this.#itemAt(job);
      if (at?.settled === true && at === before) this.#interrupt(job);
      before = at;
    }, graceMs);
  }

  #setPatience(job: Job): number {
    const patienceMs = job.patienceMs();
    if (patienceMs === undefined) return Number.POSITIVE_INFINITY;
    job.patience = setTimeout(() => this.#onImpatient(job), patienceMs);
    return patienceMs;
  }

  #interrupt(job: Job): void {
    const place = Atomics.load(this.#places, job.slot);
    this.#release(job);
    job.stop.abort();
    this.#takeApart(job, place);
  }

  #itemAt({ sent, slot }: Job): Item | undefined {
    return sent[Atomics.load(this.#places, slot) - 1];
  }

  #takeApart(job: Job, place: number): void {
    const { open, work, sent } = job;
    const { document } = work;
    const suspect = sent[place - 1];
    const isShared = work.kind === 'records' && document.local && open.length > 1;
    if (place === unknownPlace && isShared) {
      // In a graph of its own, each record has a place.
      const apart = { ...work, document: { ...document, local: false } };
      this.#again(apart, open, 'last');
    } else {
      const own = suspect === undefined ? place : open.indexOf(suspect) + 1;
      const { next, last } = takeApart(open, own);
      this.#again(work, next, 'first');
      for (const part of last) this.#again(work, part, 'last');
    }
    this.#next();
  }

  /** What was accepted once is not refused for a full queue. */
  #again(work: Work, items: readonly Item[], place: 'first' | 'last'): void {
    const open = items.filter(({ settled }) => !settled);
    if (open.length === 0) return;
    const job = this.#jobOf(work, open);
    if (place === 'first') this.#queue.unshift(job);
    else this.#queue.push(job);
  }

  /** Nobody waits for its items: it leaves the queue, or its thread ends, whatever it does. */
  #onEmpty(job: Job): void {
    if (job.state === 'over') return;
    if (job.state === 'waits') {
      const place = this.#queue.indexOf(job);
      if (place >= 0) this.#queue.splice(place, 1);
    } else {
      this.#release(job);
      job.stop.abort();
    }
    job.state = 'over';
    this.#next();
  }

  #release(job: Job): void {
    job.state = 'over';
    clearTimeout(job.patience);
    clearInterval(job.watch);
    this.#running.delete(job);
    this.#slots.push(job.slot);
  }
}

function failAll(items: readonly Item[], reason: KnhkError): void {
  for (const item of items) item.fail(reason);
}

/** Opens a pool; its threads start with the first tasks. */
export function openPool(options: PoolOptions): Executor {
  return new Pool(options);
}
