// Made from registry/*.yaml, which says what each name means; test/registry compares them.

/** The instrumentation scope. */
export const scope = {
  name: 'knhk',
  version: '0.1.0',
} as const;

/** Every metric. */
export const metrics = {
  observationsIngested: {
    name: 'knhk.observations.ingested',
    instrument: 'counter',
    unit: '{observation}',
    description: 'Observations that apply answered.',
  },
  observationIngestLatencyMs: {
    name: 'knhk.observation.ingest_latency_ms',
    instrument: 'histogram',
    unit: '{ms}',
    description: 'Time from apply to the durable answer, of observations that got a receipt.',
    bounds: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000],
  },
  observationsStreamed: {
    name: 'knhk.observations.streamed',
    instrument: 'counter',
    unit: '{observation}',
    description:
      'Observations that observe took and that were counted; those that fired are among them.',
  },
  decisions: {
    name: 'knhk.decisions',
    instrument: 'counter',
    unit: '{decision}',
    description: 'Decisions that decide answered.',
  },
  guardViolationCount: {
    name: 'knhk.guard.violation_count',
    instrument: 'counter',
    unit: '{violation}',
    description: 'Actions that a guard denied.',
  },
  errors: {
    name: 'knhk.errors',
    instrument: 'counter',
    unit: '{error}',
    description: "Observations that failed or were refused, by the error's code.",
  },
  healthStatus: {
    name: 'knhk.health.status',
    instrument: 'gauge',
    unit: '{status}',
    description:
      '1 where a runtime is well, 0.5 where it is degraded, 0 where nothing can be applied.',
  },
  verificationLeaves: {
    name: 'knhk.verification.leaves',
    instrument: 'counter',
    unit: '{leaf}',
    description: 'Leaves that a runtime verified of its own log, each time that it did.',
  },
  verificationFindings: {
    name: 'knhk.verification.findings',
    instrument: 'counter',
    unit: '{finding}',
    description: 'Defects that a runtime found in its own log.',
  },
  verificationRoundAgeMs: {
    name: 'knhk.verification.round_age_ms',
    instrument: 'gauge',
    unit: '{ms}',
    description: 'Time since a runtime verified its whole log, or since it was opened.',
  },
  validationShaclFailures: {
    name: 'knhk.validation.shacl.failures',
    instrument: 'counter',
    unit: '{failure}',
    description: 'Observations that violate their shapes.',
  },
  receiptCommitDurationMs: {
    name: 'knhk.receipt.commit_duration_ms',
    instrument: 'histogram',
    unit: '{ms}',
    description: 'Time that signing, writing and syncing an epoch took.',
    bounds: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000],
  },
  receiptChainBreaks: {
    name: 'knhk.receipt.chain_breaks',
    instrument: 'counter',
    unit: '{break}',
    description: 'Leaves that verification found not to follow from the leaf before.',
  },
  mapeKCycleCount: {
    name: 'knhk.mape_k.cycle_count',
    instrument: 'counter',
    unit: '{cycle}',
    description: 'Cycles of the loop that had something to look at.',
  },
  mapeKAnomalyRate: {
    name: 'knhk.mape_k.anomaly_rate',
    instrument: 'gauge',
    unit: '{ratio}',
    description: 'Share of the last 64 cycles in which a detector found a pattern.',
  },
  mapeKAdaptationSuccessRate: {
    name: 'knhk.mape_k.adaptation_success_rate',
    instrument: 'gauge',
    unit: '{ratio}',
    description: 'Share of the last 64 proposals that were promoted.',
  },
  patternDetectionDurationMs: {
    name: 'knhk.pattern.detection_duration_ms',
    instrument: 'histogram',
    unit: '{ms}',
    description: 'Time that the detectors took in one cycle.',
    bounds: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000],
  },
  patternsDetected: {
    name: 'knhk.patterns.detected',
    instrument: 'counter',
    unit: '{pattern}',
    description: 'Patterns that the detectors found.',
  },
  patternConfidence: {
    name: 'knhk.pattern.confidence',
    instrument: 'gauge',
    unit: '{ratio}',
    description: 'Confidence of the pattern found last, from 0 to 1.',
  },
  proposalsValidated: {
    name: 'knhk.proposals.validated',
    instrument: 'counter',
    unit: '{proposal}',
    description: 'Proposals that went through the seven stages.',
  },
  proposalValidationDurationMs: {
    name: 'knhk.proposal.validation_duration_ms',
    instrument: 'histogram',
    unit: '{ms}',
    description: 'Time that the seven stages took over one proposal.',
    bounds: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000],
  },
  hotPathTicks: {
    name: 'knhk.hot_path.ticks',
    instrument: 'histogram',
    unit: '{tick}',
    description:
      'Ticks per fact that evaluating took, amortised over a batch: one value a measurable batch.',
    bounds: [0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128],
  },
  observationAppendTicks: {
    name: 'knhk.observation.append_ticks',
    instrument: 'histogram',
    unit: '{tick}',
    description:
      'Ticks per fact for reading, storing and evaluating, amortised over a batch of observeMany.',
    bounds: [0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128],
  },
  guardChatmanCompliance: {
    name: 'knhk.guard.chatman_compliance',
    instrument: 'gauge',
    unit: '{ratio}',
    description: 'Share of measurable batches within 8 ticks per fact; absent while there is none.',
  },
  batches: {
    name: 'knhk.batches',
    instrument: 'counter',
    unit: '{batch}',
    description: 'Batches of streamed observations, by how they stand to 8 ticks per fact.',
  },
  operations: {
    name: 'knhk.operations',
    instrument: 'counter',
    unit: '{operation}',
    description: 'Operations by runtime class: a streamed one that fires is R1 and then W1.',
  },
  parked: {
    name: 'knhk.parked',
    instrument: 'counter',
    unit: '{observation}',
    description: 'Streamed observations that were evaluated one by one.',
  },
} as const;

/** Every span. */
export const spans = {
  receiptIssue: 'receipt.issue',
  validationShacl: 'validation.shacl',
  snapshotPromote: 'snapshot.promote',
  receiptVerify: 'receipt.verify',
  mapeKCycle: 'mape_k.cycle',
  mapeKMonitor: 'mape_k.monitor',
  mapeKAnalyze: 'mape_k.analyze',
  mapeKPlan: 'mape_k.plan',
  proposalValidate: 'proposal.validate',
  validationStage: 'validation.stage',
  mapeKExecute: 'mape_k.execute',
  mapeKKnowledge: 'mape_k.knowledge',
} as const;

/** Every span event. */
export const events = {
  validationShaclFailed: 'validation.shacl.failed',
} as const;

/** Every attribute. */
export const attributes = {
  sector: 'sector',
  observationOutcome: 'observation.outcome',
  observationType: 'observation.type',
  observationCount: 'observation.count',
  decisionOutcome: 'decision.outcome',
  constraintType: 'constraint.type',
  errorType: 'error.type',
  receiptLogOrigin: 'receipt.log.origin',
  receiptSeq: 'receipt.seq',
  receiptCount: 'receipt.count',
  receiptBytes: 'receipt.bytes',
  receiptCommitMs: 'receipt.commit_ms',
  findingCount: 'finding.count',
  snapshotHash: 'snapshot.hash',
  promotionKind: 'promotion.kind',
  validationType: 'validation.type',
  violationCount: 'violation.count',
  validationStageName: 'validation.stage.name',
  validationStageVerdict: 'validation.stage.verdict',
  mapeKCycleNumber: 'mape_k.cycle.number',
  mapeKCycleSkipped: 'mape_k.cycle.skipped',
  patternCount: 'pattern.count',
  patternType: 'pattern.type',
  analysisDurationMs: 'analysis.duration_ms',
  proposalCount: 'proposal.count',
  proposalChange: 'proposal.change',
  proposalPassed: 'proposal.passed',
  outcome: 'outcome',
  runtimeClass: 'runtime.class',
  operationType: 'operation.type',
  batchBudget: 'batch.budget',
  parkedReason: 'parked.reason',
} as const;
