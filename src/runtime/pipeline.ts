import { fail, KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { ContextState } from '../rules/context.ts';
import { type Evaluation, evaluate, idle } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { ShapesVerdict } from '../shapes/gate.ts';
import type { Admitted } from './admit.ts';
import { Answers } from './answers.ts';
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
  /** It came through observe(). */
  readonly streamed: boolean;
}

/** What the sequencer reads and writes of its runtime. */
export interface PipelineHost {
  readonly log: ReceiptLog;
  readonly context: ContextState;
  readonly tally: Tally;
  /** The current snapshot; promotions swap it between two observations. */
  snapshot(): Snapshot;
  /** The one that decides about a record: a canary has subjects of its own. */
  snapshotFor(admitted: Admitted): Snapshot;
  refusal(): KnhkError | undefined;
  /** Called before the leaf of an observation of this type; what it throws fails that one. */
  before(type: string): void;
  /** Gives a streamed observation its id; any other stays as it is. */
  named(admitted: Admitted, seq: number): Admitted;
  /**
   * Puts the verdict on an admitted observation where rows decide it; else hands it to the shapes
   * gate, which puts it there later.
   */
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

/** An admitted observation that nothing has happened to yet. */
export function entryOf(admitted: Admitted): QueueEntry {
  return { admitted, shapes: null, verdict: undefined, asked: false, state: 'waiting' };
}

/** Something in line that gives observations one after another when its turn has come. */
export interface Feed {
  /** The next one, sequenced before it is called again; undefined at the end. Never throws. */
  next(): QueueEntry | undefined;
}

/**
 * The way of one observation after admission: Sigma -> SEQUENCE -> epoch -> durable -> outcome.
 * SEQUENCE is one synchronous block, in input order.
 */
export class Pipeline {
  readonly #host: PipelineHost;
  readonly #queue: (QueueEntry | Feed)[] = [];
  #first = 0;
  #paused = false;
  #pumping = false;
  readonly #answers: Answers;

  constructor(host: PipelineHost) {
    this.#host = host;
    this.#answers = new Answers(host.tally, (flight) => host.release(flight));
  }

  /** Observations taken in and not yet answered. */
  get inFlight(): number {
    return this.#answers.count;
  }

  /** Puts an observation in line. */
  push(entry: QueueEntry): void {
    const { applied } = this.#answers;
    if (applied >= limits.inFlight) {
      const got = `${applied} waiting`;
      fail('KNHK_LIMIT_IN_FLIGHT', 'apply', `at most ${limits.inFlight} in flight`, got);
    }
    this.#answers.owe(entry.admitted.flight);
    this.#queue.push(entry);
    if (this.#host.snapshot().document.shapes !== null) this.#ask(entry);
    this.pump();
  }

  /** Puts a feed in line; where the line is free, its turn is now. */
  feed(feed: Feed): void {
    this.#answers.fed(1);
    if (this.#queue.length > 0 || this.#paused || this.#pumping) {
      this.#queue.push(feed);
      this.pump();
      return;
    }
    // Most often nothing fires, and then it never stands in line: that costs no memory.
    this.#pumping = true;
    const entry = feed.next();
    this.#pumping = false;
    if (entry === undefined) this.#answers.fed(-1);
    else this.#enter(entry, feed);
    this.pump();
  }

  /** Puts an observation that a feed gave at the head of the line. */
  #enter(entry: QueueEntry, feed?: Feed): void {
    this.#answers.owe(entry.admitted.flight);
    if (feed === undefined) this.#queue.splice(this.#first, 0, entry);
    // What was pushed meanwhile stands behind.
    else this.#queue.unshift(entry, feed);
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
    return this.#answers.drained();
  }

  /** Sequences whatever is ready at the head of the line. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#paused && this.#first < this.#queue.length) {
        const item = this.#queue[this.#first]!;
        if ('next' in item) {
          this.#feedLine(item);
          continue;
        }
        if (!this.#isReady(item)) break;
        this.#first++;
        this.#take(item);
      }
    } finally {
      this.#pumping = false;
      if (this.#first > 1_024 || this.#first === this.#queue.length) {
        this.#queue.splice(0, this.#first);
        this.#first = 0;
      }
    }
  }

  /** Lets a feed at the head of the line put its next observation before it, or leave. */
  #feedLine(feed: Feed): void {
    const entry = feed.next();
    if (entry !== undefined) {
      this.#enter(entry);
      return;
    }
    this.#first++;
    this.#answers.fed(-1);
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
    if (isUnder(entry, shapes)) return true;
    if (entry.verdict === undefined && entry.asked) return false;
    this.#askAgain(shapes);
    return isUnder(entry, shapes);
  }

  /**
   * A promotion put other shapes in place: everything in line that was validated against others,
   * or against none, goes (back) to Sigma and keeps its place.
   */
  #askAgain(shapes: string): void {
    for (let index = this.#first; index < this.#queue.length; index++) {
      const entry = this.#queue[index]!;
      if ('next' in entry) continue;
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
      this.#answers.settle(entry.admitted.flight);
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
    this.#answers.settle(admitted.flight);
    admitted.flight.reject(error);
  }

  /** SEQUENCE: current snapshot, one reading of the clock, evaluate, leaf, context. */
  #sequence(entry: QueueEntry, verdict: ShapesVerdict | undefined): void {
    const { log, context, tally } = this.#host;
    const streamed = entry.admitted.flight.isStreamed;
    this.#host.before(entry.admitted.observation.type);
    const admitted = this.#host.named(entry.admitted, log.size);
    const { observation, data, id, principal } = admitted;
    const snapshot = this.#host.snapshotFor(admitted);
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
    const { seq, hash, durable } = log.append(body, time, payload, admitted.subject);
    tally.evaluated(evaluation, snapshot);
    if (invalid === undefined) context.advance(type, data, at, evaluation.actions);
    const receipt: Receipt = { seq, hash, time, snapshot: snapshot.hash };
    const outcome: Outcome =
      invalid === undefined
        ? appliedOf(evaluation, snapshot, id, receipt)
        : { outcome: 'invalid', stage: 'shapes', id, receipt, results: invalid };
    this.#answers.when(durable, outcome, admitted.flight);
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
      streamed,
    });
  }
}

/** True for a verdict that was found under these shapes. */
function isUnder({ verdict, shapes }: QueueEntry, current: string): boolean {
  return verdict !== undefined && shapes === current;
}
