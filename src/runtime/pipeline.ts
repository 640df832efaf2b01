import { monotonicMs } from '../base/clock.ts';
import { fail, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { ContextState } from '../rules/context.ts';
import { type Evaluation, evaluate, idle } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { ShapesVerdict } from '../shapes/gate.ts';
import type { Admitted } from './admit.ts';
import { channels } from './channels.ts';
import type { Flight } from './flight.ts';
import { appliedOf, type Outcome, type Receipt } from './outcome.ts';
import { seal, sealInvalid } from './seal.ts';
import type { Tally } from './tally.ts';

/** What the tap hears, synchronously, right after an observation was sequenced. */
export interface Sequenced {
  readonly seq: number;
  readonly time: number;
  readonly at: number;
  readonly type: string;
  readonly data: Admitted['data'];
  readonly outcome: Evaluation['outcome'] | 'invalid';
  /** Indices into the hook order of `snapshot`. */
  readonly fired: readonly number[];
  readonly snapshot: string;
}

/** What the sequencer reads and writes of its runtime. */
export interface PipelineHost {
  readonly log: ReceiptLog;
  readonly context: ContextState;
  readonly tally: Tally;
  /** The current snapshot; promotions swap it between two observations. */
  snapshot(): Snapshot;
  refusal(): KnhkError | undefined;
  /** Hands an admitted observation to the shapes gate; it calls `settle` later. */
  sigma(entry: QueueEntry): void;
  sequenced(event: Sequenced): void;
  /** Takes an answered observation off the table of ids in flight. */
  release(flight: Flight): void;
}

/** One observation on its way; it keeps its place from admission to SEQUENCE. */
export interface QueueEntry {
  readonly admitted: Admitted;
  /** Hash of the shapes it was validated against, null where there are none. */
  shapes: string | null;
  verdict: ShapesVerdict | KnhkError | undefined;
  /** Handed to Sigma, whose verdict has come or is on its way. */
  asked: boolean;
  /** Cancelled before SEQUENCE: it is passed over when its turn comes. */
  state: 'waiting' | 'cancelled' | 'sequenced';
}

/**
 * What is left of an entry once it was sequenced. Up to 768 of them wait for the disk: keeping the
 * whole entry alive that long costs more in copying by the garbage collector than this copy.
 */
interface Answer {
  readonly outcome: Outcome;
  readonly flight: Flight;
}

/**
 * The way of one observation after admission: Sigma -> SEQUENCE -> epoch -> durable -> outcome.
 * SEQUENCE is one synchronous block, in input order.
 */
export class Pipeline {
  readonly #host: PipelineHost;
  readonly #queue: QueueEntry[] = [];
  #first = 0;
  #paused = false;
  #pumping = false;
  // Answers of one epoch share its promise: one callback for up to 256 observations.
  #epoch: Promise<void> | undefined;
  #answers: Answer[] = [];
  #unanswered = 0;
  #drained: (() => void)[] = [];

  constructor(host: PipelineHost) {
    this.#host = host;
  }

  /** Observations taken in and not yet answered. */
  get inFlight(): number {
    return this.#unanswered;
  }

  /** Puts an observation in line. */
  push(entry: QueueEntry): void {
    if (this.#unanswered >= limits.inFlight) {
      const got = `${this.#unanswered} waiting`;
      fail('KNHK_LIMIT_IN_FLIGHT', 'apply', `at most ${limits.inFlight} in flight`, got);
    }
    this.#unanswered++;
    this.#queue.push(entry);
    if (this.#host.snapshot().document.shapes !== null) this.#ask(entry);
    this.pump();
  }

  /** Stops sequencing before the next observation; {@link resume} goes on. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.pump();
  }

  /** Resolves when everything taken in so far has been answered. */
  drain(): Promise<void> {
    if (this.#unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }

  /** Sequences whatever is ready at the head of the line. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#paused && this.#first < this.#queue.length) {
        const entry = this.#queue[this.#first]!;
        if (!this.#isReady(entry)) break;
        this.#first++;
        this.#take(entry);
      }
    } finally {
      this.#pumping = false;
      if (this.#first > 1_024 || this.#first === this.#queue.length) {
        this.#queue.splice(0, this.#first);
        this.#first = 0;
      }
    }
  }

  /** Ready means validated against the shapes that are current now. */
  #isReady(entry: QueueEntry): boolean {
    if (entry.state === 'cancelled') return true;
    const { shapes } = this.#host.snapshot().document;
    if (shapes === null) {
      // A promotion may have taken the shapes away after they were checked.
      entry.verdict = undefined;
      return true;
    }
    if (entry.verdict instanceof KnhkError) return true;
    if (entry.verdict !== undefined && entry.shapes === shapes) return true;
    if (entry.verdict !== undefined || !entry.asked) this.#askAgain(shapes);
    return false;
  }

  /**
   * A promotion put other shapes in place: everything in line that was validated against others,
   * or against none, goes (back) to Sigma and keeps its place.
   */
  #askAgain(shapes: string): void {
    for (let index = this.#first; index < this.#queue.length; index++) {
      const entry = this.#queue[index]!;
      if (entry.verdict instanceof KnhkError) continue;
      const stale = entry.verdict !== undefined && entry.shapes !== shapes;
      if (stale || !entry.asked) this.#ask(entry);
    }
  }

  #ask(entry: QueueEntry): void {
    entry.verdict = undefined;
    entry.asked = true;
    this.#host.sigma(entry);
  }

  #take(entry: QueueEntry): void {
    if (entry.state === 'cancelled') {
      this.#settle(entry.admitted.flight);
      return;
    }
    entry.state = 'sequenced';
    const refusal = this.#host.refusal();
    if (refusal !== undefined || entry.verdict instanceof KnhkError) {
      this.#fail(entry, refusal ?? entry.verdict);
      return;
    }
    try {
      this.#sequence(entry, entry.verdict);
    } catch (error) {
      this.#fail(entry, error);
    }
  }

  #fail({ admitted }: QueueEntry, error: unknown): void {
    this.#host.tally.failed(error);
    this.#settle(admitted.flight);
    admitted.flight.reject(error);
  }

  /** SEQUENCE: current snapshot, one reading of the clock, evaluate, leaf, context. */
  #sequence(entry: QueueEntry, verdict: ShapesVerdict | undefined): void {
    const { log, context, tally } = this.#host;
    const { admitted } = entry;
    const { observation, data, id, principal } = admitted;
    const snapshot = this.#host.snapshot();
    const time = log.tick();
    const { type } = observation;
    const at = admitted.at ?? time;
    const invalid = verdict?.conforms === false ? verdict.results : undefined;
    const view = context.view(type, data, at);
    const record =
      principal === undefined ? { type, data, at, id } : { type, data, at, id, principal };
    const evaluation = invalid === undefined ? evaluate(snapshot, view, record) : idle;
    const { body, payload } =
      invalid === undefined
        ? seal(admitted, at, snapshot.hash, view.values(), evaluation)
        : sealInvalid(admitted, at, snapshot.hash, invalid);
    const { seq, hash, durable } = log.append(body, time, payload);
    tally.evaluated(evaluation, snapshot);
    if (invalid === undefined) context.advance(type, data, at, evaluation.actions);
    const receipt: Receipt = { seq, hash, time, snapshot: snapshot.hash };
    const outcome: Outcome =
      invalid === undefined
        ? appliedOf(evaluation, snapshot, id, receipt)
        : { outcome: 'invalid', stage: 'shapes', id, receipt, results: invalid };
    this.#answerWhen(durable, { outcome, flight: admitted.flight });
    const { fired } = evaluation;
    if (channels.sequenced.hasSubscribers) {
      const said = { seq, type, fired, snapshot: snapshot.hash, outcome: outcome.outcome };
      channels.sequenced.publish(said);
    }
    const became = body.outcome as Sequenced['outcome'];
    this.#host.sequenced({
      seq,
      time,
      at,
      type,
      data,
      outcome: became,
      fired,
      snapshot: snapshot.hash,
    });
  }

  #answerWhen(durable: Promise<void>, answer: Answer): void {
    if (this.#epoch === durable) {
      this.#answers.push(answer);
      return;
    }
    const answers = [answer];
    this.#epoch = durable;
    this.#answers = answers;
    durable.then(
      () => {
        const nowMs = monotonicMs();
        for (const { flight, outcome } of answers) {
          flight.cell.durable(outcome.outcome, nowMs - flight.startedMs);
          this.#settle(flight);
        }
        for (const { flight, outcome } of answers) flight.resolve(outcome);
      },
      (error: unknown) => {
        for (const { flight } of answers) {
          this.#host.tally.failed(error);
          this.#settle(flight);
        }
        for (const { flight } of answers) flight.reject(error);
      },
    );
  }

  #settle(flight: Flight): void {
    this.#unanswered--;
    this.#host.release(flight);
    if (this.#unanswered > 0) return;
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }
}
