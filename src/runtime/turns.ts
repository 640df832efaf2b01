import type { HealthBook } from './health.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Pauses sequencing after every n-th apply leaf for something that has to happen exactly there: a
 * cycle of the loop. Everything before it is durable by then; a failure shows in health.
 */
export class Turns {
  readonly #pipeline: Pipeline;
  readonly #health: HealthBook;
  readonly #flush: () => Promise<void>;
  #turn: { readonly every: number; readonly run: () => Promise<void> } | undefined;
  #running: Promise<void> | undefined;
  /** The last turn failed, rather than what it ran saying so by itself. */
  #failed = false;

  constructor(pipeline: Pipeline, health: HealthBook, flush: () => Promise<void>) {
    this.#pipeline = pipeline;
    this.#health = health;
    this.#flush = flush;
  }

  /** Sets what runs after every n-th leaf; the function returned takes it away. */
  every(every: number, run: () => Promise<void>): () => void {
    this.#turn = { every, run };
    return () => {
      this.#turn = undefined;
    };
  }

  /** Called after each apply leaf with the number of them over the log's whole life. */
  sequenced(applied: number): void {
    if (this.#turn === undefined || applied % this.#turn.every !== 0) return;
    this.#pipeline.pause();
    this.#running = this.#take(this.#turn.run);
  }

  /** Does something while nothing is sequenced, after the turn that is under way. */
  async paused(work: () => Promise<void>): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#pipeline.pause();
    const working = work();
    this.#running = working.catch(() => {});
    try {
      await working;
    } finally {
      this.#running = undefined;
      this.#pipeline.resume();
    }
  }

  /** Resolves when no turn is under way. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #take(run: () => Promise<void>): Promise<void> {
    try {
      await this.#flush();
      await run();
      if (this.#failed) this.#health.clear('cycle-failed');
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      this.#health.raise('cycle-failed', error instanceof Error ? error.message : String(error));
    } finally {
      // First, because resuming may sequence the observation that begins the next turn.
      this.#running = undefined;
      this.#pipeline.resume();
    }
  }
}
