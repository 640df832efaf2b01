import { canonical, hashCanonical, type Json } from '../base/canonical.ts';
import { operateAsync } from '../runtime/operations.ts';
import { contentOf, type ValidationCache } from './stages/cache.ts';
import { candidateOf } from './stages/candidate.ts';
import { runStage, type StageRan } from './stages/run-stage.ts';
import type { Candidate, Stage, StageInput } from './stages/stage.ts';
import { stages } from './stages/stages.ts';
import type { Proposal, StageName, StageReport } from './types.ts';

/** Canonical text of a proposal: what its hash and its blob hold. */
export function proposalText(proposal: Proposal): string {
  return canonical(proposal as unknown as Json, 'proposal');
}

/** Content hash of a proposal. */
export function proposalHash(proposal: Proposal): string {
  return hashCanonical('proposal', proposalText(proposal));
}

/** What validation says of a proposal. */
export interface Validation {
  readonly stages: readonly StageReport[];
  /** True iff every stage passed or its refusal is advisory. */
  readonly passed: boolean;
  readonly candidate: Candidate | undefined;
}

/** How {@link validate} goes about it. */
export interface ValidateOptions {
  /** The stages; tests leave one out to see that its test turns red. */
  readonly stages?: readonly Stage[];
  /** Gives up: stages that have not answered by then refuse. */
  readonly signal?: AbortSignal;
  /** ms after which a stage refuses, 1,000 each where this says nothing. */
  readonly deadlines?: { readonly [Name in StageName]?: number };
  /** Of one log, catalogue and list of stages. */
  readonly cache?: ValidationCache;
}

const deadlineMsDefault = 1_000;

/**
 * Runs the seven stages, those that wait for something beside each other. One that throws, answers
 * nonsense or does not answer in time refuses; only a protected boolean parameter named
 * `stage<N>Advisory` that is true makes a refusal advisory.
 */
export async function validate(
  input: StageInput,
  options: ValidateOptions = {},
): Promise<Validation> {
  const { cache, stages: list = stages, signal, deadlines = {} } = options;
  const content = cache === undefined || signal?.aborted === true ? undefined : contentOf(input);
  const known = content === undefined ? undefined : cache?.get(content);
  if (known !== undefined) return known;
  const candidate = candidateOf(input);
  const ran = await Promise.all(
    list.map((stage, index) => {
      const deadlineMs = deadlines[stage.name] ?? deadlineMsDefault;
      return operateAsync(
        { name: 'stage' },
        () => runStage({ stage, number: index + 1, deadlineMs, signal }, input, candidate),
        ({ report: { name, verdict } }: StageRan) => ({ stage: name, verdict }),
      );
    }),
  );
  const reports = ran.map(({ report }) => report);
  const passed = reports.every(({ verdict, advisory }) => verdict === 'pass' || advisory === true);
  const usable = 'document' in candidate ? candidate : undefined;
  const said = { stages: reports, passed: passed && usable !== undefined, candidate: usable };
  // What a broken stage says is about the machine, and may be otherwise the next time.
  const isJudged = ran.every(({ isBroken }) => !isBroken);
  if (content !== undefined && isJudged) cache?.set(content, said);
  return said;
}
