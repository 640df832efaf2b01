import { KnhkError } from '../base/errors.ts';
import type { Outcome, Unavailable } from './outcome.ts';

/** Observations that applyAll keeps in flight: two epochs, so that one fills while one syncs. */
const depth = 512;

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
  const waiting: Promise<Outcome | Unavailable>[] = [];
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
    const outcome = apply(result.value, at).catch((error: unknown) =>
      unavailable(error, () => idOf(result.value, at)),
    );
    // Whoever breaks out of the loop leaves promises behind that nobody awaits.
    outcome.catch(() => {});
    waiting.push(outcome);
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
      yield await first;
    }
  } finally {
    next?.catch(() => {});
    await source.return?.();
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

function unavailable(error: unknown, id: () => string): Unavailable {
  if (!(error instanceof KnhkError) || error.code !== 'KNHK_SHAPES_UNAVAILABLE') throw error;
  return { outcome: 'unavailable', id: id(), error };
}
