import type { NumberView } from '../view.ts';
import { Drift, type DriftJson } from './drift.ts';
import { LogHistogram, type LogHistogramJson } from './log-histogram.ts';
import { Moments, type MomentsJson } from './moments.ts';

/** State of {@link NumberTrack} as JSON: what was before the open cycle, and the cycle's own. */
export interface NumberJson {
  readonly before: readonly [MomentsJson, LogHistogramJson];
  readonly now: readonly [MomentsJson, LogHistogramJson];
  readonly drift: DriftJson;
}

/** Moments and quantiles of numbers. */
class Figures implements NumberView {
  readonly moments: Moments = new Moments();
  histogram: LogHistogram = new LogHistogram();

  get count(): number {
    return this.moments.count;
  }

  get min(): number {
    return this.moments.min;
  }

  get max(): number {
    return this.moments.max;
  }

  get mean(): number {
    return this.moments.mean;
  }

  get deviation(): number {
    return this.moments.deviation;
  }

  quantile(share: number): number {
    return this.histogram.quantile(share);
  }

  add(value: number): void {
    this.moments.add(value);
    this.histogram.add(value);
  }

  merge({ moments, histogram }: Figures): void {
    this.moments.merge(moments);
    this.histogram.merge(histogram);
  }

  clear(): void {
    this.moments.clear();
    this.histogram.clear();
  }

  toJSON(): readonly [MomentsJson, LogHistogramJson] {
    return [this.moments.toJSON(), this.histogram.toJSON()];
  }

  restore([moments, histogram]: readonly [MomentsJson, LogHistogramJson]): void {
    this.moments.restore(moments);
    this.histogram = LogHistogram.from(histogram);
  }
}

/** The figures of a numeric field: those before the open cycle, those of it, and its drift. */
export class NumberTrack {
  readonly before: Figures = new Figures();
  readonly now: Figures = new Figures();
  readonly drift: Drift = new Drift();

  add(value: number, seq: number): void {
    this.now.add(value);
    this.drift.add(value, seq);
  }

  close(): void {
    this.drift.close(this.now.moments);
    this.before.merge(this.now);
    this.now.clear();
  }

  /** Adds the figures of another one; changes of level are not looked for across two streams. */
  merge({ before, now }: NumberTrack): void {
    this.before.merge(before);
    this.now.merge(now);
  }

  toJSON(): NumberJson {
    return { before: this.before.toJSON(), now: this.now.toJSON(), drift: this.drift.toJSON() };
  }

  restore({ before, now, drift }: NumberJson): void {
    this.before.restore(before);
    this.now.restore(now);
    this.drift.restore(drift);
  }
}
