import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Approver } from '../receipts/verify/approval-keys.ts';
import { parseApprovers } from '../receipts/verify/approval-keys.ts';
import type { Outcome } from '../runtime/outcome.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ExecutionOptions } from './execute/options.ts';
import type { Measurements } from './measurements.ts';
import type { MonitorOptions } from './monitor/options.ts';
import type {
  Alert,
  Autonomy,
  CycleReport,
  Detector,
  PlannedAction,
  Planner,
  StageName,
} from './types.ts';

/** What {@link openLoop} is given. */
export interface LoopOptions extends ExecutionOptions {
  readonly runtime: Runtime;
  /** What looks for patterns in each cycle, in this order. Names are unique. */
  readonly detectors: readonly Detector[];
  /**
   * What turns patterns into proposals; each is asked about each pattern, those with more success
   * first. Names are unique.
   */
  readonly planners: readonly Planner[];
  /**
   * observe: patterns only; propose: validated and held; approve: held until approved by signature;
   * promote: put in place.
   */
  readonly autonomy: Autonomy;
  /**
   * A cycle after every so many applied observations: sequencing waits for it, so that it falls on
   * the same observation in every run over the same log. Without it the host calls cycle() or
   * start().
   */
  readonly everyObservations?: number;
  /** The measurements that invariants are judged by; by default this process, live. */
  readonly measure?: () => Measurements;
  /** Told of each cycle that was not skipped; must not throw. */
  readonly onCycle?: (report: CycleReport) => void;
  /** Told of what people should know, once its leaf is on disk; what it throws is a problem. */
  readonly onAlert?: (alert: Alert) => void | Promise<void>;
  /**
   * Told of each planned action and what became of it, once its leaf is on disk: what stands in
   * `outcome.actions` is the host's to carry out. What it throws is a problem of the next cycle.
   */
  readonly onAction?: (planned: PlannedAction, outcome: Outcome) => void;
  /** Who may approve held proposals; needed for autonomy approve. */
  readonly approvers?: readonly Approver[];
  /** How many different people have to approve; default 1. */
  readonly approvalsRequired?: number;
  /** Windows and bounds of the monitor. */
  readonly monitor?: MonitorOptions;
  /** Recorded observations that a candidate is tried on in the shadow; default 10,000, 0 none. */
  readonly shadowObservations?: number;
  /** Most of them, in percent, that may be decided otherwise; default 100. */
  readonly shadowMaxDifferingPercent?: number;
  /** ms after which a cycle is cut; default 5,000. */
  readonly cycleMs?: number;
  /** ms after which a stage refuses; default 1,000 each. */
  readonly stageMs?: { readonly [Name in StageName]?: number };
}

/** When cycles are taken: after so many applied observations, or so much time. */
export type LoopSchedule =
  | { readonly everyObservations: number; readonly intervalMs?: undefined }
  | { readonly intervalMs: number; readonly everyObservations?: undefined };

const autonomies: readonly Autonomy[] = ['observe', 'propose', 'approve', 'promote'];
// Entries of the journal and hashes of knowledge hold them.
const nameMax = 128;
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 1;

/**
 * @throws KnhkError KNHK_LOOP_OPTION, KNHK_APPROVAL_POLICY
 */
export function checkLoopOptions(options: LoopOptions): void {
  const { autonomy, approvers = [], approvalsRequired = 1, cycleMs = limits.cycleMs } = options;
  const refuse = (name: string, expected: string, got: unknown): never =>
    fail('KNHK_LOOP_OPTION', `openLoop, ${name}`, expected, got);
  if (!autonomies.includes(autonomy)) refuse('autonomy', autonomies.join(', '), autonomy);
  for (const name of ['detectors', 'planners'] as const) {
    const names = options[name].map((item) => item.name);
    if (new Set(names).size < names.length) refuse(name, 'unique names', names.join(', '));
    for (const one of names) {
      const fits = typeof one === 'string' && one.length > 0 && one.length <= nameMax;
      if (!fits) refuse(name, `names of 1 to ${nameMax} characters`, one);
    }
  }
  checkSchedule({ everyObservations: options.everyObservations ?? 1 }, 'openLoop');
  if (autonomy === 'approve' && approvers.length === 0) refuse('approvers', 'at least one', 'none');
  if (approvers.length > 0) parseApprovers(approvers);
  const people = new Set(approvers.map(({ name }) => name)).size;
  if (!isCount(approvalsRequired) || (people > 0 && approvalsRequired > people)) {
    refuse('approvalsRequired', `1 to ${people}, the number of people`, approvalsRequired);
  }
  if (!isCount(cycleMs)) refuse('cycleMs', 'a positive integer', cycleMs);
  const { shadowObservations = 0, shadowMaxDifferingPercent = 100 } = options;
  if (shadowObservations !== 0 && !isCount(shadowObservations)) {
    refuse('shadowObservations', 'an integer from 0', shadowObservations);
  }
  if (!(shadowMaxDifferingPercent >= 0 && shadowMaxDifferingPercent <= 100)) {
    refuse('shadowMaxDifferingPercent', 'a number from 0 to 100', shadowMaxDifferingPercent);
  }
}

/**
 * @throws KnhkError KNHK_LOOP_OPTION
 */
export function checkSchedule(schedule: LoopSchedule, where: string): void {
  const { everyObservations, intervalMs } = schedule;
  const one = (everyObservations === undefined) !== (intervalMs === undefined);
  if (one && isCount(everyObservations ?? intervalMs)) return;
  const expected = 'everyObservations or intervalMs, a positive integer';
  fail('KNHK_LOOP_OPTION', `${where}, schedule`, expected, schedule);
}
