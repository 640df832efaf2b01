import type { Outcome } from './outcome.ts';
import type { SectorTally } from './tally.ts';

/** Where an answer goes: a promise's two ends, or a place in applyAll's line. */
export interface Answering {
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/**
 * An id in flight: who applied it and who came later with the same one. applyAll answers into its
 * own line, so an observation on its way needs no promise.
 */
export class Flight {
  readonly idHash: string;
  /** Canonical text of the record: what comes later under this id is compared with it. */
  readonly record: string;
  /** Where its answer is counted, and when apply() was called, in monotonic ms. */
  readonly cell: SectorTally;
  readonly startedMs: number;
  readonly #first: Answering;
  #later: Answering[] | undefined;

  constructor(
    idHash: string,
    record: string,
    first: Answering,
    cell: SectorTally,
    startedMs: number,
  ) {
    this.idHash = idHash;
    this.record = record;
    this.#first = first;
    this.cell = cell;
    this.startedMs = startedMs;
  }

  /** It came through observe(): it is named when it is sequenced, and nobody else waits for it. */
  get isStreamed(): boolean {
    return this.idHash === '';
  }

  /** Waits for the first answer too. */
  join(later: Answering): void {
    this.#later ??= [];
    this.#later.push(later);
  }

  resolve(outcome: Outcome): void {
    this.#first.resolve(outcome);
    if (this.#later === undefined) return;
    for (const later of this.#later) later.resolve(outcome);
  }

  reject(error: unknown): void {
    this.#first.reject(error);
    if (this.#later === undefined) return;
    for (const later of this.#later) later.reject(error);
  }
}
