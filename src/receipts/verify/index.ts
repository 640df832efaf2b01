export {
  type Approval,
  type ApprovalSubject,
  approvalText,
  parseApproval,
  type SignedApproval,
  signApproval,
} from './approval.ts';
export {
  type ApprovalAccepted,
  type ApprovalPolicy,
  type ApprovalProblem,
  type ApprovalRefused,
  type ApprovalReport,
  verifyApproval,
} from './approval-check.ts';
export { type Approver, parseApprovers } from './approval-keys.ts';
export {
  type Checkpoint,
  checkpointText,
  parseCheckpoint,
  type SignedCheckpoint,
} from './checkpoint.ts';
export {
  type ComparedSide,
  type CompareOptions,
  type Comparison,
  compareCheckpoints,
} from './compare.ts';
export {
  type Cosignature,
  type CosignatureVerdict,
  checkCosignatures,
  cosignatureLine,
  cosignatureMessage,
  formatCosignerVkey,
  parseCosignerVkey,
} from './cosignature.ts';
export { type Crc32, tableCrc32 } from './crc32.ts';
export { nobleSigner, nobleVerify } from './ed25519.ts';
export {
  decodeEpoch,
  type EpochContent,
  encodeEpoch,
  encodeFrame,
  type FrameType,
  frameTypes,
} from './frames.ts';
export {
  type CheckpointVerdict,
  checkCheckpoint,
  type Keyring,
  type KeyringKey,
  parseKeyring,
  type TrustedKey,
  type TrustedKeys,
  trustKeys,
} from './keyring.ts';
export { encodeLeaf, type LeafProblem, leafHash, parseLeaf, zeroHash } from './leaf.ts';
export type * from './leaf-types.ts';
export {
  checkNote,
  formatVkey,
  type Note,
  type NoteSignature,
  type NoteVerdict,
  parseNote,
  parseVkey,
  signatureLine,
  type VerifierKey,
  type Verify,
} from './note.ts';
export { formatProof, type LogProof, parseProof } from './proof.ts';
export { consistencyPath, inclusionPath, type TreeSource, treeRoot } from './prove.ts';
export {
  type ReceiptAccepted,
  type ReceiptOptions,
  type ReceiptProblemKind,
  type ReceiptRefused,
  type ReceiptReport,
  ReceiptVerifier,
  verifyReceipt,
} from './receipt.ts';
export type { Finding, FindingKind, VerifyReport } from './report.ts';
export { type Signer, signCheckpoint } from './signer.ts';
export {
  CompactRange,
  type CompactRangeState,
  emptyRoot,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
} from './tree.ts';
export { LogVerifier, type VerifierOptions } from './verifier.ts';
export type { VerifyState } from './verify-state.ts';
export {
  formatWitnessRequest,
  parseWitnessRequest,
  type WitnessRequest,
} from './witness-request.ts';
export type { WitnessPolicy } from './witnesses.ts';
