import type { KnhkError } from '../base/errors.ts';
import type { Action } from '../rules/actions.ts';
import { type Evaluation, idle } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { ShapesResult } from '../shapes/gate.ts';
import type { Issue } from '../terms/read.ts';

/** Where an observation stands in the log. */
export interface Receipt {
  /** Index of the leaf in the log, from 0. */
  readonly seq: number;
  /** Leaf hash (RFC 6962), hexadecimal: what the signed tree commits to. */
  readonly hash: string;
  /** Time of the leaf in ms since 1970, never below that of the leaf before. */
  readonly time: number;
  /** Hash of the snapshot that decided. */
  readonly snapshot: string;
}

/** A guard's answer other than allow, by name. */
export interface Verdict {
  /** Index into `proposed`. */
  readonly action: number;
  /** The guard's name, or null where no guard matched. */
  readonly guard: string | null;
  readonly verdict: 'deny' | 'requires-approval';
  /** The guard's reason, such as `budget-spent`; KNHK_GUARD_* where its code is at fault. */
  readonly code: string;
}

/** How a hook failed; the message is for people and never enters a receipt. */
export interface HookFailure {
  /** The hook's name; empty where no single hook failed. */
  readonly hook: string;
  /** KNHK_HOOK_* or KNHK_LIMIT_*. */
  readonly code: string;
  /** May quote the observation: as confidential as that. */
  readonly message: string;
}

/** What the hooks and their guards said. */
export interface Decided {
  /**
   * acted: an action may leave; pending: none, one waits; denied: none of those proposed; idle:
   * none was proposed; failed: a hook is at fault and nothing leaves.
   */
  readonly outcome: 'acted' | 'pending' | 'denied' | 'idle' | 'failed';
  /** Names of the hooks that fired, in their total order. */
  readonly fired: readonly string[];
  /** What the hooks that fired answered, in the same order. */
  readonly proposed: readonly Action[];
  /** Answers other than allow. */
  readonly verdicts: readonly Verdict[];
  /** What may leave. */
  readonly actions: readonly Action[];
  /** What waits for an approval. */
  readonly pending: readonly Action[];
  /** Set exactly where the outcome is failed. */
  readonly failure?: HookFailure;
}

/**
 * Whether the observation conforms to its shapes. `unchecked`: decide() asks no engine, and the
 * rows of the kernel cannot say it of this type (`routing()` of a runtime says why).
 */
export type Sigma = 'conforms' | 'violates' | 'unchecked';

/** What a decision says of the shapes where hooks and guards decided. */
export type Checked = Exclude<Sigma, 'violates'>;

/**
 * What decide() answers: advisory, no receipt. Stage `terms` is unreadable input; stage `shapes` is
 * input against its shapes, where nothing is decided: apply() gives the report.
 */
export type Decision =
  | (Decided & { readonly sigma: Checked })
  | { readonly outcome: 'invalid'; readonly stage: 'shapes'; readonly sigma: 'violates' }
  | {
      readonly outcome: 'invalid';
      readonly stage: 'terms';
      readonly issues: readonly Issue[];
      /** `conforms` where there are no shapes. */
      readonly sigma: Checked;
    };

/**
 * What apply() answers once it is durable. `invalid` means unreadable (stage `terms`: no receipt)
 * or against its shapes (stage `shapes`: a receipt that commits to the report; nothing decided).
 */
export type Outcome =
  | (Decided & { readonly id: string; readonly receipt: Receipt })
  | InvalidTerms
  | {
      readonly outcome: 'invalid';
      readonly stage: 'shapes';
      readonly id: string;
      readonly receipt: Receipt;
      readonly results: readonly ShapesResult[];
    }
  | {
      /** A known id with the same content, or with another content. Nothing happened again. */
      readonly outcome: 'duplicate' | 'conflict';
      readonly id: string;
      /** The first receipt. */
      readonly receipt: Receipt;
      /** What became of the observation then. */
      readonly first: string;
    };

/** Unreadable input: no receipt. */
export interface InvalidTerms {
  readonly outcome: 'invalid';
  readonly stage: 'terms';
  /** The id that the host gave, if it gave one. */
  readonly id?: string;
  /** What is wrong and where. May quote the observation: as confidential as that. */
  readonly issues: readonly Issue[];
}

/** What applyAll() yields where shapes could not be checked; the id stays free. */
export interface Unavailable {
  readonly outcome: 'unavailable';
  /** The id given, or the content's hash. */
  readonly id: string;
  /** KNHK_SHAPES_UNAVAILABLE, with what went wrong in `details.got`. */
  readonly error: KnhkError;
}

const none: readonly never[] = Object.freeze([]);
/** Nothing fired: one frozen constant. */
export const nothing: Decided = Object.freeze({
  outcome: 'idle',
  fired: none,
  proposed: none,
  verdicts: none,
  actions: none,
  pending: none,
});

/** An evaluation with names in place of indices. */
export function decidedOf(evaluation: Evaluation, snapshot: Snapshot): Decided {
  if (evaluation === idle) return nothing;
  const { outcome, proposed, actions, pending } = evaluation;
  const fired = firedNames(evaluation, snapshot);
  const verdicts = namedVerdicts(evaluation, snapshot);
  const decided = { outcome, fired, proposed, verdicts, actions, pending };
  const failure = failureOf(evaluation, snapshot);
  return failure === undefined ? decided : { ...decided, failure };
}

/** What apply() answers for an evaluated observation; runs once per receipt. */
export function appliedOf(
  evaluation: Evaluation,
  snapshot: Snapshot,
  id: string,
  receipt: Receipt,
): Outcome {
  const { outcome, proposed, actions, pending } = evaluation;
  const fired = firedNames(evaluation, snapshot);
  const verdicts = namedVerdicts(evaluation, snapshot);
  const applied = { outcome, fired, proposed, verdicts, actions, pending, id, receipt };
  const failure = failureOf(evaluation, snapshot);
  return failure === undefined ? applied : { ...applied, failure };
}

function firedNames({ fired }: Evaluation, { document }: Snapshot): readonly string[] {
  return fired.length === 0 ? none : fired.map((index) => document.hooks[index]!.name);
}

function namedVerdicts({ verdicts }: Evaluation, { document }: Snapshot): readonly Verdict[] {
  if (verdicts.length === 0) return none;
  return verdicts.map(({ action, guard, verdict, code }) => ({
    action,
    guard: guard < 0 ? null : document.guards[guard]!.name,
    verdict,
    code,
  }));
}

function failureOf({ failure }: Evaluation, { document }: Snapshot): HookFailure | undefined {
  if (failure === undefined) return undefined;
  return { ...failure, hook: document.hooks[failure.hook]?.name ?? '' };
}
