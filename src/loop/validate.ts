import { canonical, hashCanonical, type Json } from '../base/canonical.ts';
import { monotonicMs } from '../base/clock.ts';
import { describe, type KnhkError } from '../base/errors.ts';
import { operate } from '../runtime/operations.ts';
import { type Candidate, candidateOf, type Stage, type StageInput, stages } from './stages.ts';
import type { Proposal, StageReport } from './types.ts';

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

/**
 * Runs the seven stages. A stage that throws refuses; only a protected boolean parameter named
 * `stage<N>Advisory` that is true makes a refusal advisory.
 *
 * @param list the stages; tests leave one out to see that its test turns red
 */
export function validate(input: StageInput, list: readonly Stage[] = stages): Validation {
  let candidate: Candidate | KnhkError;
  try {
    candidate = candidateOf(input);
  } catch (error) {
    const stage = { stage: 1, name: 'static', verdict: 'refuse', code: threw, stageMs: 0 } as const;
    return {
      stages: [{ ...stage, message: describe(error) }],
      passed: false,
      candidate: undefined,
    };
  }
  const reports = list.map((stage, index) =>
    operate(
      { name: 'stage' },
      () => judge(stage, index + 1, input, candidate),
      ({ name, verdict }) => ({ stage: name, verdict }),
    ),
  );
  const passed = reports.every(({ verdict, advisory }) => verdict === 'pass' || advisory === true);
  const usable = 'document' in candidate ? candidate : undefined;
  return { stages: reports, passed: passed && usable !== undefined, candidate: usable };
}

const threw = 'KNHK_LOOP_STAGE';

function judge(
  stage: Stage,
  number: number,
  input: StageInput,
  candidate: Candidate | KnhkError,
): StageReport {
  const start = monotonicMs();
  const report = (
    rest: Pick<StageReport, 'verdict' | 'code' | 'message' | 'advisory'>,
  ): StageReport => ({
    stage: number,
    name: stage.name,
    ...rest,
    stageMs: monotonicMs() - start,
  });
  try {
    const result = stage.judge(input, candidate);
    if (result === undefined) return report({ verdict: 'pass' });
    if (result === 'unable') return report({ verdict: 'skip' });
    const advisory = isAdvisory(input, number) ? { advisory: true } : {};
    return report({ verdict: 'refuse', ...result, ...advisory });
  } catch (error) {
    return report({ verdict: 'refuse', code: threw, message: describe(error) });
  }
}

function isAdvisory({ current }: StageInput, number: number): boolean {
  const parameter = current.document.parameters[`stage${number}Advisory`];
  return parameter?.protected === true && parameter.value === true;
}
