import type { Clock } from '../../base/clock.ts';
import type { KnhkError } from '../../base/errors.ts';
import type { Keyring } from '../verify/keyring.ts';
import type { Leaf, LeafBody } from '../verify/leaf-types.ts';
import type { Signer } from '../verify/signer.ts';
import type { Blob } from './blobs.ts';
import type { CommittedEpoch } from './committer.ts';
import type { LogFs } from './fs.ts';
import type { LogEntry } from './reader.ts';
import type { Recovery } from './recover.ts';
import type { Savepoint } from './savepoints.ts';

/** How to open a log. */
export interface LogOptions {
  /** On a local disk; made if absent. */
  readonly directory: string;
  /** Name of the log in its checkpoints, like `example.com/ops`; never changes. */
  readonly origin: string;
  /** Signs each checkpoint; its signature is checked before anything is written. */
  readonly signer: Signer;
  /** Keys that earlier checkpoints may be signed with; the signer's alone unless given. */
  readonly keyring?: Keyring;
  /** The machine's file system unless given. */
  readonly fs?: LogFs;
  /** The machine's clock unless given. */
  readonly clock?: Clock;
  /** Most leaves that one checkpoint signs, 1 to 256. */
  readonly epochLeaves?: number;
  /** Size at which a new segment is begun, up to 64 MiB. */
  readonly segmentBytes?: number;
  /** Most observation ids, up to 2^24. */
  readonly idsMax?: number;
  /** False refuses to make a log where there is none. */
  readonly create?: boolean;
}

/** What appending a leaf gives back at once. */
export interface Appended {
  /** Index of the leaf, from 0. */
  readonly seq: number;
  /** Leaf hash, hexadecimal. */
  readonly hash: string;
  /** Resolves when the leaf is on disk; one promise for all leaves of an epoch. */
  readonly durable: Promise<void>;
}

/** A leaf that may not be durable yet. */
export interface Recalled {
  readonly seq: number;
  readonly hash: string;
  readonly body: Leaf | LeafBody;
  readonly durable: Promise<void>;
}

/** An append-only, signed log of leaves in a local directory, held by one process. */
export interface ReceiptLog {
  /** Name of the log in its checkpoints. */
  readonly origin: string;
  /** Seq that the next leaf gets; counts leaves that are not durable yet. */
  readonly size: number;
  /** Leaves on disk under a signed checkpoint. */
  readonly durableSize: number;
  /** Time of the last appended leaf, 0 before the first. */
  readonly lastTime: number;
  /** Hash of the last appended leaf, 64 zeros before the first. */
  readonly lastHash: string;
  /** The last durable checkpoint, undefined before the first. */
  readonly checkpoint: string | undefined;
  /** What opening found behind the last complete epoch. */
  readonly recovery: Recovery;
  /** Why the log refuses to go on, undefined while it works. */
  readonly failure: KnhkError | undefined;
  /** Reads the clock once: milliseconds, never below the last leaf's time. */
  tick(): number;
  /**
   * Appends a leaf; the log assigns version, seq and prev. Synchronous: durability follows.
   *
   * @param time From {@link tick}, once per leaf.
   * @param payload Canonical JSON stored beside the leaf, at most 1 MiB.
   * @throws KnhkError KNHK_LOG_LEAF, KNHK_LIMIT_ENTRY, KNHK_LIMIT_PAYLOAD, KNHK_LIMIT_IDS (nothing
   * has changed then), KNHK_LOG_POISONED, KNHK_LOG_CLOSED
   */
  append(body: LeafBody, time: number, payload?: string): Appended;
  /**
   * A durable leaf, checked against its hash.
   *
   * @throws KnhkError KNHK_LOG_SEQ, KNHK_LOG_CORRUPT
   */
  read(seq: number): LogEntry;
  /**
   * The durable leaves from a seq on, each checked against its hash.
   *
   * @throws KnhkError KNHK_LOG_CORRUPT
   */
  entries(from?: number): IterableIterator<LogEntry>;
  /** Seq of the apply leaf with this `id` (64 hexadecimal digits), durable or not. */
  findId(id: string): number | undefined;
  /**
   * A leaf's body and the promise of its durability, for answering a duplicate in flight.
   *
   * @throws KnhkError KNHK_LOG_SEQ, KNHK_LOG_CORRUPT
   */
  recall(seq: number): Recalled;
  /**
   * Stores a document durably under its hash, which is returned: SHA-256 over `knhk/1/<kind>`, a
   * newline and the canonical text (RFC 8785).
   *
   * @throws KnhkError KNHK_LOG_POISONED, KNHK_LOG_CLOSED
   */
  putBlob(kind: string, canonicalText: string): string;
  /**
   * A stored document, undefined if there is none.
   *
   * @throws KnhkError KNHK_LOG_BLOB
   */
  getBlob(hash: string): Blob | undefined;
  /**
   * Saves the host's state as of all leaves appended so far; they become durable first. Does
   * nothing on an empty log.
   *
   * @throws KnhkError KNHK_LOG_POISONED, KNHK_LOG_CLOSED
   */
  saveSavepoint(state: string): Promise<void>;
  /** The newest saved state that belongs to this log. */
  loadSavepoint(): Savepoint | undefined;
  /** Calls a listener after each durable epoch; the function returned removes it. */
  onCheckpoint(listener: (epoch: CommittedEpoch) => void): () => void;
  /**
   * Resolves when all appended leaves are durable.
   *
   * @throws KnhkError KNHK_LOG_POISONED
   */
  flush(): Promise<void>;
  /** Makes everything durable, saves the index and lets go of the directory. */
  close(): Promise<void>;
}
