export type { BucketsSample } from './base/buckets.ts';
export type { Json, JsonObject } from './base/canonical.ts';
export type { Clock, RandomBytes } from './base/clock.ts';
export { type ErrorCode, errorCodes } from './base/codes.ts';
export { type ErrorDetails, KnhkError } from './base/errors.ts';
export { type Limits, limits } from './base/limits.ts';
export type { EngineName, EngineReport } from './kernel/engine.ts';
export type { TickSample, TickSource } from './kernel/ticks.ts';
export {
  type ArchiveOptions,
  archiveLog,
  type BackupOptions,
  backupLog,
  type CopyFinding,
  type CopyOptions,
  type CopyReport,
  checkLog,
  type FileKeyOptions,
  type FsckFinding,
  type FsckOptions,
  type FsckReport,
  fileKeyEncryption,
  type InitOptions,
  type InitReport,
  initLog,
  type Kept,
  type KeyEncryption,
  type LogFs,
  type LogKeys,
  nodeSigner,
  openKeys,
  type PayloadRange,
  type RestoreOptions,
  type RestoreReport,
  type RetainOptions,
  type RetentionPolicy,
  type RetentionReport,
  type RetentionRule,
  readPolicy,
  restoreLog,
  retainLog,
  type VerifyLogOptions,
  type VerifyProgress,
} from './receipts/log/index.ts';
export type {
  Finding,
  Keyring,
  Signer,
  VerifyReport,
  VerifyState,
} from './receipts/verify/index.ts';
export * from './rules/index.ts';
export * from './runtime/index.ts';
export { loadShapes, type ShapesResult, type ShapesSource } from './shapes/index.ts';
export * from './terms/index.ts';
