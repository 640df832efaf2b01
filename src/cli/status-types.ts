import type { Held } from '../receipts/log/held.ts';

/** What a look at a log may find amiss. */
export type StatusFindingKind =
  | 'blob'
  | 'head_behind'
  | 'head_missing'
  | 'keyring'
  | 'rollback'
  | 'savepoint'
  | 'signature'
  | 'tail'
  | 'unreadable';

/** One thing amiss. A warning is mended by opening the log; a problem is not. */
export interface StatusFinding {
  readonly kind: StatusFindingKind;
  readonly severity: 'warning' | 'problem';
  readonly seq: number | null;
  readonly message: string;
}

/** A leaf's place and time in ms. */
export interface LeafPlace {
  readonly seq: number;
  readonly time: number;
}

/** A key that a log may be signed with; never the key itself. */
export interface KeyStatus {
  /** Eight hexadecimal digits of a hash. */
  readonly id: string;
  readonly from: number;
  readonly to: number | null;
  /** Time since the first leaf it may sign, or since its file was written; null if unknown. */
  readonly ageMs: number | null;
}

/** The checkpoint at the log's end. */
export interface CheckpointStatus {
  readonly size: number;
  readonly root: string;
  /** Ids of the keys that signed it. */
  readonly keys: readonly string[];
  /** Judged by the keyring beside the log; unchecked without one. */
  readonly signature: 'valid' | 'invalid' | 'unknown key' | 'revoked key' | 'unchecked';
}

/** The rules that decide now, and which leaf made them current. */
export interface SnapshotStatus extends LeafPlace {
  readonly hash: string;
  /** Null where the log has lost it. */
  readonly version: number | null;
  readonly by: 'deploy' | 'promote' | 'rollback';
  /** The last deploy. */
  readonly deployed: LeafPlace | null;
  /** The last promotion or rollback. */
  readonly changed: LeafPlace | null;
}

/** What `log status` says: the shape of its JSON, member by member. */
export interface LogStatus {
  readonly ok: boolean;
  readonly data: string;
  readonly origin: string;
  readonly format: number;
  readonly leaves: {
    readonly total: number;
    readonly kinds: Readonly<Record<string, number>>;
    readonly outcomes: Readonly<Record<string, number>>;
  };
  /** Leaves that the last acknowledged checkpoint names. */
  readonly acknowledged: number;
  readonly checkpoint: CheckpointStatus | null;
  readonly first: LeafPlace | null;
  readonly last: LeafPlace | null;
  readonly segments: {
    readonly count: number;
    readonly bytes: number;
    /** Those whose payloads were split off. */
    readonly sealed: number;
    /** The one in hand, and complete ones that wait. */
    readonly unsealed: number;
  };
  /** Bytes and whole leaves behind the last complete epoch. */
  readonly tail: { readonly leaves: number; readonly bytes: number };
  readonly blobs: { readonly count: number; readonly bytes: number };
  /** Payloads of sealed segments, and those that retention removed. */
  readonly payloads: {
    readonly count: number;
    readonly bytes: number;
    readonly removed: readonly { readonly first: number; readonly last: number }[];
  };
  readonly tiles: { readonly count: number; readonly bytes: number };
  /** Indexes of sealed segments. */
  readonly indexes: { readonly count: number; readonly bytes: number };
  readonly savepoints: {
    readonly count: number;
    readonly newest: { readonly size: number; readonly ageMs: number } | null;
  };
  readonly index: { readonly bytes: number } | null;
  readonly snapshot: SnapshotStatus | null;
  /** Whether a process has the log open. */
  readonly writer: Held;
  /** Null where no keyring lies beside the log. */
  readonly keys: readonly KeyStatus[] | null;
  readonly findings: readonly StatusFinding[];
  readonly findingsDropped: number;
}
