import type { DriftView, NumberView } from '../view.ts';
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

/** Length of a field's row. */
export const numbersSize: number = beforeAt + momentsSize;

/** State of {@link Numbers} as JSON: its row, the histograms before and in the open cycle. */
export interface NumbersJson {
  readonly row: readonly (number | string)[];
  readonly before: LogHistogramJson;
  readonly now: LogHistogramJson;
}

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

  constructor(rows: Rows<Float64Array>) {
    this.#rows = rows;
    this.#row = rows.add();
    this.now = new Figures(rows, this.#row + nowAt);
    this.before = new Figures(rows, this.#row + beforeAt);
    clearMoments(rows.data, this.#row + nowAt);
    clearMoments(rows.data, this.#row + beforeAt);
    clearDrift(rows.data, this.#row + driftAt);
  }

  add(value: number, seq: number): void {
    const { data } = this.#rows;
    addMoment(data, this.#row + nowAt, value);
    addToDrift(data, this.#row + driftAt, value, seq);
    this.now.histogram.add(value);
  }

  get drift(): DriftView | undefined {
    return driftOf(this.#rows.data, this.#row + driftAt);
  }

  /** Ends the open cycle. */
  close(): void {
    const { data } = this.#rows;
    const row = this.#row;
    closeDrift(data, row + driftAt, row + nowAt);
    mergeMoments(data, row + beforeAt, data, row + nowAt);
    clearMoments(data, row + nowAt);
    this.before.histogram.merge(this.now.histogram);
    this.now.histogram.clear();
  }

  /** Adds the figures of others; changes of level are not looked for across two streams. */
  merge(other: Numbers): void {
    for (const at of [nowAt, beforeAt]) {
      mergeMoments(this.#rows.data, this.#row + at, other.#rows.data, other.#row + at);
    }
    this.before.histogram.merge(other.before.histogram);
    this.now.histogram.merge(other.now.histogram);
  }

  toJSON(): NumbersJson {
    const row = this.#rows.data.subarray(this.#row, this.#row + numbersSize);
    return {
      row: Array.from(row, jsonNumber),
      before: this.before.histogram.toJSON(),
      now: this.now.histogram.toJSON(),
    };
  }

  restore({ row, before, now }: NumbersJson): void {
    this.#rows.data.set(row.map(Number), this.#row);
    this.before.histogram = LogHistogram.from(before);
    this.now.histogram = LogHistogram.from(now);
  }
}
