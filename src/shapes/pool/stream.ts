/** How much {@link inOrder} has at work. */
export interface Window {
  readonly items: number;
  /** One item may exceed it, alone. */
  readonly size: number;
}

/** What {@link inOrder} does with each item. */
export interface Stage<In, Out> {
  /** Never rejects. */
  readonly start: (item: In) => Promise<Out>;
  readonly sizeOf: (item: In) => number;
  readonly window: Window;
  /** Ends the wait for a source that gives nothing. */
  readonly signal: AbortSignal;
}

interface Flight<Out> {
  readonly result: Promise<Out>;
  readonly size: number;
}

/**
 * Results in the order of the items, as many at work as the window holds: nothing is asked of the
 * source beyond that, and a result does not wait for the next item to come. What the source throws
 * comes behind the results of what it gave.
 */
export async function* inOrder<In, Out>(
  items: Iterable<In> | AsyncIterable<In>,
  stage: Stage<In, Out>,
): AsyncGenerator<Out, void, undefined> {
  const intake = new Intake(items, stage);
  const aborted = rejectionOf(stage.signal);
  try {
    for (;;) {
      const asked = intake.fill();
      const head = intake.flights[0];
      if (asked !== undefined) {
        const done = head?.result.then(() => 'done' as const);
        const first = await Promise.race([asked, aborted, ...(done === undefined ? [] : [done])]);
        if (first !== 'done') continue;
      }
      if (head === undefined) break;
      yield await head.result;
      intake.land();
    }
    intake.rethrow();
  } finally {
    await intake.close();
  }
}

/** What is taken from the source, and what is at work. */
class Intake<In, Out> {
  readonly #source: Iterator<In> | AsyncIterator<In>;
  readonly #isSlow: boolean;
  readonly #stage: Stage<In, Out>;
  readonly flights: Flight<Out>[] = [];
  #size = 0;
  /** The answer that the source owes. */
  #asked: Promise<void> | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(items: Iterable<In> | AsyncIterable<In>, stage: Stage<In, Out>) {
    this.#isSlow = Symbol.asyncIterator in items;
    this.#source =
      Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#stage = stage;
  }

  /** Takes items until the window is full; returns what to wait for where the source is slow. */
  fill(): Promise<void> | undefined {
    const { window } = this.#stage;
    while (!this.#ended && this.#asked === undefined) {
      const { length } = this.flights;
      if (length >= window.items || (length > 0 && this.#size >= window.size)) break;
      try {
        const next = this.#source.next();
        // Only a source of its own kind answers at once; the other's answer may be any thenable.
        if (this.#isSlow) this.#asked = this.#await(next as Promise<IteratorResult<In>>);
        else this.#take(next as IteratorResult<In>);
      } catch (error) {
        this.#fail(error);
      }
    }
    return this.#asked;
  }

  /** The first one's result has been taken. */
  land(): void {
    this.#size -= this.flights.shift()?.size ?? 0;
  }

  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async close(): Promise<void> {
    const asked = this.#asked;
    const gone = this.#ended ? undefined : this.#source.return?.();
    // A generator that is still asked for an item would not return before it has given that.
    if (asked === undefined) await gone;
    else if (gone instanceof Promise) gone.catch(() => {});
  }

  async #await(next: Promise<IteratorResult<In>>): Promise<void> {
    try {
      this.#take(await next);
    } catch (error) {
      this.#fail(error);
    }
    this.#asked = undefined;
  }

  #take(next: IteratorResult<In>): void {
    if (next.done === true) {
      this.#ended = true;
      return;
    }
    const size = this.#stage.sizeOf(next.value);
    this.#size += size;
    this.flights.push({ result: this.#stage.start(next.value), size });
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#failure = { error };
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // Nobody may be waiting when it comes.
  rejection.catch(() => {});
  return rejection;
}
