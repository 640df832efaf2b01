/** Members that every leaf has; the log assigns them. */
export interface LeafHeader {
  /** Format version; a reader refuses a higher one. */
  readonly v: 1;
  /** Place in the log, from 0. */
  readonly seq: number;
  /** Milliseconds since 1970, never below the leaf before. */
  readonly time: number;
  /** Leaf hash of `seq - 1`, 64 zeros at 0. */
  readonly prev: string;
}

interface BodyBase {
  /** Trace identifier of the caller, printable ASCII. */
  readonly trace?: string;
}

/** What became of an observation, as its leaf says it; `invalid`: it violates its shapes. */
export type LeafOutcome = 'acted' | 'pending' | 'denied' | 'idle' | 'invalid' | 'failed';

/** A guard's answer other than allow; `guard` -1 means that no guard matched. */
export interface LeafVerdict {
  /** Index into the proposed actions. */
  readonly action: number;
  /** Index into the snapshot's guard order, -1 where none matched. */
  readonly guard: number;
  readonly verdict: 'deny' | 'requires-approval';
  /** The guard's reason: 1 to 128 printable ASCII characters. */
  readonly code: string;
}

/** How many answers about an action were left out after the first eight. */
export interface LeafVerdictsMore {
  /** Index into the proposed actions. */
  readonly action: number;
  /** At least 1. */
  readonly more: number;
}

/**
 * One applied observation. All hashes are 64 lower-case hexadecimal digits. A commitment is
 * HMAC-SHA-256 over canonical JSON (RFC 8785) under a salt that the log's secret and the id give:
 * nobody can guess the value behind it.
 */
export interface ApplyBody extends BodyBase {
  readonly kind: 'apply';
  /** Hash of the observation's declaration. */
  readonly type: string;
  /** Keyed hash of the type's name and the id. */
  readonly id: string;
  /** Commitment to the canonical record. */
  readonly observation: string;
  /** Commitment to the windows and budgets that were read. */
  readonly context: string;
  /** Commitment to what the hooks proposed. */
  readonly proposed: string;
  /** Commitment to what left. */
  readonly actions: string;
  /** Commitment to the shapes' results, where the outcome is invalid. */
  readonly report?: string;
  /** Hash of the snapshot that decided. */
  readonly snapshot: string;
  /** Ascending indices into the snapshot's hook order. */
  readonly fired: readonly number[];
  /** Answers other than allow: per action the first eight in guard order, then how many more. */
  readonly verdicts: readonly (LeafVerdict | LeafVerdictsMore)[];
  readonly outcome: LeafOutcome;
  /** Set exactly when the outcome is failed; hook -1 where no single hook failed. */
  readonly failure?: { readonly hook: number; readonly code: string };
  /** The observation's sector, where its type declares one. */
  readonly sector?: string;
}

/** Observations that were streamed and counted, not proved one by one. */
export interface CountBody extends BodyBase {
  readonly kind: 'count';
  /** Hash of the observations' declaration. */
  readonly type: string;
  /** Hash of the snapshot that they were counted under. */
  readonly snapshot: string;
  /** How many, at least 1; those that fired have a leaf of their own besides. */
  readonly observed: number;
  /** `at` of the first one, in milliseconds since 1970. */
  readonly firstAt: number;
  /** `at` of the last one, in milliseconds since 1970. */
  readonly lastAt: number;
  /** Pairs [index in hook order, count], ascending by index, counts of at least 1. */
  readonly fired: readonly (readonly [number, number])[];
  /** Hash of the stored records of those that fired nothing, where the evidence is records. */
  readonly records?: string;
}

/** A snapshot that came from a changed catalogue. */
export interface DeployBody extends BodyBase {
  readonly kind: 'deploy';
  /** Hash of the snapshot that decides from here on; its blob is stored. */
  readonly snapshot: string;
  /** The snapshot before, null for the first. */
  readonly parent: string | null;
  /** Hash of the definitions that were given; its blob is stored. */
  readonly catalogue: string;
  /** Promoted changes that could not be kept. */
  readonly dropped: readonly {
    readonly kind: string;
    readonly name: string;
    readonly reason: string;
  }[];
}

/** What a validation stage said; refuse stands only for a stage made advisory. */
export type StageVerdict = 'pass' | 'skip' | 'refuse';

/** A snapshot that the loop promoted, or one that was taken back. */
export interface PromotionBody extends BodyBase {
  readonly kind: 'promote' | 'rollback';
  /** Hash of the snapshot that decides from here on; its blob is stored. */
  readonly snapshot: string;
  /** Hash of the snapshot before. */
  readonly parent: string;
  /** Hash of the proposal. */
  readonly proposal: string;
  /** The verdicts of the seven stages in order. */
  readonly stages: readonly StageVerdict[];
}

/** A person's answer about an action that requires approval; not written yet. */
export interface ApproveBody extends BodyBase {
  readonly kind: 'approve';
  /** The leaf of the observation, and the index into its proposed actions. */
  readonly of: { readonly seq: number; readonly action: number };
  /** Name of who answered. */
  readonly approver: string;
  readonly verdict: 'allow' | 'deny';
  /** When the answer ceases to hold, in milliseconds since 1970. */
  readonly expires: number;
}

/**
 * A change of the keys that sign checkpoints. It documents what the keyring says; nobody learns a
 * key from it.
 */
export type KeyBody = KeyRotation | KeyRevocation;

/** Another key signs from here on. The checkpoint that covers this leaf is signed by both. */
export interface KeyRotation extends BodyBase {
  readonly kind: 'key';
  readonly change: 'rotate';
  /** The key that signs from this leaf on (C2SP vkey). */
  readonly vkey: string;
  /** The key that signed until now (C2SP vkey). */
  readonly replaces: string;
  /** Last seq whose checkpoint both of them sign. */
  readonly until: number;
}

/** A key that is no longer believed. */
export interface KeyRevocation extends BodyBase {
  readonly kind: 'key';
  readonly change: 'revoke';
  /** The key that is taken back (C2SP vkey). */
  readonly vkey: string;
  /** First seq that it no longer vouches for. */
  readonly from: number;
  /** For people. */
  readonly reason?: string;
}

/** An entry of the audit trail: who did what to what, beside the decisions themselves. */
export interface AuditBody extends BodyBase {
  /** `access`: something was read or used; `config`: something was changed. */
  readonly kind: 'access' | 'config';
  /** Who did it. */
  readonly actor: string;
  /** To what. */
  readonly resource: string;
  /** A short name of what was done: 1 to 128 printable ASCII characters. */
  readonly action: string;
  readonly outcome: 'success' | 'failure' | 'denied';
  /** For people; may be empty. */
  readonly reason?: string;
  /** Hash of a stored document with more about it. */
  readonly detail?: string;
}

/** The payloads and the key of one data subject were destroyed. */
export interface EraseBody extends BodyBase {
  readonly kind: 'erase';
  /** Keyed hash of the subject, which it does not name. */
  readonly subject: string;
  /** Why; must not name the subject either. */
  readonly reason: string;
  /** Payloads that were destroyed. */
  readonly payloads: number;
  /** Who asked for it. */
  readonly actor?: string;
}

/** A leaf without what the log itself assigns. */
export type LeafBody =
  | ApplyBody
  | CountBody
  | DeployBody
  | PromotionBody
  | ApproveBody
  | KeyBody
  | AuditBody
  | EraseBody;

/** A leaf of the log: a closed record, discriminated by `kind`. */
export type Leaf =
  | (LeafHeader & ApplyBody)
  | (LeafHeader & CountBody)
  | (LeafHeader & DeployBody)
  | (LeafHeader & PromotionBody)
  | (LeafHeader & ApproveBody)
  | (LeafHeader & KeyRotation)
  | (LeafHeader & KeyRevocation)
  | (LeafHeader & AuditBody)
  | (LeafHeader & EraseBody);

/** The leaf of one applied observation. */
export type ApplyLeaf = LeafHeader & ApplyBody;

/** The leaf of streamed observations. */
export type CountLeaf = LeafHeader & CountBody;

/** The leaf of an erasure. */
export type EraseLeaf = LeafHeader & EraseBody;
