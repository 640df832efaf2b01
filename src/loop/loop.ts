import { hashOf } from '../base/canonical.ts';
import { fail, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { RulesDocument } from '../rules/document.ts';
import { channels } from '../runtime/channels.ts';
import type { Control } from '../runtime/control.ts';
import { controlOf } from '../runtime/control.ts';
import type { Receipt } from '../runtime/outcome.ts';
import type { StoredObservation } from '../runtime/restore.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { loadIdentity, loadRules } from '../runtime/store.ts';
import { foldLog, type LoopState, type SavedLoop } from './fold.ts';
import { inverseOr } from './form.ts';
import { LiveMeter, type Measurements } from './measurements.ts';
import { recordedObservations, rollbackTarget } from './recall.ts';
import type {
  Autonomy,
  CycleReport,
  Detector,
  MonitorView,
  Pattern,
  Plan,
  Planner,
  Proposal,
  ProposalReport,
} from './types.ts';
import { proposalHash, proposalText, validate } from './validate.ts';

/** What {@link openLoop} is given. */
export interface LoopOptions {
  readonly runtime: Runtime;
  readonly detectors: readonly Detector[];
  readonly planners: readonly Planner[];
  /** observe: patterns only; propose: validated and held; promote: put in place. */
  readonly autonomy: Autonomy;
  /**
   * A cycle after every so many applied observations: sequencing waits for it, so that it falls on
   * the same observation in every run over the same log.
   */
  readonly everyObservations?: number;
  /** The measurements that invariants are judged by; by default this process, live. */
  readonly measure?: () => Measurements;
  /** Told of each cycle that was not skipped; must not throw. */
  readonly onCycle?: (report: CycleReport) => void;
}

/** What a host may propose by itself; parent and inverse are filled in. */
export type HostProposal = Plan &
  Partial<Pick<Proposal, 'parent' | 'inverse' | 'planner' | 'pattern'>>;

/** Options of {@link Loop.cycle}. */
export interface CycleOptions {
  readonly measurements?: Measurements;
}

/** The MAPE-K loop of one runtime; made by {@link openLoop}. */
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
    this.#release.push(tapped);
    control.savepoint('loop', () => this.#saved());
    const every = options.everyObservations;
    if (every !== undefined) {
      this.#release.push(control.every(every, async () => void (await this.cycle())));
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

  /** What this process measures now; the counts are those of the open cycle. */
  measure(): Measurements {
    const { observed, failed } = this.#state.monitor;
    const warmP95Ms = this.#control.warmP95Ms();
    return this.#meter.measure({ observed, failed, warmP95Ms }, this.#control.snapshot());
  }

  /**
   * One turn: Monitor, Analyze, Plan, the seven stages, Execute. Without new observations nothing
   * happens and no leaf is written. At most one proposal is promoted; a failing phase promotes
   * nothing.
   *
   * @throws (rejects) KnhkError KNHK_LOOP_BUSY, KNHK_LOOP_CLOSED
   */
  async cycle(options: CycleOptions = {}): Promise<CycleReport> {
    if (this.#closed) fail('KNHK_LOOP_CLOSED', 'cycle', 'an open loop', 'a closed one');
    if (this.#running) fail('KNHK_LOOP_BUSY', 'cycle', 'one cycle at a time', 'one under way');
    this.#running = true;
    try {
      const report = await this.#cycle(options.measurements);
      if (channels.cycle.hasSubscribers) channels.cycle.publish(report);
      if (!report.skipped) this.#options.onCycle?.(report);
      return report;
    } finally {
      this.#running = false;
    }
  }

  async #cycle(given: Measurements | undefined): Promise<CycleReport> {
    this.#follow();
    const { monitor } = this.#state;
    const { detectors, autonomy } = this.#options;
    const { observed } = monitor;
    const view = monitor.view();
    const { cycle } = view;
    if (observed === 0) return { cycle, observed, patterns: [], proposals: [], skipped: true };
    let patterns: readonly Pattern[];
    let proposals: readonly Proposal[];
    let measurements: Measurements;
    try {
      const found = detectors.flatMap((detector) => detector.detect(view));
      patterns = found.slice(0, limits.patternsPerCycle);
      proposals = autonomy === 'observe' ? [] : this.#plan(patterns, view);
      measurements = given ?? this.#options.measure?.() ?? this.measure();
    } finally {
      // A cycle that fails ends too: the fold over the log cannot see how it went.
      monitor.closeCycle();
    }
    const reports: ProposalReport[] = [];
    const recorded = proposals.length === 0 ? [] : recordedObservations(this.#control);
    for (const proposal of proposals) {
      reports.push(await this.#consider(proposal, measurements, recorded));
    }
    return { cycle, observed, patterns, proposals: reports, skipped: false };
  }

  #plan(patterns: readonly Pattern[], view: MonitorView): Proposal[] {
    return patterns.flatMap((pattern) =>
      this.#options.planners.flatMap((planner): Proposal[] => {
        const plan = planner.plan(pattern, view);
        return plan === undefined ? [] : [this.#bind({ planner: planner.name, pattern, ...plan })];
      }),
    );
  }

  /** Binds a plan to the current snapshot and adds what takes it back. */
  #bind(plan: HostProposal): Proposal {
    const { hash, document } = this.#control.snapshot();
    const inverse = plan.inverse ?? inverseOr(document, plan.change);
    return { planner: 'host', parent: hash, ...plan, inverse };
  }

  /**
   * Validates a change that the host proposes and, if the loop may promote, puts it in place by
   * compare-and-swap.
   *
   * @throws (rejects) KnhkError KNHK_LOOP_CLOSED
   * @example
   * await loop.propose({ change: { kind: 'parameter', name: 'lateMinutes', value: 60 },
   *   reasoning: 'snow is forecast' });
   */
  async propose(plan: HostProposal, options: CycleOptions = {}): Promise<ProposalReport> {
    if (this.#closed) fail('KNHK_LOOP_CLOSED', 'propose', 'an open loop', 'a closed one');
    const { measure = () => this.measure() } = this.#options;
    const measurements = options.measurements ?? measure();
    return this.#consider(this.#bind(plan), measurements, recordedObservations(this.#control));
  }

  async #consider(
    proposal: Proposal,
    measurements: Measurements,
    recorded: readonly StoredObservation[],
  ): Promise<ProposalReport> {
    const control = this.#control;
    const hash = proposalHash(proposal);
    const validation = validate({
      proposal,
      current: control.snapshot(),
      catalogue: control.catalogue,
      shapes: control.shapes(),
      measurements,
      recorded,
    });
    const { stages, candidate } = validation;
    const report = { hash, proposal, stages };
    if (!validation.passed || candidate === undefined) return { ...report, verdict: 'reject' };
    if (this.#options.autonomy !== 'promote') return { ...report, verdict: 'hold' };
    try {
      control.log.putBlob('proposal', proposalText(proposal));
      const receipt = await control.promote({
        kind: 'promote',
        parent: proposal.parent,
        document: candidate.document,
        ...(proposal.shapesText === undefined || candidate.shapes === undefined
          ? {}
          : { shapes: candidate.shapes }),
        proposal: hash,
        stages: stages.map(({ verdict }) => verdict),
      });
      this.#follow();
      return { ...report, verdict: 'promote', receipt };
    } catch (error) {
      if (!(error instanceof KnhkError)) throw error;
      return { ...report, verdict: 'reject', reason: error.message };
    }
  }

  /**
   * Takes promotions back by hand: a new snapshot with the rules of an earlier one since the last
   * deploy, by default the current one's parent.
   *
   * @throws (rejects) KnhkError KNHK_LOOP_ROLLBACK, KNHK_RUNTIME_STALE, KNHK_RUNTIME_FROZEN
   */
  async rollback(to?: string): Promise<Receipt> {
    const control = this.#control;
    const current = control.snapshot();
    const target = rollbackTarget(control, to);
    const document = loadRules(control.log, loadIdentity(control.log, target).rules);
    const receipt = await control.promote({
      kind: 'rollback',
      parent: current.hash,
      document,
      proposal: hashOf('rollback', { from: current.hash, to: target }),
      stages: Array.from({ length: 7 }, () => 'skip' as const),
    });
    this.#follow();
    return receipt;
  }

  /** Lets go of the runtime, which goes on without the loop. */
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens the loop over a runtime: folds what the log already holds, then follows what is applied.
 * Await it before applying. A cycle that was due when the process ended is run first.
 *
 * @throws (rejects) KnhkError KNHK_LOOP_OPTION
 * @example
 * const loop = await openLoop({ runtime: knhk, detectors: [hookRateDetector()],
 *   planners: [parameterPlanner()], autonomy: 'promote', everyObservations: 10_000 });
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
