/** A histogram's state at one moment; plain data. */
export interface BucketsSample {
  /** Upper bounds, ascending; the last bucket is open. */
  readonly bounds: readonly number[];
  /** Count in each bucket, one more than there are bounds. */
  readonly counts: readonly number[];
  /** How many values there were. */
  readonly count: number;
  /** The sum of all values, in their unit. */
  readonly sum: number;
  /** Smallest value, absent while there is none. */
  readonly min?: number;
  /** Largest value, absent while there is none. */
  readonly max?: number;
}

/**
 * A histogram with fixed bounds in one typed array. A value on a bound belongs to the bucket that
 * the bound closes, as in OpenTelemetry and Prometheus (`le`).
 */
export class Buckets {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** @param bounds upper bounds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Counts one value; allocates nothing. */
  record(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    // Bounds are few and small values come most often, so a scan beats a binary search.
    while (index < bounds.length && value > bounds[index]!) index++;
    this.#counts[index]!++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  sample(): BucketsSample {
    const counts = [...this.#counts];
    const count = counts.reduce((total, bucket) => total + bucket, 0);
    const sampled = { bounds: [...this.#bounds], counts, count, sum: this.#sum };
    return count === 0 ? sampled : { ...sampled, min: this.#min, max: this.#max };
  }
}

/** Two histograms with the same bounds as one. */
export function addBuckets(left: BucketsSample, right: BucketsSample): BucketsSample {
  if (right.count === 0) return left;
  if (left.count === 0) return right;
  return {
    bounds: left.bounds,
    counts: left.counts.map((count, index) => count + right.counts[index]!),
    count: left.count + right.count,
    sum: left.sum + right.sum,
    min: Math.min(left.min!, right.min!),
    max: Math.max(left.max!, right.max!),
  };
}
