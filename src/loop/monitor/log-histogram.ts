import { fail } from '../../base/errors.ts';
import { Cells, type CellsJson } from './histogram-cells.ts';

/** State of a {@link LogHistogram} as JSON. */
export interface LogHistogramJson {
  /** How many octaves are kept of each sign. */
  readonly octaves: number;
  /** The least number, where there is one. */
  readonly min?: number;
  /** The greatest number, where there is one. */
  readonly max?: number;
  /** How many zeros, where there are any. */
  readonly zeros?: number;
  /** Counts of positive numbers. */
  readonly positive?: CellsJson;
  /** Counts of negative numbers by their magnitude. */
  readonly negative?: CellsJson;
}

const octavesMax = 2_098;

/**
 * A histogram of finite numbers from which any quantile can be asked, at most 1/128 (0.8 %) off as
 * a share of its value. Buckets are 1/64 of an octave wide and found by the bits of the number
 * (IEEE 754), so adding takes a few nanoseconds. It keeps the highest 64 octaves of each sign (19
 * decimal orders of magnitude, 16 KiB) and room for those alone that occur: what is nearer to zero
 * counts as the lowest of them.
 *
 * @example
 * const delays = new LogHistogram();
 * for (let minutes = 1; minutes <= 1_000; minutes++) delays.add(minutes);
 * Math.abs(delays.quantile(0.95) - 950) < 950 / 128; // => true
 * delays.count; // => 1000
 */
export class LogHistogram {
  readonly #octaves: number;
  readonly #positive: Cells;
  readonly #negative: Cells;
  #zeros = 0;
  #below = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /**
   * @param octaves how many are kept of each sign, 1 to 2,098, which is all that doubles have
   * @throws KnhkError KNHK_LOOP_OPTION
   */
  constructor(octaves = 64) {
    if (!Number.isInteger(octaves) || octaves < 1 || octaves > octavesMax) {
      fail('KNHK_LOOP_OPTION', 'LogHistogram, octaves', `1 to ${octavesMax}`, octaves);
    }
    this.#octaves = octaves;
    this.#positive = new Cells(octaves);
    this.#negative = new Cells(octaves);
  }

  /** How many numbers were added. */
  get count(): number {
    return this.#count;
  }

  /** The least of them, exactly; Infinity where there are none. */
  get min(): number {
    return this.#min;
  }

  /** The greatest of them, exactly; -Infinity where there are none. */
  get max(): number {
    return this.#max;
  }

  /**
   * Adds a number.
   *
   * @throws KnhkError KNHK_LOOP_OPTION for NaN and infinities
   * @example
   * const seen = new LogHistogram();
   * seen.add(-2.5);
   * seen.min; // => -2.5
   * seen.add(Number.NaN); // => throws KNHK_LOOP_OPTION
   */
  add(value: number): void {
    if (!Number.isFinite(value)) {
      fail('KNHK_LOOP_OPTION', 'LogHistogram, add', 'a finite number', value);
    }
    this.#count++;
    // 0 and not -0: that would depend on the order, and JSON has none.
    if (value < this.#min) this.#min = value + 0;
    if (value > this.#max) this.#max = value + 0;
    if (value > 0) this.#positive.add(value);
    else if (value < 0) {
      this.#below++;
      this.#negative.add(-value);
    } else this.#zeros++;
  }

  /**
   * The number that a share of all are not above (nearest rank): at most 1/128 off, as a share of
   * it, unless it is nearer to zero than what is kept. NaN where nothing was added.
   *
   * @param share from 0 to 1
   * @example
   * const seen = new LogHistogram();
   * for (const value of [1, 2, 1_000]) seen.add(value);
   * seen.quantile(1); // => 1000
   */
  quantile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    const wanted = Math.ceil(share * this.#count);
    const rank = Math.min(this.#count, Math.max(1, wanted));
    // A bucket's middle may lie beyond all that is in it.
    return Math.min(this.#max, Math.max(this.#min, this.#at(rank)));
  }

  #at(rank: number): number {
    if (rank <= this.#below) return -this.#negative.at(rank, false);
    const left = rank - this.#below - this.#zeros;
    return left <= 0 ? 0 : this.#positive.at(left, true);
  }

  /**
   * Adds what another one holds, as if it had been added here: in any order and grouping the same.
   *
   * @throws KnhkError KNHK_LOOP_OPTION where it keeps another number of octaves
   * @example
   * const [one, two] = [new LogHistogram(), new LogHistogram()];
   * two.add(7);
   * one.merge(two);
   * one.count; // => 1
   */
  merge(other: LogHistogram): void {
    if (other.#octaves !== this.#octaves) {
      const expected = `${this.#octaves} octaves`;
      fail('KNHK_LOOP_OPTION', 'LogHistogram, merge', expected, other.#octaves);
    }
    this.#count += other.#count;
    this.#below += other.#below;
    this.#zeros += other.#zeros;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    if (other.#count - other.#zeros > other.#below) this.#positive.merge(other.#positive);
    if (other.#below > 0) this.#negative.merge(other.#negative);
  }

  /**
   * Forgets all numbers.
   *
   * @example
   * const seen = new LogHistogram();
   * seen.add(12);
   * seen.clear();
   * seen.count; // => 0
   */
  clear(): void {
    const above = this.#count - this.#zeros - this.#below;
    if (above > 0) this.#positive.clear(above);
    if (this.#below > 0) this.#negative.clear(this.#below);
    this.#count = 0;
    this.#below = 0;
    this.#zeros = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  /**
   * Its state as JSON: a few bytes for each bucket that is not empty.
   *
   * @example new LogHistogram(64).toJSON(); // => { octaves: 64 }
   */
  toJSON(): LogHistogramJson {
    const positive = this.#positive.toJSON();
    const negative = this.#negative.toJSON();
    return {
      octaves: this.#octaves,
      ...(this.#count === 0 ? {} : { min: this.#min, max: this.#max }),
      ...(this.#zeros === 0 ? {} : { zeros: this.#zeros }),
      ...(positive === undefined ? {} : { positive }),
      ...(negative === undefined ? {} : { negative }),
    };
  }

  /**
   * A histogram with the state that {@link LogHistogram.toJSON} gave.
   *
   * @throws KnhkError KNHK_LOOP_OPTION, KNHK_LOOP_STATE
   * @example
   * const seen = new LogHistogram();
   * seen.add(12);
   * LogHistogram.from(JSON.parse(JSON.stringify(seen))).quantile(0.5); // => 12
   */
  static from(saved: LogHistogramJson): LogHistogram {
    const made = new LogHistogram(saved.octaves);
    const { min, max, zeros = 0, positive, negative } = saved;
    if (positive !== undefined) made.#count += made.#positive.restore(positive);
    if (negative !== undefined) made.#below = made.#negative.restore(negative);
    made.#zeros = zeros;
    made.#count += made.#below + zeros;
    made.#min = min ?? Number.POSITIVE_INFINITY;
    made.#max = max ?? Number.NEGATIVE_INFINITY;
    return made;
  }
}
