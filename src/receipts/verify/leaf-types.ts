/** Members that every leaf has (FORMATS, "Leaves"). */
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

/** What became of an observation, as its leaf says it. */
export type LeafOutcome = 'acted' | 'pending' | 'denied' | 'idle' | 'invalid' | 'failed';

/** A guard's answer other than allow; `guard` -1 means that no guard matched. */
export interface LeafVerdict {
  /** Index into the proposed actions. */
  readonly action: number;
  /** Index into the snapshot's guard order, -1 where none matched. */
  readonly guard: number;
  readonly verdict: 'deny' | 'requires-approval';
  readonly code: string;
}

/** How many answers about an action were left out after the first eight. */
export interface LeafVerdictsMore {
  readonly action: number;
  readonly more: number;
}

/** One applied observation. All hashes are 64 lower-case hexadecimal digits. */
export interface ApplyBody extends BodyBase {
  readonly kind: 'apply';
  /** Hash of the observation's declaration. */
  readonly type: string;
  /** Keyed hash of type and id. */
  readonly id: string;
  /** Commitments; see FORMATS, "Hashing and commitments". */
  readonly observation: string;
  readonly context: string;
  readonly proposed: string;
  readonly actions: string;
  readonly report?: string;
  readonly snapshot: string;
  /** Ascending indices into the snapshot's hook order. */
  readonly fired: readonly number[];
  readonly verdicts: readonly (LeafVerdict | LeafVerdictsMore)[];
  readonly outcome: LeafOutcome;
  /** Set exactly when the outcome is failed; hook -1 where no single hook failed. */
  readonly failure?: { readonly hook: number; readonly code: string };
  readonly sector?: string;
}

/** Observations that were streamed and counted, not proved one by one. */
export interface CountBody extends BodyBase {
  readonly kind: 'count';
  readonly type: string;
  readonly snapshot: string;
  readonly observed: number;
  /** `at` of the first and the last one counted, in milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Pairs [index in hook order, count], ascending by index, counts of at least 1. */
  readonly fired: readonly (readonly [number, number])[];
  /** Hash of the stored records where the evidence is records. */
  readonly records?: string;
}

/** A snapshot that came from a changed catalogue. */
export interface DeployBody extends BodyBase {
  readonly kind: 'deploy';
  readonly snapshot: string;
  /** The snapshot before, null for the first. */
  readonly parent: string | null;
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
  readonly snapshot: string;
  readonly parent: string;
  /** Hash of the proposal. */
  readonly proposal: string;
  /** The verdicts of the seven stages in order. */
  readonly stages: readonly StageVerdict[];
}

/** A person's answer about an action that requires approval. */
export interface ApproveBody extends BodyBase {
  readonly kind: 'approve';
  readonly of: { readonly seq: number; readonly action: number };
  readonly approver: string;
  readonly verdict: 'allow' | 'deny';
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** A leaf without what the log itself assigns. */
export type LeafBody = ApplyBody | CountBody | DeployBody | PromotionBody | ApproveBody;

/** A leaf of the log: a closed record, discriminated by `kind`. */
export type Leaf =
  | (LeafHeader & ApplyBody)
  | (LeafHeader & CountBody)
  | (LeafHeader & DeployBody)
  | (LeafHeader & PromotionBody)
  | (LeafHeader & ApproveBody);

/** The leaf of one applied observation. */
export type ApplyLeaf = LeafHeader & ApplyBody;
