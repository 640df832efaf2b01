import type { Clock } from '../../base/clock.ts';
import { dropPayloads, type Erased } from './drop-payloads.ts';
import type { LogFs } from './fs.ts';
import { LogProofs } from './log-proofs.ts';
import type { ProveOptions } from './log-types.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import { findLeaves, type LogQuery } from './queries.ts';
import { LogReader } from './reader.ts';
import { Sealer } from './sealer.ts';
import type { LogState } from './state.ts';
import type { SubjectFields } from './subject-fields.ts';
import { subjectNaming } from './subject-naming.ts';

/** What {@link DurableLeaves} work with. */
export interface DurableParts {
  readonly fs: LogFs;
  readonly directory: string;
  readonly state: LogState;
  readonly cipher: PayloadCipher | undefined;
  readonly subjects: SubjectFields | undefined;
  readonly isSealing: boolean;
}

/** The leaves on disk: reading, finding and proving them, and sealing their segments. */
export class DurableLeaves {
  readonly reader: LogReader;
  readonly #parts: DurableParts;
  readonly #sealer: Sealer;
  readonly #proofs: LogProofs;

  constructor(parts: DurableParts) {
    const { fs, directory, state, cipher } = parts;
    this.#parts = parts;
    this.reader = new LogReader(fs, directory, state.index, cipher);
    this.#sealer = new Sealer({ ...parts, reader: this.reader });
    this.#proofs = new LogProofs(fs, directory, state, this.reader);
    this.grown();
  }

  /** Must follow each durable epoch: a segment may be complete now. */
  grown(): void {
    if (this.#parts.isSealing) this.#sealer.start();
  }

  find(query: LogQuery): readonly number[] {
    const { fs, directory, state, subjects } = this.#parts;
    const subjectOf = subjectNaming(subjects);
    return findLeaves({ fs, directory, state, reader: this.reader, subjectOf }, query);
  }

  prove(seq: number, { size, leaf }: ProveOptions = {}): string {
    return this.#proofs.prove(seq, size, leaf);
  }

  proveConsistency(from: number, to?: number): readonly Uint8Array[] {
    return this.#proofs.proveConsistency(from, to);
  }

  /** What kept a segment from being sealed. */
  get sealingFailure(): unknown {
    return this.#sealer.failure;
  }

  /** Resolves when all complete segments are sealed. */
  sealed(): Promise<void> {
    return this.#sealer.settled();
  }

  dropPayloads(erased: Erased): number {
    const { fs, directory, state } = this.#parts;
    let count = 0;
    for (const first of state.index.segments) {
      if (first >= state.sealed.size) break;
      count += dropPayloads(fs, directory, first, erased);
      this.reader.forget(first);
    }
    return count;
  }

  /** Stops sealing, in the middle of a segment too. */
  stop(): Promise<void> {
    return this.#sealer.stop();
  }

  close(): void {
    this.reader.close();
  }
}

/** The times of leaves: they never run backwards, whatever the clock does. */
export class LeafClock {
  readonly #clock: Clock;
  #skewMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How far the clock was behind when it was read last, in ms. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** Reads the clock once: milliseconds, never below `last`. */
  tick(last: number): number {
    const now = Math.floor(this.#clock.now());
    const isTime = Number.isSafeInteger(now);
    this.#skewMs = isTime && now < last ? last - now : 0;
    return isTime && now > last ? now : last;
  }
}
