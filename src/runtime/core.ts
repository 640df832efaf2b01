import { fail, KnhkError } from '../base/errors.ts';
import type { CommittedEpoch } from '../receipts/log/index.ts';
import type { ContextState } from '../rules/context.ts';
import type { Snapshot, TypePlan } from '../rules/snapshot.ts';
import type { ShapesDocument } from '../shapes/document.ts';
import type { Observation } from '../terms/observation.ts';
import { Admittance, type Admitted } from './admit.ts';
import { cancelOn } from './cancel.ts';
import type { Control } from './control.ts';
import { controlFor } from './control-of.ts';
import { CurrentRules } from './current.ts';
import type { Decider, ObservationOptions } from './decide.ts';
import { Deciders } from './deciders.ts';
import { Erasures } from './erase.ts';
import type { Answering } from './flight.ts';
import { HealthBook, statusOf } from './health.ts';
import type { Streams } from './observe.ts';
import { openStreams } from './observe-open.ts';
import type { Counted } from './observe-stream.ts';
import type { Outcome } from './outcome.ts';
import type { RuntimeParts } from './parts.ts';
import { entryOf, Pipeline, type QueueEntry, type Sequenced } from './pipeline.ts';
import { answerCollect, reportEpoch } from './reports.ts';
import type { SavedState } from './restore.ts';
import { Routing } from './routing.ts';
import { Savepoints } from './savepoints.ts';
import { SigmaQueue } from './sigma.ts';
import { systemError } from './systemError.ts';
import { type RuntimeSample, Tally } from './tally.ts';
import { Taps } from './taps.ts';
import { Turns } from './turns.ts';
import { validateOn } from './validating.ts';
import { type BackgroundVerifier, verifierOf } from './verifier.ts';

/** The state behind a runtime and what moves it; {@link Runtime} is its public face. */
export class RuntimeCore {
  readonly parts: RuntimeParts;
  readonly context: ContextState;
  readonly health: HealthBook;
  readonly pipeline: Pipeline;
  readonly admittance: Admittance;
  readonly current: CurrentRules;
  readonly routing: Routing;
  readonly turns: Turns;
  readonly tally: Tally;
  readonly streams: Streams;
  readonly verifier: BackgroundVerifier | undefined;
  readonly savepoints: Savepoints;
  readonly erasures: Erasures;
  readonly #sigma: SigmaQueue;
  readonly #deciders: Deciders = new Deciders(this);
  readonly #taps: Taps;
  #applied: number;
  #lastAt: number | undefined;
  #closing: Promise<void> | undefined;
  readonly #unlisten: () => void;

  constructor(parts: RuntimeParts) {
    this.parts = parts;
    this.current = new CurrentRules(parts.snapshot, parts.shapes);
    this.routing = new Routing(this.current, parts.isReference);
    ({ applied: this.#applied, lastAt: this.#lastAt, context: this.context } = parts.restored);
    this.savepoints = new Savepoints(parts, () => this.#state());
    this.health = new HealthBook(parts.clock);
    this.#taps = new Taps(this.health);
    this.tally = new Tally(parts.catalogue.observations.values(), (decided) =>
      parts.kernel.peek(decided, this.#applied - parts.restored.applied),
    );
    this.admittance = new Admittance(parts, this.tally);
    const document = (): ShapesDocument => this.current.shapes as ShapesDocument;
    const { log, gate, gateThreads } = parts;
    this.#sigma = new SigmaQueue(log.origin, gate, document, Math.max(1, gateThreads));
    this.pipeline = new Pipeline({
      ...{ log, context: this.context, tally: this.tally },
      snapshot: () => this.current.snapshot,
      // What is streamed was evaluated in batches, under the current rules.
      snapshotFor: ({ flight, observation, data }) =>
        flight.isStreamed ? this.current.snapshot : this.current.snapshotFor(observation, data),
      refusal: () => this.refusal(),
      before: (type) => this.streams.before(type),
      named: (admitted, seq) => this.admittance.named(admitted, seq),
      sigma: (entry) => validateOn(this, this.#sigma, entry),
      sequenced: (event) => this.#sequenced(event),
      release: (flight) => this.admittance.release(flight),
    });
    this.streams = openStreams(this, (event) => this.#counted(event));
    this.turns = new Turns(this.pipeline, this.health, () => parts.log.flush());
    this.erasures = new Erasures(this);
    parts.log.onCheckpoint((epoch) => this.#checkpointed(epoch));
    this.verifier = verifierOf(this);
    this.#unlisten = answerCollect(() => this.sample());
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

  /** The sums since opening, for telemetry. */
  sample(): RuntimeSample {
    const verification = this.verifier?.sample() ?? null;
    const tallied = this.tally.sample(this.parts.log.origin, statusOf(this), this.snapshot);
    return { ...tallied, verification };
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
    this.verifier?.stop();
    try {
      this.streams.settle();
      await this.pipeline.drain();
      // The last observation may have begun a turn of the loop.
      await this.turns.settled();
      if (this.refusal() === undefined) this.streams.cut('fresh');
      if (log.failure === undefined && !this.streams.isAhead) await this.savepoints.trySave();
    } finally {
      this.#unlisten();
      await gate.close();
      await this.erasures.close();
      await log.close().catch((error: unknown) => {
        throw systemError(error, 'close');
      });
    }
  }

  /** What was observed before is evaluated before. */
  freeze(reason: string): void {
    this.streams.settle();
    this.health.raise('frozen', reason);
  }

  plan(observation: { readonly type: string; readonly hash: string }): TypePlan {
    const plan = this.current.snapshot.plans.get(observation?.type);
    if (plan === undefined || plan.observation.hash !== observation.hash) {
      fail('KNHK_RUNTIME_TYPE', 'observation', 'a type given to openRuntime', observation?.type);
    }
    return plan;
  }

  /** Who decides about a type under the current rules. */
  decider(observation: Observation): Decider {
    return this.#deciders.of(observation);
  }

  /** The rules or the canary changed: others decide from here on. */
  forgetDeciders(): void {
    this.#deciders.forget();
  }

  apply(
    observation: Observation,
    input: unknown,
    options: ObservationOptions | undefined,
  ): Promise<Outcome> {
    let entry: QueueEntry | undefined;
    const promise = new Promise<Outcome>((resolve, reject) => {
      entry = this.applyTo(observation, input, options, { resolve, reject });
    });
    const signal = options?.signal;
    if (signal !== undefined && entry !== undefined) {
      cancelOn(signal, entry, promise, this.pipeline);
    }
    return promise;
  }

  /** apply() without a promise: the answer goes where it is told. */
  applyTo(
    observation: Observation,
    input: unknown,
    options: ObservationOptions | undefined,
    to: Answering,
  ): QueueEntry | undefined {
    try {
      this.plan(observation);
      if (this.#closing !== undefined) {
        fail('KNHK_RUNTIME_CLOSED', 'apply', 'an open runtime', 'a closed one');
      }
      options?.signal?.throwIfAborted();
      const refusal = this.refusal();
      if (refusal !== undefined) throw refusal;
      // What was observed before stands before it in line.
      this.streams.settle();
      const admitted = this.admittance.admit(observation, input, options, to);
      return admitted === undefined ? undefined : this.#push(admitted);
    } catch (error) {
      if (!(options?.signal?.aborted === true)) this.tally.failed(error);
      to.reject(error);
      return undefined;
    }
  }

  #push(admitted: Admitted): QueueEntry {
    const entry = entryOf(admitted);
    try {
      this.pipeline.push(entry);
    } catch (error) {
      this.admittance.release(admitted.flight);
      throw error;
    }
    return entry;
  }

  /** Why nothing can be applied now. */
  refusal(): KnhkError | undefined {
    const { failure } = this.parts.log;
    if (failure !== undefined) return failure;
    if (!this.health.has('frozen')) return undefined;
    const details = { expected: 'a runtime that is not frozen', got: 'frozen', where: 'apply' };
    return new KnhkError('KNHK_RUNTIME_FROZEN', details);
  }

  #sequenced(event: Sequenced): void {
    this.#applied++;
    this.#lastAt = event.at;
    this.#taps.tell(event);
    if (event.streamed) this.streams.sequenced(event);
    this.turns.sequenced(this.#applied);
  }

  #counted(event: Counted): void {
    this.#taps.tellCounted(event);
    this.#saveIfDue();
  }

  /** A savepoint holds what the log shows: windows must not be ahead of it. */
  #saveIfDue(): void {
    if (this.#closing === undefined && !this.streams.isAhead) this.savepoints.saveIfDue();
  }

  #checkpointed(epoch: CommittedEpoch): void {
    reportEpoch(this.parts.log.origin, epoch);
    this.#saveIfDue();
  }

  #state(): Omit<SavedState, 'v' | 'more'> {
    return {
      snapshot: this.current.snapshot.hash,
      catalogue: this.parts.catalogue.hash,
      deployed: this.parts.deployedHash,
      applied: this.#applied,
      lastAt: this.#lastAt ?? null,
      context: this.context.toJSON(),
      streams: this.streams.saved(),
    };
  }

  control(): Control {
    return controlFor(this, this.#sigma, this.#taps);
  }
}
