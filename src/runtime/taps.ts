import type { HealthBook } from './health.ts';
import type { Counted } from './observe-stream.ts';
import type { Sequenced } from './pipeline.ts';

/** Who hears of each observation and each count leaf, synchronously, right after its leaf. */
export class Taps {
  readonly #health: HealthBook;
  readonly #listeners = new Set<(event: Sequenced) => void>();
  readonly #counters = new Set<(event: Counted) => void>();

  constructor(health: HealthBook) {
    this.#health = health;
  }

  /** Adds a listener; the function returned removes it. */
  add(listener: (event: Sequenced) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The same for count leaves. */
  addCounter(listener: (event: Counted) => void): () => void {
    this.#counters.add(listener);
    return () => void this.#counters.delete(listener);
  }

  tell(event: Sequenced): void {
    this.#tell(this.#listeners, event);
  }

  tellCounted(event: Counted): void {
    this.#tell(this.#counters, event);
  }

  /** The leaf is in the log: a listener that throws must not undo its answer. */
  #tell<Event>(listeners: ReadonlySet<(event: Event) => void>, event: Event): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#health.raise('cycle-failed', message);
      }
    }
  }
}
