import { fail, type KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { TypePlan } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import { type Admittance, checkAt } from './admit.ts';
import type { Batch } from './observe-batch.ts';
import { CountsBatch } from './observe-counts.ts';
import { observeEach, streamable } from './observe-input.ts';
import { RecordsBatch } from './observe-records.ts';
import type { AppliedSpan, SavedSpan } from './observe-span.ts';
import { Stream, type StreamHost } from './observe-stream.ts';
import type { Observed, ObservedMany, ObserveOptions, StreamingOptions } from './observe-types.ts';
import type { Outcome } from './outcome.ts';
import { entryOf, type Pipeline, type QueueEntry, type Sequenced } from './pipeline.ts';
import type { ObservationRing } from './ring.ts';

/** What streaming needs of the runtime it belongs to. */
export interface StreamsHost
  extends Pick<StreamHost, 'log' | 'context' | 'clock' | 'tally' | 'snapshot' | 'counted'>,
    Pick<StreamHost, 'refuses' | 'accepted'> {
  readonly pipeline: Pipeline;
  readonly admittance: Admittance;
  /** @throws KnhkError KNHK_RUNTIME_TYPE */
  plan(observation: { readonly type: string; readonly hash: string }): TypePlan;
  ring(plan: TypePlan): ObservationRing;
  refusal(): KnhkError | undefined;
  /** True once the runtime is closing. */
  isClosing(): boolean;
}

// What a begun batch and a new one may add to those that fired and wait.
const waitingMax = limits.inFlight - 2 * limits.observeBatch;

/** observe(): batches in input order, the streams of each type, and what fired and waits. */
export class Streams {
  readonly #host: StreamsHost;
  readonly #streamHost: StreamHost;
  readonly #options: StreamingOptions;
  readonly #byType = new Map<string, Stream>();
  #last: { readonly given: unknown; readonly stream: Stream } | undefined;
  #open: Batch | undefined;
  readonly #spare: Batch[] = [];
  /** Put in line last, and how many stand there. */
  #queued: Batch | undefined;
  #inLine = 0;
  /** Observations that fired and were not answered. */
  #waiting = 0;
  #isScheduled = false;
  /** A getter of an input that is being taken in finds no room for another. */
  #isTaking = false;
  #error: { readonly error: unknown } | undefined;

  /** @param restored what the log shows of open spans, by declaration hash */
  constructor(
    host: StreamsHost,
    options: StreamingOptions,
    restored: ReadonlyMap<string, AppliedSpan>,
    observations: Iterable<Observation>,
  ) {
    this.#host = host;
    this.#options = options;
    this.#streamHost = this.#hostOfStreams();
    for (const observation of observations) {
      const span = restored.get(observation.hash);
      if (span !== undefined) this.#add(observation, span);
    }
  }

  /** Takes one observation in. */
  observe(observation: Observation, input: unknown, options?: ObserveOptions): Observed {
    const stream = this.#last?.given === observation ? this.#last.stream : this.#find(observation);
    const at = options?.at;
    if (at !== undefined) checkAt(observation, at, `observe ${observation.type}`);
    if (this.#isTaking) return 'full';
    const batch = this.#open ?? this.#begin();
    if (batch === undefined) return 'full';
    this.#isTaking = true;
    const isObject = typeof input !== 'string' && !stream.hasSchema;
    const given = isObject ? input : streamable(stream.observation, input);
    const isTaken = batch.append(stream, given, at);
    this.#isTaking = false;
    if (!isTaken) {
      this.#streamHost.refuse(stream.observation, input);
      return 'invalid';
    }
    if (batch.isFull) this.settle();
    else if (!this.#isScheduled) this.#schedule();
    return 'observed';
  }

  /** Takes many in, until there is no room. */
  observeMany(
    observation: Observation,
    inputs: readonly unknown[],
    options?: ObserveOptions,
  ): ObservedMany {
    const stream = this.#find(observation);
    const at = options?.at;
    if (at !== undefined) checkAt(observation, at, `observe ${observation.type}`);
    if (stream.hasSchema || typeof inputs[0] === 'string') {
      return observeEach(inputs, (input) => this.observe(observation, input, options));
    }
    const { length } = inputs;
    let observed = 0;
    let invalid = 0;
    while (observed + invalid < length && !this.#isTaking) {
      const index = observed + invalid;
      const batch = this.#open ?? this.#begin();
      if (batch === undefined) break;
      this.#isTaking = true;
      const taken = batch.appendRun(stream, inputs, index, at);
      this.#isTaking = false;
      observed += taken;
      if (batch.isFull) this.settle();
      else if (index + taken < length) {
        invalid++;
        this.#streamHost.refuse(stream.observation, inputs[index + taken]);
      }
    }
    if (this.#open !== undefined && !this.#isScheduled) this.#schedule();
    return { observed, invalid, rest: length - observed - invalid };
  }

  /** Puts what waits in line, where it is evaluated at its turn: at once where the line is free. */
  settle(): void {
    const batch = this.#open;
    // Into one that is being filled another observation goes: it is settled behind that one.
    if (batch === undefined || this.#isTaking) return;
    this.#open = undefined;
    if (batch.count === 0) {
      this.#spare.push(batch);
      return;
    }
    this.#queued = batch;
    this.#inLine++;
    this.#host.pipeline.feed(batch);
    if (!batch.isBegun) batch.hold();
  }

  /**
   * Evaluates what waits and resolves when all leaves are durable; rejects with the first error of
   * one that could not be applied since the last call, else with the log's.
   */
  async flush(): Promise<void> {
    await this.#reached();
    const [flushed] = await Promise.allSettled([this.#host.log.flush()]);
    const failed = this.#error;
    this.#error = undefined;
    if (failed !== undefined) throw failed.error;
    if (flushed.status === 'rejected') throw flushed.reason;
  }

  /** {@link settle}; resolves when all of it was evaluated and what fired was sequenced. */
  async #reached(): Promise<void> {
    this.settle();
    if (this.#inLine === 0) return;
    await new Promise<void>((resolve) => {
      this.#host.pipeline.feed({
        next: () => {
          resolve();
          return undefined;
        },
      });
    });
  }

  /** Counts a streamed observation that has its leaf now. */
  sequenced(event: Sequenced): void {
    this.#byType.get(event.type)?.countApplied(event);
  }

  /**
   * Before an apply leaf of a type: windows must not be ahead of the log then.
   *
   * @throws KnhkError KNHK_LOG_POISONED, KNHK_LOG_CLOSED, KNHK_LOG_OPEN
   */
  before(type: string): void {
    const stream = this.#byType.get(type);
    if (stream?.isAhead === true) stream.cut();
  }

  /**
   * Writes count leaves: before other rules hold, of everything; else of types that something was
   * observed of since opening.
   *
   * @throws KnhkError KNHK_LOG_POISONED, KNHK_LOG_CLOSED, KNHK_LOG_OPEN
   */
  cut(of: 'all' | 'fresh'): void {
    for (const stream of this.#byType.values()) {
      if (of === 'all' || stream.isFresh) stream.cut();
    }
  }

  /** Windows of some type are ahead of the log, so that no savepoint may be taken. */
  get isAhead(): boolean {
    for (const stream of this.#byType.values()) if (stream.isAhead) return true;
    return false;
  }

  /** The parts of open spans that the log shows. */
  saved(): readonly SavedSpan[] {
    return [...this.#byType.values()].flatMap((stream) => stream.saved() ?? []);
  }

  #find(given: Observation): Stream {
    const { observation } = this.#host.plan(given);
    const stream = this.#byType.get(observation.type) ?? this.#add(observation, undefined);
    if (stream.isWindowed && this.#options.evidence !== 'records') {
      const expected = "streaming evidence 'records', for a type with windows";
      fail('KNHK_KERNEL_OBSERVE_WINDOW', `observe ${given.type}`, expected, 'counts');
    }
    this.#last = { given, stream };
    return stream;
  }

  #add(observation: Observation, restored: AppliedSpan | undefined): Stream {
    const stream = new Stream(this.#streamHost, observation, restored);
    this.#byType.set(observation.type, stream);
    return stream;
  }

  /** Begins a batch; undefined where there is no room for what it may bring. */
  #begin(): Batch | undefined {
    if (this.#host.isClosing()) {
      fail('KNHK_RUNTIME_CLOSED', 'observe', 'an open runtime', 'a closed one');
    }
    const refusal = this.#host.refusal();
    if (refusal !== undefined) throw refusal;
    const isBlocked = this.#queued !== undefined && !this.#queued.isBegun;
    if (isBlocked || this.#waiting > waitingMax) return undefined;
    const batch = this.#spare.pop() ?? this.#newBatch();
    batch.begin();
    this.#open = batch;
    return batch;
  }

  #newBatch(): Batch {
    const done = (batch: Batch): void => {
      this.#inLine--;
      if (this.#queued === batch) this.#queued = undefined;
      this.#spare.push(batch);
    };
    const isRecords = this.#options.evidence === 'records';
    return new (isRecords ? RecordsBatch : CountsBatch)(this.#streamHost, done);
  }

  readonly #evaluateSoon = (): void => {
    this.#isScheduled = false;
    this.settle();
  };

  #schedule(): void {
    this.#isScheduled = true;
    queueMicrotask(this.#evaluateSoon);
  }

  #hostOfStreams(): StreamHost {
    const { log, context, clock, tally, admittance } = this.#host;
    return {
      ...{ log, context, clock, tally },
      snapshot: () => this.#host.snapshot(),
      refusal: () => this.#host.refusal(),
      refuses: (observation, data) => this.#host.refuses(observation, data),
      accepted: (observation, count) => this.#host.accepted(observation, count),
      ring: (observation) => this.#host.ring(this.#host.plan(observation)),
      admit: (observation, input, at) => this.#admit(observation, input, at),
      refuse: (observation, input) => admittance.refuse(observation, input),
      counted: (event) => this.#host.counted(event),
      failed: (error) => {
        tally.failed(error);
        this.#error ??= { error };
      },
    };
  }

  #admit(observation: Observation, input: unknown, at: number | undefined): QueueEntry | undefined {
    this.#waiting++;
    const admitted = this.#host.admittance.admitStreamed(observation, input, at, {
      resolve: (outcome) => {
        this.#waiting--;
        this.#tell(outcome, input);
      },
      reject: (error) => {
        this.#waiting--;
        this.#error ??= { error };
      },
    });
    return admitted === undefined ? undefined : entryOf(admitted);
  }

  #tell(outcome: Outcome, input: unknown): void {
    try {
      this.#options.onOutcome?.(outcome, input);
    } catch (error) {
      // The leaf is durable: a listener's mistake must not undo it, nor be lost.
      process.emitWarning(`onOutcome: ${String(error)}`, 'KnhkWarning');
    }
  }
}
