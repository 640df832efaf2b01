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
