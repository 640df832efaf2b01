import { limits } from '../base/limits.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import { readInstant } from '../terms/scalars.ts';
import { Batch } from './observe-batch.ts';
import type { Stream } from './observe-stream.ts';
import type { ObservationRing } from './ring.ts';

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
  /** All that it holds, where that is one whole run that nothing was written down of. */
  #run:
    | {
        readonly stream: Stream;
        readonly inputs: readonly unknown[];
        readonly from: number;
        readonly at: number | undefined;
      }
    | undefined;
  readonly #atOf = (place: number): number | undefined => {
    const { time } = this.streams[place]!.observation;
    return time === undefined ? (this.ats[place] ?? this.now()) : timeIn(this.inputs[place], time);
  };

  override append(stream: Stream, input: unknown, at: number | undefined): boolean {
    const ring = stream.ring(this.snapshot);
    if (!ring.append(input)) return false;
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

  /** A whole batch of one type is kept as a run: nothing is written down for each of it. */
  override appendRun(
    stream: Stream,
    inputs: readonly unknown[],
    from: number,
    at: number | undefined,
  ): number {
    const whole = limits.observeBatch;
    if (this.count > 0 || inputs.length - from < whole) {
      return super.appendRun(stream, inputs, from, at);
    }
    const ring = stream.ring(this.snapshot);
    ring.begin();
    const taken = ring.appendRun(inputs, from, whole, at);
    if (taken === 0) return 0;
    this.#only = stream;
    this.#parts[this.#partCount++] = stream;
    this.count = taken;
    this.#run = { stream, inputs, from, at };
    if (taken < whole) this.hold();
    return taken;
  }

  override hold(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const { stream, inputs, from, at } = run;
    for (let place = 0; place < this.count; place++) {
      stream.places[place] = place;
      this.streams[place] = stream;
      this.inputs[place] = inputs[from + place];
      this.ats[place] = at;
    }
  }

  /** Evaluates a run at once; false where one of it fires or other rules hold by now. */
  #isIdleRun(snapshot: Snapshot): boolean {
    const run = this.#run;
    if (run === undefined) return false;
    const { stream, inputs, from, at } = run;
    if (snapshot === this.snapshot) {
      const ring = stream.ring(snapshot);
      const fired = ring.evaluate();
      this.#partCount = 0;
      if (fired === 0) {
        const { time } = stream.observation;
        this.#run = undefined;
        stream.countIdle(0, this.count, (place) =>
          time === undefined ? (at ?? this.now()) : timeIn(inputs[from + place], time),
        );
        return true;
      }
      this.#forgetFired();
      this.#left = fired;
      for (let k = 0; k < fired; k++) this.#fires[ring.position(k)] = 1;
      this.#evaluated = snapshot;
    }
    this.hold();
    return false;
  }

  protected override advance(snapshot: Snapshot): number {
    if (this.#isIdleRun(snapshot)) return this.count;
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
      if (!seat.ring.append(input)) {
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
    super.clear();
    this.#run = undefined;
    for (let part = 0; part < this.#partCount; part++) this.#parts[part]!.drop(this.snapshot);
    this.#partCount = 0;
    this.#evaluated = undefined;
    this.#forgetFired();
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
