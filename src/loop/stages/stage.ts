import type { KnhkError } from '../../base/errors.ts';
import type { Catalogue } from '../../rules/catalogue.ts';
import type { RulesDocument } from '../../rules/document.ts';
import type { Snapshot } from '../../rules/snapshot.ts';
import type { ShapesDocument } from '../../shapes/document.ts';
import type { Measurements } from '../measurements.ts';
import type { RecordedObservation } from '../recorded.ts';
import type { Proposal, StageName } from '../types.ts';

/** Everything that the stages judge by. */
export interface StageInput {
  readonly proposal: Proposal;
  readonly current: Snapshot;
  readonly catalogue: Catalogue;
  readonly shapes: ShapesDocument | undefined;
  readonly measurements: Measurements;
  /** Recent recorded observations, at most 256. */
  readonly recorded: readonly RecordedObservation[];
}

/** The document that a proposal would make, computed once for all stages. */
export interface Candidate {
  readonly document: RulesDocument;
  readonly shapes: ShapesDocument | undefined;
  /** The candidate linked with its code, or why it does not link. */
  readonly snapshot: Snapshot | KnhkError;
}

/** Numbers behind a verdict. The loop's journal keeps them, so no time may be among them. */
export type Evidence = { readonly [name: string]: number };

/** What a stage says. `skip`: there is nothing that it could judge, which admits nothing. */
export type StageResult =
  | { readonly verdict: 'pass'; readonly evidence: Evidence }
  | {
      readonly verdict: 'refuse';
      readonly code: string;
      readonly message: string;
      readonly evidence: Evidence;
    }
  | { readonly verdict: 'skip' };

/** One stage of validation. */
export interface Stage {
  readonly name: StageName;
  /** What it may take in ms before it is reported as over its budget. */
  readonly budgetMs: number;
  /** A promise is awaited until `signal` aborts, at the stage's deadline or before. */
  judge(
    input: StageInput,
    candidate: Candidate | KnhkError,
    signal: AbortSignal,
  ): StageResult | Promise<StageResult>;
}

/** A stage has nothing against it. */
export function pass(evidence: Evidence): StageResult {
  return { verdict: 'pass', evidence };
}

/** A stage refuses. */
export function refuse(code: string, message: string, evidence: Evidence): StageResult {
  return { verdict: 'refuse', code, message, evidence };
}

/** There is no candidate to judge. */
export const skip: StageResult = Object.freeze({ verdict: 'skip' });
