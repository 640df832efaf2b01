import { canonical } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import type { RulesDocument } from '../rules/document.ts';
import { channels } from '../runtime/channels.ts';
import { type Control, controlOf } from '../runtime/control.ts';
import { operate, operateAsync } from '../runtime/operations.ts';
import type { Receipt } from '../runtime/outcome.ts';
import type { StoredObservation } from '../runtime/restore.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { loadIdentity, loadRules } from '../runtime/store.ts';
import { consider } from './consider.ts';
import { foldLog, type LoopState, type SavedLoop } from './fold.ts';
import { LiveMeter, type Measurements } from './measurements.ts';
import { recordedObservations, rollbackTarget } from './recall.ts';
import { bindPlan, cycleFacts, type HostProposal, type Thought, think } from './think.ts';
import type {
  Autonomy,
  CycleReport,
  Detector,
  Planner,
  Proposal,
  ProposalReport,
} from './types.ts';

/** What {@link openLoop} is given. */
export interface LoopOptions {
  readonly runtime: Runtime;
  /** What looks for patterns in each cycle, in this order. */
  readonly detectors: readonly Detector[];
  /** What turns patterns into proposals; each is asked about each pattern. */
  readonly planners: readonly Planner[];
  /** observe: patterns only; propose: validated and held; promote: put in place. */
  readonly autonomy: Autonomy;
  /**
   * A cycle after every so many applied observations: sequencing waits for it, so that it falls on
   * the same observation in every run over the same log. Without it the host calls cycle().
   */
  readonly everyObservations?: number;
  /** The measurements that invariants are judged by; by default this process, live. */
  readonly measure?: () => Measurements;
  /** Told of each cycle that was not skipped; must not throw. */
  readonly onCycle?: (report: CycleReport) => void;
}

/** Options of {@link Loop.cycle}. */
export interface CycleOptions {
  /** What invariants are judged by, in place of what {@link LoopOptions.measure} gives. */
  readonly measurements?: Measurements;
}

/**
 * The MAPE-K loop of one runtime (Monitor, Analyze, Plan, Execute over shared Knowledge); made by
 * {@link openLoop}.
 *
 * @example
 * await knhk.apply(Flight, flight);
 * (await loop.cycle()).cycle; // => 1
 * (await loop.cycle()).skipped; // => true
 */
export class Loop {
  readonly #options: LoopOptions;
  readonly #control: Control;
  readonly #state: LoopState;
  readonly #meter = new LiveMeter();
  readonly #release: (() => void)[] = [];
  #followed: string;
  #running = false;
  #closed = false;

  constructor(options: LoopOptions, control: Control, state: LoopState) {
    this.#options = options;
    this.#control = control;
    this.#state = state;
    this.#followed = control.snapshot().hash;
    const tapped = control.tap((event) => {
      const { hooks } = this.#follow();
      state.monitor.observe({ ...event, fired: event.fired.map((index) => hooks[index]!.name) });
    });
    const counted = control.tapCounts((event) => state.monitor.count(event));
    this.#release.push(tapped, counted);
    control.savepoint('loop', () => this.#saved());
    const every = options.everyObservations;
    if (every !== undefined) {
      this.#release.push(control.every(every, async () => void (await this.#turn({}, true))));
    }
  }

  /**
   * Brings the monitor to the current snapshot: a promotion is followed before whatever is
   * observed, saved or judged after its leaf, as the fold over the log does.
   */
  #follow(): RulesDocument {
    const { hash, document } = this.#control.snapshot();
    if (hash !== this.#followed) this.#state.monitor.follow(document);
    this.#followed = hash;
    return document;
  }

  #saved(): SavedLoop {
    this.#follow();
    const { size } = this.#control.log;
    const monitor = this.#state.monitor.toJSON();
    return { size, applied: this.#control.applied(), snapshot: this.#followed, monitor };
  }

  /**
   * What this process measures now; the counts are those of the open cycle; processor time, delays
   * and the share of streamed batches within 8 ticks are since the last call.
   *
   * @example loop.measure().errorPercent; // => 0
   */
  measure(): Measurements {
    const { observed, failed } = this.#state.monitor;
    const warmP95Ms = this.#control.warmP95Ms();
    const ticks = this.#control.ticks();
    return this.#meter.measure({ observed, failed, warmP95Ms, ticks }, this.#control.snapshot());
  }

  /**
   * One turn: Monitor, Analyze, Plan, the seven stages, Execute. Without new observations nothing
   * happens and no leaf is written. At most one proposal is promoted; a failing phase promotes
   * nothing.
   *
   * @throws KnhkError KNHK_LOOP_BUSY, KNHK_LOOP_CLOSED, KNHK_LOG_CORRUPT, KNHK_BASE_NOT_CANONICAL
   * for a proposal that is no plain data; what a detector, a planner, `measure` or `onCycle` throws
   * @example
   * await knhk.apply(Flight, flight);
   * (await loop.cycle()).observed; // => 1
   */
  async cycle(options: CycleOptions = {}): Promise<CycleReport> {
    return this.#turn(options, false);
  }

  /** One turn; nobody's trace goes on into one that the loop takes by itself. */
  async #turn(options: CycleOptions, detached: boolean): Promise<CycleReport> {
    if (this.#closed) fail('KNHK_LOOP_CLOSED', 'cycle', 'an open loop', 'a closed one');
    if (this.#running) fail('KNHK_LOOP_BUSY', 'cycle', 'one cycle at a time', 'one under way');
    this.#running = true;
    try {
      const report = await operateAsync(
        { name: 'cycle', origin: this.#control.log.origin, detached },
        () => this.#cycle(options.measurements),
        cycleFacts,
      );
      if (channels.cycle.hasSubscribers) channels.cycle.publish(report);
      if (!report.skipped) this.#options.onCycle?.(report);
      return report;
    } finally {
      this.#running = false;
    }
  }

  async #cycle(given: Measurements | undefined): Promise<CycleReport> {
    this.#follow();
    this.#control.beginCycle();
    const { monitor } = this.#state;
    const { cycle, observed } = monitor;
    if (observed === 0) return { ...nothing, cycle, observed, skipped: true };
    let thought: Thought;
    try {
      const measure = () => given ?? this.#options.measure?.() ?? this.measure();
      thought = think({ ...this.#options, control: this.#control, monitor, measure });
    } finally {
      // A cycle that fails ends too: the fold over the log cannot see how it went.
      operate(
        { name: 'knowledge', origin: this.#control.log.origin },
        () => monitor.closeCycle(),
        () => ({ cycle }),
      );
    }
    const { patterns, proposals, measurements } = thought;
    const reports: ProposalReport[] = [];
    const recorded = proposals.length === 0 ? [] : recordedObservations(this.#control);
    for (const proposal of proposals) {
      reports.push(await this.#consider(proposal, measurements, recorded));
    }
    return { ...nothing, cycle, observed, patterns, proposals: reports, skipped: false };
  }

  /**
   * Validates a change that the host proposes and, if the loop may promote, puts it in place by
   * compare-and-swap. A refusal is in the report, never a throw.
   *
   * @throws KnhkError KNHK_LOOP_CLOSED, KNHK_LOG_CORRUPT, KNHK_BASE_NOT_CANONICAL for a proposal
   * that is no plain data; what `measure` throws
   * @example
   * const change = { kind: 'parameter', name: 'lateMinutes', value: 60 } as const;
   * const report = await loop.propose({ change, reasoning: 'snow is forecast' });
   * report.stages.length; // => 7
   * report.proposal.inverse; // => { kind: 'parameter', name: 'lateMinutes', value: 45 }
   */
  async propose(plan: HostProposal, options: CycleOptions = {}): Promise<ProposalReport> {
    if (this.#closed) fail('KNHK_LOOP_CLOSED', 'propose', 'an open loop', 'a closed one');
    const { measure = () => this.measure() } = this.#options;
    const measurements = options.measurements ?? measure();
    const proposal = bindPlan(this.#control, plan);
    return this.#consider(proposal, measurements, recordedObservations(this.#control));
  }

  async #consider(
    proposal: Proposal,
    measurements: Measurements,
    recorded: readonly StoredObservation[],
  ): Promise<ProposalReport> {
    const { autonomy } = this.#options;
    const given = { control: this.#control, autonomy, measurements, recorded };
    const report = await consider(proposal, given);
    this.#follow();
    return report;
  }

  /**
   * Takes promotions back by hand: a new snapshot with the rules of an earlier one since the last
   * deploy, by default the current one's parent.
   *
   * @param to Hash of the snapshot to go back to.
   * @throws KnhkError KNHK_LOOP_ROLLBACK, KNHK_RUNTIME_STALE, KNHK_RUNTIME_FROZEN, KNHK_LOG_BLOB,
   * KNHK_LOG_POISONED, KNHK_LOG_CLOSED
   * @example
   * const change = { kind: 'parameter', name: 'lateMinutes', value: 60 } as const;
   * const { verdict } = await loop.propose({ change, reasoning: 'snow is forecast' });
   * if (verdict === 'promote') await loop.rollback();
   * knhk.parameters['lateMinutes']; // => 45
   */
  async rollback(to?: string): Promise<Receipt> {
    const control = this.#control;
    const current = control.snapshot();
    const target = rollbackTarget(control, to);
    const document = loadRules(control.log, loadIdentity(control.log, target).rules);
    // Stored, because a verifier looks for what a leaf names.
    const proposal = control.log.putBlob('rollback', canonical({ from: current.hash, to: target }));
    const receipt = await control.promote({
      kind: 'rollback',
      parent: current.hash,
      document,
      proposal,
      stages: Array.from({ length: 7 }, () => 'skip' as const),
    });
    this.#follow();
    return receipt;
  }

  /**
   * Lets go of the runtime, which goes on without the loop. Close it before the runtime.
   *
   * @example
   * await loop.close();
   * await loop.cycle(); // => throws KNHK_LOOP_CLOSED
   */
  async close(): Promise<void> {
    // A cycle that was due when the last observation was sequenced belongs to this loop.
    await this.#control.settled();
    if (this.#closed) return;
    // What is applied from here on is folded from the log at the next opening.
    const saved = structuredClone(this.#saved());
    this.#control.savepoint('loop', () => saved);
    this.#closed = true;
    this.#meter.close();
    for (const release of this.#release) release();
  }

  /** Closes at the end of a block that says `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const nothing = {
  patterns: [],
  proposals: [],
  actions: [],
  alerts: [],
  problems: [],
  cut: false,
} as const;

/**
 * Opens the loop over a runtime: folds what the log already holds, then follows what is applied.
 * Await it before applying. A cycle that was due when the process ended is run first.
 *
 * @throws KnhkError KNHK_LOOP_OPTION, KNHK_LOG_POISONED, KNHK_LOG_CORRUPT, KNHK_LOG_BLOB; what the
 * cycle that was due throws
 * @example
 * const parts = { detectors: [hookRateDetector()], planners: [parameterPlanner()] };
 * const how = { autonomy: 'promote', everyObservations: 10_000 } as const;
 * await using mapek = await openLoop({ runtime: knhk, ...parts, ...how });
 * (await mapek.cycle()).skipped; // => true
 */
export async function openLoop(options: LoopOptions): Promise<Loop> {
  const control = controlOf(options.runtime);
  if (control === undefined) {
    return fail('KNHK_LOOP_OPTION', 'openLoop, runtime', 'a runtime', options.runtime);
  }
  const every = options.everyObservations;
  if (every !== undefined && (!Number.isSafeInteger(every) || every < 1)) {
    fail('KNHK_LOOP_OPTION', 'openLoop, everyObservations', 'a positive integer', every);
  }
  // The fold reads durable leaves; anything applied already has to be among them.
  await control.log.flush();
  const state = foldLog(control, every);
  const loop = new Loop(options, control, state);
  try {
    if (state.due) await loop.cycle();
  } catch (error) {
    await loop.close();
    throw error;
  }
  return loop;
}
