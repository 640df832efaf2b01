export { allowedSigners, type LockchainKeyOptions, openLockchainKey } from './key.ts';
export { openLockchain } from './lockchain.ts';
export type { Pushed, Remote } from './push-types.ts';
export { type RebuildOptions, type Rebuilt, rebuildLockchain } from './rebuild.ts';
export type { CheckpointSource } from './source.ts';
export type {
  Committed,
  Lockchain,
  LockchainOptions,
  LockchainReason,
  LockchainStatus,
  Packed,
} from './types.ts';
export { verifyLockchain } from './verify.ts';
export type {
  LockchainFinding,
  LockchainFindingKind,
  LockchainReport,
  VerifyLockchainOptions,
} from './verify-types.ts';
