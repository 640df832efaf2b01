import { fail } from '../base/errors.ts';
import { channels } from '../runtime/channels.ts';
import type { Control } from '../runtime/control.ts';
import { operateAsync } from '../runtime/operations.ts';
import type { Receipt } from '../runtime/outcome.ts';
import { type ApprovalOutcome, approveHeld } from './approve.ts';
import { LoopCore } from './core.ts';
import { runCycle } from './cycle.ts';
import { linkedCandidate, rollBack, settleTrial } from './execute/act.ts';
import { importKnowledge } from './import.ts';
import type { KnowledgeView } from './knowledge/types.ts';
import { LiveMeter, type Measurements } from './measurements.ts';
import { checkSchedule, type LoopOptions, type LoopSchedule } from './options.ts';
import { proposeByHost } from './propose.ts';
import { rollbackTarget } from './rollbacks.ts';
import type { LoopState } from './state.ts';
import { type LoopStatus, statusOf } from './status.ts';
import { cycleFacts, type HostProposal } from './think.ts';
import type { CycleReport, ProposalReport } from './types.ts';

/** Options of {@link Loop.cycle}, {@link Loop.propose} and {@link Loop.approve}. */
export interface CycleOptions {
  /** What invariants are judged by, in place of what {@link LoopOptions.measure} gives. */
  readonly measurements?: Measurements;
}

/**
 * The MAPE-K loop of one runtime (Monitor, Analyze, Plan, Execute over shared Knowledge: Kephart
 * and Chess, The Vision of Autonomic Computing, 2003); made by {@link openLoop}.
 *
 * @example
 * await knhk.apply(Flight, flight);
 * (await loop.cycle()).cycle; // => 1
 * (await loop.cycle()).skipped; // => true
 */
export class Loop {
  readonly #core: LoopCore;
  readonly #meter = new LiveMeter();
  readonly #release: (() => void)[] = [];
  #stop: (() => void) | undefined;
  #running = false;
  #closed = false;

  constructor(options: LoopOptions, control: Control, state: LoopState) {
    const core = new LoopCore(options, control, state);
    this.#core = core;
    const { trying } = state.execution;
    if (trying !== undefined) {
      const snapshot = linkedCandidate(core, trying.candidate);
      control.setCanary({ snapshot, percent: trying.percent });
    }
    const tapped = control.tap((event) => {
      core.heard(event);
      // Right behind the observation that ended the trial, in every run over the same log.
      settleTrial(core);
    });
    const counted = control.tapCounts((event) => state.count(event));
    this.#release.push(tapped, counted);
    control.savepoint('loop', () => core.savedOr());
    try {
      // A trial may have been over when the process ended.
      settleTrial(core);
    } catch (error) {
      control.troubled(String(error));
    }
    const { everyObservations } = options;
    if (everyObservations !== undefined) this.start({ everyObservations });
  }

  /**
   * What this process measures now; the counts are those of the open cycle; processor time, delays
   * and the share of streamed batches within 8 ticks are since the last call.
   *
   * @example loop.measure().errorPercent; // => 0
   */
  measure(): Measurements {
    const { control, state } = this.#core;
    const { observed, failed } = state.monitor;
    const warmP95Ms = control.warmP95Ms();
    const ticks = control.ticks();
    const findings = control.findings();
    const counts = { observed, failed, warmP95Ms, ticks, findings };
    return this.#meter.measure(counts, control.snapshot());
  }

  /**
   * What the loop has learnt: patterns, proposals and what became of them.
   *
   * @example loop.knowledge.outcomes(); // => []
   */
  get knowledge(): KnowledgeView {
    return this.#core.state.knowledge;
  }

  /**
   * Takes in what another loop has learnt ({@link KnowledgeView.exportKnowledge}): its outcomes
   * count for ranking planners and for what is not proposed again, never as an approval.
   *
   * @throws KnhkError KNHK_LOOP_KNOWLEDGE, KNHK_LOOP_CLOSED, KNHK_RUNTIME_FROZEN
   * @example await loop.importKnowledge(loop.knowledge.exportKnowledge());
   */
  async importKnowledge(text: string): Promise<void> {
    this.#checkOpen('importKnowledge');
    await importKnowledge(this.#core, text);
  }

  /**
   * What is being done, tried and held.
   *
   * @example loop.status().held; // => []
   */
  status(): LoopStatus {
    return statusOf(this.#core.state, this.#running);
  }

  /**
   * One turn: Monitor, Analyze, Plan, the seven stages and the shadow, Execute. Without new
   * observations nothing happens and no leaf is written. At most one proposal is promoted. A
   * detector or planner that fails is in the report and the cycle promotes nothing; so does a cycle
   * whose time is over.
   *
   * @throws KnhkError KNHK_LOOP_BUSY, KNHK_LOOP_CLOSED, KNHK_RUNTIME_FROZEN, KNHK_LOG_CORRUPT,
   * KNHK_LOG_BLOB, KNHK_LOG_POISONED; what the file system says; what `onCycle` throws
   * @example
   * await knhk.apply(Flight, flight);
   * (await loop.cycle()).observed; // => 1
   */
  async cycle(options: CycleOptions = {}): Promise<CycleReport> {
    return this.#turn(options, false);
  }

  /** One turn; nobody's trace goes on into one that the loop takes by itself. */
  async #turn({ measurements }: CycleOptions, detached: boolean): Promise<CycleReport> {
    this.#checkOpen('cycle');
    if (this.#running) fail('KNHK_LOOP_BUSY', 'cycle', 'one cycle at a time', 'one under way');
    const { control, options } = this.#core;
    this.#running = true;
    try {
      const report = await operateAsync(
        { name: 'cycle', origin: control.log.origin, detached },
        () => runCycle(this.#core, this.#measuring(measurements)),
        cycleFacts,
      );
      if (channels.cycle.hasSubscribers) channels.cycle.publish(report);
      if (!report.skipped) {
        const [problem] = report.problems;
        control.troubled(
          problem === undefined ? undefined : `${problem.phase}: ${problem.message}`,
        );
        options.onCycle?.(report);
      }
      return report;
    } finally {
      this.#running = false;
    }
  }

  #measuring(given: Measurements | undefined): () => Measurements {
    return () => given ?? this.#core.options.measure?.() ?? this.measure();
  }

  #checkOpen(where: string): void {
    if (this.#closed) fail('KNHK_LOOP_CLOSED', where, 'an open loop', 'a closed one');
  }

  /**
   * Takes cycles by itself, after so many applied observations or so many ms; what it was told
   * before holds no longer. A cycle that fails shows in health and the next one comes all the same;
   * while the runtime is frozen there is none.
   *
   * @throws KnhkError KNHK_LOOP_OPTION, KNHK_LOOP_CLOSED
   * @example
   * loop.start({ intervalMs: 60_000 });
   * loop.stop();
   */
  start(schedule: LoopSchedule): void {
    this.#checkOpen('start');
    checkSchedule(schedule, 'start');
    this.stop();
    const { control } = this.#core;
    if (schedule.everyObservations !== undefined) {
      this.#stop = control.every(schedule.everyObservations, async () => {
        if (control.refusal() === undefined) await this.#turn({}, true);
      });
      return;
    }
    const tick = (): void => {
      if (this.#running || control.refusal() !== undefined) return;
      this.#turn({}, true).catch((error: unknown) => control.troubled(String(error)));
    };
    const timer = setInterval(tick, schedule.intervalMs);
    timer.unref();
    this.#stop = () => clearInterval(timer);
  }

  /**
   * Takes no more cycles by itself; one that is under way goes on.
   *
   * @example loop.stop();
   */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /**
   * Validates a change that the host proposes and, if the loop may promote, puts it in place by
   * compare-and-swap. A refusal is in the report, never a throw.
   *
   * @throws KnhkError KNHK_LOOP_CLOSED, KNHK_RUNTIME_FROZEN, KNHK_LOG_CORRUPT,
   * KNHK_BASE_NOT_CANONICAL for a proposal that is no plain data; what `measure` throws
   * @example
   * const change = { kind: 'parameter', name: 'lateMinutes', value: 60 } as const;
   * const report = await loop.propose({ change, reasoning: 'snow is forecast' });
   * report.stages.length; // => 7
   * report.proposal.inverse; // => { kind: 'parameter', name: 'lateMinutes', value: 45 }
   */
  async propose(plan: HostProposal, options: CycleOptions = {}): Promise<ProposalReport> {
    this.#checkOpen('propose');
    return proposeByHost(this.#core, plan, this.#measuring(options.measurements));
  }

  /**
   * Takes in a signed approval (C2SP signed note) of a held proposal: it is validated again and put
   * in place, or denied for good. An approval that is worth nothing changes nothing.
   *
   * @throws KnhkError KNHK_LOOP_OPTION, KNHK_LOOP_CLOSED, KNHK_LOOP_BUSY while another change is
   * being tried, KNHK_RUNTIME_FROZEN, KNHK_LOG_BLOB
   * @example
   * await loop.approve('not a note'); // => throws KNHK_LOOP_OPTION
   */
  async approve(note: string, options: CycleOptions = {}): Promise<ApprovalOutcome> {
    this.#checkOpen('approve');
    this.#core.follow();
    const now = this.#core.control.now();
    return approveHeld(this.#core, note, now, this.#measuring(options.measurements));
  }

  /**
   * Takes promotions back by hand: a new snapshot with the rules of an earlier one since the last
   * deploy, by default the current one's parent. A trial that is under way ends with it.
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
    this.#core.follow();
    return rollBack(this.#core, rollbackTarget(this.#core.control, to));
  }

  /**
   * Lets go of the runtime, which goes on without the loop. Close it before the runtime.
   *
   * @example
   * await loop.close();
   * await loop.cycle(); // => throws KNHK_LOOP_CLOSED
   */
  async close(): Promise<void> {
    const { control } = this.#core;
    // A cycle that was due when the last observation was sequenced belongs to this loop.
    await control.settled();
    if (this.#closed) return;
    this.stop();
    // What is applied from here on is folded from the log at the next opening.
    const saved = this.#core.savedOr();
    control.savepoint('loop', () => saved);
    // Without its loop nobody would end a canary.
    control.setCanary(undefined);
    this.#closed = true;
    this.#meter.close();
    for (const release of this.#release) release();
  }

  /** Closes at the end of a block that says `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
