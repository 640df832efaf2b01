import { type Clock, monotonicMs } from '../base/clock.ts';
import { fail, KnhkError } from '../base/errors.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { Commitments } from '../receipts/log/secrets.ts';
import type { Catalogue } from '../rules/catalogue.ts';
import type { Dropped } from '../rules/changes.ts';
import type { ContextState } from '../rules/context.ts';
import type { Snapshot, TypePlan } from '../rules/snapshot.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import type { ShapesGate } from '../shapes/gate.ts';
import type { Observation } from '../terms/observation.ts';
import { Admittance } from './admit.ts';
import { channels } from './channels.ts';
import type { Control, Promotion } from './control.ts';
import { CurrentRules } from './current.ts';
import type { ObservationOptions } from './decide.ts';
import { type Glance, glanceOf } from './glance.ts';
import { HealthBook } from './health.ts';
import type { Outcome, Receipt } from './outcome.ts';
import { Pipeline, type QueueEntry, type Sequenced } from './pipeline.ts';
import type { Restored, SavedState } from './restore.ts';
import { SigmaQueue } from './sigma.ts';

/** Everything that opening prepared. */
export interface RuntimeParts {
  readonly log: ReceiptLog;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly commitments: Commitments;
  readonly restored: Restored;
  readonly snapshot: Snapshot;
  readonly shapes: ShapesDocument | undefined;
  readonly gate: ShapesGate;
  readonly gateThreads: number;
  readonly deployed: Deployed | undefined;
}

/** The deploy leaf that opening wrote because the catalogue had changed. */
export interface Deployed {
  readonly receipt: Receipt;
  /** Promoted changes that the new catalogue could not keep. */
  readonly dropped: readonly Dropped[];
}

const savepointEveryMs = 300_000;

/** The state behind a runtime and what moves it; {@link Runtime} is its public face. */
export class RuntimeCore {
  readonly parts: RuntimeParts;
  readonly context: ContextState;
  readonly health: HealthBook;
  readonly pipeline: Pipeline;
  readonly admittance: Admittance;
  readonly current: CurrentRules;
  readonly #sigma: SigmaQueue;
  readonly #glances = new WeakMap<TypePlan, Glance>();
  readonly #taps = new Set<(event: Sequenced) => void>();
  readonly #savers = new Map<string, () => unknown>();
  #turn: { readonly every: number; readonly run: () => Promise<void> } | undefined;
  #applied: number;
  #lastAt: number | undefined;
  #savedAt: number;
  #closing: Promise<void> | undefined;

  constructor(parts: RuntimeParts) {
    this.parts = parts;
    this.current = new CurrentRules(parts.snapshot, parts.shapes);
    this.#applied = parts.restored.applied;
    this.#lastAt = parts.restored.lastAt;
    this.context = parts.restored.context;
    this.#savedAt = monotonicMs();
    this.health = new HealthBook(parts.clock);
    this.admittance = new Admittance(parts.log, parts.commitments);
    const document = (): ShapesDocument => this.current.shapes as ShapesDocument;
    this.#sigma = new SigmaQueue(parts.gate, document, Math.max(1, parts.gateThreads));
    this.pipeline = new Pipeline({
      log: parts.log,
      context: this.context,
      snapshot: () => this.current.snapshot,
      refusal: () => this.#refusal(),
      sigma: (entry) => this.#validate(entry),
      sequenced: (event) => this.#sequenced(event),
    });
    parts.log.onCheckpoint((epoch) => this.#checkpointed(epoch));
  }

  get snapshot(): Snapshot {
    return this.current.snapshot;
  }

  get applied(): number {
    return this.#applied;
  }

  /** `at` of the observation sequenced last, over the log's whole life. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  get closing(): boolean {
    return this.#closing !== undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { log, gate } = this.parts;
    try {
      this.pipeline.resume();
      await this.pipeline.drain();
      if (log.failure === undefined) await this.#save();
    } finally {
      await gate.close();
      await log.close();
    }
  }

  plan(observation: { readonly type: string; readonly hash: string }): TypePlan {
    const plan = this.current.snapshot.plans.get(observation?.type);
    if (plan === undefined || plan.observation.hash !== observation.hash) {
      fail('KNHK_RUNTIME_TYPE', 'observation', 'a type given to openRuntime', observation?.type);
    }
    return plan;
  }

  /** The first look at a type's input, made once for each plan. */
  glance(plan: TypePlan): Glance {
    let glance = this.#glances.get(plan);
    if (glance === undefined) {
      glance = glanceOf(plan, this.current.snapshot.document.windows);
      this.#glances.set(plan, glance);
    }
    return glance;
  }

  /** Not an async function: a promise more per observation is a tenth of its garbage. */
  apply(
    observation: Observation,
    input: unknown,
    options: ObservationOptions | undefined,
  ): Promise<Outcome> {
    try {
      this.plan(observation);
      if (this.#closing !== undefined) {
        fail('KNHK_RUNTIME_CLOSED', 'apply', 'an open runtime', 'a closed one');
      }
      const refusal = this.#refusal();
      if (refusal !== undefined) throw refusal;
      return this.#admit(observation, input, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #admit(
    observation: Observation,
    input: unknown,
    options: ObservationOptions | undefined,
  ): Promise<Outcome> {
    let resolve!: (outcome: Outcome) => void;
    let reject!: (error: unknown) => void;
    let promise!: Promise<Outcome>;
    const admission = this.admittance.admit(observation, input, options, () => {
      promise = new Promise((yes, no) => {
        resolve = yes;
        reject = no;
      });
      return promise;
    });
    if (admission.kind === 'answer') return Promise.resolve(admission.outcome);
    if (admission.kind === 'wait') return admission.outcome;
    const { admitted } = admission;
    try {
      const entry = { admitted, shapes: null, verdict: undefined, asked: false, resolve, reject };
      this.pipeline.push(entry);
    } catch (error) {
      admitted.release();
      throw error;
    }
    return promise;
  }

  #refusal(): KnhkError | undefined {
    const { failure } = this.parts.log;
    if (failure !== undefined) return failure;
    if (!this.health.has('frozen')) return undefined;
    const details = { expected: 'a runtime that is not frozen', got: 'frozen', where: 'apply' };
    return new KnhkError('KNHK_RUNTIME_FROZEN', details);
  }

  #validate(entry: QueueEntry): void {
    const { observation, data, record } = entry.admitted;
    this.#sigma.push({
      declaration: observation.hash,
      record,
      subject: data[observation.subject] as string,
      settle: (shapes, verdict) => {
        entry.shapes = shapes;
        entry.verdict = verdict;
        if (verdict instanceof KnhkError) this.health.raise('shapes-unavailable', verdict.message);
        else this.health.clear('shapes-unavailable');
        this.pipeline.pump();
      },
    });
  }

  #sequenced(event: Sequenced): void {
    this.#applied++;
    this.#lastAt = event.at;
    for (const listener of this.#taps) listener(event);
    if (this.#turn === undefined || this.#applied % this.#turn.every !== 0) return;
    this.pipeline.pause();
    void this.#takeTurn(this.#turn.run);
  }

  async #takeTurn(run: () => Promise<void>): Promise<void> {
    try {
      await this.parts.log.flush();
      await run();
    } catch (error) {
      this.health.raise('cycle-failed', error instanceof Error ? error.message : String(error));
    } finally {
      this.pipeline.resume();
    }
  }

  #checkpointed(epoch: { readonly size: number }): void {
    if (channels.checkpoint.hasSubscribers) channels.checkpoint.publish(epoch);
    if (this.#closing !== undefined) return;
    if (monotonicMs() - this.#savedAt < savepointEveryMs) return;
    this.#save().catch((error: unknown) => {
      // A savepoint only shortens the next opening: the log is whole without it.
      process.emitWarning(`savepoint: ${String(error)}`, 'KnhkWarning');
    });
  }

  async #save(): Promise<void> {
    this.#savedAt = monotonicMs();
    const more = Object.fromEntries([...this.#savers].map(([name, state]) => [name, state()]));
    const state: SavedState = {
      v: 1,
      snapshot: this.current.snapshot.hash,
      catalogue: this.parts.catalogue.hash,
      applied: this.#applied,
      lastAt: this.#lastAt ?? null,
      context: this.context.toJSON(),
      more: { ...this.parts.restored.more, ...more },
    };
    await this.parts.log.saveSavepoint(JSON.stringify(state));
  }

  control(): Control {
    const { log, catalogue, restored } = this.parts;
    return {
      log,
      catalogue,
      snapshot: () => this.current.snapshot,
      shapes: () => this.current.shapes,
      applied: () => this.#applied,
      promote: (promotion) => this.#promote(promotion),
      tap: (listener) => {
        this.#taps.add(listener);
        return () => void this.#taps.delete(listener);
      },
      every: (every, run) => {
        this.#turn = { every, run };
        return () => {
          this.#turn = undefined;
        };
      },
      savepoint: (name, state) => void this.#savers.set(name, state),
      saved: (name) => restored.more[name],
    };
  }

  async #promote(promotion: Promotion): Promise<Receipt> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const { receipt, durable } = this.current.promote(promotion, this.parts, this.context);
    // What waited for other shapes may have become ready, or has to be validated again.
    this.pipeline.pump();
    await durable;
    if (channels.snapshot.hasSubscribers) {
      const { kind, parent } = promotion;
      channels.snapshot.publish({ kind, seq: receipt.seq, snapshot: receipt.snapshot, parent });
    }
    return receipt;
  }
}
