import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import { mergeTimes, passMany, passRange } from './gaps.ts';
import { type Intake, openBit, outcomeBits, readBit, room } from './intake.ts';
import { packCounts, unpackCounts } from './pack.ts';
import { countRows, doubleRows } from './rows.ts';
import { SampleRows } from './sample-rows.ts';
import { outcomes, placed, placeOf } from './type-places.ts';
import { slotOf, type WindowClock } from './window-clock.ts';

const idle = placeOf('idle');
const outcomesAt = 10;
// For each outcome: all, those of the window.
const allAt = 0;
const windowAt = 1;
// In a row of whole numbers, at the same places: where samples and panes lie, each plus 1, and 0
// where there are none.
const samplesAt = 0;
const panesAt = 1;
const outcomeSize = 2;
const rowSize = outcomesAt + outcomeSize * outcomes.length;

/** State of one type's row as JSON. */
export interface TypeRowJson {
  readonly row: readonly number[];
  /** Counts of the window by outcome, oldest pane first. */
  readonly panes: readonly (string | null)[];
  /** The latest seqs by outcome. */
  readonly samples: readonly (readonly number[])[];
}

/**
 * Counts, gaps, samples and windows of all types, a row for each. Panes of the window expire when a
 * type is next touched or looked at, so that time costs nothing by itself; what comes late counts
 * in the newest pane.
 */
export class TypeTable {
  readonly rows: ReturnType<typeof doubleRows> = doubleRows(rowSize);
  /** Observations of the open cycle that count for hooks, side by side: copied for each view. */
  readonly open: ReturnType<typeof doubleRows> = doubleRows(1);
  readonly #refs = countRows(rowSize);
  readonly #samples = new SampleRows();
  readonly #panes: ReturnType<typeof countRows>;
  readonly #paneCount: number;
  readonly #clock: WindowClock;

  constructor(clock: WindowClock, paneCount: number) {
    this.#clock = clock;
    this.#paneCount = paneCount;
    this.#panes = countRows(paneCount);
  }

  /** Adds a type; its place among them. */
  add(): number {
    this.rows.add();
    this.#refs.add();
    return this.open.add();
  }

  /** Where the row of a type begins. */
  rowOf(place: number): number {
    return place * rowSize;
  }

  copyOpen(): Float64Array {
    return this.open.data.slice();
  }

  clearOpen(): void {
    this.open.data.fill(0);
  }

  /** Adds so many that wait in a slot; how many of them count for hooks. */
  fold(row: number, { moments, kinds }: Intake, slot: number, length: number): number {
    const { data } = this.rows;
    const start = slot * room;
    const seqs = 2 * start + room;
    passRange(data, row, moments, 2 * start, 2 * start + length);
    let open = 0;
    let read = 0;
    for (let from = 0; from < length; ) {
      const kind = kinds[start + from]!;
      let end = from + 1;
      while (end < length && kinds[start + end] === kind) end++;
      const times = end - from;
      const samples = this.#count(row, kind & outcomeBits, times);
      this.#samples.push(samples, moments, seqs + from, seqs + end);
      if ((kind & openBit) !== 0) open += times;
      if ((kind & readBit) !== 0) read += times;
      from = end;
    }
    data[row + placed.read]! += read;
    data[row + placed.readNow]! += read;
    return open;
  }

  /** Some that fired nothing and are known by their number alone, the last one at a time. */
  addIdle(row: number, at: number, times: number): void {
    passMany(this.rows.data, row, at, times);
    this.#count(row, idle, times);
  }

  /** Where the outcome's samples lie. */
  #count(row: number, outcome: number, times: number): number {
    const { data } = this.rows;
    const { pane, slot } = this.#clock;
    if (data[row + placed.head] !== pane) this.expire(row);
    const place = row + outcomesAt + outcomeSize * outcome;
    data[place + allAt]! += times;
    data[place + windowAt]! += times;
    data[row + placed.count]! += times;
    const refs = this.#refs.data;
    if (refs[place + panesAt] === 0) this.#room(place);
    this.#panes.data[refs[place + panesAt]! - 1 + slot]! += times;
    return refs[place + samplesAt]! - 1;
  }

  /** Makes room for an outcome's panes and samples. */
  #room(place: number): void {
    this.#refs.data[place + panesAt] = this.#panes.add() + 1;
    this.#refs.data[place + samplesAt] = this.#samples.add() + 1;
  }

  #slot(pane: number): number {
    return slotOf(pane, this.#paneCount);
  }

  /** Takes what is older than the window out of its counts. */
  expire(row: number): void {
    const { pane } = this.#clock;
    const { data } = this.rows;
    const head = data[row + placed.head]!;
    if (head === pane) return;
    data[row + placed.head] = pane;
    if (data[row + placed.count] === 0) return;
    const steps = Math.min(pane - head, this.#paneCount);
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      const place = row + outcomesAt + outcomeSize * outcome;
      if (data[place + windowAt]! > 0) this.#expirePanes(row, place, head, steps);
    }
  }

  #expirePanes(row: number, place: number, head: number, steps: number): void {
    const { data } = this.rows;
    const panes = this.#panes.data;
    const start = this.#refs.data[place + panesAt]! - 1;
    for (let step = 1; step <= steps; step++) {
      const at = start + this.#slot(head + step);
      data[place + windowAt]! -= panes[at]!;
      data[row + placed.count]! -= panes[at]!;
      panes[at] = 0;
    }
  }

  /** A number of a type's row. */
  at(row: number, place: number): number {
    return this.rows.data[row + place]!;
  }

  /** Fills in the counts by outcome, those of the window or all. */
  fill(row: number, isWindow: boolean, into: { [Outcome in LeafOutcome]: number }): void {
    if (isWindow) this.expire(row);
    const { data } = this.rows;
    let place = row + outcomesAt + (isWindow ? windowAt : allAt);
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      into[outcomes[outcome]!] = data[place]!;
      place += outcomeSize;
    }
  }

  /** Counts of the window by outcome, oldest pane first; undefined where there are none. */
  panes(row: number, outcome: number): number[] | undefined {
    this.expire(row);
    const { data } = this.rows;
    const place = row + outcomesAt + outcomeSize * outcome;
    if (data[place + windowAt] === 0) return undefined;
    const start = this.#refs.data[place + panesAt]! - 1;
    const first = this.#clock.pane + 1 - this.#paneCount;
    const panes = this.#panes.data;
    return Array.from({ length: this.#paneCount }, (_, i) => panes[start + this.#slot(first + i)]!);
  }

  /** The same of all outcomes together. */
  allPanes(row: number): number[] {
    const sum = new Array<number>(this.#paneCount).fill(0);
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      const panes = this.panes(row, outcome);
      if (panes === undefined) continue;
      for (let index = 0; index < sum.length; index++) sum[index]! += panes[index]!;
    }
    return sum;
  }

  /** Observations of the window's two newest panes. */
  latest(row: number): number {
    this.expire(row);
    const { data } = this.rows;
    const refs = this.#refs.data;
    const panes = this.#panes.data;
    const { pane } = this.#clock;
    const now = this.#slot(pane);
    const before = this.#slot(pane - 1);
    let count = 0;
    for (let place = row + outcomesAt; place < row + rowSize; place += outcomeSize) {
      if (data[place + windowAt] === 0) continue;
      const start = refs[place + panesAt]! - 1;
      count += panes[start + now]!;
      if (before !== now) count += panes[start + before]!;
    }
    return count;
  }

  /** The latest seqs with an outcome. */
  samples(row: number, outcome: number): number[] {
    const place = row + outcomesAt + outcomeSize * outcome;
    const start = this.#refs.data[place + samplesAt]! - 1;
    return start < 0 ? [] : this.#samples.latest(start);
  }

  /** Adds a row of another table, with a window of the same panes or without one. */
  merge(row: number, other: TypeTable, given: number, isSameWindow: boolean): void {
    const { data } = this.rows;
    const from = other.rows.data;
    if (from[given + placed.total] === 0) return;
    mergeTimes(data, row, from, given);
    data[row + placed.read]! += from[given + placed.read]!;
    data[row + placed.readNow]! += from[given + placed.readNow]!;
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      const place = outcomesAt + outcomeSize * outcome;
      data[row + place + allAt]! += from[given + place + allAt]!;
      const seqs = [...this.samples(row, outcome), ...other.samples(given, outcome)];
      this.#putSamples(
        row + place,
        seqs.sort((one, two) => one - two),
      );
      const panes = isSameWindow ? other.panes(given, outcome) : undefined;
      if (panes !== undefined) this.#putPanes(row, outcome, panes, other.#clock.pane);
    }
  }

  #putSamples(place: number, seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    if (this.#refs.data[place + panesAt] === 0) this.#room(place);
    this.#samples.put(this.#refs.data[place + samplesAt]! - 1, seqs);
  }

  /** Adds counts of a window whose newest pane is given. */
  #putPanes(row: number, outcome: number, counts: ArrayLike<number>, newest: number): void {
    this.expire(row);
    const { data } = this.rows;
    const place = row + outcomesAt + outcomeSize * outcome;
    if (this.#refs.data[place + panesAt] === 0) this.#room(place);
    const start = this.#refs.data[place + panesAt]! - 1;
    for (let index = 0; index < counts.length; index++) {
      const pane = newest + 1 - this.#paneCount + index;
      if (pane > this.#clock.pane || pane <= this.#clock.pane - this.#paneCount) continue;
      this.#panes.data[start + this.#slot(pane)]! += counts[index]!;
      data[place + windowAt]! += counts[index]!;
      data[row + placed.count]! += counts[index]!;
    }
  }

  /** @param open observations of the open cycle */
  toJSON(row: number, open: number): TypeRowJson {
    this.expire(row);
    const { data } = this.rows;
    data[row + placed.open] = open;
    const all = outcomes.map((_, outcome) => data[row + outcomesAt + outcomeSize * outcome]!);
    return {
      row: [...data.subarray(row, row + outcomesAt), ...all],
      panes: outcomes.map((_, outcome) => {
        const panes = this.panes(row, outcome);
        return panes === undefined ? null : packCounts(panes);
      }),
      samples: outcomes.map((_, outcome) => this.samples(row, outcome)),
    };
  }

  /** Takes in a saved row; the clock stands where it stood. */
  restore(row: number, saved: TypeRowJson, isSameWindow: boolean): void {
    const { data } = this.rows;
    data.set(saved.row.slice(0, outcomesAt), row);
    data[row + placed.count] = 0;
    data[row + placed.head] = this.#clock.pane;
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      const place = row + outcomesAt + outcomeSize * outcome;
      data[place + allAt] = saved.row[outcomesAt + outcome]!;
      this.#putSamples(place, saved.samples[outcome] ?? []);
      const panes = saved.panes[outcome];
      if (!isSameWindow || typeof panes !== 'string') continue;
      this.#putPanes(row, outcome, unpackCounts(panes, this.#paneCount), this.#clock.pane);
    }
  }
}
