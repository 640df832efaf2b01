import type { Change } from '../rules/changes.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { Receipt } from '../runtime/outcome.ts';

/** Counts of one cycle: how often each hook fired on how many observations of its type. */
export interface CycleCounts {
  /** Observations by type. */
  readonly observed: { readonly [type: string]: number };
  /** Firings by hook name. */
  readonly fired: { readonly [hook: string]: number };
  /** Seq of the first and last observation. */
  readonly seqs: readonly [number, number];
}

/** What detectors see: the open cycle, the history of each hook, recent values. */
export interface MonitorView {
  /** Number of the cycle under way, from 1. */
  readonly cycle: number;
  /** Counts of the cycle under way. */
  readonly open: CycleCounts;
  /** Seqs of the first firings of a hook in the open cycle, at most 8. */
  samples(hook: string): readonly number[];
  /** Closed cycles since the hook's rules last changed, oldest first, at most 64. */
  history(hook: string): readonly { readonly fired: number; readonly observed: number }[];
  /** The latest values of a field of a type, at most 4,096, in no particular order. */
  recent(type: string, field: string): readonly number[];
  /** The rules that decide now. */
  readonly document: RulesDocument;
}

/** Something a detector found, with its evidence. */
export interface Pattern {
  /** Name of the detector. */
  readonly detector: string;
  /** What kind of thing it is, such as `hook-rate`. */
  readonly kind: string;
  /** What it is about: a hook's name. */
  readonly subject: string;
  /** Compared with the history. */
  readonly direction: 'more' | 'less';
  /** From 0 to 1. */
  readonly confidence: number;
  /** Numbers behind it. */
  readonly evidence: { readonly [name: string]: number };
  /** Seqs of observations that show it. */
  readonly seqs: readonly number[];
}

/** Finds patterns; pure, cost O(hooks), never O(observations). */
export interface Detector {
  readonly name: string;
  /** Called once a cycle; an error ends the cycle, which then promotes nothing. */
  detect(view: MonitorView): readonly Pattern[];
}

/** A proposed change before the loop adds parent and inverse. */
export interface Plan {
  readonly change: Change;
  /** Canonical N-Quads of new shapes, for a change of kind shapes. */
  readonly shapesText?: string;
  /** Why, in a sentence for people. */
  readonly reasoning: string;
}

/** Turns a pattern into a plan, or not. */
export interface Planner {
  readonly name: string;
  /** Called for each pattern; undefined where this planner has no answer to it. */
  plan(pattern: Pattern, view: MonitorView): Plan | undefined;
}

/** A change to the rules as data, bound to the snapshot it was made for; it carries no code. */
export interface Proposal {
  /** Hash of the snapshot it changes. */
  readonly parent: string;
  readonly change: Change;
  /** The change that takes it back. */
  readonly inverse: Change;
  /** Canonical N-Quads of new shapes, for a change of kind shapes. */
  readonly shapesText?: string;
  /** Name of the planner; `host` for a proposal of the host. */
  readonly planner: string;
  /** Why, in a sentence for people. */
  readonly reasoning: string;
  /** What it answers, where a planner made it. */
  readonly pattern?: Pattern;
}

/** The seven stages in order. */
export type StageName =
  | 'static'
  | 'invariants'
  | 'doctrine'
  | 'guard'
  | 'performance'
  | 'rollback'
  | 'compatibility';

/** What one stage said. `skip`: an earlier refusal left it nothing to judge. */
export interface StageReport {
  /** 1 to 7. */
  readonly stage: number;
  readonly name: StageName;
  readonly verdict: 'pass' | 'refuse' | 'skip';
  /** Stable code of a refusal. */
  readonly code?: string;
  /** What a refusal found, for people. */
  readonly message?: string;
  /** A refusal that a protected parameter made advisory. */
  readonly advisory?: boolean;
  /** How long the stage took, in ms. */
  readonly stageMs: number;
}

/** What became of a proposal. */
export interface ProposalReport {
  /** Content hash of the proposal. */
  readonly hash: string;
  readonly proposal: Proposal;
  /** All seven in order; one where the proposal could not even be read. */
  readonly stages: readonly StageReport[];
  /** hold: every stage passed, but the loop may not promote. */
  readonly verdict: 'promote' | 'hold' | 'reject';
  /** Why a passed proposal was not promoted after all. */
  readonly reason?: string;
  /** The receipt of the promotion. */
  readonly receipt?: Receipt;
}

/** What one cycle did. */
export interface CycleReport {
  /** Its number, from 1. */
  readonly cycle: number;
  /** Observations since the cycle before. */
  readonly observed: number;
  /** What the detectors found, at most 256. */
  readonly patterns: readonly Pattern[];
  /** What became of each plan; empty where the loop only observes. */
  readonly proposals: readonly ProposalReport[];
  /** True where there was nothing new: no cycle, no leaf. */
  readonly skipped: boolean;
}

/** How far the loop may go by itself: find patterns, validate proposals, put them in place. */
export type Autonomy = 'observe' | 'propose' | 'promote';
