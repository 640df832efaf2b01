import type { Observation } from '../terms/observation.ts';
import { readInput } from '../terms/read.ts';
import type { Observed, ObservedMany } from './observe-types.ts';

/**
 * The object that an observation is streamed as: RDF is read to one, and the schema of its type is
 * asked. Undefined where it is refused.
 */
export function streamable(observation: Observation, input: unknown): unknown {
  const read = readInput(observation, input);
  return read.ok ? read.input : undefined;
}

/** observe() for each, until there is no room. */
export function observeEach(
  inputs: readonly unknown[],
  observe: (input: unknown) => Observed,
): ObservedMany {
  let invalid = 0;
  let index = 0;
  for (; index < inputs.length; index++) {
    const answer = observe(inputs[index]);
    if (answer === 'full') break;
    if (answer === 'invalid') invalid++;
  }
  return { observed: index - invalid, invalid, rest: inputs.length - index };
}
