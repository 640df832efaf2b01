import type { Clock } from '../../base/clock.ts';
import type { KnhkError } from '../../base/errors.ts';
import type { Keyring } from '../verify/keyring.ts';
import type { Leaf, LeafBody } from '../verify/leaf-types.ts';
import type { Signer } from '../verify/signer.ts';
import type { Blob } from './blobs.ts';
import type { CommittedEpoch } from './committer.ts';
import type { LogFs } from './fs.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import type { LogQuery } from './queries.ts';
import type { LogEntry } from './reader.ts';
import type { Recovery } from './recover.ts';
import type { RevokeOptions, RotateOptions } from './rotation.ts';
import type { Savepoint } from './savepoints.ts';
import type { SubjectFields } from './subject-fields.ts';

/** How to open a log. */
export interface LogOptions {
  /** On a local disk; made if absent. */
  readonly directory: string;
  /** Name of the log in its checkpoints, like `example.com/ops`; never changes. */
  readonly origin: string;
  /** Signs each checkpoint; its signature is checked before anything is written. */
  readonly signer: Signer;
  /**
   * More keys at hand: one that still signs along after a rotation, or one that an interrupted
   * rotation was about to bring in.
   */
  readonly signers?: readonly Signer[];
  /** Keys that earlier checkpoints may be signed with; the signer's alone unless given. */
  readonly keyring?: Keyring;
  /**
   * Stores the keyring when a rotation or revocation has changed it, durably, before any later
   * leaf is written. With it opening finishes such a change that was interrupted.
   */
  readonly saveKeyring?: (keyring: Keyring) => void | Promise<void>;
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
  /** Encrypts payloads that are appended with a subject, and opens them again. */
  readonly cipher?: PayloadCipher;
  /** How the subject of a plain payload is found, for {@link ReceiptLog.find}. */
  readonly subjects?: SubjectFields;
  /**
   * A file outside the directory that keeps the last checkpoint too: opening an older copy of the
   * whole directory is then noticed.
   */
  readonly remembered?: string;
  /** A checkpoint that the log must reach; from Git, a witness or a copy kept elsewhere. */
  readonly since?: string;
  /** False keeps segments as they were written: no tiles, no payload files. */
  readonly sealing?: boolean;
  /** False refuses to make a log where there is none. */
  readonly create?: boolean;
}

/** Under which checkpoint a leaf is proved, and whether it travels along. */
export interface ProveOptions {
  /** A size that a checkpoint of this log has. */
  readonly size?: number;
  /** False leaves the leaf out of the text. */
  readonly leaf?: boolean;
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
  /** The keys that vouch for this log; changed by {@link rotate} and {@link revoke} alone. */
  readonly keyring: Keyring;
  /** What opening found behind the last complete epoch. */
  readonly recovery: Recovery;
  /** Why the log refuses to go on, undefined while it works. */
  readonly failure: KnhkError | undefined;
  /**
   * What kept a complete segment from being sealed; it is whole as it is, and tried again when the
   * log is opened again.
   */
  readonly sealingFailure: unknown;
  /** How far the clock was behind the last leaf when it was read last, in ms. */
  readonly skewMs: number;
  /** Reads the clock once: milliseconds, never below the last leaf's time. */
  tick(): number;
  /**
   * Appends a leaf; the log assigns version, seq and prev. Synchronous: durability follows.
   *
   * @param time From {@link tick}, once per leaf.
   * @param payload Canonical JSON stored beside the leaf, at most 1 MiB.
   * @param subject Keyed name of the data subject (64 hexadecimal digits) under whose key the
   * payload is encrypted, where the log has a cipher.
   * @throws KnhkError KNHK_LOG_LEAF, KNHK_LIMIT_ENTRY, KNHK_LIMIT_PAYLOAD, KNHK_LIMIT_IDS (nothing
   * has changed then), KNHK_LOG_POISONED, KNHK_LOG_CLOSED
   */
  append(body: LeafBody, time: number, payload?: string, subject?: string): Appended;
  /**
   * Appends several leaves that share one epoch: after a crash either all of them are there or
   * none is. Synchronous; what `append` throws inside goes through, and what was appended stays.
   *
   * @param leaves at least as many as will be appended, at most 256; where more are appended, they
   * may stand in several epochs
   * @throws KnhkError KNHK_LIMIT_EPOCH, KNHK_LOG_POISONED, KNHK_LOG_CLOSED
   */
  together<T>(leaves: number, append: () => T): T;
  /**
   * Has another key sign from here on. A leaf says so; the checkpoint that covers it, and those of
   * the overlap behind it, are signed by both keys. Resolves with the new keyring when the leaf is
   * durable and the keyring stored: give copies of it to all who verify.
   *
   * @throws KnhkError KNHK_LOG_ROTATION, KNHK_LOG_SIGNATURE, KNHK_RECEIPTS_KEYRING (nothing has
   * changed then), KNHK_LOG_POISONED, KNHK_LOG_CLOSED
   */
  rotate(options: RotateOptions): Promise<Keyring>;
  /**
   * Takes a key back from a seq on: no checkpoint from there on is believed on its word. A leaf
   * says so. Resolves with the new keyring, as {@link rotate} does.
   *
   * @throws KnhkError KNHK_LOG_ROTATION (nothing has changed then), KNHK_LOG_POISONED,
   * KNHK_LOG_CLOSED
   */
  revoke(options: RevokeOptions): Promise<Keyring>;
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
  /**
   * Seqs of the durable leaves that a query asks for, the newest first.
   *
   * @throws KnhkError KNHK_LOG_QUERY, KNHK_LOG_CORRUPT
   */
  find(query: LogQuery): readonly number[];
  /**
   * The portable receipt of a durable leaf: a tlog-proof (C2SP) with the leaf and the checkpoint
   * of a size, the last one unless given.
   *
   * @throws KnhkError KNHK_LOG_SEQ, KNHK_LOG_CORRUPT
   */
  prove(seq: number, options?: ProveOptions): string;
  /**
   * Hashes that show that the tree of one size is the beginning of that of another, 32 bytes each
   * (RFC 9162 section 2.1.4); the size on disk unless given.
   *
   * @throws KnhkError KNHK_RECEIPTS_PROOF, KNHK_LOG_CORRUPT
   */
  proveConsistency(from: number, to?: number): readonly Uint8Array[];
  /**
   * Ends the segment in hand and seals all that are complete: their payloads go to files of their
   * own. Happens by itself as segments fill.
   *
   * @throws KnhkError KNHK_LOG_CORRUPT, KNHK_LOG_POISONED, KNHK_LOG_CLOSED; what the file system
   * says
   */
  seal(): Promise<void>;
  /**
   * Destroys the encrypted payloads of subjects in sealed segments; gives how many there were.
   *
   * @param erased Seq of the erase leaf by the subject's keyed name: payloads below it go.
   * @throws KnhkError KNHK_LOG_CORRUPT; what the file system says
   */
  dropPayloads(erased: ReadonlyMap<string, number>): number;
  /** Removes savepoints of fewer leaves: they hold what was erased since. */
  dropSavepoints(below: number): void;
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
