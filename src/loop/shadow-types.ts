import type { LeafOutcome } from '../receipts/verify/leaf-types.ts';

/** One observation on which two snapshots differ. */
export interface ShadowExample {
  /** Its place in the log. */
  readonly seq: number;
  /** Type of the observation. */
  readonly type: string;
  /** What the parent's rules give: outcome and types of the actions that leave. */
  readonly before: { readonly outcome: LeafOutcome; readonly actions: readonly string[] };
  /** What the candidate's rules give. */
  readonly after: { readonly outcome: LeafOutcome; readonly actions: readonly string[] };
}

/** What a candidate would have decided about recorded observations. */
export interface ShadowReport {
  /** Observations that both snapshots evaluated. */
  readonly evaluated: number;
  /** Recorded ones that could not be: payload gone, invalid, or a declaration unknown. */
  readonly unavailable: number;
  /** Seqs of the first and last one looked at. */
  readonly seqs: readonly [number, number] | null;
  /** Observations whose outcome or actions differ. */
  readonly differing: number;
  /** Outcomes under both, as counts. */
  readonly outcomes: {
    readonly before: { readonly [outcome: string]: number };
    readonly after: { readonly [outcome: string]: number };
  };
  /** Firings by hook where they differ. */
  readonly fired: { readonly [hook: string]: { readonly before: number; readonly after: number } };
  /** Actions that leave, by type, where they differ. */
  readonly actions: {
    readonly [type: string]: { readonly before: number; readonly after: number };
  };
  /** Observations that fail under the candidate and did not under the parent. */
  readonly newFailures: number;
  /** The first that differ, at most 8. */
  readonly examples: readonly ShadowExample[];
}
