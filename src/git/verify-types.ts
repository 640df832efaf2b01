import type { LogFs } from '../receipts/log/fs.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';

/** What {@link verifyLockchain} is given. */
export interface VerifyLockchainOptions {
  /** Directory of the repository: bare, or a clone. */
  readonly repository: string;
  /** The keys that sign checkpoints; given from outside, never read from the repository. */
  readonly keyring: Keyring;
  /** The `allowed_signers` lines, or OpenSSH public keys, of who may sign commits and tags. */
  readonly allowedSigners: string;
  /** The log's directory, to be compared; without it only the repository is verified. */
  readonly data?: string;
  /** File system of repository and log; the machine's unless given. */
  readonly fs?: LogFs;
  /** Ends verification with its reason. */
  readonly signal?: AbortSignal;
  /** Told how many commits were looked at. */
  readonly onProgress?: (commits: number) => void;
}

/**
 * What can be wrong: `object` missing or damaged; `signature` of a commit missing, wrong, or of a
 * key that may not sign; `message` and checkpoint disagree; `checkpoint` malformed, or not signed
 * by the keyring; `order`: sizes or dates do not grow; `history` with merges or without its
 * commits; `tag`; `tile`: their commit, or hashes that are not the log's; `log` unreadable;
 * `rollback`: the log is shorter than a checkpoint; `fork`: its tree has another root there.
 */
export type LockchainFindingKind =
  | 'object'
  | 'signature'
  | 'message'
  | 'checkpoint'
  | 'order'
  | 'history'
  | 'tag'
  | 'tile'
  | 'log'
  | 'rollback'
  | 'fork';

/** One finding with its place and cause. */
export interface LockchainFinding {
  readonly kind: LockchainFindingKind;
  /** The commit or tag object, null where it concerns none. */
  readonly commit: string | null;
  /** Size of the checkpoint, null where none could be read. */
  readonly size: number | null;
  /** For people. */
  readonly message: string;
}

/** What {@link verifyLockchain} reports. */
export interface LockchainReport {
  /** True where there is no finding and at least one commit. */
  readonly ok: boolean;
  /** Name of the log. */
  readonly origin: string;
  /** Commits on the branch, as far back as they can be read. */
  readonly commits: number;
  /** Commits without a finding of their own. */
  readonly verified: number;
  /** Day tags that there are. */
  readonly tags: number;
  /** Commits whose root was compared with the log's tree. */
  readonly compared: number;
  /** The newest commit, null where there is none. */
  readonly head: string | null;
  /** Receipts that its checkpoint covers. */
  readonly size: number;
  /** The first 1,000. */
  readonly findings: readonly LockchainFinding[];
  /** How many more there are. */
  readonly findingsDropped: number;
}
