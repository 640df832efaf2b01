export { type ArchiveOptions, archiveLog } from './archive.ts';
export { type BackupOptions, backupLog } from './backup.ts';
export type { CommittedEpoch } from './committer.ts';
export type { CopyFinding, CopyOptions, CopyReport } from './copy-report.ts';
export { type LogFs, nodeFs } from './fs.ts';
export { checkLog, type FsckFinding, type FsckOptions, type FsckReport } from './fsck.ts';
export { type InitOptions, type InitReport, initLog } from './init.ts';
export {
  type FileKeyOptions,
  fileKeyEncryption,
  type KeyEncryption,
} from './key-store-kek.ts';
export { type LogKeys, openKeys } from './keys.ts';
export type { LogOptions, ReceiptLog } from './log-types.ts';
export { openLog } from './open.ts';
export type { LogEntry } from './reader.ts';
export { type RestoreOptions, type RestoreReport, restoreLog } from './restore.ts';
export { type RetainOptions, type RetentionReport, retainLog } from './retain.ts';
export type { Kept, PayloadRange } from './retain-plan.ts';
export { type RetentionPolicy, type RetentionRule, readPolicy } from './retain-policy.ts';
export { createCommitments } from './secrets.ts';
export { nodeSigner, nodeVerify } from './signer.ts';
export { type VerifyLogOptions, type VerifyProgress, verifyLog } from './verify-log.ts';
