import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { ReceiptLog } from '../receipts/log/index.ts';
import type { ContextState } from '../rules/context.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import { recordsKind } from './observe-records.ts';
import { type AppliedSpan, type SavedSpan, Span } from './observe-span.ts';
import type { QueueEntry, Sequenced } from './pipeline.ts';
import type { ObservationRing } from './ring.ts';
import { systemError } from './systemError.ts';
import type { Tally } from './tally.ts';

/** What listeners hear of a count leaf, synchronously, right after it was written. */
export interface Counted {
  readonly seq: number;
  readonly type: string;
  /** All that the leaf stands for, those with a leaf of their own included. */
  readonly observed: number;
  /** `at` of the last one, in ms since 1970. */
  readonly at: number;
}

/** What streams read and write of their runtime. */
export interface StreamHost {
  readonly log: ReceiptLog;
  readonly context: ContextState;
  readonly clock: Clock;
  readonly tally: Tally;
  snapshot(): Snapshot;
  /** Why nothing can be applied now. */
  refusal(): Error | undefined;
  /** A ring of the type under the current snapshot. */
  ring(observation: Observation): ObservationRing;
  /** Makes an observation that fired ready for the line; undefined where it was answered here. */
  admit(observation: Observation, input: unknown, at: number | undefined): QueueEntry | undefined;
  /** True where rows say that a record violates the current shapes. */
  refuses(observation: Observation, data: Data): boolean;
  /** Counts some that fired nothing and that rows, where they can, found to conform. */
  accepted(observation: Observation, count: number): void;
  /** Counts an unreadable observation and tells of it. */
  refuse(observation: Observation, input: unknown): void;
  counted(event: Counted): void;
  failed(error: unknown): void;
}

/** One observed type: its ring, and what was observed since its last count leaf. */
export class Stream {
  readonly observation: Observation;
  /** Windows of this type advance with what is observed. */
  readonly isWindowed: boolean;
  /** A schema has to be asked about each. */
  readonly hasSchema: boolean;
  readonly #host: StreamHost;
  /** Where in the batch that is open the observations in the ring stand. */
  readonly places: Uint8Array = new Uint8Array(limits.observeBatch);
  #ring: ObservationRing | undefined;
  #snapshot: Snapshot | undefined;
  #span: Span;

  constructor(host: StreamHost, observation: Observation, restored: AppliedSpan | undefined) {
    this.#host = host;
    this.observation = observation;
    this.hasSchema = observation.schema !== undefined;
    this.#span = new Span(restored);
    const { windows } = host.snapshot().document;
    this.isWindowed = Object.values(windows).some(({ on }) => on === observation.type);
  }

  /** The ring under a snapshot, which has to be the current one where it is another than before. */
  ring(snapshot: Snapshot): ObservationRing {
    if (this.#ring === undefined || this.#snapshot !== snapshot) {
      this.#ring = this.#host.ring(this.observation);
      this.#snapshot = snapshot;
    }
    return this.#ring;
  }

  /** Empties the ring under a snapshot without counting anything. */
  drop(snapshot: Snapshot): void {
    if (this.#snapshot === snapshot) this.#ring?.evaluate();
  }

  /** Windows are ahead of the log: what advanced them has no count leaf yet. */
  get isAhead(): boolean {
    return this.isWindowed && this.#span.idle > 0;
  }

  /** Something was observed since opening that no count leaf stands for. */
  get isFresh(): boolean {
    return this.#span.isFresh && this.#span.observed > 0;
  }

  /**
   * Counts some that fired nothing, given in order by their places.
   *
   * @param atOf the time of the observation at a place, undefined where it cannot be read
   * @throws KnhkError where the span is full and its leaf cannot be written
   */
  countIdle(from: number, to: number, atOf: (place: number) => number | undefined): void {
    this.#host.tally.streamed(this.observation.type, to - from);
    this.#host.accepted(this.observation, to - from);
    for (let place = from; place < to; ) {
      const end = Math.min(to, place + this.#room());
      const span = this.#span;
      span.addIdle(
        end - place,
        span.hasTimes ? undefined : firstOf(atOf, place, end),
        lastOf(atOf, place, end),
      );
      place = end;
      this.#cutIfFull();
    }
  }

  /** Counts one that fired nothing and keeps it: evidence is records. */
  countRecord(at: number, fields: string, data: Data): void {
    this.#room();
    this.#span.addRecord(at, fields);
    this.#host.tally.streamed(this.observation.type, 1);
    this.#host.accepted(this.observation, 1);
    this.#host.context.advance(this.observation.type, data, at, []);
    this.#cutIfFull();
  }

  /** Counts one that fired and has its leaf now. */
  countApplied({ at, fired }: Sequenced): void {
    this.#host.tally.streamed(this.observation.type, 1);
    this.#span.addApplied(at, fired);
    this.#cutIfFull();
  }

  /**
   * Writes the count leaf of what was observed since the last one; nothing where nothing was.
   *
   * @throws KnhkError KNHK_LOG_POISONED, KNHK_LOG_CLOSED, KNHK_LOG_OPEN; all is kept then
   */
  cut(): void {
    const span = this.#span;
    const { observed } = span;
    if (observed === 0) return;
    const { log } = this.#host;
    const { type, hash } = this.observation;
    const text = span.recordsText();
    try {
      const records = text === undefined ? undefined : log.putBlob(recordsKind, text);
      const time = log.tick();
      const body = span.body(hash, this.#host.snapshot().hash, time, records);
      const { seq } = log.append(body, time);
      this.#span = new Span();
      this.#host.counted({ seq, type, observed, at: body.lastAt });
    } catch (error) {
      throw systemError(error, `count leaf of ${type}`);
    }
  }

  /** The part of the open span that the log shows. */
  saved(): SavedSpan | undefined {
    const applied = this.#span.applied();
    return applied === undefined ? undefined : { type: this.observation.hash, ...applied };
  }

  /** Room in the open span; one whose leaf could not be written is tried again. */
  #room(): number {
    if (this.#span.room === 0) this.cut();
    return this.#span.room;
  }

  #cutIfFull(): void {
    if (this.#span.room > 0) return;
    try {
      this.cut();
    } catch (error) {
      this.#host.failed(error);
    }
  }
}

type AtOf = (place: number) => number | undefined;

function firstOf(atOf: AtOf, from: number, to: number): number | undefined {
  for (let place = from; place < to; place++) {
    const at = atOf(place);
    if (at !== undefined) return at;
  }
  return undefined;
}

function lastOf(atOf: AtOf, from: number, to: number): number | undefined {
  for (let place = to - 1; place >= from; place--) {
    const at = atOf(place);
    if (at !== undefined) return at;
  }
  return undefined;
}
