export type { CommittedEpoch } from './committer.ts';
export { type LogFs, nodeFs } from './fs.ts';
export { type LogKeys, openKeys } from './keys.ts';
export type { LogOptions, ReceiptLog } from './log-types.ts';
export { openLog } from './open.ts';
export type { LogEntry } from './reader.ts';
export { createCommitments } from './secrets.ts';
export { nodeSigner, nodeVerify } from './signer.ts';
export { type VerifyLogOptions, type VerifyProgress, verifyLog } from './verify-log.ts';
