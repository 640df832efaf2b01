// Set by test/mutation/vitest.config.ts alone: there each test runs for hundreds of mutants.
const isMutationRun = process.env['KNHK_MUTATION'] === '1';

/** Runs of a property: as many as asked for, but under mutation. */
export function runs(count: number): number {
  return isMutationRun ? Math.ceil(count / 8) : count;
}

/** Step between the places that a test damages: each one, but under mutation. */
export function step(underMutation: number): number {
  return isMutationRun ? underMutation : 1;
}
