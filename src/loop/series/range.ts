import { isCount, type Part } from './part.ts';

/** Records before a part judges. */
export const warmup = 100;
/**
 * Records after which the range is known. Extremes of fewer say less about what may come, so an
 * excess counts in proportion to their number; without that most false alarms come early.
 */
const grown = 1_000;
/**
 * Records of a block. The range spans the block under way and the one before, so an extreme is
 * forgotten after 4,096 to 8,192 records, and one that comes back every day or week stays known
 * (a week of five-minute records has 2,016).
 */
const block = 4_096;
/** The excess, in widths of the range, beyond which more says nothing. */
const excessMax = 2;

/** How far a value lies beyond all that the series has lately been. */
export class Range implements Part {
  #seen = 0;
  #inBlock = 0;
  #low = 0;
  #high = 0;
  #lowBefore = 0;
  #highBefore = 0;

  /** The value's distance from the range, in its widths: 0 within it, 2 at most; less at first. */
  add(value: number): number {
    if (this.#seen === 0) this.#low = this.#high = this.#lowBefore = this.#highBefore = value;
    let excess = 0;
    if (this.#seen >= warmup) excess = (this.#excess(value) * this.#seen) / grown;
    if (this.#seen < grown) this.#seen++;
    if (value > this.#high) this.#high = value;
    else if (value < this.#low) this.#low = value;
    if (++this.#inBlock === block) {
      this.#inBlock = 0;
      this.#lowBefore = this.#low;
      this.#highBefore = this.#high;
      this.#low = this.#high = value;
    }
    return excess;
  }

  #excess(value: number): number {
    const high = this.#highest;
    const low = this.#lowest;
    const beyond = value > high ? value - high : value < low ? low - value : 0;
    if (beyond === 0) return 0;
    const widths = beyond / (high - low); // infinite where the series was constant
    return widths < excessMax ? widths : excessMax;
  }

  /** The value, drawn in to where the excess is greatest; a constant range draws nothing in. */
  drawnIn(value: number): number {
    if (this.#seen < warmup) return value;
    const high = this.#highest;
    const low = this.#lowest;
    const reach = excessMax * (high - low);
    if (reach === 0) return value;
    return value > high + reach ? high + reach : value < low - reach ? low - reach : value;
  }

  get #highest(): number {
    return this.#high > this.#highBefore ? this.#high : this.#highBefore;
  }

  get #lowest(): number {
    return this.#low < this.#lowBefore ? this.#low : this.#lowBefore;
  }

  save(): number[] {
    const extremes = [this.#low, this.#high, this.#lowBefore, this.#highBefore];
    return [this.#seen, this.#inBlock, ...extremes];
  }

  load(saved: readonly number[]): boolean {
    const [seen, inBlock, low, high, lowBefore, highBefore] = saved as [
      ...[number, number, number, number, number, number],
    ];
    if (saved.length !== 6 || !isCount(seen, grown) || !isCount(inBlock, block - 1)) return false;
    if (low > high || lowBefore > highBefore) return false;
    [this.#seen, this.#inBlock, this.#low, this.#high] = [seen, inBlock, low, high];
    [this.#lowBefore, this.#highBefore] = [lowBefore, highBefore];
    return true;
  }
}
