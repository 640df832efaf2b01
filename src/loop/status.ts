import type { Baking, Trying } from './execute/execution.ts';
import type { LoopState } from './state.ts';

/** What a loop is doing. */
export interface LoopStatus {
  /** Number of the cycle under way, from 1. */
  readonly cycle: number;
  /** Observations in it so far. */
  readonly observed: number;
  /** A cycle is being taken right now. */
  readonly running: boolean;
  /** The promoted change that is being tried, and how many observations it has decided about. */
  readonly baking?: Baking & { readonly observations: number };
  /** The candidate that decides for a share of the subjects. */
  readonly canary?: Trying & { readonly observations: number };
  /** Content hashes of proposals that await a signed approval. */
  readonly held: readonly string[];
}

/** What a state says of itself. */
export function statusOf(
  { monitor, execution, knowledge }: LoopState,
  running: boolean,
): LoopStatus {
  const { baking, trying } = execution;
  return {
    cycle: monitor.cycle,
    observed: monitor.observed,
    running,
    ...(baking === undefined ? {} : { baking }),
    ...(trying === undefined ? {} : { canary: trying }),
    held: knowledge.held().map(({ proposal }) => proposal),
  };
}
