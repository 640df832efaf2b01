export {
  type Checkpoint,
  checkpointText,
  parseCheckpoint,
  type SignedCheckpoint,
} from './checkpoint.ts';
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
  checkCheckpoint,
  type Keyring,
  type KeyringKey,
  parseKeyring,
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
