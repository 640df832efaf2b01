export type { ApplyAllOptions } from './applyAll.ts';
export type { AuditEntry, AuditReceipt } from './audit.ts';
export { channels, type DiagnosticsChannel } from './channels.ts';
export type { Custody } from './custody.ts';
export type { ObservationOptions } from './decide.ts';
export type { EraseOptions, EraseReport } from './erase.ts';
export type { Health, HealthCode, HealthReason } from './health.ts';
export type { Inspection } from './inspection.ts';
export type { KernelOptions, KernelReport, TickReport } from './kernel.ts';
export type { KeyOptions, RotateKeyOptions } from './keys.ts';
export type { Observed, ObservedMany, ObserveOptions, StreamingOptions } from './observe-types.ts';
export { openRuntime, type RuntimeOptions } from './open.ts';
export type { Operation, OperationFacts, OperationName, OperationOf } from './operations.ts';
export type {
  Decided,
  Decision,
  HookFailure,
  InvalidTerms,
  Outcome,
  Receipt,
  Sigma,
  Unavailable,
  Verdict,
} from './outcome.ts';
export type { Deployed } from './parts.ts';
export type { EncryptionOptions } from './privacy.ts';
export { replayLog } from './replay.ts';
export type { ReplayFinding, ReplayMember, ReplayOptions, ReplayReport } from './replay-types.ts';
export type { TallyRequest } from './reports.ts';
export type { TypeRouting } from './routing.ts';
export type { Runtime } from './runtime.ts';
export type { RuntimeSample, SectorSample } from './tally.ts';
export type { TraceRequest } from './trace.ts';
export type { VerificationOptions, VerificationSample } from './verifier.ts';
export { verifyLog } from './verify.ts';
