import type { ShadowReport } from './shadow-types.ts';
import type { Pattern, PlannedAction, StageReport, Suppressed } from './types.ts';

/** What every entry of the loop's journal has. */
interface EntryBase {
  readonly v: 1;
  /** The cycle it belongs to; that under way for what happens between cycles. */
  readonly cycle: number;
  /** Hash of the document of the entry before, 64 zeros at the first. */
  readonly previous: string;
}

/** A cycle, written when it ends. */
export interface CycleEntry extends EntryBase {
  readonly event: 'cycle';
  readonly observed: number;
  /** Seqs of the first and last observation. */
  readonly seqs: readonly [number, number];
  readonly patterns: readonly Pattern[];
  /** Hashes of the proposals that were considered, in order. */
  readonly proposals: readonly string[];
  readonly actions: readonly PlannedAction[];
  /** Changes that planners wanted and that were not considered. */
  readonly suppressed: readonly Suppressed[];
  readonly problems: readonly {
    readonly phase: string;
    readonly name?: string;
    readonly message: string;
  }[];
  readonly cut: boolean;
}

/** What became of a proposal. */
export interface ProposalEntry extends EntryBase {
  readonly event: 'proposal';
  /** Content hash; its blob holds the proposal. */
  readonly proposal: string;
  readonly planner: string;
  readonly verdict: 'promote' | 'hold' | 'reject';
  readonly reason?: string;
  readonly stages: readonly Omit<StageReport, 'stageMs' | 'overBudget'>[];
  readonly shadow?: ShadowReport;
  /** Hash of the rules that it was made for. */
  readonly rules: string;
}

/** People were told of a pattern. */
export interface AlertEntry extends EntryBase {
  readonly event: 'alert';
  readonly pattern: Pattern;
}

/** A held proposal was answered by a signed approval. */
export interface ApprovalEntry extends EntryBase {
  readonly event: 'approval';
  readonly proposal: string;
  /** The signed approvals, as they came. */
  readonly notes: readonly string[];
  readonly approvers: readonly string[];
  readonly verdict: 'allow' | 'deny';
}

/** A candidate decides for a share of the subjects from here on; 0 ends that. */
export interface CanaryEntry extends EntryBase {
  readonly event: 'canary';
  readonly proposal: string;
  /** Hash of the candidate's snapshot; its blob is stored. */
  readonly candidate: string;
  /** Percent of subjects, 0 to 100. */
  readonly percent: number;
  readonly reason?: string;
}

/** How a promoted change turned out. */
export interface OutcomeEntry extends EntryBase {
  readonly event: 'outcome';
  readonly proposal: string;
  /** The snapshot that was promoted. */
  readonly snapshot: string;
  /** kept: it met its criteria; withdrawn: it was rolled back by itself; undone: by hand. */
  readonly outcome: 'kept' | 'withdrawn' | 'undone';
  readonly reason?: string;
  /** Numbers that it was judged by. */
  readonly measured: { readonly [name: string]: number };
}

/** Knowledge of other logs was taken in. */
export interface ImportEntry extends EntryBase {
  readonly event: 'import';
  /** Hash of the document; its blob of kind `knowledge` is stored. */
  readonly knowledge: string;
}

/** One entry of the loop's journal: the document behind a leaf of kind `config`. */
export type JournalEntry =
  | CycleEntry
  | ProposalEntry
  | AlertEntry
  | ApprovalEntry
  | CanaryEntry
  | OutcomeEntry
  | ImportEntry;
