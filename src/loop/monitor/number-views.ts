import type { FieldView, NumberView } from '../view.ts';
import { driftSize } from './drift.ts';
import type { LogHistogram } from './log-histogram.ts';
import { countAt, deviationOf, maxAt, meanAt, minAt, momentsSize } from './moments.ts';

// Places in a field's row.
export const nowAt = 0;
export const driftAt: number = momentsSize;
export const beforeAt: number = driftAt + driftSize;
// Highest score of the open cycle as a series, and the seq that has it.
export const scoreAt: number = beforeAt + momentsSize;
// The first numbers of the open cycle: a field that has no more needs no histogram of its own.
export const firstAt: number = scoreAt + 2;
export const firstSize = 16;

/** Length of a field's row. */
export const numbersSize: number = firstAt + firstSize;

/** A field's row as those who look at it see it. */
export interface NumberRow {
  readonly data: Float64Array;
  readonly row: number;
  /** Its newest numbers are of the open cycle; else nobody has closed theirs yet. */
  readonly isOpen: boolean;
  /** How many the newest numbers are. */
  readonly count: number;
  readonly past: LogHistogram;
  /** Closes what is to be closed. */
  settle(): void;
}

// Count and extremes tell without closing anything: detectors ask all fields for them.

const least = ({ data, row }: NumberRow): number => data[row + nowAt + minAt]!;
const greatest = ({ data, row }: NumberRow): number => data[row + nowAt + maxAt]!;

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
    const { isOpen } = this.#of;
    const count = this.#of.data[this.#of.row + beforeAt + countAt]!;
    return isOpen ? count : count + this.#of.count;
  }

  get min(): number {
    const { isOpen } = this.#of;
    const min = this.#of.data[this.#of.row + beforeAt + minAt]!;
    return isOpen ? min : Math.min(min, least(this.#of));
  }

  get max(): number {
    const { isOpen } = this.#of;
    const max = this.#of.data[this.#of.row + beforeAt + maxAt]!;
    return isOpen ? max : Math.max(max, greatest(this.#of));
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
