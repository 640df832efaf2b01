import type { HealthBook } from './health.ts';
import type { Sequenced } from './pipeline.ts';

/** Who hears of each observation, synchronously, right after it was sequenced. */
export class Taps {
  readonly #health: HealthBook;
  readonly #listeners = new Set<(event: Sequenced) => void>();

  constructor(health: HealthBook) {
    this.#health = health;
  }

  /** Adds a listener; the function returned removes it. */
  add(listener: (event: Sequenced) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The leaf is in the log: a listener that throws must not undo its answer. */
  tell(event: Sequenced): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#health.raise('cycle-failed', message);
      }
    }
  }
}
