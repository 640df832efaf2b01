import { byteRows, doubleRows, type Rows } from './rows.ts';

/** Observations of one type that wait at most. */
export const room = 32;

/** The bits of a kind that say which outcome it was, as its place. */
export const outcomeBits = 7;
/** Its fields could be read. */
export const readBit = 8;
/** It counts for hooks. */
export const openBit = 16;

/** A type of which observations wait. */
export interface Waiting {
  /** Its place among all types. */
  readonly place: number;
  /** How many wait, -1 where it is not on the list of those that have any. */
  waiting: number;
  /** Adds those that wait to all figures. */
  fold(): void;
}

/** Numbers of one field, with seqs and times of their observations, each from a place on. */
export interface NumberRun {
  length: number;
  /** How many values there were, of which the others are no numbers. */
  present: number;
  values: Float64Array;
  valuesAt: number;
  seqs: Float64Array;
  seqsAt: number;
  times: Float64Array;
  timesAt: number;
}

/**
 * Observations that wait to be folded, a row for each type: what is kept of a type is then fetched
 * once for many of them. A type is folded when its row is full, and all are as soon as somebody
 * looks at anything that they may change, or moves what it depends on (the window's pane, the
 * cycle), so that nothing tells when they were.
 */
export class Intake {
  /** Times of those that wait, then their seqs: the row of a type begins at its place. */
  readonly moments: Rows<Float64Array> = doubleRows(2 * room);
  /** Outcomes and bits of them. */
  readonly kinds: Rows<Uint8Array> = byteRows(room);
  /**
   * A row for each field that holds numbers: NaN where there is none, infinite where it is none
   * that counts.
   */
  readonly values: Rows<Float64Array> = doubleRows(room);
  /** Used again for each field. */
  readonly #run: NumberRun;
  readonly #spare: Float64Array = new Float64Array(2 * room);
  readonly #types: readonly Waiting[];
  /** Places of types that have any. */
  #listed: Int32Array = new Int32Array(64);
  #count = 0;

  /** @param types all types by their places */
  constructor(types: readonly Waiting[]) {
    this.#types = types;
    const none = new Float64Array(0);
    this.#run = {
      ...{ length: 0, present: 0, values: none, valuesAt: 0 },
      ...{ seqs: none, seqsAt: 0, times: none, timesAt: 0 },
    };
  }

  /** Makes room for one more type. */
  addType(): void {
    this.moments.add();
    this.kinds.add();
  }

  /** Adds one; its place among those of its type. */
  add(type: Waiting, at: number, seq: number, kind: number): number {
    let index = type.waiting;
    if (index === room) {
      type.fold();
      index = 0;
    } else if (index < 0) {
      this.#list(type);
      index = 0;
    }
    type.waiting = index + 1;
    const place = type.place * room + index;
    const { data } = this.moments;
    data[place + type.place * room] = at;
    data[place + type.place * room + room] = seq;
    this.kinds.data[place] = kind;
    return index;
  }

  #list(type: Waiting): void {
    if (this.#count === this.#listed.length) {
      const listed = this.#listed;
      this.#listed = new Int32Array(2 * listed.length);
      this.#listed.set(listed);
    }
    this.#listed[this.#count++] = type.place;
  }

  /** Folds all that wait. */
  settle(): void {
    if (this.#count > 0) this.#fold();
  }

  #fold(): void {
    const listed = this.#listed;
    const count = this.#count;
    this.#count = 0;
    for (let index = 0; index < count; index++) {
      const type = this.#types[listed[index]!]!;
      if (type.waiting > 0) type.fold();
      type.waiting = -1;
    }
  }

  /** The numbers of a field, whose row of values is given, in what waits of its type. */
  numbers(type: Waiting, field: number, length: number): NumberRun {
    const run = this.#run;
    const values = this.values.data;
    let count = 0;
    while (count < length && Number.isFinite(values[field + count]!)) count++;
    run.values = values;
    run.valuesAt = field;
    run.seqs = this.moments.data;
    run.seqsAt = 2 * room * type.place + room;
    run.times = run.seqs;
    run.timesAt = run.seqsAt - room;
    run.present = count;
    run.length = count;
    if (count < length) this.#leaveOut(length);
    return run;
  }

  /** Of so many values those that are no numbers are left out of the run. */
  #leaveOut(length: number): void {
    const run = this.#run;
    const spare = this.#spare;
    let count = 0;
    let present = 0;
    for (let index = 0; index < length; index++) {
      const value = run.values[run.valuesAt + index]!;
      if (!Number.isNaN(value)) present++;
      if (!Number.isFinite(value)) continue;
      run.values[run.valuesAt + count] = value;
      spare[count] = run.times[run.timesAt + index]!;
      spare[room + count] = run.seqs[run.seqsAt + index]!;
      count++;
    }
    run.present = present;
    run.length = count;
    run.times = spare;
    run.timesAt = 0;
    run.seqs = spare;
    run.seqsAt = room;
  }
}
