/** What waits for one signal; it has a single listener, however many they are. */
class Aborts {
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<() => void>();
  readonly #listener = (): void => {
    // Each takes itself out of the set.
    for (const end of this.#waiting) end();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(end: () => void): void {
    if (this.#waiting.size === 0) this.#signal.addEventListener('abort', this.#listener);
    this.#waiting.add(end);
  }

  remove(end: () => void): void {
    if (!this.#waiting.delete(end) || this.#waiting.size > 0) return;
    this.#signal.removeEventListener('abort', this.#listener);
  }
}

const known = new WeakMap<AbortSignal, Aborts>();

/**
 * Calls back when a signal aborts, and returns what takes that back. Thousands of graphs may share
 * a signal: as many listeners would be searched through for each that ends, and warned of.
 */
export function onAbort(signal: AbortSignal, end: () => void): () => void {
  let aborts = known.get(signal);
  if (aborts === undefined) {
    aborts = new Aborts(signal);
    known.set(signal, aborts);
  }
  aborts.add(end);
  return () => aborts.remove(end);
}
