import { isCount, type Part } from './part.ts';

/**
 * A running mean: of all values while they are few, then weighted towards the latest, each with
 * 1 / horizon.
 */
export class Mean implements Part {
  readonly #horizon: number;
  #count = 0;
  #mean = 0;

  /** @param horizon values that the mean spans, about */
  constructor(horizon: number) {
    this.#horizon = horizon;
  }

  /** 0 before the first value. */
  get value(): number {
    return this.#mean;
  }

  /** Whether as many values came as it spans. */
  get full(): boolean {
    return this.#count === this.#horizon;
  }

  /** Takes in a value; gives the mean with it. */
  add(value: number): number {
    if (this.#count < this.#horizon) this.#count++;
    this.#mean += (value - this.#mean) / this.#count;
    return this.#mean;
  }

  save(): number[] {
    return [this.#count, this.#mean];
  }

  load(saved: readonly number[]): boolean {
    if (saved.length !== 2 || !isCount(saved[0], this.#horizon)) return false;
    [this.#count, this.#mean] = saved as [number, number];
    return true;
  }
}
