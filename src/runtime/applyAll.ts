import { hashCanonical } from '../base/canonical.ts';
import { KnhkError } from '../base/errors.ts';
import { nextTurn } from '../base/turn.ts';
import type { Observation } from '../terms/observation.ts';
import { readObservation } from '../terms/read.ts';
import type { RuntimeCore } from './core.ts';
import type { ObservationOptions } from './decide.ts';
import type { Answering } from './flight.ts';
import type { Outcome, Unavailable } from './outcome.ts';

/** Options of applyAll(). */
export interface ApplyAllOptions<Input> {
  /** The id of each input; by default the content's hash. */
  readonly id?: (input: Input, index: number) => string;
  /** Who asks, for guards: one for all, at most 256 bytes. */
  readonly principal?: string;
  /** Trace identifier of all of them, as in {@link ObservationOptions}. */
  readonly trace?: string;
  /** Ends the iteration with its reason; what was applied before goes on. */
  readonly signal?: AbortSignal;
}

/** Observations that applyAll keeps in flight: three epochs, so that one fills while one syncs. */
const depth = 768;

/**
 * Outcomes between two turns of the event loop. Promises alone would keep it from noticing that a
 * write is done and that the sync can begin, and timers and sockets of the host would starve.
 */
const turnEvery = 64;

/** How {@link applyInOrder} applies one input. */
interface InOrder<Input> {
  apply(input: Input, index: number, to: Answering): void;
  /** The id of an input, for outcomes without a receipt. */
  idOf(input: Input, index: number): string;
  /** Ends the iteration with its reason; what was applied before goes on. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Applies inputs in order and yields their outcomes in the same order. The source is read only as
 * fast as outcomes are taken (back-pressure), and a ready outcome never waits for a slow source.
 */
async function* applyInOrder<Input>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
  how: InOrder<Input>,
): AsyncGenerator<Outcome | Unavailable, void, undefined> {
  const { signal } = how;
  const source = new Puller(inputs);
  const waiting: Waiting<Input>[] = [];
  const wake = (): void => source.wake();
  let index = 0;
  let answered = 0;
  signal?.addEventListener('abort', wake);
  try {
    for (;;) {
      signal?.throwIfAborted();
      while (waiting.length < depth && source.pull()) {
        waiting.push(new Waiting(source.take(), index++, how, wake));
      }
      const first = waiting[0];
      if (first === undefined && source.done) return;
      if (first?.outcome === undefined) {
        await source.slept();
        continue;
      }
      waiting.shift();
      if (first.outcome instanceof Failed) throw first.outcome.error;
      yield first.outcome;
      if (++answered % turnEvery === 0) await nextTurn();
    }
  } finally {
    signal?.removeEventListener('abort', wake);
    await source.close();
  }
}

/** applyAll() on a runtime. */
export function applyAllOn<Input>(
  core: RuntimeCore,
  observation: Observation,
  inputs: Iterable<Input> | AsyncIterable<Input>,
  options: ApplyAllOptions<Input>,
): AsyncGenerator<Outcome | Unavailable, void, undefined> {
  const { id, signal, principal, trace } = options;
  const shared: Pick<ObservationOptions, 'principal' | 'trace'> = {
    ...(principal === undefined ? {} : { principal }),
    ...(trace === undefined ? {} : { trace }),
  };
  return applyInOrder(inputs, {
    signal,
    apply: (input, index, to) => {
      const named = id === undefined ? undefined : { ...shared, id: id(input, index) };
      core.applyTo(observation, input, named ?? shared, to);
    },
    idOf: (input, index) => id?.(input, index) ?? contentId(observation, input),
  });
}

/** The id of an observation that was given none: its record's hash. */
function contentId(observation: Observation, input: unknown): string {
  const read = readObservation(observation, input);
  return read.ok ? hashCanonical('record', read.record) : '';
}

/** One input under way, in line; failures become values until their turn comes. */
class Waiting<Input> implements Answering {
  outcome: Outcome | Unavailable | Failed | undefined;
  readonly #input: Input;
  readonly #index: number;
  readonly #how: InOrder<Input>;
  readonly #wake: () => void;

  constructor(input: Input, index: number, how: InOrder<Input>, wake: () => void) {
    this.#input = input;
    this.#index = index;
    this.#how = how;
    this.#wake = wake;
    how.apply(input, index, this);
  }

  resolve(outcome: Outcome): void {
    this.outcome = outcome;
    this.#wake();
  }

  reject(error: unknown): void {
    this.outcome = unavailable(error, () => this.#how.idOf(this.#input, this.#index));
    this.#wake();
  }
}

/** Pulls from a synchronous or asynchronous source, one element at a time. */
class Puller<Input> {
  readonly #source: Source<Input>;
  #pending: Promise<void> | undefined;
  #result: IteratorResult<Input> | undefined;
  #error: Failed | undefined;
  #awake: () => void = () => {};
  #slept: Promise<void> | undefined;
  done = false;

  constructor(inputs: Iterable<Input> | AsyncIterable<Input>) {
    this.#source =
      Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]();
  }

  /** True if an element is at hand; false while one is awaited or when there are no more. */
  pull(): boolean {
    if (this.#error !== undefined) throw this.#error.error;
    if (this.#result !== undefined) return true;
    if (this.done || this.#pending !== undefined) return false;
    const next = this.#source.next();
    if (!(next instanceof Promise)) return this.#arrived(next);
    this.#pending = next.then(
      (result) => {
        this.#pending = undefined;
        this.#arrived(result);
        this.wake();
      },
      (error: unknown) => {
        this.#pending = undefined;
        this.done = true;
        this.#error = new Failed(error);
        this.wake();
      },
    );
    return false;
  }

  #arrived(result: IteratorResult<Input>): boolean {
    if (result.done === true) this.done = true;
    else this.#result = result;
    return result.done !== true;
  }

  /** The element that {@link pull} has at hand. */
  take(): Input {
    const { value } = this.#result as IteratorYieldResult<Input>;
    this.#result = undefined;
    return value;
  }

  /** Resolves when something happened: an element, an outcome, an abort. */
  slept(): Promise<void> {
    this.#slept ??= new Promise((resolve) => {
      this.#awake = resolve;
    });
    return this.#slept;
  }

  wake(): void {
    this.#slept = undefined;
    this.#awake();
  }

  async close(): Promise<void> {
    const closed = this.#source.return?.();
    // A generator closes after its pending pull, which a silent source may never answer.
    if (this.#pending === undefined) await closed;
    else Promise.resolve(closed).catch(() => {});
  }
}

interface Source<Input> {
  next(): IteratorResult<Input> | Promise<IteratorResult<Input>>;
  return?(): unknown;
}

/** An error that ends the iteration, kept until its turn comes. */
class Failed {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

function unavailable(error: unknown, id: () => string): Unavailable | Failed {
  if (!(error instanceof KnhkError) || error.code !== 'KNHK_SHAPES_UNAVAILABLE') {
    return new Failed(error);
  }
  return { outcome: 'unavailable', id: id(), error };
}
