import type { FieldView, NumberView } from '../view.ts';
import { driftSize } from './drift.ts';
import type { LogHistogram } from './log-histogram.ts';
import { countAt, deviationOf, maxAt, meanAt, minAt, momentsSize, ringMask } from './moments.ts';

// Places in a field's row.
export const nowAt = 0;
export const driftAt: number = momentsSize;
export const beforeAt: number = driftAt + driftSize;
// Highest score of the open cycle as a series, and the seq that has it.
export const scoreAt: number = beforeAt + momentsSize;
// A ring of the latest numbers of the open cycle, and one of their seqs: they are folded into the
// figures eight by eight, or when somebody looks. A field that has no more than the ring holds
// needs no histogram of its own.
export const ringAt: number = scoreAt + 2;
export const ringSize: number = ringMask + 1;
/** Numbers that wait until they are folded, less 1. */
export const foldMask = 7;

/** Length of a field's row. */
export const numbersSize: number = ringAt + 2 * ringSize;

/** A field's row as those who look at it see it. */
export interface NumberRow {
  readonly data: Float64Array;
  readonly row: number;
  /** Its newest numbers are of the open cycle; else nobody has closed theirs yet. */
  readonly isOpen: boolean;
  /** The newest numbers, and how many of them are folded into the figures. */
  readonly count: number;
  readonly folded: number;
  readonly past: LogHistogram;
  /** Closes what is to be closed and folds all numbers. */
  settle(): void;
}

// Count and extremes tell without closing anything: detectors ask all fields for them.

function least({ data, row, folded, count }: NumberRow): number {
  let found = data[row + nowAt + minAt]!;
  for (let index = folded; index < count; index++) {
    const value = data[row + ringAt + (index & ringMask)]!;
    if (value < found) found = value;
  }
  return found;
}

function greatest({ data, row, folded, count }: NumberRow): number {
  let found = data[row + nowAt + maxAt]!;
  for (let index = folded; index < count; index++) {
    const value = data[row + ringAt + (index & ringMask)]!;
    if (value > found) found = value;
  }
  return found;
}

/** The figures of the open cycle. */
export class NumbersNow implements NonNullable<FieldView['numbersNow']> {
  readonly #of: NumberRow;

  constructor(of: NumberRow) {
    this.#of = of;
  }

  get count(): number {
    return this.#of.isOpen ? this.#of.count : 0;
  }

  get min(): number {
    return this.#of.isOpen ? least(this.#of) : Number.POSITIVE_INFINITY;
  }

  get max(): number {
    return this.#of.isOpen ? greatest(this.#of) : Number.NEGATIVE_INFINITY;
  }

  get mean(): number {
    this.#of.settle();
    return this.#of.data[this.#of.row + nowAt + meanAt]!;
  }
}

/** The figures before the open cycle. */
export class NumbersBefore implements NumberView {
  readonly #of: NumberRow;

  constructor(of: NumberRow) {
    this.#of = of;
  }

  get count(): number {
    const count = this.#of.data[this.#of.row + beforeAt + countAt]!;
    return this.#of.isOpen ? count : count + this.#of.count;
  }

  get min(): number {
    const min = this.#of.data[this.#of.row + beforeAt + minAt]!;
    return this.#of.isOpen ? min : Math.min(min, least(this.#of));
  }

  get max(): number {
    const max = this.#of.data[this.#of.row + beforeAt + maxAt]!;
    return this.#of.isOpen ? max : Math.max(max, greatest(this.#of));
  }

  get mean(): number {
    this.#of.settle();
    return this.#of.data[this.#of.row + beforeAt + meanAt]!;
  }

  get deviation(): number {
    this.#of.settle();
    return deviationOf(this.#of.data, this.#of.row + beforeAt);
  }

  quantile(share: number): number {
    return this.#of.past.quantile(share);
  }
}
