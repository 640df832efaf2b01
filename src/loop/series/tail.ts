import { Mean } from './mean.ts';
import { isCount, type Part } from './part.ts';
import { warmup } from './range.ts';

/** Share of the records that lie beyond the quantile that is tracked. */
const share = 0.01;
/** Step of the quantile and of the mean excess. */
const step = 0.02;
/** The tail is taken to be at least this heavy: a sharper one would make small things large. */
const excessMin = 0.2;
/** What is assumed of the tail before it has been seen. */
const excessStart = 0.3;
/** One excess counts for no more in the mean excess; e^5 is 150 times the quantile. */
const excessMax = 5;
const centreHorizon = 2_000;

/**
 * How rare a deviation is, by the series' own tail: beyond its 99th percentile the tail is taken
 * to be a power law, whose exponent is one over the mean logarithmic excess (Hill's estimator).
 * So a heavy-tailed series needs larger deviations for the same surprise than a tame one.
 */
export class Tail implements Part {
  readonly #centre = new Mean(centreHorizon);
  #warm = 0;
  /** The deviation that about one record in a hundred exceeds. */
  #quantile = 0;
  #excess = excessStart;

  /** -ln of the share of those beyond the 99th percentile that deviate more; 0 below it. */
  add(value: number): number {
    const deviation = this.#warm === 0 ? 0 : Math.abs(value - this.#centre.value);
    this.#centre.add(value);
    if (this.#warm < warmup) {
      // Of a hundred deviations the largest stands where the percentile does.
      this.#warm++;
      if (deviation > this.#quantile) this.#quantile = deviation;
      return 0;
    }
    if (deviation <= this.#quantile) {
      this.#quantile *= 1 - step * share;
      return 0;
    }
    if (this.#quantile === 0) {
      // A series that has been constant has no tail to compare with; its range tells.
      this.#quantile = deviation;
      return 0;
    }
    const excess = Math.log(deviation / this.#quantile);
    const surprise = excess / (this.#excess > excessMin ? this.#excess : excessMin);
    this.#excess += step * ((excess < excessMax ? excess : excessMax) - this.#excess);
    this.#quantile *= 1 + step * (1 - share);
    return surprise;
  }

  save(): number[] {
    return [this.#warm, this.#quantile, this.#excess, ...this.#centre.save()];
  }

  load(saved: readonly number[]): boolean {
    const [warm, quantile, excess, ...centre] = saved as [number, number, number, ...number[]];
    if (saved.length !== 5 || !isCount(warm, warmup) || !this.#centre.load(centre)) return false;
    if (quantile < 0 || excess < 0 || excess > excessMax) return false;
    [this.#warm, this.#quantile, this.#excess] = [warm, quantile, excess];
    return true;
  }
}
