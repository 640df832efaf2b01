import { unavailable } from './fault.ts';
import type { Item } from './item.ts';
import { type Executor, fits, graphsPerTask, type Work } from './work.ts';

// Fewer would cost more to send than the second thread gains.
const graphsPerTaskMin = 16;

/** What {@link Collector} is given. */
export interface CollectorOptions {
  /** The calling thread counts as one. */
  readonly threads: number;
  readonly queueMax: number;
  /** Characters that one turn of the event loop may validate on the calling thread. */
  readonly inlineCharacters: number;
  /** The pool, if there is one. */
  readonly pool: Executor | undefined;
  /** The calling thread. */
  readonly inline: () => Promise<Executor>;
  /** Whether shapes may run on the calling thread beside a pool. */
  readonly mayRunInline: (work: Work) => boolean;
  readonly onQueue: () => void;
}

interface Waiting {
  readonly work: Work;
  readonly item: Item;
  /** Waits for room where others are sent: its own sender stops sending. */
  readonly patient: boolean;
}

/**
 * Collects the graphs of one turn of the event loop, deals them into tasks, and says where they
 * run: on the calling thread where the pool is idle and crossing would cost more than they do.
 */
export class Collector {
  readonly #options: CollectorOptions;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #closed = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Graphs that no task has taken yet. */
  get size(): number {
    return this.#waiting.filter(({ item }) => !item.settled).length;
  }

  add(work: Work, item: Item, patient: boolean): void {
    const { threads, queueMax, onQueue } = this.#options;
    const full = this.#waiting.length >= (threads + queueMax) * graphsPerTask;
    if (this.#closed) item.fail(unavailable('closed', 'an open gate'));
    else if (full && !patient) {
      onQueue();
      item.fail(unavailable('queue', `at most ${queueMax} waiting tasks`));
    } else {
      this.#waiting.push({ work, item, patient });
      this.#schedule();
    }
  }

  /** Somebody made room for a task. */
  onRoom(): void {
    if (this.#waiting.length > 0) this.#schedule();
  }

  close(): void {
    this.#closed = true;
    for (const { item } of this.#waiting.splice(0)) {
      item.fail(unavailable('closed', 'an open gate'));
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting.filter(({ item }) => !item.settled);
    this.#waiting = [];
    if (waiting.length === 0) return;
    const { pool, inline } = this.#options;
    if (pool !== undefined && !this.#isInline(pool, waiting)) return this.#deal(pool, waiting);
    try {
      this.#deal(await inline(), waiting);
    } catch (error) {
      for (const { item } of waiting) item.fail(error);
    }
  }

  #isInline(pool: Executor, waiting: readonly Waiting[]): boolean {
    const { inlineCharacters, mayRunInline } = this.#options;
    const size = waiting.reduce((sum, { item }) => sum + item.size, 0);
    if (pool.pending > 0 || size > inlineCharacters) return false;
    return waiting.every(({ work }) => mayRunInline(work));
  }

  #deal(executor: Executor, waiting: readonly Waiting[]): void {
    const groups = new Map<string | undefined, Waiting[]>();
    for (const one of waiting) {
      const group = groups.get(one.work.key);
      if (group === undefined) groups.set(one.work.key, [one]);
      else group.push(one);
    }
    for (const group of groups.values()) {
      const { work } = group[0]!;
      const rest = executor.topUp(
        work,
        group.map(({ item }) => item),
      );
      const patient = new Set(group.filter((one) => one.patient).map(({ item }) => item));
      for (const part of this.#parts(rest)) this.#submit(executor, work, part, patient);
    }
  }

  #submit(
    executor: Executor,
    work: Work,
    items: readonly Item[],
    patient: ReadonlySet<Item>,
  ): void {
    const sent: Item[] = [];
    const waits = !executor.room && !this.#closed;
    for (const item of items) {
      if (waits && patient.has(item)) this.#waiting.push({ work, item, patient: true });
      else sent.push(item);
    }
    // It says to each of them why there is no room.
    if (sent.length > 0) executor.submit(work, sent);
  }

  /** Tasks of 16 to 64 graphs, so that each thread gets one. */
  *#parts(items: readonly Item[]): Generator<readonly Item[]> {
    const share = Math.ceil(items.length / this.#options.threads);
    const most = Math.min(Math.max(share, graphsPerTaskMin), graphsPerTask);
    let part: Item[] = [];
    let size = 0;
    for (const item of items) {
      if (part.length > 0 && (part.length >= most || !fits(part, size, item))) {
        yield part;
        part = [];
        size = 0;
      }
      part.push(item);
      size += item.size;
    }
    if (part.length > 0) yield part;
  }
}
