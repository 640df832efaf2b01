import { limits } from '../base/limits.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Stream, StreamHost } from './observe-stream.ts';
import type { Feed, QueueEntry } from './pipeline.ts';

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

  /**
   * Takes in what comes at once from a place on, up to the first unreadable one or until it is
   * full; answers how many.
   */
  appendRun(
    stream: Stream,
    inputs: readonly unknown[],
    from: number,
    at: number | undefined,
  ): number {
    const room = Math.min(limits.observeBatch - this.count, inputs.length - from);
    let taken = 0;
    while (taken < room && this.append(stream, inputs[from + taken], at)) taken++;
    return taken;
  }

  /** It has to wait for its turn: what it was given may be the host's again before. */
  hold(): void {}

  /** Counts those that fire nothing up to the next one that fires; its place, or the end. */
  protected abstract advance(snapshot: Snapshot): number;

  /** Forgets what was taken in and not evaluated. */
  protected clear(): void {
    // What was observed is the host's again.
    for (let place = 0; place < this.count; place++) this.inputs[place] = undefined;
  }

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
