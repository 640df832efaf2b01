import { monotonicMs } from '../base/clock.ts';
import { nextTurn } from '../base/turn.ts';
import { enginesOf } from './engines.ts';
import { refused } from './pool/answer.ts';
import { unavailable } from './pool/fault.ts';
import type { Item } from './pool/item.ts';
import type { PoolOptions } from './pool/pool.ts';
import type { TaskAnswer } from './pool/task.ts';
import { type Executor, taskOf, type Work } from './pool/work.ts';
import { makeRunner, type Runner } from './run.ts';

/** Milliseconds after which graphs leave the rest of their task to the event loop's next turn. */
const turnMs = 1;

/** Runs tasks on the calling thread, one after the other; no deadline can interrupt them. */
class Inline implements Executor {
  readonly #options: PoolOptions;
  readonly #runner: Runner;
  readonly #queue: { readonly work: Work; readonly items: readonly Item[] }[] = [];
  /** The first of them counts as the one that runs. */
  pending = 0;
  #last: Promise<void> | undefined;
  #closed = false;

  constructor(options: PoolOptions, runner: Runner) {
    this.#options = options;
    this.#runner = runner;
  }

  get room(): boolean {
    return !this.#closed && this.pending <= this.#options.queueMax;
  }

  submit(work: Work, items: readonly Item[]): void {
    if (!this.room) {
      const error = this.#closed
        ? unavailable('closed', 'an open gate')
        : unavailable('queue', `at most ${this.#options.queueMax} waiting tasks`);
      if (!this.#closed) this.#options.onFault?.('queue');
      for (const item of items) item.fail(error);
      return;
    }
    this.pending++;
    this.#queue.push({ work, items });
    this.#last ??= this.#drain();
  }

  topUp(_work: Work, items: readonly Item[]): readonly Item[] {
    return items;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { items } of this.#queue.splice(0)) {
      this.pending--;
      for (const item of items) item.fail(unavailable('closed', 'an open gate'));
    }
    await this.#last;
  }

  // One engine works on one graph at a time.
  async #drain(): Promise<void> {
    // Whoever submits goes on first.
    await undefined;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      let rest = open(next.items);
      while (rest.length > 0) {
        const upTo = await this.#run(next.work, rest);
        rest = open(rest.slice(upTo));
        if (rest.length > 0) await nextTurn();
      }
      this.pending--;
      this.#options.onRoom?.();
      if (this.#queue.length > 0) await nextTurn();
    }
    this.#last = undefined;
  }

  /** Settles the first of the items, and says how many. */
  async #run(work: Work, items: readonly Item[]): Promise<number> {
    const task = taskOf(work, items, 0, turnMs);
    let answer: TaskAnswer = await this.#runner.run(task);
    if (answer.kind === 'need') {
      answer = await this.#runner.run({ ...task, document: work.document.text });
    }
    if (answer.kind !== 'done') {
      const given = answer.kind === 'refused' ? answer : refused('no shapes');
      for (const item of items) item.settle(given);
      return items.length;
    }
    for (const [index, found] of answer.found) items[index]?.settle(found);
    for (const item of items.slice(0, answer.upTo)) item.settle();
    return answer.upTo;
  }
}

const open = (items: readonly Item[]): readonly Item[] => items.filter(({ settled }) => !settled);

/** Loads the engine into the calling thread. */
export async function openInline(options: PoolOptions): Promise<Executor> {
  const { observations, engine, faults } = options.setup;
  const engines = await enginesOf(engine);
  const places = new Int32Array(1);
  return new Inline(
    options,
    makeRunner({ observations, engines, now: monotonicMs, places, faults }),
  );
}
