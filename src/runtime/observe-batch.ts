import { limits } from '../base/limits.ts';
import { evaluate } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import { type Data, observationReader } from '../terms/read.ts';
import { readInstant } from '../terms/scalars.ts';
import type { Stream, StreamHost } from './observe-stream.ts';
import type { Feed, QueueEntry } from './pipeline.ts';
import type { ObservationRing } from './ring.ts';

/**
 * Observations of any types in input order, evaluated when their turn in the line comes. Those that
 * fire are handed to the line one by one, so that a turn of the loop or other rules that a fired
 * one brings about hold for exactly the observations behind it, wherever batches were cut.
 */
export abstract class Batch implements Feed {
  protected readonly host: StreamHost;
  /** The rules that held when it was begun. */
  protected snapshot: Snapshot;
  protected readonly streams: (Stream | undefined)[] = new Array(limits.observeBatch).fill(
    undefined,
  );
  protected readonly inputs: unknown[] = new Array(limits.observeBatch).fill(undefined);
  protected readonly ats: (number | undefined)[] = new Array(limits.observeBatch).fill(undefined);
  /** How many it holds, and which is next. */
  count = 0;
  protected place = 0;
  #isBegun = false;
  readonly #done: (batch: Batch) => void;
  #clockAt: number | undefined;

  /** @param done called when the batch is through, whatever became of it */
  constructor(host: StreamHost, done: (batch: Batch) => void) {
    this.host = host;
    this.snapshot = host.snapshot();
    this.#done = done;
  }

  /** Makes an empty batch ready for use under the current rules. */
  begin(): void {
    this.#isBegun = false;
    this.snapshot = this.host.snapshot();
  }

  /** Takes an observation in; false where it is unreadable. */
  abstract append(stream: Stream, input: unknown, at: number | undefined): boolean;

  /** Says that a whole batch of one type follows at once: taking it in is measured then. */
  follows(_stream: Stream): void {}

  /** Counts those that fire nothing up to the next one that fires; its place, or the end. */
  protected abstract advance(snapshot: Snapshot): number;

  /** Forgets what was taken in and not evaluated. */
  protected abstract clear(): void;

  get isFull(): boolean {
    return this.count === limits.observeBatch;
  }

  /** Its turn has come: nothing of it is in a ring any more. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  next(): QueueEntry | undefined {
    this.#isBegun = true;
    try {
      const refusal = this.host.refusal();
      if (refusal !== undefined) throw refusal;
      for (;;) {
        const place = this.advance(this.host.snapshot());
        if (place >= this.count) break;
        this.place = place + 1;
        const { observation } = this.streams[place]!;
        const entry = this.host.admit(observation, this.inputs[place], this.ats[place]);
        if (entry !== undefined) return entry;
      }
    } catch (error) {
      this.host.failed(error);
    }
    this.#finish();
    return undefined;
  }

  #finish(): void {
    this.clear();
    // What was observed is the host's again.
    for (let place = 0; place < this.count; place++) this.inputs[place] = undefined;
    this.count = 0;
    this.place = 0;
    this.#clockAt = undefined;
    this.#done(this);
  }

  /** The batch's reading of the clock, for observations that name no time. */
  protected now(): number {
    this.#clockAt ??= Math.floor(this.host.clock.now());
    return this.#clockAt;
  }
}

/** Evidence is counts: nothing is read but what conditions read, and nothing is kept. */
export class CountsBatch extends Batch {
  readonly #fires = new Uint8Array(limits.observeBatch);
  /** The streams whose rings hold something of this batch. */
  readonly #parts: (Stream | undefined)[] = [];
  #partCount = 0;
  /** How many that fired are still to come. */
  #left = 0;
  /** The stream of all, where it is one. */
  #only: Stream | undefined;
  #evaluated: Snapshot | undefined;
  readonly #atOf = (place: number): number | undefined => {
    const { time } = this.streams[place]!.observation;
    return time === undefined ? (this.ats[place] ?? this.now()) : timeIn(this.inputs[place], time);
  };

  override append(stream: Stream, input: unknown, at: number | undefined): boolean {
    const ring = stream.ring(this.snapshot);
    if (!takes(ring, input)) return false;
    const { pending } = ring;
    if (pending === 1) {
      this.#only = this.#partCount === 0 ? stream : undefined;
      this.#parts[this.#partCount++] = stream;
    }
    const place = this.count++;
    stream.places[pending - 1] = place;
    this.streams[place] = stream;
    this.inputs[place] = input;
    this.ats[place] = at;
    return true;
  }

  override follows(stream: Stream): void {
    stream.ring(this.snapshot).begin();
  }

  protected override advance(snapshot: Snapshot): number {
    if (this.#evaluated !== snapshot) this.#evaluate(snapshot);
    const from = this.place;
    let place = this.#left === 0 ? this.count : from;
    while (place < this.count && this.#fires[place] === 0) place++;
    if (place < this.count) {
      this.#fires[place] = 0;
      this.#left--;
    }
    this.#countIdle(from, place);
    return place;
  }

  /** Counts runs of one type at once. */
  #countIdle(from: number, to: number): void {
    if (this.#only !== undefined) {
      this.#only.countIdle(from, to, this.#atOf);
      return;
    }
    for (let place = from; place < to; ) {
      const stream = this.streams[place]!;
      let end = place + 1;
      while (end < to && this.streams[end] === stream) end++;
      stream.countIdle(place, end, this.#atOf);
      place = end;
    }
  }

  #evaluate(snapshot: Snapshot): void {
    this.#forgetFired();
    const isFirst = this.#evaluated === undefined;
    if (isFirst && snapshot === this.snapshot) {
      for (let part = 0; part < this.#partCount; part++) {
        const stream = this.#parts[part]!;
        this.#mark(stream.ring(snapshot), stream.places);
      }
      this.#partCount = 0;
    } else {
      this.#evaluateAgain();
    }
    this.#evaluated = snapshot;
  }

  #forgetFired(): void {
    if (this.#left > 0) this.#fires.fill(0);
    this.#left = 0;
  }

  #mark(ring: ObservationRing, places: Uint8Array): void {
    const fired = ring.evaluate();
    this.#left += fired;
    for (let k = 0; k < fired; k++) this.#fires[places[ring.position(k)]!] = 1;
  }

  /** Other rules hold than when these were taken in: the rest goes through rings of its own. */
  #evaluateAgain(): void {
    const seats = new Map<
      Stream,
      { readonly ring: ObservationRing; readonly places: Uint8Array }
    >();
    let kept = 0;
    for (let place = this.place; place < this.count; place++) {
      const stream = this.streams[place]!;
      const input = this.inputs[place];
      const seat = seats.get(stream) ?? {
        ring: this.host.ring(stream.observation),
        places: new Uint8Array(limits.observeBatch),
      };
      seats.set(stream, seat);
      if (!takes(seat.ring, input)) {
        // These rules read other fields.
        this.host.refuse(stream.observation, input);
        continue;
      }
      seat.places[seat.ring.pending - 1] = kept;
      this.streams[kept] = stream;
      this.inputs[kept] = input;
      this.ats[kept++] = this.ats[place];
    }
    this.inputs.fill(undefined, kept);
    this.place = 0;
    this.count = kept;
    for (const { ring, places } of seats.values()) this.#mark(ring, places);
  }

  protected override clear(): void {
    for (let part = 0; part < this.#partCount; part++) this.#parts[part]!.drop(this.snapshot);
    this.#partCount = 0;
    this.#evaluated = undefined;
    this.#forgetFired();
  }
}

function takes(ring: ObservationRing, input: unknown): boolean {
  try {
    return ring.append(input);
  } catch {
    // A getter or proxy of the host's object threw.
    return false;
  }
}

function timeIn(input: unknown, time: string): number | undefined {
  try {
    return readInstant((input as Record<string, unknown>)[time]);
  } catch {
    // A getter of the host's object threw; nobody's condition reads this field.
    return undefined;
  }
}

/**
 * Evidence is records: each observation was read whole, is evaluated at its turn on the context as
 * it stands, and is kept; windows advance at once.
 */
export class RecordsBatch extends Batch {
  readonly #kept: ({ readonly data: Data; readonly fields: string } | undefined)[] = [];

  override append(stream: Stream, input: unknown, at: number | undefined): boolean {
    const read = observationReader(stream.observation).read(input);
    if (!read.ok) return false;
    const place = this.count++;
    this.#kept[place] = { data: read.data, fields: read.canonical };
    this.streams[place] = stream;
    this.inputs[place] = input;
    this.ats[place] = at;
    return true;
  }

  protected override advance(snapshot: Snapshot): number {
    const { context } = this.host;
    let { place } = this;
    for (; place < this.count; place++) {
      const stream = this.streams[place]!;
      const { type, time } = stream.observation;
      const { data, fields } = this.#kept[place]!;
      const at = time === undefined ? (this.ats[place] ?? this.now()) : (data[time] as number);
      const view = context.view(type, data, at);
      // Code may run here and again in SEQUENCE: it is pure, and only that it fired counts now.
      const { fired } = evaluate(snapshot, view, { type, data, at, id: '' });
      if (fired.length > 0) break;
      this.place = place + 1;
      stream.countRecord(at, fields, data);
    }
    return place;
  }

  protected override clear(): void {
    this.#kept.fill(undefined);
  }
}
