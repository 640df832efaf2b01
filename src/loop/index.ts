export { type HookRateOptions, hookRateDetector } from './detectors/hook-rate.ts';
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
  type CycleOptions,
  type Loop,
  type LoopOptions,
  openLoop,
} from './loop.ts';
export { brokenInvariants, type Measurements } from './measurements.ts';
export { parameterPlanner } from './planners/parameter.ts';
export {
  type SeriesAnomaly,
  type SeriesAnomalyState,
  seriesAnomaly,
} from './series/anomaly.ts';
export type { HostProposal } from './think.ts';
export type {
  Autonomy,
  CycleReport,
  Detector,
  Pattern,
  Plan,
  Planner,
  Proposal,
  ProposalReport,
  StageName,
  StageReport,
} from './types.ts';
export type { CycleCounts, MonitorView } from './view.ts';
