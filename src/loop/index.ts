export { LoopAction, loopActions } from './actions.ts';
export type { ApprovalOutcome } from './approve.ts';
export { controlLoop } from './control-loop.ts';
export type {
  ControlAction,
  ControlLoop,
  ControlLoopOptions,
  ControlReport,
  ControlState,
  ControlView,
  Govern,
  Sensor,
} from './control-loop-types.ts';
export { type DriftOptions, driftDetector } from './detectors/drift.ts';
export { type FrequencyOptions, frequencyDetector } from './detectors/frequency.ts';
export { type HookRateOptions, hookRateDetector } from './detectors/hook-rate.ts';
export { type HookUseOptions, hookUseDetector } from './detectors/hook-use.ts';
export { type NoveltyOptions, noveltyDetector } from './detectors/novelty.ts';
export { type OutcomeOptions, outcomeDetector } from './detectors/outcomes.ts';
export { type PresenceOptions, presenceDetector } from './detectors/presence.ts';
export { type SeasonalOptions, seasonalDetector } from './detectors/seasonal.ts';
export { type SeriesOptions, seriesDetector } from './detectors/series.ts';
export type { FindingOptions } from './detectors/settings.ts';
export { type SilenceOptions, silenceDetector } from './detectors/silence.ts';
export { type StandardOptions, standardDetectors } from './detectors/standard.ts';
export type { BakeOptions } from './execute/bake.ts';
export type { Criterion } from './execute/criteria.ts';
export type { Baking, Trying } from './execute/execution.ts';
export type { CanaryOptions, CanaryStep, ExecutionOptions } from './execute/options.ts';
export type {
  EntryPlace,
  KnowledgeView,
  KnownCycle,
  KnownOutcome,
  KnownPattern,
  KnownProposal,
  OpenCanary,
  PatternQuery,
  PlannerRecord,
  ProposalQuery,
  ProposalState,
  RulesChange,
} from './knowledge/types.ts';
export {
  type Chance,
  type DecisionModel,
  type LookaheadDecision,
  type LookaheadOptions,
  lookahead,
} from './lookahead.ts';
export {
  type BeliefCounts,
  type CellBelief,
  type CellBeliefOptions,
  cellBelief,
  type LearntPrior,
} from './lookahead-belief.ts';
export { type LookaheadPlannerOptions, lookaheadPlanner } from './lookahead-planner.ts';
export type { CycleOptions, Loop } from './loop.ts';
export { brokenInvariants, type Measurements } from './measurements.ts';
export {
  type HeavyHitter,
  HeavyHitters,
  type HeavyHittersJson,
} from './monitor/heavy-hitters.ts';
export type { CellsJson } from './monitor/histogram-cells.ts';
export { HyperLogLog, type HyperLogLogJson } from './monitor/hyper-log-log.ts';
export { LogHistogram, type LogHistogramJson } from './monitor/log-histogram.ts';
export type { MonitorEvent } from './monitor/monitor.ts';
export type { MonitorOptions } from './monitor/options.ts';
export { textHash } from './monitor/text-hash.ts';
export { openLoop } from './open.ts';
export type { LoopOptions, LoopSchedule } from './options.ts';
export { type HookUsePlannerOptions, hookUsePlanner } from './planners/hook-use.ts';
export { scaleReplicas } from './planners/hpa.ts';
export {
  type HpaPlanner,
  type HpaPlannerMetric,
  type HpaPlannerOptions,
  type HpaStates,
  type HpaView,
  hpaPlanner,
} from './planners/hpa-planner.ts';
export type {
  HpaDecision,
  HpaInput,
  HpaMetric,
  HpaPolicy,
  HpaScaling,
  HpaSpec,
  HpaState,
} from './planners/hpa-types.ts';
export { type LlmPlanner, type LlmView, llmPlanner } from './planners/llm.ts';
export type {
  LanguageModel,
  LanguageModelAnswer,
  LlmAnswer,
  LlmBudgets,
  LlmChangeKind,
  LlmExample,
  LlmPlannerOptions,
  LlmRefusal,
  LlmRefusalReason,
} from './planners/llm-types.ts';
export { parameterPlanner } from './planners/parameter.ts';
export {
  type PatternLeaf,
  type PlanAnswer,
  type PlanRule,
  rulePlanner,
} from './planners/rule.ts';
export { type TellOptions, tellPlanner } from './planners/tell.ts';
export {
  type SeriesAnomaly,
  type SeriesAnomalyState,
  seriesAnomaly,
} from './series/anomaly.ts';
export type { ShadowExample, ShadowReport } from './shadow-types.ts';
export type { LoopStatus } from './status.ts';
export type { HostProposal } from './think.ts';
export type {
  Alert,
  Autonomy,
  CycleProblem,
  CycleReport,
  Detector,
  Pattern,
  Plan,
  Planned,
  PlannedAction,
  Planner,
  Proposal,
  ProposalCost,
  ProposalReport,
  Recommendation,
  StageName,
  StageReport,
  Suppressed,
} from './types.ts';
export type {
  CycleCounts,
  DriftView,
  FieldView,
  MonitorView,
  NumberView,
  OutcomeCounts,
  TextsView,
  TypeView,
} from './view.ts';
