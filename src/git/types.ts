import type { Clock } from '../base/clock.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import type { Pushed, Remote } from './push-types.ts';
import type { CheckpointSource } from './source.ts';

/** What {@link openLockchain} is given. */
export interface LockchainOptions {
  /** Directory of the bare repository, on a local disk. */
  readonly repository: string;
  /** The log's directory; it is only read. */
  readonly data: string;
  /**
   * The keys that sign the log's checkpoints; they are written into each commit. A function is
   * asked before each commit, for keys change.
   */
  readonly keyring: Keyring | (() => Keyring);
  /** Signs commits and tags: a key of its own, none of the log's. */
  readonly key: Signer;
  /**
   * The open runtime or log. Without it the directory's `head` is read, so that a lockchain may
   * run in a process of its own beside the log's.
   */
  readonly log?: CheckpointSource;
  /** Makes a repository where there is none; else that is refused, for it may have been deleted. */
  readonly create?: boolean;
  /** Commits at least so often while there are new receipts, in ms; a minute unless given. */
  readonly everyMs?: number;
  /** Commits once so many receipts are new, at most once a second; 4,096 unless given. */
  readonly everyLeaves?: number;
  /** Packs after so many commits; 1,024 unless given. */
  readonly packEvery?: number;
  /** Where commits are pushed to after each of them. */
  readonly remote?: Remote;
  /**
   * Writes the full tiles of the log's tree (C2SP tlog-tiles) to a branch of their own, about 36
   * bytes a receipt: with them proofs can be made from the repository alone. Off unless given.
   */
  readonly tiles?: boolean;
  /** File system of repository and log; the machine's unless given. */
  readonly fs?: LogFs;
  /** Says since when something is amiss; the machine's unless given. */
  readonly clock?: Clock;
}

/** What a commit came to. */
export interface Committed {
  /** False where the newest checkpoint was in the repository already. */
  readonly isNew: boolean;
  /** The newest commit, 40 hexadecimal digits; undefined in an empty repository. */
  readonly commit: string | undefined;
  /** Receipts that its checkpoint covers. */
  readonly size: number;
}

/** What last went wrong, since when. */
export interface LockchainReason {
  readonly code: 'commit-failed' | 'tiles-failed' | 'pack-failed' | 'push-failed';
  /** Milliseconds since 1970. */
  readonly since: number;
  /** For people. */
  readonly message: string;
}

/** How a lockchain is. */
export interface LockchainStatus {
  readonly status: 'ok' | 'degraded' | 'closed';
  /** Empty where all is well, oldest first. */
  readonly reasons: readonly LockchainReason[];
  /** The newest commit known, undefined before the first. */
  readonly commit: string | undefined;
  /** Receipts that its checkpoint covers. */
  readonly size: number;
  /** The commit that was pushed last since opening. */
  readonly pushed: string | undefined;
}

/** An open lockchain; made by openLockchain. */
export interface Lockchain {
  /** How it is: what fails here never reaches the log. */
  readonly status: LockchainStatus;
  /**
   * Commits the log's newest checkpoint now.
   *
   * @throws KnhkError KNHK_LOCKCHAIN_ROLLBACK, KNHK_LOCKCHAIN_FORK, KNHK_LOCKCHAIN_CHECKPOINT,
   * KNHK_LOCKCHAIN_REPOSITORY, KNHK_LOCKCHAIN_LOCKED, KNHK_LOCKCHAIN_OBJECT, KNHK_LOCKCHAIN_KEY,
   * KNHK_LOCKCHAIN_CLOSED; what the file system throws
   */
  commit(): Promise<Committed>;
  /**
   * Packs loose objects, and merges packs.
   *
   * @throws KnhkError KNHK_LOCKCHAIN_OBJECT, KNHK_LOCKCHAIN_CLOSED; what the file system throws
   */
  pack(): Promise<Packed>;
  /**
   * Sends what the remote repository lacks; never overwrites.
   *
   * @throws KnhkError KNHK_LOCKCHAIN_REWRITTEN, KNHK_LOCKCHAIN_REMOTE, KNHK_LOCKCHAIN_OBJECT,
   * KNHK_LOCKCHAIN_OPTION without a remote, KNHK_LOCKCHAIN_CLOSED
   */
  push(): Promise<Pushed>;
  /**
   * Commits and pushes once more and lets go of the repository. What fails then is a warning and
   * stands in the status. Close it after the runtime, so that its last receipts are covered.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What packing did. */
export interface Packed {
  /** Loose objects that are packed now. */
  readonly objects: number;
  /** Bytes of the new pack and its index; 0 where there was nothing to do. */
  readonly bytes: number;
}
