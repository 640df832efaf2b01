import type { DriftView } from '../view.ts';
import { Moments, type MomentsJson } from './moments.ts';
import { jsonNumber } from './pack.ts';

/** Numbers before the open cycle that a level is learnt from before changes are looked for. */
const learnMin = 200;
/** Older numbers weigh no more than these, so that a level may move slowly. */
const learnMax = 8_192;
/** Standard deviations that a level may be off without being a change. */
const slack = 0.5;
/** One number counts as no more standard deviations than these: a spike is no change of level. */
const clip = 3;
/** Sum of standard deviations beyond the slack that makes a change. */
const threshold = 25;

/** State of a side of {@link Drift} as JSON: statistic, numbers, their sum, first seq. */
type SideJson = readonly (number | string)[];

/** State of {@link Drift} as JSON. */
export interface DriftJson {
  readonly level: MomentsJson;
  readonly up: SideJson;
  readonly down: SideJson;
  readonly found?: Found;
}

interface Found {
  readonly direction: 'more' | 'less';
  readonly peak: number;
}

/** One side of the statistic, and the numbers since it last was zero. */
class Side {
  sum = 0;
  count = 0;
  total = 0;
  since = -1;

  add(step: number, value: number, seq: number): void {
    const sum = this.sum + step;
    if (sum <= 0) {
      this.sum = 0;
      this.count = 0;
      return;
    }
    if (this.count === 0) {
      this.total = 0;
      this.since = seq;
    }
    this.sum = sum;
    this.count++;
    this.total += value;
  }

  clear(): void {
    this.sum = 0;
    this.count = 0;
  }

  toJSON(): SideJson {
    const { sum, count, total, since } = this;
    return count === 0 ? [] : [sum, count, jsonNumber(total), since];
  }

  restore(saved: SideJson): void {
    const [sum = 0, count = 0, total = 0, since = -1] = saved.map(Number);
    this.sum = sum;
    this.count = count;
    this.total = total;
    this.since = since;
  }
}

/**
 * Changes of a number's level by a two-sided cumulative sum (Page 1954) of standard deviations from
 * the level that earlier cycles had. Without a change a false alarm comes about once in e^25
 * numbers if they are independent and normal, once in some million if they are exponential; a level
 * that moves by two standard deviations is found after 17 numbers. What is found stays until the
 * cycle closes, after which the new level is learnt.
 */
export class Drift {
  readonly #level = new Moments();
  readonly #up = new Side();
  readonly #down = new Side();
  #found: Found | undefined;
  /** 1 / deviation; 0 while the level is being learnt. */
  #scale = 0;

  add(value: number, seq: number): void {
    if (this.#scale === 0) return;
    let off = (value - this.#level.mean) * this.#scale;
    if (off > clip) off = clip;
    else if (off < -clip) off = -clip;
    this.#up.add(off - slack, value, seq);
    this.#down.add(-off - slack, value, seq);
    const sum = Math.max(this.#up.sum, this.#down.sum);
    if (sum >= threshold) this.#find(sum);
  }

  #find(sum: number): void {
    const direction = this.#up.sum === sum ? 'more' : 'less';
    const before = this.#found;
    if (before !== undefined && (before.direction !== direction || before.peak >= sum)) return;
    this.#found = { direction, peak: sum };
  }

  /** What was found in the open cycle. */
  get view(): DriftView | undefined {
    if (this.#found === undefined) return undefined;
    const { direction, peak } = this.#found;
    const { total, count, since } = direction === 'more' ? this.#up : this.#down;
    const before = this.#level.mean;
    // The statistic may have gone back to zero since: then nothing is known of what is after.
    const after = count === 0 ? before : total / count;
    return { direction, strength: peak / threshold, before, after, since };
  }

  /** A cycle closes that had these numbers. */
  close(numbers: Moments): void {
    const level = this.#level;
    if (this.#found === undefined) {
      level.merge(numbers);
      level.fade(learnMax);
    } else {
      this.#found = undefined;
      level.clear();
      this.#up.clear();
      this.#down.clear();
    }
    this.#measure();
  }

  #measure(): void {
    const { count, mean, deviation } = this.#level;
    // Numbers that never varied: the least difference that rounding does not make counts in full.
    const least = Math.max(Math.abs(mean) * 1e-9, Number.MIN_VALUE * 2 ** 52);
    this.#scale = count < learnMin ? 0 : 1 / Math.max(deviation, least);
  }

  toJSON(): DriftJson {
    const found = this.#found === undefined ? {} : { found: this.#found };
    const [up, down] = [this.#up.toJSON(), this.#down.toJSON()];
    return { level: this.#level.toJSON(), up, down, ...found };
  }

  restore({ level, up, down, found }: DriftJson): void {
    this.#level.restore(level);
    this.#up.restore(up);
    this.#down.restore(down);
    this.#found = found;
    this.#measure();
  }
}
