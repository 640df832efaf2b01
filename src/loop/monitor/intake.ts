/** Observations of one type that wait at most. */
export const room = 32;
/** Types of which any wait at most: of many more each would be folded after one or two. */
const typesMax = 128;
/** Rows for numbers of their fields. */
const fieldsMax = 512;

/** The bits of a kind that say which outcome it was, as its place. */
export const outcomeBits = 7;
/** Its fields could be read. */
export const readBit = 8;
/** It counts for hooks. */
export const openBit = 16;

/** A type of which observations wait. */
export interface Waiting {
  /** How many of its fields hold numbers: 64 at most. */
  readonly numberCount: number;
  /** How many wait, -1 where it is not among those that have any. */
  waiting: number;
  /** Its row, where any wait, and where the numbers of its fields begin, a row for each field. */
  slot: number;
  numbersAt: number;
  /** Adds those that wait to all figures. */
  fold(): void;
}

/** Numbers of one field, with seqs and times of their observations, each from a place on. */
export interface NumberRun {
  length: number;
  /** How many values there were, of which the others are no numbers. */
  present: number;
  readonly values: Float64Array;
  valuesAt: number;
  seqs: Float64Array;
  seqsAt: number;
  times: Float64Array;
  timesAt: number;
}

/**
 * Observations that wait to be folded, type by type: what is kept of a type is then fetched once
 * for many of them. A type is folded when there is no room for one more of it; all are when there
 * is none for one more type, or as soon as somebody looks at anything that they may change, or
 * moves what it depends on (the window's pane, the cycle), so that nothing tells when they were.
 */
export class Intake {
  /** A row of times and then of seqs for each type. */
  readonly moments: Float64Array = new Float64Array(2 * room * typesMax);
  /** A row of outcomes and bits for each type. */
  readonly kinds: Uint8Array = new Uint8Array(room * typesMax);
  /** NaN where there is none, infinite where it is none that counts. */
  readonly values: Float64Array = new Float64Array(room * fieldsMax);
  /** Used again for each field. */
  readonly #run: NumberRun;
  readonly #spare: Float64Array = new Float64Array(2 * room);
  readonly #types = new Array<Waiting | undefined>(typesMax).fill(undefined);
  #typeCount = 0;
  #fieldCount = 0;

  constructor() {
    const { moments, values } = this;
    this.#run = {
      ...{ length: 0, present: 0, values, valuesAt: 0 },
      ...{ seqs: moments, seqsAt: 0, times: moments, timesAt: 0 },
    };
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
    const place = type.slot * room + index;
    const { moments } = this;
    moments[place + type.slot * room] = at;
    moments[place + type.slot * room + room] = seq;
    this.kinds[place] = kind;
    return index;
  }

  #list(type: Waiting): void {
    const fields = type.numberCount;
    if (this.#typeCount === typesMax || this.#fieldCount + fields > fieldsMax) this.#fold();
    type.slot = this.#typeCount;
    type.numbersAt = this.#fieldCount * room;
    this.#types[this.#typeCount++] = type;
    this.#fieldCount += fields;
  }

  /** Folds all that wait. */
  settle(): void {
    if (this.#typeCount > 0) this.#fold();
  }

  #fold(): void {
    const types = this.#types;
    const count = this.#typeCount;
    this.#typeCount = 0;
    this.#fieldCount = 0;
    for (let index = 0; index < count; index++) {
      const type = types[index]!;
      type.fold();
      type.waiting = -1;
    }
  }

  /** The numbers of the n-th number field in so many that wait of a type. */
  numbers(type: Waiting, n: number, length: number): NumberRun {
    const run = this.#run;
    const { values, moments } = this;
    const field = type.numbersAt + n * room;
    let count = 0;
    while (count < length && Number.isFinite(values[field + count]!)) count++;
    run.valuesAt = field;
    run.times = moments;
    run.timesAt = 2 * room * type.slot;
    run.seqs = moments;
    run.seqsAt = run.timesAt + room;
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
