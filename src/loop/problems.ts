import { type OperationFacts, type OperationName, operate } from '../runtime/operations.ts';
import type { CycleProblem } from './types.ts';

/** What went wrong, for the cycle's report and entry. */
export function problemOf(
  phase: CycleProblem['phase'],
  error: unknown,
  name?: string,
): CycleProblem {
  const message = error instanceof Error ? error.message : String(error);
  return name === undefined ? { phase, message } : { phase, name, message };
}

/**
 * Runs a phase whose parts may fail one by one: what it gives stands, and its operation ends with
 * the first error, so that telemetry shows it.
 *
 * @param work is given what to tell of each failure
 */
export function operateInParts<Name extends OperationName, T>(
  described: { readonly name: Name; readonly origin: string },
  work: (failed: (error: unknown) => void) => T,
  facts: (result: T) => OperationFacts[Name],
): T {
  let result: { readonly value: T } | undefined;
  const errors: unknown[] = [];
  try {
    return operate(
      described,
      () => {
        const value = work((error) => errors.push(error));
        result = { value };
        if (errors.length > 0) throw errors[0];
        return value;
      },
      facts,
    );
  } catch (error) {
    if (result === undefined) throw error;
    return result.value;
  }
}
