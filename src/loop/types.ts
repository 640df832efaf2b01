import type { Action } from '../rules/actions.ts';
import type { Change } from '../rules/changes.ts';
import type { Receipt } from '../runtime/outcome.ts';
import type { MonitorEvent } from './monitor/monitor.ts';
import type { ShadowReport } from './shadow-types.ts';
import type { MonitorView } from './view.ts';

/**
 * What a detector thinks should be done. `observe`: only remember it; `alert`: tell people;
 * `propose`: planners may propose other rules; `enforce`: planned actions may be carried out too.
 */
export type Recommendation = 'observe' | 'alert' | 'propose' | 'enforce';

/** Something a detector found, with its evidence. */
export interface Pattern {
  /** Name of the detector. */
  readonly detector: string;
  /** What kind of thing it is, such as `hook-rate`. */
  readonly kind: string;
  /** What it is about: the name of a hook or type, or `type field`. */
  readonly subject: string;
  /** Compared with what was before, where it has a direction. */
  readonly direction?: 'more' | 'less';
  /** From 0 to 1. */
  readonly confidence: number;
  /** Numbers behind it; never a value of an observation, which may be personal. */
  readonly evidence: { readonly [name: string]: number };
  /** Seqs of observations that show it. */
  readonly seqs: readonly number[];
  readonly recommend: Recommendation;
}

/**
 * Finds patterns. A plain object: `observe`, if there, hears each observation in O(1), `detect` is
 * asked once a cycle at a cost of O(keys), never O(observations).
 */
export interface Detector<View = MonitorView, Event = MonitorEvent> {
  readonly name: string;
  /** Hears each observation; must be fast, deterministic and must not throw. */
  observe?(event: Event): void;
  /** Called once a cycle; an error ends the cycle, which then promotes nothing. */
  detect(view: View): readonly Pattern[];
  /** State of its own that savepoints keep, as JSON; needed with `observe`. */
  save?(): unknown;
  /** Takes back what {@link save} gave. */
  restore?(state: unknown): void;
}

/** A proposed change before the loop adds parent and inverse. */
export interface Plan {
  readonly change: Change;
  /** Canonical N-Quads of new shapes, for a change of kind shapes. */
  readonly shapesText?: string;
  /** Why, in a sentence for people. */
  readonly reasoning: string;
}

/** An action that a planner wants taken; it leaves only if hooks and guards let it. */
export interface PlannedAction {
  readonly action: Action;
  /** Why, in a sentence for people. */
  readonly reasoning: string;
}

/** What a planner answers. */
export type Planned = Plan | PlannedAction;

/** Turns a pattern into a change of rules or an action, or not. */
export interface Planner<View = MonitorView> {
  readonly name: string;
  /**
   * Called for each pattern; undefined where this planner has no answer to it. A promise is awaited
   * until `signal` aborts, which is when the cycle's time is over.
   */
  plan(
    pattern: Pattern,
    view: View,
    context: { readonly signal: AbortSignal },
  ): Planned | undefined | Promise<Planned | undefined>;
}

/** Bytes of rows that deciding looks through, summed over all types. */
export interface ProposalCost {
  /** Under the current rules. */
  readonly before: number;
  /** Under the proposed ones. */
  readonly after: number;
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
  /** Who proposes it, where that is a person: the same may not approve it. */
  readonly proposer?: string;
  /** Why, in a sentence for people. */
  readonly reasoning: string;
  /** What it answers, where a planner made it. */
  readonly pattern?: Pattern;
  /** What it costs where that can be computed. */
  readonly cost?: ProposalCost;
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
  /** Numbers behind the verdict. */
  readonly evidence?: { readonly [name: string]: number };
  /** A refusal that a protected parameter made advisory. */
  readonly advisory?: boolean;
  /** How long the stage took, in ms. */
  readonly stageMs: number;
  /** It took longer than its budget; only a deadline refuses. */
  readonly overBudget?: boolean;
}

/** What became of a proposal. */
export interface ProposalReport {
  /** Content hash of the proposal. */
  readonly hash: string;
  readonly proposal: Proposal;
  /** All seven in order; one where the proposal could not even be read. */
  readonly stages: readonly StageReport[];
  /** What it would have changed, where it passed the stages. */
  readonly shadow?: ShadowReport;
  /** hold: every stage passed, but the loop may not promote, or not yet. */
  readonly verdict: 'promote' | 'hold' | 'reject';
  /** Why a passed proposal was not promoted after all. */
  readonly reason?: string;
  /** The receipt of the promotion. */
  readonly receipt?: Receipt;
}

/** Something that people should know. */
export interface Alert {
  /** The cycle that found it. */
  readonly cycle: number;
  readonly pattern: Pattern;
  /** The leaf that says so. */
  readonly receipt: { readonly seq: number; readonly hash: string };
}

/** Something that went wrong in a cycle without ending it. */
export interface CycleProblem {
  readonly phase: 'monitor' | 'analyze' | 'plan' | 'validate' | 'execute' | 'knowledge';
  /** Name of the detector or planner, where there is one. */
  readonly name?: string;
  /** For people. */
  readonly message: string;
}

/** A change that a planner wanted and that was not considered. */
export interface Suppressed {
  /** Name of the planner. */
  readonly planner: string;
  readonly change: Change;
  /** Why: what is known speaks against it, or another change is being tried. */
  readonly reason: string;
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
  /** Changes that were not considered, and why. */
  readonly suppressed: readonly Suppressed[];
  /** Actions that planners wanted, in order. */
  readonly actions: readonly PlannedAction[];
  /** What people were told. */
  readonly alerts: readonly Alert[];
  /** Planners that failed, a deadline that cut the cycle. */
  readonly problems: readonly CycleProblem[];
  /** True where the cycle's time was over before it had done everything. */
  readonly cut: boolean;
  /** The cycle's leaf; absent where it was skipped. */
  readonly receipt?: { readonly seq: number; readonly hash: string };
  /** True where there was nothing new: no cycle, no leaf. */
  readonly skipped: boolean;
}

/**
 * How far the loop may go by itself: find patterns; validate proposals; hold them for a signed
 * approval; put them in place.
 */
export type Autonomy = 'observe' | 'propose' | 'approve' | 'promote';
