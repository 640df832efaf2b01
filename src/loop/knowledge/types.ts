import type { Change } from '../../rules/changes.ts';
import type { Pattern } from '../types.ts';

/** Where an entry of the journal stands in the log. */
export interface EntryPlace {
  /** Index of its leaf, from 0. */
  readonly seq: number;
  /** Hash of its leaf, hexadecimal. */
  readonly hash: string;
  /** Time of its leaf in ms since 1970. */
  readonly time: number;
}

/** A cycle that the loop ran. */
export interface KnownCycle extends EntryPlace {
  /** Its number, from 1. */
  readonly cycle: number;
  /** Observations that it looked at. */
  readonly observed: number;
  /** How many patterns its detectors found. */
  readonly patterns: number;
  /** How many proposals were considered, and how many of them put in place. */
  readonly proposals: number;
  /** How many of them were put in place. */
  readonly promoted: number;
  /** What went wrong without ending it. */
  readonly problems: readonly string[];
  /** Its time was over before it had done everything. */
  readonly cut: boolean;
}

/** A pattern that was found at least once; told apart by detector, kind, subject and direction. */
export interface KnownPattern {
  /** Name of the log that it was found in. */
  readonly origin: string;
  /** As it was found last. */
  readonly pattern: Pattern;
  /** Cycles in which it was found. */
  readonly cycles: number;
  /** Number of the first of them. */
  readonly first: number;
  /** Number of the last of them. */
  readonly last: number;
  /** How often people were told. */
  readonly alerts: number;
}

/**
 * What became of a proposal: `held` awaits a person; `stale`: held or approved for rules that are
 * no longer in force; `postponed`: not put in place for a reason that is none of its own;
 * `rejected` by a stage or the shadow; `denied` or `approved` by people; `canary` decides for a
 * share of the subjects; `promoted`, and after its bake `kept` or `withdrawn`; `undone` by hand.
 */
export type ProposalState =
  | 'held'
  | 'stale'
  | 'postponed'
  | 'rejected'
  | 'denied'
  | 'approved'
  | 'canary'
  | 'promoted'
  | 'kept'
  | 'withdrawn'
  | 'undone';

/** A proposal and what became of it. */
export interface KnownProposal {
  /** Name of the log that tells of it. */
  readonly origin: string;
  /** Its content hash. */
  readonly proposal: string;
  /** Name of the planner; `host` for a proposal of the host. */
  readonly planner: string;
  /** The cycle that considered it last. */
  readonly cycle: number;
  /** Index of the leaf that told of it last. */
  readonly seq: number;
  readonly state: ProposalState;
  /** Why, where something was said. */
  readonly reason: string | null;
  /** Codes of the stages that refused it. */
  readonly refused: readonly string[];
  /** Null where the proposal itself is lost. */
  readonly change: Change | null;
  /** What takes it back: it holds the value that the change replaces. */
  readonly inverse: Change | null;
  /** What it answers; null for a proposal of the host. */
  readonly pattern: Pattern | null;
  /** Hash of the snapshot that it was made for; empty where the proposal itself is lost. */
  readonly parent: string;
  /** Hash of what its rules held that bears on it; empty where that is lost. */
  readonly basis: string;
}

/** How a promoted change turned out. */
export interface KnownOutcome {
  /** Name of the log that tells of it. */
  readonly origin: string;
  /** Content hash of the proposal. */
  readonly proposal: string;
  /** Name of the planner; null where the proposal is forgotten. */
  readonly planner: string | null;
  /** The cycle under way when it was told. */
  readonly cycle: number;
  /** Index of the leaf that tells of it. */
  readonly seq: number;
  readonly outcome: 'kept' | 'withdrawn' | 'undone';
  /** Why, where something was said. */
  readonly reason: string | null;
  /** Numbers that it was judged by. */
  readonly measured: { readonly [name: string]: number };
}

/** What became of a planner's proposals, counted for ever. */
export interface PlannerRecord {
  /** Name of the planner. */
  readonly planner: string;
  /** Stood their test. */
  readonly kept: number;
  /** Kept, rejected, denied, withdrawn and undone together. */
  readonly concluded: number;
}

/** A change of the rules: the leaf that made other ones current. */
export interface RulesChange extends EntryPlace {
  readonly kind: 'deploy' | 'promote' | 'rollback';
  /** Hash of the snapshot. */
  readonly snapshot: string;
}

/** A candidate that decides for a share of the subjects. */
export interface OpenCanary extends EntryPlace {
  /** Content hash of the proposal. */
  readonly proposal: string;
  /** Hash of its snapshot. */
  readonly candidate: string;
  /** Percent of the subjects. */
  readonly percent: number;
}

/** Which patterns are asked for; all that is given must hold. */
export interface PatternQuery {
  /** Name of the detector. */
  readonly detector?: string;
  /** Kind of the pattern. */
  readonly kind?: string;
  /** What the pattern is about. */
  readonly subject?: string;
  /** Found in this cycle or a later one. */
  readonly since?: number;
}

/** Which proposals are asked for; all that is given must hold. */
export interface ProposalQuery {
  /** Name of the planner. */
  readonly planner?: string;
  readonly state?: ProposalState;
  /** Kind of its change. */
  readonly kind?: Change['kind'];
  /** The hook, guard or parameter that it changes; `shapes` for shapes. */
  readonly name?: string;
  /** Considered in this cycle or a later one. */
  readonly since?: number;
}

/** A change that somebody thinks of, and what for. */
export interface Wish {
  readonly change: Change;
  /** What would take it back. */
  readonly inverse: Change;
  readonly pattern?: Pattern;
}

/** What the loop has learnt: bounded in memory, what is forgotten stays in the log. */
export interface KnowledgeView {
  /** The cycles that are remembered, oldest first: the last 256. */
  cycles(): readonly KnownCycle[];
  /** The leaf that made the current rules current; undefined where it was not seen. */
  rules(): RulesChange | undefined;
  /** The candidate that decides for a share of the subjects. */
  canary(): OpenCanary | undefined;
  /** Patterns, own and imported: the last 1,024 of each log, what was found last comes last. */
  patterns(query?: PatternQuery): readonly KnownPattern[];
  /** Proposals, own and imported: the last 1,024 of each log, the one heard of last comes last. */
  proposals(query?: ProposalQuery): readonly KnownProposal[];
  /** Own proposals that await a signed approval; an imported one never does. */
  held(): readonly KnownProposal[];
  /** How promoted changes turned out, own and imported: the last 1,024 of each log. */
  outcomes(): readonly KnownOutcome[];
  /** How planners fared, own and imported together, by name. */
  planners(): readonly PlannerRecord[];
  /** What is known as canonical JSON, for another loop to import; it is hashed, not signed. */
  exportKnowledge(): string;
}
