import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import type { OutcomeCounts, TypeView } from '../view.ts';
import type { FieldState, Readings } from './field-state.ts';
import { HyperLogLog, type HyperLogLogJson } from './hyper-log-log.ts';
import { type PanesJson, PaneWindow, type WindowClock } from './pane-window.ts';

/** The outcomes in the order of their places in arrays. */
const outcomes: readonly LeafOutcome[] = [
  'acted',
  'pending',
  'denied',
  'idle',
  'invalid',
  'failed',
];

/** Place of an outcome among them. */
export function placeOf(outcome: LeafOutcome): number {
  return outcomes.indexOf(outcome);
}

const idle = placeOf('idle');
const samplesMax = 8;
/** Registers of a subjects' sketch as a power of two: 3.3 % standard error in 1 KiB. */
const precision = 10;
/** The mean gap forgets a gap's share of it with each further gap. */
const gapShare = 1 / 64;

/** The latest seqs, in a ring. */
interface Samples {
  count: number;
  readonly seqs: Float64Array;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** State of {@link TypeState} as JSON. */
export interface TypeJson {
  readonly type: string;
  readonly total: number;
  readonly times: readonly [number, number];
  readonly totals: readonly number[];
  readonly panes: PanesJson;
  readonly gap: readonly [number, number, number];
  readonly subjects?: HyperLogLogJson;
  /** By outcome: how many there were, and the latest of them. */
  readonly samples: readonly (readonly number[])[];
  readonly open: number;
  readonly touched: boolean;
  readonly read: readonly [number, number];
}

/** What the monitor knows of one type of observation. */
export class TypeState implements TypeView, Readings {
  readonly type: string;
  /** A declaration says what its fields are. */
  readonly isDeclared: boolean;
  /** Its watched fields, in the order of their first sight. */
  readonly fields: FieldState[] = [];
  /** Observations of the open cycle that count for hooks. */
  open = 0;
  /** It is on the list of those that the open cycle touched. */
  isTouched = false;
  /** Observations whose fields could be read. */
  read = 0;
  readNow = 0;
  total = 0;
  firstAt = 0;
  lastAt = 0;
  readonly #window: PaneWindow;
  readonly #totals = new Float64Array(outcomes.length);
  readonly #gap = { count: 0, mean: 0, longest: 0 };
  #subjects: HyperLogLog | undefined;
  readonly #samples: (Samples | undefined)[] = outcomes.map(() => undefined);
  readonly #shown: readonly [Mutable<OutcomeCounts>, Mutable<OutcomeCounts>] = [none(), none()];

  constructor(type: string, clock: WindowClock, panes: number, isDeclared: boolean) {
    this.type = type;
    this.isDeclared = isDeclared;
    this.#window = new PaneWindow(clock, panes, outcomes.length);
  }

  /** A watched field by its name. */
  field(name: string): FieldState | undefined {
    const { fields } = this;
    for (let index = 0; index < fields.length; index++) {
      if (fields[index]!.field === name) return fields[index];
    }
    return undefined;
  }

  /** One observation; `at` may be older than the one before. */
  observe(at: number, outcome: number, seq: number): void {
    this.#pass(at, 1);
    this.#window.add(outcome, 1);
    this.#totals[outcome]!++;
    let samples = this.#samples[outcome];
    if (samples === undefined) {
      samples = { count: 0, seqs: new Float64Array(samplesMax) };
      this.#samples[outcome] = samples;
    }
    samples.seqs[samples.count++ % samplesMax] = seq;
  }

  /** Some that fired nothing and are known by their number alone, the last one at a time. */
  addIdle(at: number, times: number): void {
    this.#pass(at, times);
    this.#window.add(idle, times);
    this.#totals[idle]! += times;
  }

  #pass(at: number, times: number): void {
    if (this.total === 0) {
      this.firstAt = at;
      this.lastAt = at;
      this.total = times;
      return;
    }
    this.total += times;
    const gap = this.#gap;
    const length = at > this.lastAt ? (at - this.lastAt) / times : 0;
    gap.count += times;
    const share = times === 1 ? gapShare : 1 - (1 - gapShare) ** times;
    gap.mean += (length - gap.mean) * Math.max(times / gap.count, share);
    if (length > gap.longest) gap.longest = length;
    if (at > this.lastAt) this.lastAt = at;
  }

  /** Counts a subject by its hash. */
  addSubject(high: number, low: number): void {
    this.#subjects ??= new HyperLogLog(precision);
    this.#subjects.addHash(high, low);
  }

  get count(): number {
    const sums = this.#window.sums();
    let count = 0;
    for (let place = 0; place < sums.length; place++) count += sums[place]!;
    return count;
  }

  get outcomes(): OutcomeCounts {
    return shown(this.#shown[0], this.#window.sums());
  }

  get totals(): OutcomeCounts {
    return shown(this.#shown[1], this.#totals);
  }

  get gapMs(): TypeView['gapMs'] {
    return this.#gap;
  }

  get subjects(): number {
    return this.#subjects === undefined ? 0 : Math.round(this.#subjects.estimate());
  }

  panes(): readonly number[] {
    return this.#window.panes();
  }

  samples(outcome: LeafOutcome): readonly number[] {
    return latest(this.#samples[placeOf(outcome)]);
  }

  /** Ends the open cycle. */
  close(): void {
    this.isTouched = false;
    this.open = 0;
    this.readNow = 0;
    for (const field of this.fields) field.close();
  }

  /** Adds what another one knows of the same type, but for its fields. */
  merge(other: TypeState, isSameWindow: boolean): void {
    const [mine, given] = [this.#gap, other.#gap];
    const gaps = mine.count + given.count;
    if (gaps > 0) mine.mean = (mine.mean * mine.count + given.mean * given.count) / gaps;
    mine.count = gaps;
    mine.longest = Math.max(mine.longest, given.longest);
    this.firstAt = this.total === 0 ? other.firstAt : Math.min(this.firstAt, other.firstAt);
    this.lastAt = this.total === 0 ? other.lastAt : Math.max(this.lastAt, other.lastAt);
    this.total += other.total;
    this.open += other.open;
    this.read += other.read;
    this.readNow += other.readNow;
    if (isSameWindow) this.#window.merge(other.#window);
    for (let place = 0; place < outcomes.length; place++) {
      this.#totals[place]! += other.#totals[place]!;
      const seqs = [...latest(this.#samples[place]), ...latest(other.#samples[place])];
      this.#samples[place] = samplesOf(seqs.sort((one, two) => one - two).slice(-samplesMax));
    }
    if (other.#subjects === undefined) return;
    this.#subjects ??= new HyperLogLog(precision);
    this.#subjects.merge(other.#subjects);
  }

  toJSON(): TypeJson {
    const { type, total, firstAt, lastAt, open, read, readNow } = this;
    const { count, mean, longest } = this.#gap;
    return {
      ...{ type, total, times: [firstAt, lastAt], totals: [...this.#totals] },
      ...{ panes: this.#window.toJSON(), gap: [count, mean, longest] },
      ...(this.#subjects === undefined ? {} : { subjects: this.#subjects.toJSON() }),
      ...{ samples: this.#samples.map(latest), open, touched: this.isTouched },
      read: [read, readNow],
    };
  }

  /** Takes in a saved state; the window's counts where they are of such a window. */
  restore(saved: TypeJson, isSameWindow: boolean): void {
    this.total = saved.total;
    [this.firstAt, this.lastAt] = saved.times;
    this.#totals.set(saved.totals);
    if (isSameWindow) this.#window.restore(saved.panes);
    [this.#gap.count, this.#gap.mean, this.#gap.longest] = saved.gap;
    if (saved.subjects !== undefined) this.#subjects = HyperLogLog.from(saved.subjects);
    for (const [place, seqs] of saved.samples.entries()) this.#samples[place] = samplesOf(seqs);
    this.open = saved.open;
    [this.read, this.readNow] = saved.read;
  }
}

function none(): Mutable<OutcomeCounts> {
  return { acted: 0, pending: 0, denied: 0, idle: 0, invalid: 0, failed: 0 };
}

function shown(into: Mutable<OutcomeCounts>, counts: Float64Array): OutcomeCounts {
  for (let place = 0; place < outcomes.length; place++) into[outcomes[place]!] = counts[place]!;
  return into;
}

function latest(samples: Samples | undefined): number[] {
  if (samples === undefined) return [];
  const { count, seqs } = samples;
  const first = Math.max(0, count - samplesMax);
  return Array.from({ length: count - first }, (_, index) => seqs[(first + index) % samplesMax]!);
}

function samplesOf(latestSeqs: readonly number[]): Samples | undefined {
  if (latestSeqs.length === 0) return undefined;
  const seqs = new Float64Array(samplesMax);
  seqs.set(latestSeqs);
  return { count: latestSeqs.length, seqs };
}
