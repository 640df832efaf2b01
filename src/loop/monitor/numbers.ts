import { type SeriesAnomaly, type SeriesAnomalyState, seriesAnomaly } from '../series/anomaly.ts';
import type { DriftView, FieldView, NumberView } from '../view.ts';
import { addToDrift, clearDrift, closeDrift, driftOf, driftSize } from './drift.ts';
import { LogHistogram, type LogHistogramJson } from './log-histogram.ts';
import {
  addMoment,
  clearMoments,
  countAt,
  deviationOf,
  maxAt,
  meanAt,
  mergeMoments,
  minAt,
  momentsSize,
} from './moments.ts';
import { jsonNumber } from './pack.ts';
import type { Rows } from './rows.ts';

// Places in a field's row.
const nowAt = 0;
const driftAt = momentsSize;
const beforeAt = driftAt + driftSize;
// Highest score of the open cycle as a series, and the seq that has it.
const scoreAt = beforeAt + momentsSize;
// The first numbers of the open cycle: a field that has no more needs no histogram of its own.
const pendingAt = scoreAt + 2;
const pendingMax = 16;

/** Length of a field's row. */
export const numbersSize: number = pendingAt + pendingMax;

/** State of {@link Numbers} as JSON: its row, the histograms before and in the open cycle. */
export interface NumbersJson {
  readonly row: readonly (number | string)[];
  readonly before: LogHistogramJson;
  readonly now: LogHistogramJson;
  /** Where it is scored as a series. */
  readonly series?: SeriesAnomalyState;
}

/** Where numbers are kept, and how many more may be scored as series. */
export interface NumberStores {
  readonly rows: Rows<Float64Array>;
  seriesLeft: number;
}

/** What a series can hold: its squares must not overflow. */
const seriesMax = 1e300;

/** The figures of numbers at one place of a row. */
class Figures implements NumberView {
  readonly #rows: Rows<Float64Array>;
  readonly #at: number;
  histogram: LogHistogram = new LogHistogram();

  constructor(rows: Rows<Float64Array>, at: number) {
    this.#rows = rows;
    this.#at = at;
  }

  get count(): number {
    return this.#rows.data[this.#at + countAt]!;
  }

  get min(): number {
    return this.#rows.data[this.#at + minAt]!;
  }

  get max(): number {
    return this.#rows.data[this.#at + maxAt]!;
  }

  get mean(): number {
    return this.#rows.data[this.#at + meanAt]!;
  }

  get deviation(): number {
    return deviationOf(this.#rows.data, this.#at);
  }

  quantile(share: number): number {
    return this.histogram.quantile(share);
  }
}

/** The figures of a numeric field: those before the open cycle, those of it, and its drift. */
export class Numbers {
  readonly #rows: Rows<Float64Array>;
  readonly #row: number;
  readonly before: Figures;
  readonly now: Figures;
  readonly #stores: NumberStores;
  #series: SeriesAnomaly | undefined;

  constructor(stores: NumberStores) {
    const { rows } = stores;
    this.#stores = stores;
    this.#rows = rows;
    this.#row = rows.add();
    this.now = new Figures(rows, this.#row + nowAt);
    this.before = new Figures(rows, this.#row + beforeAt);
    clearMoments(rows.data, this.#row + nowAt);
    clearMoments(rows.data, this.#row + beforeAt);
    clearDrift(rows.data, this.#row + driftAt);
    if (stores.seriesLeft > 0) this.#score(seriesAnomaly());
  }

  /** Scores them as a series from here on, or no longer. */
  #score(series: SeriesAnomaly | undefined): void {
    const had = this.#series === undefined ? 0 : 1;
    this.#stores.seriesLeft += had - (series === undefined ? 0 : 1);
    this.#series = series;
  }

  add(value: number, seq: number, at: number): void {
    const { data } = this.#rows;
    const count = data[this.#row + nowAt + countAt]!;
    if (count < pendingMax) data[this.#row + pendingAt + count] = value;
    else this.#addMany(count, value);
    addMoment(data, this.#row + nowAt, value);
    addToDrift(data, this.#row + driftAt, value, seq);
    if (this.#series === undefined || !(Math.abs(value) <= seriesMax)) return;
    const score = this.#series.update(value, at);
    if (score <= data[this.#row + scoreAt]!) return;
    data[this.#row + scoreAt] = score;
    data[this.#row + scoreAt + 1] = seq;
  }

  #addMany(count: number, value: number): void {
    if (count === pendingMax) this.#settle(this.now.histogram, count);
    this.now.histogram.add(value);
  }

  /** Puts the first numbers of the open cycle into a histogram. */
  #settle(histogram: LogHistogram, count: number): void {
    const { data } = this.#rows;
    for (let index = 0; index < count; index++) {
      histogram.add(data[this.#row + pendingAt + index]!);
    }
  }

  /** How many of them no histogram holds. */
  get #pending(): number {
    const { count } = this.now;
    return count > pendingMax ? 0 : count;
  }

  /** The highest score of the open cycle; undefined where nothing was unusual. */
  get anomaly(): FieldView['anomaly'] {
    const score = this.#rows.data[this.#row + scoreAt]!;
    return score === 0 ? undefined : { score, seq: this.#rows.data[this.#row + scoreAt + 1]! };
  }

  get drift(): DriftView | undefined {
    return driftOf(this.#rows.data, this.#row + driftAt);
  }

  /** Ends the open cycle. */
  close(): void {
    const { data } = this.#rows;
    const row = this.#row;
    const pending = this.#pending;
    closeDrift(data, row + driftAt, row + nowAt);
    mergeMoments(data, row + beforeAt, data, row + nowAt);
    clearMoments(data, row + nowAt);
    data.fill(0, row + scoreAt, row + scoreAt + 2);
    if (pending > 0) this.#settle(this.before.histogram, pending);
    else {
      this.before.histogram.merge(this.now.histogram);
      this.now.histogram.clear();
    }
  }

  /** Adds the figures of others; level and series stay those of this stream. */
  merge(other: Numbers): void {
    this.#mergePending(other);
    for (const at of [nowAt, beforeAt]) {
      mergeMoments(this.#rows.data, this.#row + at, other.#rows.data, other.#row + at);
    }
    this.before.histogram.merge(other.before.histogram);
  }

  /** Numbers of both open cycles: one by one while they are few enough. */
  #mergePending(other: Numbers): void {
    const [mine, given] = [this.now.count, other.now.count];
    if (mine + given <= pendingMax) {
      const start = other.#row + pendingAt;
      const numbers = other.#rows.data.slice(start, start + given);
      this.#rows.data.set(numbers, this.#row + pendingAt + mine);
      return;
    }
    const { histogram } = this.now;
    this.#settle(histogram, this.#pending);
    other.#settle(histogram, other.#pending);
    if (other.#pending === 0) histogram.merge(other.now.histogram);
  }

  toJSON(): NumbersJson {
    const end = this.#row + pendingAt + this.#pending;
    const row = this.#rows.data.subarray(this.#row, end);
    return {
      row: Array.from(row, jsonNumber),
      before: this.before.histogram.toJSON(),
      now: this.now.histogram.toJSON(),
      ...(this.#series === undefined ? {} : { series: this.#series.toJSON() }),
    };
  }

  restore({ row, before, now, series }: NumbersJson): void {
    this.#score(series === undefined ? undefined : seriesAnomaly(series));
    this.#rows.data.set(row.map(Number), this.#row);
    this.before.histogram = LogHistogram.from(before);
    this.now.histogram = LogHistogram.from(now);
  }
}
