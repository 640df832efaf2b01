import { type SeriesAnomaly, type SeriesAnomalyState, seriesAnomaly } from '../series/anomaly.ts';
import type { DriftView, FieldView, NumberView } from '../view.ts';
import { addToDrift, clearDrift, closeDrift, driftOf } from './drift.ts';
import type { Intake, NumberRun } from './intake.ts';
import { LogHistogram, type LogHistogramJson } from './log-histogram.ts';
import { addMoments, clearMoments, countAt, mergeMoments } from './moments.ts';
import {
  beforeAt,
  driftAt,
  firstAt,
  firstSize,
  type NumberRow,
  NumbersBefore,
  NumbersNow,
  nowAt,
  scoreAt,
} from './number-views.ts';
import { jsonNumber } from './pack.ts';
import type { Rows } from './rows.ts';

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
  /** What waits to be folded. */
  readonly intake: Intake;
  readonly rows: Rows<Float64Array>;
  seriesLeft: number;
  /** Counts the cycles: what has another count than this is of a cycle that was closed since. */
  cycle: number;
}

/** What a series can hold: its squares must not overflow. */
const seriesMax = 1e300;

/** The figures of a numeric field: those before the open cycle, those of it, and its drift. */
export class Numbers implements NumberRow {
  readonly before: NumberView = new NumbersBefore(this);
  readonly now: NonNullable<FieldView['numbersNow']> = new NumbersNow(this);
  readonly #rows: Rows<Float64Array>;
  readonly #row: number;
  readonly #stores: NumberStores;
  /** The cycle that its newest numbers are of: they are closed when somebody asks after it. */
  #cycle: number;
  /** Numbers of that cycle. */
  #count = 0;
  #past: LogHistogram = new LogHistogram();
  #open: LogHistogram = new LogHistogram();
  #series: SeriesAnomaly | undefined;

  constructor(stores: NumberStores) {
    const { rows } = stores;
    this.#stores = stores;
    this.#rows = rows;
    this.#row = rows.add();
    this.#cycle = stores.cycle;
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

  /** Adds numbers that waited. */
  add(run: NumberRun): void {
    const { values, valuesAt, length } = run;
    if (this.#cycle !== this.#stores.cycle) this.#close();
    const { data } = this.#rows;
    const before = this.#count;
    this.#count = before + length;
    let histogram: LogHistogram | undefined;
    if (this.#count > firstSize) {
      if (before <= firstSize) this.#settle(this.#open, before);
      histogram = this.#open;
    } else {
      const place = this.#row + firstAt + before;
      for (let index = 0; index < length; index++) data[place + index] = values[valuesAt + index]!;
    }
    addMoments(data, this.#row + nowAt, run, histogram);
    addToDrift(data, this.#row + driftAt, run);
    if (this.#series !== undefined) this.#scoreAll(this.#series, run);
  }

  #scoreAll(series: SeriesAnomaly, run: NumberRun): void {
    const { data } = this.#rows;
    for (let index = 0; index < run.length; index++) {
      const value = run.values[run.valuesAt + index]!;
      if (!(Math.abs(value) <= seriesMax)) continue;
      const score = series.update(value, run.times[run.timesAt + index]!);
      if (score <= data[this.#row + scoreAt]!) continue;
      data[this.#row + scoreAt] = score;
      data[this.#row + scoreAt + 1] = run.seqs[run.seqsAt + index]!;
    }
  }

  /** Puts the first numbers of the open cycle into a histogram. */
  #settle(histogram: LogHistogram, count: number): void {
    const { data } = this.#rows;
    for (let index = 0; index < count; index++) {
      histogram.add(data[this.#row + firstAt + index]!);
    }
  }

  /** How many of them no histogram holds. */
  get #pending(): number {
    return this.#count > firstSize ? 0 : this.#count;
  }

  /** Nothing waits, and the cycle that its newest numbers are of is closed unless it is open. */
  settle(): void {
    this.#stores.intake.settle();
    if (this.#cycle !== this.#stores.cycle) this.#close();
  }

  #close(): void {
    this.#cycle = this.#stores.cycle;
    const { data } = this.#rows;
    const row = this.#row;
    const pending = this.#pending;
    closeDrift(data, row + driftAt, row + nowAt);
    mergeMoments(data, row + beforeAt, data, row + nowAt);
    clearMoments(data, row + nowAt);
    data[row + scoreAt] = 0;
    data[row + scoreAt + 1] = 0;
    if (this.#count > 0 && pending === 0) {
      this.#past.merge(this.#open);
      this.#open.clear();
    } else this.#settle(this.#past, pending);
    this.#count = 0;
  }

  get data(): Float64Array {
    return this.#rows.data;
  }

  get row(): number {
    return this.#row;
  }

  get isOpen(): boolean {
    this.#stores.intake.settle();
    return this.#cycle === this.#stores.cycle;
  }

  get count(): number {
    return this.#count;
  }

  /** Those before the open cycle. */
  get past(): LogHistogram {
    this.settle();
    return this.#past;
  }

  /** The highest score of the open cycle; undefined where nothing was unusual. */
  get anomaly(): FieldView['anomaly'] {
    if (!this.isOpen) return undefined;
    const score = this.#rows.data[this.#row + scoreAt]!;
    return score === 0 ? undefined : { score, seq: this.#rows.data[this.#row + scoreAt + 1]! };
  }

  get drift(): DriftView | undefined {
    if (!this.isOpen) return undefined;
    return driftOf(this.#rows.data, this.#row + driftAt);
  }

  /** Adds the figures of others; level and series stay those of this stream. */
  merge(other: Numbers): void {
    this.settle();
    other.settle();
    this.#mergePending(other);
    for (const at of [nowAt, beforeAt]) {
      mergeMoments(this.#rows.data, this.#row + at, other.#rows.data, other.#row + at);
    }
    this.#past.merge(other.#past);
    this.#count += other.#count;
  }

  /** Numbers of both open cycles: one by one while they are few enough. */
  #mergePending(other: Numbers): void {
    const [mine, given] = [this.#count, other.#count];
    if (mine + given <= firstSize) {
      const start = other.#row + firstAt;
      const numbers = other.#rows.data.slice(start, start + given);
      this.#rows.data.set(numbers, this.#row + firstAt + mine);
      return;
    }
    this.#settle(this.#open, this.#pending);
    other.#settle(this.#open, other.#pending);
    if (other.#pending === 0) this.#open.merge(other.#open);
  }

  toJSON(): NumbersJson {
    this.settle();
    const end = this.#row + firstAt + this.#pending;
    const row = this.#rows.data.subarray(this.#row, end);
    return {
      row: Array.from(row, jsonNumber),
      before: this.#past.toJSON(),
      now: this.#open.toJSON(),
      ...(this.#series === undefined ? {} : { series: this.#series.toJSON() }),
    };
  }

  restore({ row, before, now, series }: NumbersJson): void {
    this.#score(series === undefined ? undefined : seriesAnomaly(series));
    this.#rows.data.set(row.map(Number), this.#row);
    this.#past = LogHistogram.from(before);
    this.#open = LogHistogram.from(now);
    this.#cycle = this.#stores.cycle;
    this.#count = this.#rows.data[this.#row + nowAt + countAt]!;
  }
}
