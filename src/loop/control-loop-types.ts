import type { Action } from '../rules/actions.ts';
import type { CycleProblem, Detector, Pattern, PlannedAction, Planner } from './types.ts';

/** What sensors, detectors and planners of a {@link ControlLoop} see in a cycle. */
export interface ControlView<Knowledge, Reading = unknown> {
  /** Number of the cycle under way, from 1. */
  readonly cycle: number;
  /** What persists between cycles: plain data that all of them may change. */
  readonly knowledge: Knowledge;
  /** What the sensors read in this cycle, in order; empty while they are being read. */
  readonly readings: readonly Reading[];
}

/** Reads the world once a cycle. */
export interface Sensor<Knowledge, Reading> {
  readonly name: string;
  /** Called once a cycle, synchronously; an error ends the cycle. */
  read(view: ControlView<Knowledge, Reading>): Iterable<Reading>;
}

/** Says whether a planned action may be carried out; anything but `allow` forbids it. */
export type Govern = (action: Action) => 'allow' | 'deny';

/** Options of {@link controlLoop}. */
export interface ControlLoopOptions<Knowledge, Reading> {
  /** Monitor: read in this order. */
  readonly sensors: readonly Sensor<Knowledge, Reading>[];
  /** Analyze: `observe` hears each reading, then `detect` is asked. */
  readonly detectors: readonly Detector<ControlView<Knowledge, Reading>, Reading>[];
  /**
   * Plan: asked in this order for each pattern that recommends `enforce`; the first one that
   * answers has decided. They answer at once, with an action.
   */
  readonly planners: readonly Planner<ControlView<Knowledge, Reading>>[];
  /** Knowledge: plain data; JSON where {@link ControlLoop.save} is used. */
  readonly knowledge: Knowledge;
  /** Asked for each action before anything is carried out; without it every action may be. */
  readonly govern?: Govern;
  /** Execute: carries an action out, synchronously. */
  execute(action: Action): void;
  /** What is done instead where the cycle failed; judged by `govern` like any other. */
  fallback?(
    view: ControlView<Knowledge, Reading>,
    problems: readonly CycleProblem[],
  ): readonly PlannedAction[];
  /** What an earlier loop has saved; its knowledge replaces `knowledge`. */
  readonly state?: ControlState;
}

/** An action of a cycle and what became of it. */
export interface ControlAction extends PlannedAction {
  /** Name of the planner; `fallback` for what was done instead. */
  readonly planner: string;
  /** failed: `execute` threw; dropped: one before it failed, so that it was not reached. */
  readonly verdict: 'executed' | 'denied' | 'failed' | 'dropped';
}

/** What one cycle of a {@link ControlLoop} did. */
export interface ControlReport {
  /** Its number, from 1. */
  readonly cycle: number;
  /** How many readings there were. */
  readonly readings: number;
  /** What the detectors found, in their order. */
  readonly patterns: readonly Pattern[];
  /** What was planned, in order, and what became of it. */
  readonly actions: readonly ControlAction[];
  /** What went wrong, in the order in which it did. */
  readonly problems: readonly CycleProblem[];
  /** True where the cycle failed before anything was carried out. */
  readonly failed: boolean;
}

/** What a {@link ControlLoop} keeps, as JSON. */
export interface ControlState {
  /** Cycles that were begun. */
  readonly cycle: number;
  /** As it stood. */
  readonly knowledge: unknown;
  /** What detectors with `save` keep, by name. */
  readonly detectors: { readonly [name: string]: unknown };
}

/** A synchronous loop in memory; made by `controlLoop`. */
export interface ControlLoop<Knowledge> {
  /** The knowledge as it stands: the same object that detectors and planners change. */
  readonly knowledge: Knowledge;
  /**
   * Runs one cycle to its end.
   *
   * @throws KnhkError KNHK_LOOP_BUSY where a part of the loop calls it
   */
  cycle(): ControlReport;
  /**
   * Number of cycles, knowledge and the detectors' states, as a copy.
   *
   * @throws KnhkError KNHK_BASE_NOT_CANONICAL where one of them is no JSON
   */
  save(): ControlState;
}
