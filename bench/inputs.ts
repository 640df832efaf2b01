/** A fixed sequence of numbers from 0 up to 1, so that every run sees the same inputs. */
export function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * The same values as a host has them: out of a JSON text. Their strings are then no constants that
 * the rules hold too, so that nobody compares them by their address alone.
 */
export function parsed<Value>(values: readonly Value[]): Value[] {
  return JSON.parse(JSON.stringify(values)) as Value[];
}
