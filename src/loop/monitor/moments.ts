import { jsonNumber } from './pack.ts';

/** State of {@link Moments} as JSON: count, min, max, mean, sum of squared deviations. */
export type MomentsJson = readonly (number | string)[] | null;

/** Count, extremes, mean and spread of numbers, one at a time (Welford 1962). */
export class Moments {
  count = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  mean = 0;
  /** Sum of squared deviations from the mean. */
  squares = 0;

  /** Standard deviation of all numbers; 0 where there are none. */
  get deviation(): number {
    return this.count === 0 ? 0 : Math.sqrt(this.squares / this.count);
  }

  add(value: number): void {
    const { mean } = this;
    const from = value - mean;
    this.count++;
    this.mean = mean + from / this.count;
    // Numbers from both ends of the range are further apart than a double can say.
    if (!Number.isFinite(from)) this.mean = mean - mean / this.count + value / this.count;
    this.squares += from * (value - this.mean);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Adds the numbers of another one (Chan, Golub, LeVeque 1979). */
  merge({ count, min, max, mean, squares }: Moments): void {
    if (count === 0) return;
    const sum = this.count + count;
    const apart = mean - this.mean;
    // Weighted by shares, so that it cannot overflow and is the same from either side.
    this.mean = this.mean * (this.count / sum) + mean * (count / sum);
    this.squares += squares + apart * apart * ((this.count * count) / sum);
    this.count = sum;
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }

  /** Lets older numbers weigh no more than so many. */
  fade(most: number): void {
    if (this.count <= most) return;
    this.squares *= most / this.count;
    this.count = most;
  }

  clear(): void {
    this.count = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    this.mean = 0;
    this.squares = 0;
  }

  /** Null where there are none, because JSON has no infinities. */
  toJSON(): MomentsJson {
    const { count, min, max, mean, squares } = this;
    if (count === 0) return null;
    return [count, min, max, mean, squares].map(jsonNumber);
  }

  restore(saved: MomentsJson): void {
    this.clear();
    if (saved === null) return;
    const [count, min, max, mean, squares] = saved.map(Number);
    this.count = count!;
    this.min = min!;
    this.max = max!;
    this.mean = mean!;
    this.squares = squares!;
  }
}
