import { KnhkError } from '../base/errors.ts';
import type { Operation, OperationFacts, OperationName } from '../runtime/operations.ts';
import type { Attributes } from './api.ts';
import { attributes as names, spans } from './generated.ts';

/** The span that each kind of work becomes. */
export const spanNames: { readonly [Name in OperationName]: string } = {
  epoch: spans.receiptIssue,
  shapes: spans.validationShacl,
  promotion: spans.snapshotPromote,
  verify: spans.receiptVerify,
  cycle: spans.mapeKCycle,
  monitor: spans.mapeKMonitor,
  analyze: spans.mapeKAnalyze,
  plan: spans.mapeKPlan,
  validate: spans.proposalValidate,
  stage: spans.validationStage,
  execute: spans.mapeKExecute,
  knowledge: spans.mapeKKnowledge,
};

type Describe = {
  readonly [Name in OperationName]: (facts: OperationFacts[Name], durationMs: number) => Attributes;
};

const describe: Describe = {
  epoch: ({ first, leaves, bytes, commitMs }) => ({
    [names.receiptSeq]: first,
    [names.receiptCount]: leaves,
    [names.receiptBytes]: bytes,
    [names.receiptCommitMs]: commitMs,
  }),
  shapes: ({ records, violations }) => ({
    [names.observationCount]: records,
    [names.violationCount]: violations,
  }),
  promotion: ({ kind, seq, snapshot }) => ({
    [names.promotionKind]: kind,
    [names.receiptSeq]: seq,
    [names.snapshotHash]: snapshot,
  }),
  verify: ({ leaves, findings }) => ({
    [names.receiptCount]: leaves,
    [names.findingCount]: findings,
  }),
  cycle: ({ cycle, observed, skipped, patterns, verdicts }) => ({
    [names.mapeKCycleNumber]: cycle,
    [names.mapeKCycleSkipped]: skipped,
    [names.observationCount]: observed,
    [names.patternCount]: patterns.length,
    [names.proposalCount]: verdicts.length,
  }),
  monitor: ({ observed }) => ({ [names.observationCount]: observed }),
  analyze: ({ patterns }, durationMs) => ({
    [names.patternCount]: patterns,
    [names.analysisDurationMs]: durationMs,
  }),
  plan: ({ proposals }) => ({ [names.proposalCount]: proposals }),
  validate: ({ change, passed }) => ({
    [names.proposalChange]: change,
    [names.proposalPassed]: passed,
  }),
  stage: ({ stage, verdict }) => ({
    [names.validationStageName]: stage,
    [names.validationStageVerdict]: verdict,
  }),
  execute: ({ verdict }) => ({ [names.outcome]: verdict }),
  knowledge: ({ cycle }) => ({ [names.mapeKCycleNumber]: cycle }),
};

/** What is known when the work begins. */
export function startAttributes({ name, origin }: Operation): Attributes {
  return {
    ...(origin === undefined ? {} : { [names.receiptLogOrigin]: origin }),
    ...(name === 'shapes' ? { [names.validationType]: 'observation' } : {}),
  };
}

/** What is known when it is over. */
export function endAttributes(operation: Operation): Attributes {
  const { name, facts, error, durationMs = 0 } = operation;
  if (facts === undefined) return { [names.errorType]: errorType(error) };
  const say = describe[name] as (facts: unknown, durationMs: number) => Attributes;
  return say(facts, durationMs);
}

/** An error's stable code; its message may hold a host's data and stays here. */
export const errorType = (error: unknown): string =>
  error instanceof KnhkError ? error.code : '_OTHER';
