import { KnhkError } from '../base/errors.ts';
import type { Outcome, Unavailable } from './outcome.ts';

/** Observations that applyAll keeps in flight: three epochs, so that one fills while one syncs. */
const depth = 768;

/**
 * Applies inputs in order and yields their outcomes in the same order. The source is read only as
 * fast as outcomes are taken (back-pressure), and a ready outcome never waits for a slow source.
 */
export async function* applyInOrder<Input>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
  apply: (input: Input, index: number) => Promise<Outcome>,
  idOf: (input: Input, index: number) => string,
): AsyncGenerator<Outcome | Unavailable, void, undefined> {
  const source = sourceOf(inputs);
  const waiting: Promise<Outcome | Unavailable | Failed>[] = [];
  let index = 0;
  let next: Promise<IteratorResult<Input>> | undefined;
  let done = false;
  const take = (result: IteratorResult<Input>): void => {
    next = undefined;
    if (result.done === true) {
      done = true;
      return;
    }
    const at = index++;
    // Failures become values, so that none of 512 waiting promises is ever an unhandled rejection.
    waiting.push(
      apply(result.value, at).then(undefined, (error: unknown) =>
        unavailable(error, () => idOf(result.value, at)),
      ),
    );
  };
  try {
    for (;;) {
      while (!done && waiting.length < depth) {
        const pulled = next ?? source.next();
        if (!(pulled instanceof Promise)) {
          take(pulled);
          continue;
        }
        next = pulled;
        const first = waiting[0];
        if (first === undefined) take(await pulled);
        else if ((await Promise.race([pulled.then(fromSource), first.then(fromHead)])) === 'head')
          break;
        else take(await pulled);
      }
      const first = waiting.shift();
      if (first === undefined) return;
      const outcome = await first;
      if (outcome instanceof Failed) throw outcome.error;
      yield outcome;
    }
  } finally {
    const closed = source.return?.();
    // A generator closes after its pending pull, which a silent source may never answer.
    if (next === undefined) await closed;
    else for (const promise of [next, closed]) Promise.resolve(promise).catch(() => {});
  }
}

const fromSource = (): 'source' => 'source';
const fromHead = (): 'head' => 'head';

interface Source<Input> {
  next(): IteratorResult<Input> | Promise<IteratorResult<Input>>;
  return?(): unknown;
}

function sourceOf<Input>(inputs: Iterable<Input> | AsyncIterable<Input>): Source<Input> {
  return Symbol.asyncIterator in inputs
    ? inputs[Symbol.asyncIterator]()
    : inputs[Symbol.iterator]();
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
