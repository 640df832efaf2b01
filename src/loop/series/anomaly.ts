import { Mean } from './mean.ts';
import {
  checkedTime,
  checkedValue,
  loadParts,
  type Part,
  refuseMixed,
  refuseState,
} from './part.ts';
import { Profile } from './profile.ts';
import { Range } from './range.ts';
import { Tail } from './tail.ts';

/** What a {@link SeriesAnomaly} remembers, as JSON; the numbers are its own matter. */
export interface SeriesAnomalyState {
  /** Of this form; other versions are refused. */
  readonly version: 1;
  /** Whether its records have times; null before the first one. */
  readonly timed: boolean | null;
  /** Numbers by part, some 430 in all for a series with times and 40 without. */
  readonly parts: { readonly [part: string]: readonly number[] };
}

/** Watches one series of numbers; see {@link seriesAnomaly}. */
export interface SeriesAnomaly {
  /**
   * Takes in the next record and scores it from 0 (as ever) to 1; at .5 an alarm is due. After a
   * high score the same event scores 0 until it grows by half, or some tens of records have
   * passed. The first hundred records score 0.
   *
   * @param value finite, at most 1e300 in size
   * @param at ms since 1970, for all records of a series or for none
   * @throws KNHK_LOOP_SERIES
   */
  update(value: number, at?: number): number;
  /** What it remembers; `seriesAnomaly` of it scores on as this one does. */
  toJSON(): SeriesAnomalyState;
}

/** Records that a short mean spans, and the recent level of a series without times. */
const horizons = { short: 10, level: 120 };
/**
 * What each kind of evidence counts. An excess of a twentieth of the range comes to the alarm's
 * evidence by itself, and so does a deviation that exceeds all but one in 1,700 (a share of .01
 * beyond the percentile, times e^(-2/.7)). Short means need twice the excess, for they leave
 * their range slowly.
 */
const weights = { range: 40, rangeOfMean: 20, tail: 0.7 };
/** The evidence that scores .5, and what more adds nothing to. */
const evidence = { alarm: 2, max: 8 };
/** After a score the next must have this times its evidence; the level sinks in so many records. */
const refractory = { rise: 1.5, records: 40 };
const sink = Math.exp(-1 / refractory.records);

/** How surprising the last score was, sunk since then. */
class Level implements Part {
  #level = 0;

  /** Whether the evidence rises above what was told already. */
  rises(found: number): boolean {
    this.#level *= sink;
    if (found <= this.#level) return false;
    this.#level = refractory.rise * found;
    return true;
  }

  save(): number[] {
    return [this.#level];
  }

  load(saved: readonly number[]): boolean {
    const [level] = saved as [number];
    if (saved.length !== 1 || level < 0 || level > refractory.rise * evidence.max) return false;
    this.#level = level;
    return true;
  }
}

class Watched implements SeriesAnomaly {
  #timed: boolean | null = null;
  readonly #mean = new Mean(horizons.short);
  readonly #residualMean = new Mean(horizons.short);
  readonly #recent = new Mean(horizons.level);
  readonly #profile = new Profile();
  readonly #range = new Range();
  readonly #meanRange = new Range();
  readonly #residualRange = new Range();
  readonly #residualMeanRange = new Range();
  readonly #meanTail = new Tail();
  readonly #residualTail = new Tail();
  readonly #level = new Level();

  update(value: number, at?: number): number {
    checkedValue(value);
    if (at !== undefined) checkedTime(at);
    const timed = at !== undefined;
    if (this.#timed !== timed) {
      if (this.#timed !== null) refuseMixed(this.#timed);
      this.#timed = timed;
    }
    // One value far out must not move means, so that those after it seem to be anomalies.
    const learnt = this.#range.drawnIn(value);
    const mean = this.#mean.add(learnt);
    let squares = square(weights.range * this.#range.add(value));
    squares += square(weights.rangeOfMean * this.#meanRange.add(mean));
    squares += square(weights.tail * this.#meanTail.add(mean));
    const residual = timed ? this.#profile.add(learnt, at) : this.#fromRecent(learnt);
    if (!Number.isNaN(residual)) {
      const squaresOfIt = this.#ofResidual(residual);
      if (!timed || this.#profile.settled) squares += squaresOfIt;
    }
    return squares === 0 ? this.#score(0) : this.#score(Math.sqrt(squares));
  }

  #ofResidual(residual: number): number {
    const mean = this.#residualMean.add(residual);
    return (
      square(weights.range * this.#residualRange.add(residual)) +
      square(weights.rangeOfMean * this.#residualMeanRange.add(mean)) +
      square(weights.tail * this.#residualTail.add(residual))
    );
  }

  /** Without times the recent level stands in for the profile. */
  #fromRecent(value: number): number {
    const residual = this.#recent.full ? value - this.#recent.value : Number.NaN;
    this.#recent.add(value);
    return residual;
  }

  #score(sum: number): number {
    const found = sum < evidence.max ? sum : evidence.max;
    return this.#level.rises(found) ? 1 - 2 ** (-found / evidence.alarm) : 0;
  }

  get #parts(): Readonly<Record<string, Part>> {
    return {
      mean: this.#mean,
      residualMean: this.#residualMean,
      recent: this.#recent,
      profile: this.#profile,
      range: this.#range,
      meanRange: this.#meanRange,
      residualRange: this.#residualRange,
      residualMeanRange: this.#residualMeanRange,
      meanTail: this.#meanTail,
      residualTail: this.#residualTail,
      level: this.#level,
    };
  }

  toJSON(): SeriesAnomalyState {
    const saved = Object.entries(this.#parts).map(([name, part]) => [name, part.save()] as const);
    return { version: 1, timed: this.#timed, parts: Object.fromEntries(saved) };
  }

  load(state: SeriesAnomalyState): void {
    if (typeof state !== 'object' || state === null || state.version !== 1) {
      refuseState('an object of version 1', state);
    }
    if (state.timed !== null && typeof state.timed !== 'boolean') {
      refuseState('timed: true, false or null', state.timed);
    }
    loadParts(this.#parts, state.parts);
    this.#timed = state.timed;
  }
}

const square = (value: number): number => value * value;

/**
 * Watches a series of numbers for anomalies: values beyond the range the series has lately had,
 * values unusual for the hour of the day or week (UTC), and steep shifts of its short-term mean.
 * There is nothing to set per series: all is measured in the series' own range and by its own
 * tail, so neither scale nor sign changes a score. A record takes a fixed amount of work and a
 * series some 5 kB, however long it grows; a score depends on nothing but the records so far.
 * Slow drift, and a change of variance within the known range, are not found.
 *
 * Each of six measures is brought to the scale of -ln of a tail's share; the root of the sum of
 * their squares is the evidence. The constants were chosen on a part of the Numenta Anomaly
 * Benchmark (Lavin and Ahmad, 2015), where twice or half of any one of them costs at most 5 of
 * its 100 points.
 *
 * @param saved what an earlier detector's `toJSON()` gave; the new one goes on from there
 * @throws KNHK_LOOP_SERIES
 * @example
 * const load = seriesAnomaly();
 * const scores = [];
 * for (let minute = 0; minute < 500; minute++) {
 *   const value = minute === 400 ? 90 : 20 + (minute % 7);
 *   scores.push(load.update(value));
 * }
 * scores.findIndex((score) => score >= 0.5); // => 400
 *
 * const later = seriesAnomaly(JSON.parse(JSON.stringify(load)));
 * later.update(20) === load.update(20); // => true
 */
export function seriesAnomaly(saved?: SeriesAnomalyState): SeriesAnomaly {
  const watched = new Watched();
  if (saved !== undefined) watched.load(saved);
  return watched;
}
