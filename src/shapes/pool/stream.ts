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

type Pulled<In> = { readonly result: IteratorResult<In> } | { readonly error: unknown };

/**
 * Results in the order of the items, as many at work as the window holds: nothing is asked of the
 * source beyond that, and a result does not wait for the next item to come. What the source throws
 * comes behind the results of what it gave.
 */
export async function* inOrder<In, Out>(
  items: Iterable<In> | AsyncIterable<In>,
  { start, sizeOf, window, signal }: Stage<In, Out>,
): AsyncGenerator<Out, void, undefined> {
  const source =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const flight: { readonly result: Promise<Out>; readonly size: number }[] = [];
  let size = 0;
  let asked: Promise<Pulled<In>> | undefined;
  let end: Pulled<In> | undefined;
  const aborted = rejectionOf(signal);
  try {
    for (;;) {
      const full = flight.length >= window.items || (size >= window.size && flight.length > 0);
      if (end === undefined && !full) asked ??= pull(source);
      const head = flight[0]?.result.then(() => undefined);
      if (head === undefined && asked === undefined) break;
      const pulled = await Promise.race([asked ?? head, head ?? asked, aborted]);
      if (pulled === undefined) {
        const { result, size: done } = flight.shift()!;
        size -= done;
        yield await result;
        continue;
      }
      asked = undefined;
      if ('error' in pulled || pulled.result.done === true) end = pulled;
      else {
        const item = pulled.result.value;
        const own = sizeOf(item);
        size += own;
        flight.push({ result: start(item), size: own });
      }
    }
    if (end !== undefined && 'error' in end) throw end.error;
  } finally {
    // A generator that is still asked for an item would not return before it has given that.
    const gone = end === undefined ? source.return?.() : undefined;
    if (asked === undefined) await gone;
    else if (gone instanceof Promise) gone.catch(() => {});
  }
}

async function pull<In>(source: Iterator<In> | AsyncIterator<In>): Promise<Pulled<In>> {
  try {
    return { result: await source.next() };
  } catch (error) {
    return { error };
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
