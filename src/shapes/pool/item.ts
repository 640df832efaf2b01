import type { ItemAnswer, Parcel } from './task.ts';

/** How a record or graph ends. */
export type Outcome =
  | ItemAnswer
  | { readonly kind: 'conforms' }
  | { readonly kind: 'failed'; readonly reason: unknown };

const conforms: Outcome = Object.freeze({ kind: 'conforms' });

/** One record or graph on its way; settled once, by a thread or by its caller. */
export class Item {
  /** A large text is replaced by its parcel before it is handed on. */
  text: Parcel;
  /** Of a record; empty for a graph. */
  readonly subject: string;
  /** On the monotonic clock. */
  readonly deadlineAt: number;
  readonly #onSettled: (outcome: Outcome) => void;
  #settled = false;
  /** How many threads died while they had it. */
  crashes = 0;
  /** The job that it is part of is told when it needs no answer any more. */
  onGone: (() => void) | undefined;

  constructor(
    text: Parcel,
    subject: string,
    deadlineAt: number,
    onSettled: (outcome: Outcome) => void,
  ) {
    this.text = text;
    this.subject = subject;
    this.deadlineAt = deadlineAt;
    this.#onSettled = onSettled;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Characters, or bytes of a large text. */
  get size(): number {
    return typeof this.text === 'string' ? this.text.length : this.text.byteLength;
  }

  settle(outcome: Outcome = conforms): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#onSettled(outcome);
    this.onGone?.();
  }

  fail(reason: unknown): void {
    this.settle({ kind: 'failed', reason });
  }
}
