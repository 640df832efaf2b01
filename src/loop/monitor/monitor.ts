import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import type { RulesDocument } from '../../rules/document.ts';
import type { Observation } from '../../terms/observation.ts';
import type { MonitorView } from '../view.ts';
import { HookLedger } from './hook-ledger.ts';
import { openBit, readBit } from './intake.ts';
import { type MonitorJson, readMonitorJson } from './json.ts';
import { type MonitorOptions, monitorBounds } from './options.ts';
import { halves, hashText } from './text-hash.ts';
import { Tracks } from './tracks.ts';
import { placeOf } from './type-places.ts';
import type { TypeHandle } from './type-state.ts';

export type { MonitorJson } from './json.ts';

/** One sequenced observation, its hooks by name: what the monitor folds and detectors hear. */
export interface MonitorEvent {
  /** Its place in the log. */
  readonly seq: number;
  /** When it was sequenced, by the log's clock, in ms since 1970. */
  readonly time: number;
  /** When it was made, in ms since 1970. */
  readonly at: number;
  /** Name of its type. */
  readonly type: string;
  /** Its fields as hooks see them. */
  readonly data: { readonly [field: string]: unknown };
  /** Value of the field that names the subject; undefined where it cannot be read. */
  readonly subject?: unknown;
  /** Names of the hooks that fired, in hook order. */
  readonly fired: readonly string[];
  /** `invalid`: it violates its shapes. */
  readonly outcome: LeafOutcome;
  /** It came through observe(): a count leaf stands for it too. */
  readonly streamed?: boolean;
  /** Its payload is gone, so that `data` is empty and `at` is `time`. */
  readonly erased?: boolean;
}

const invalid = placeOf('invalid');

/** What a count leaf tells the monitor. */
export interface MonitorCount {
  readonly seq: number;
  readonly type: string;
  /** All that were observed, those with a leaf of their own included. */
  readonly observed: number;
  /** When the last of them was made; the newest time of all where it is not said. */
  readonly at?: number;
}

/**
 * What the loop knows of the stream: a deterministic fold over the log, O(1) per observation, in
 * bounded memory. Time in it is `at`: the window ends at the newest one, and what comes later than
 * that counts there. One `at` far in the future holds the window until others reach it.
 */
export class Monitor {
  readonly #tracks: Tracks;
  readonly #ledger: HookLedger;
  #cycle = 1;
  #failed = 0;
  #total = 0;
  #first = -1;
  #last = -1;
  /** Streamed observations of each type that were heard of before the leaf that counts them. */
  readonly #uncounted = new Map<string, number>();

  /**
   * @param observations the declared types: they say what each field holds, and which ones name a
   * subject; of other types' fields the first value decides
   * @throws KnhkError KNHK_LOOP_OPTION
   */
  constructor(
    document: RulesDocument,
    options: MonitorOptions = {},
    observations: Iterable<Observation> = [],
  ) {
    this.#ledger = new HookLedger(document);
    this.#tracks = new Tracks(monitorBounds(options), observations, this.#ledger);
  }

  /** Observations of the open cycle. */
  get observed(): number {
    return this.#total;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Number of the cycle under way, from 1. */
  get cycle(): number {
    return this.#cycle;
  }

  /** Streamed observations that fired nothing are known by their number alone. */
  count({ seq, type, observed, at = this.#tracks.now }: MonitorCount): void {
    const times = observed - (this.#uncounted.get(type) ?? 0);
    this.#uncounted.delete(type);
    if (times <= 0) return;
    this.#add(seq, times);
    this.#tracks.pass(at);
    const track = this.#tracks.touch(type);
    track.addIdle(at, times);
  }

  #add(seq: number, count: number): void {
    if (this.#total === 0) this.#first = seq;
    this.#last = seq;
    this.#total += count;
  }

  /** @param handle of its type, which saves looking that up by its name */
  observe(event: MonitorEvent, handle?: TypeHandle): void {
    const { seq, type, outcome, at } = event;
    this.#add(seq, 1);
    if (event.streamed === true) {
      this.#uncounted.set(type, (this.#uncounted.get(type) ?? 0) + 1);
    }
    if (outcome === 'failed') this.#failed++;
    this.#tracks.pass(at);
    const track = handle?.track ?? this.#tracks.track(type, handle);
    if (outcome === 'invalid') {
      this.#tracks.add(track, at, seq, invalid);
      return;
    }
    if (event.fired.length > 0) this.#ledger.fire(seq, event.fired);
    if (track.tracked !== undefined) this.#ledger.read(track.tracked, event.data);
    const kind = placeOf(outcome) | openBit;
    if (event.erased === true) {
      this.#tracks.add(track, at, seq, kind);
      return;
    }
    this.#tracks.read(track, at, seq, kind | readBit, event.data);
    const { subject } = event;
    if (typeof subject !== 'string') return;
    hashText(subject);
    track.addSubject(halves[0]!, halves[1]!);
  }

  /** Ends the open cycle: its counts become history. */
  closeCycle(): void {
    this.#ledger.close((type) => this.#tracks.open(type));
    this.#tracks.close();
    this.#total = 0;
    this.#failed = 0;
    this.#first = -1;
    this.#last = -1;
    this.#cycle++;
  }

  /** Follows a snapshot; a hook whose rules or parameters changed starts a new history. */
  follow(document: RulesDocument): void {
    this.#ledger.follow(document);
    this.#tracks.follow();
  }

  /** What detectors see. Types and fields are live; the counts of the open cycle are of now. */
  view(): MonitorView {
    const tracks = this.#tracks;
    const ledger = this.#ledger;
    const { windowMs, paneMs } = tracks.bounds;
    const observed = tracks.observed();
    return {
      cycle: this.#cycle,
      open: {
        get observed() {
          return observed();
        },
        fired: ledger.fired(),
        seqs: [this.#first, this.#last],
      },
      document: ledger.document,
      samples: ledger.samples(),
      history: (hook) => ledger.history(hook),
      recent: (type, field) => ledger.recent(type, field),
      now: tracks.now,
      windowMs,
      paneMs,
      types: () => tracks.types(),
      type: (name) => tracks.type(name),
      fields: () => tracks.fields(),
      field: (type, field) => tracks.type(type)?.field(field),
    };
  }

  /**
   * Adds what another monitor knows of types and fields, as if its observations had been heard here
   * too. Counts, extremes, quantiles, distinct and heavy texts do not depend on the order; means do
   * by rounding alone. What has an order of its own stays this one's: hooks, recent values, drift,
   * anomalies, and which texts are new.
   */
  merge(other: Monitor): void {
    this.#tracks.merge(other.#tracks);
    this.#failed += other.#failed;
    if (other.#total === 0) return;
    const isFirst = this.#total === 0;
    this.#first = isFirst ? other.#first : Math.min(this.#first, other.#first);
    this.#last = Math.max(this.#last, other.#last);
    this.#total += other.#total;
  }

  toJSON(): MonitorJson {
    return {
      v: 2,
      cycle: this.#cycle,
      open: {
        failed: this.#failed,
        total: this.#total,
        first: this.#first,
        last: this.#last,
      },
      hooks: this.#ledger.toJSON(),
      uncounted: Object.fromEntries(this.#uncounted),
      tracks: this.#tracks.toJSON(),
    };
  }

  /**
   * Takes in a saved state; a fresh monitor then goes on as the saved one did. Older states hold
   * counts of hooks only.
   *
   * @throws KnhkError KNHK_LOOP_STATE where it is of a later version or damaged
   */
  restore(saved: unknown): void {
    const { cycle, open, hooks, uncounted, tracks, observed } = readMonitorJson(saved);
    this.#cycle = cycle;
    this.#failed = open.failed;
    this.#total = open.total;
    this.#first = open.first;
    this.#last = open.last;
    this.#ledger.restore(hooks);
    for (const [type, count] of Object.entries(uncounted)) this.#uncounted.set(type, count);
    if (tracks !== undefined) this.#tracks.restore(tracks);
    for (const [type, count] of Object.entries(observed)) this.#tracks.touch(type).addOpen(count);
  }
}
