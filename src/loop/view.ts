import type { LeafOutcome } from '../receipts/verify/leaf-types.ts';
import type { RulesDocument } from '../rules/document.ts';

/** Counts of one cycle: how often each hook fired on how many observations of its type. */
export interface CycleCounts {
  /** Observations by type. */
  readonly observed: { readonly [type: string]: number };
  /** Firings by hook name. */
  readonly fired: { readonly [hook: string]: number };
  /** Seq of the first and last observation. */
  readonly seqs: readonly [number, number];
}

/** How often each outcome occurred. */
export type OutcomeCounts = { readonly [Outcome in LeafOutcome]: number };

/** What the monitor knows of one type of observation. Times are `at`, in ms since 1970. */
export interface TypeView {
  /** Name of the type. */
  readonly type: string;
  /** Observations in the sliding window. */
  readonly count: number;
  /** Observations since the type was first seen. */
  readonly total: number;
  /** `at` of the first observation. */
  readonly firstAt: number;
  /** `at` of the newest one. */
  readonly lastAt: number;
  /** Observations of the window by outcome. */
  readonly outcomes: OutcomeCounts;
  /** The same since the type was first seen. */
  readonly totals: OutcomeCounts;
  /** ms between one observation and the next: exponentially weighted mean, and the longest. */
  readonly gapMs: { readonly mean: number; readonly longest: number };
  /** Estimate of how many different subjects there were (HyperLogLog). */
  readonly subjects: number;
  /** Observations of the window's two newest panes, where the view knows it in O(1). */
  readonly latest?: number;
  /** Counts of the window's panes, oldest first. */
  panes(): readonly number[];
  /** Seqs of the latest observations with an outcome, at most 8. */
  samples(outcome: LeafOutcome): readonly number[];
}

/** Long-run figures of a numeric field, or those of the open cycle. */
export interface NumberView {
  /** How many values. */
  readonly count: number;
  /** The least. */
  readonly min: number;
  /** The greatest. */
  readonly max: number;
  /** Arithmetic mean. */
  readonly mean: number;
  /** Standard deviation. */
  readonly deviation: number;
  /** The value below which a share from 0 to 1 lies; at most 1 % off. */
  quantile(share: number): number;
}

/** A change of a field's level that the drift statistic shows. */
export interface DriftView {
  readonly direction: 'more' | 'less';
  /** How far the statistic is beyond its threshold: 1 and more. */
  readonly strength: number;
  /** Mean before, and since the change is thought to have begun. */
  readonly before: number;
  /** Mean since the change is thought to have begun. */
  readonly after: number;
  /** Seq of the observation at which it is thought to have begun. */
  readonly since: number;
}

/** What the monitor knows of one field of a type. */
export interface FieldView {
  /** Name of the type. */
  readonly type: string;
  /** Name of the field. */
  readonly field: string;
  /** Observations since the start with and without the field, the open cycle included. */
  readonly present: number;
  /** Observations since the start without the field. */
  readonly absent: number;
  /** Those of the open cycle. */
  readonly presentNow: number;
  /** Observations of the open cycle without it. */
  readonly absentNow: number;
  /** Figures before the open cycle; absent for fields that are no numbers. */
  readonly numbers?: NumberView | undefined;
  /** Figures of the open cycle. */
  readonly numbersNow?: Pick<NumberView, 'count' | 'min' | 'max' | 'mean'> | undefined;
  /** A change of its level, where there is one. */
  readonly drift?: DriftView | undefined;
  /** The highest score (0 to 1) of the series' anomaly detector in the open cycle. */
  readonly anomaly?: { readonly score: number; readonly seq: number } | undefined;
  /** Of fields that are texts, except those that name the subject; only hashes are kept. */
  readonly texts?: TextsView | undefined;
}

/** What is known of a field of texts. */
export interface TextsView {
  /** Different ones since the start; exact up to a bound, an estimate beyond it. */
  readonly distinct: number;
  /** Those that occur most; a count is at most `error` too high, and never too low. */
  readonly heavy: readonly {
    readonly hash: string;
    readonly count: number;
    readonly error: number;
  }[];
  /**
   * Different ones of the open cycle that never occurred before, and where the first 8 did. A field
   * with more different texts than are told apart has none.
   */
  readonly novel: { readonly count: number; readonly seqs: readonly number[] };
}

/** What detectors and planners see: the open cycle, the sliding window, what was before. */
export interface MonitorView {
  /** Number of the cycle under way, from 1. */
  readonly cycle: number;
  /** Counts of the cycle under way. */
  readonly open: CycleCounts;
  /** Seqs of the first firings of a hook in the open cycle, at most 8. */
  samples(hook: string): readonly number[];
  /** Closed cycles since the hook's rules last changed, oldest first, at most 64. */
  history(hook: string): readonly { readonly fired: number; readonly observed: number }[];
  /** The latest values of a field of a type, at most 4,096, in no particular order. */
  recent(type: string, field: string): readonly number[];
  /** The rules that decide now. */
  readonly document: RulesDocument;
  /** The newest `at` of all, in ms since 1970. */
  readonly now: number;
  /** Length of the sliding window, and of one of its panes. */
  readonly windowMs: number;
  readonly paneMs: number;
  /** Every type that was seen; each object is valid until the next one is asked for. */
  types(): IterableIterator<TypeView>;
  /** One type; undefined where it was not seen. */
  type(name: string): TypeView | undefined;
  /** Every field that is watched; each object is valid until the next one is asked for. */
  fields(): IterableIterator<FieldView>;
  /** One field; undefined where it is not watched. */
  field(type: string, field: string): FieldView | undefined;
}
