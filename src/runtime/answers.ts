import { monotonicMs } from '../base/clock.ts';
import type { Flight } from './flight.ts';
import type { Outcome } from './outcome.ts';
import type { Tally } from './tally.ts';

/**
 * What is left of an entry once it was sequenced. Up to 768 of them wait for the disk: keeping the
 * whole entry alive that long costs more in copying by the garbage collector than this copy.
 */
interface Answer {
  readonly outcome: Outcome;
  readonly flight: Flight;
}

/** Observations taken in and not yet answered, and their answers once these are durable. */
export class Answers {
  readonly #tally: Tally;
  readonly #release: (flight: Flight) => void;
  // Answers of one epoch share its promise: one callback for up to 256 observations.
  #epoch: Promise<void> | undefined;
  #answers: Answer[] = [];
  #count = 0;
  #streamed = 0;
  #feeds = 0;
  #drained: (() => void)[] = [];

  /** @param release takes an answered observation off the table of ids in flight */
  constructor(tally: Tally, release: (flight: Flight) => void) {
    this.#tally = tally;
    this.#release = release;
  }

  /** Observations not yet answered. */
  get count(): number {
    return this.#count;
  }

  /** Those of them that came through apply(); streamed ones have a bound of their own. */
  get applied(): number {
    return this.#count - this.#streamed;
  }

  /** One more to answer. */
  owe({ isStreamed }: Flight): void {
    this.#count++;
    if (isStreamed) this.#streamed++;
  }

  /** Feeds keep {@link drained} waiting as long as they stand in line. */
  fed(more: 1 | -1): void {
    this.#feeds += more;
    this.#tellDrained();
  }

  /** Resolves when everything taken in so far has been answered. */
  drained(): Promise<void> {
    if (this.#count + this.#feeds === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }

  /** Answers with an outcome once its leaf is durable, or with why it never will be. */
  when(durable: Promise<void>, outcome: Outcome, flight: Flight): void {
    const answer = { outcome, flight };
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
          this.settle(flight);
        }
        for (const { flight, outcome } of answers) flight.resolve(outcome);
      },
      (error: unknown) => {
        for (const { flight } of answers) {
          this.#tally.failed(error);
          this.settle(flight);
        }
        for (const { flight } of answers) flight.reject(error);
      },
    );
  }

  /** One less to answer. */
  settle(flight: Flight): void {
    this.#count--;
    if (flight.isStreamed) this.#streamed--;
    this.#release(flight);
    this.#tellDrained();
  }

  #tellDrained(): void {
    if (this.#count + this.#feeds > 0 || this.#drained.length === 0) return;
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }
}
