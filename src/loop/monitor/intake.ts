/** Observations that are folded at once. */
const batch = 2_048;
/** Their numbers: of one type there are 64 fields at most. */
const valuesMax = 2 * batch;

/** The bits of a kind that say which outcome it was, as its place. */
export const outcomeBits = 7;
/** Its fields could be read. */
export const readBit = 8;
/** It counts for hooks. */
export const openBit = 16;

/** The chain of those that wait of one type. */
export interface Chain {
  /** Its place among all types. */
  readonly place: number;
  /** The first and the last of the chain, -1 where there is none. */
  first: number;
  last: number;
  /** Adds what waited, with room for the numbers of one field. */
  fold(run: Run, room: NumberRun): void;
}

/** Numbers of one field, the seqs and times of their observations. */
export interface NumberRun {
  readonly values: Float64Array;
  readonly seqs: Float64Array;
  readonly times: Float64Array;
}

/** Observations of one type, one after another. */
export interface Run {
  length: number;
  readonly times: Float64Array;
  readonly seqs: Float64Array;
  /** Outcome and bits of each. */
  readonly kinds: Uint8Array;
  /** Where the values of its number fields begin. */
  readonly places: Int32Array;
  /** Of all: NaN where there is none, infinite where it is none that counts. */
  readonly values: Float64Array;
}

// Places of one that waits: in its row of doubles, and of whole numbers.
const timeAt = 0;
const seqAt = 1;
const kindAt = 0;
/** The next of its type, -1 for the last. */
const nextAt = 1;
/** Where the values of its number fields begin. */
const valuesAt = 2;

/**
 * Observations that wait to be folded, in rows one after another, each linked to the next one of
 * its type: what is kept of a type is then fetched once for many of them. Whoever looks at anything
 * that they may change, or moves what it depends on (the window's pane, the cycle), has them folded
 * before, so that nothing tells when they were. Types are folded in the order of their first one.
 */
export class Intake {
  /** Time and seq of each: the n-th row begins at n times 2. */
  readonly #doubles: Float64Array = new Float64Array(2 * batch);
  /** The rest of each: the n-th row begins at n times 4. */
  readonly #wholes: Int32Array = new Int32Array(4 * batch);
  readonly #run: Run = {
    length: 0,
    times: new Float64Array(batch),
    seqs: new Float64Array(batch),
    kinds: new Uint8Array(batch),
    places: new Int32Array(batch),
    values: new Float64Array(valuesMax),
  };
  readonly #room: NumberRun = {
    values: new Float64Array(batch),
    seqs: new Float64Array(batch),
    times: new Float64Array(batch),
  };
  readonly #types: readonly Chain[];
  /** Places of the types that have any, in the order of their first one. */
  readonly #runs = new Int32Array(batch);
  #runCount = 0;
  #size = 0;
  #end = 0;

  /** @param types all types by their places */
  constructor(types: readonly Chain[]) {
    this.#types = types;
  }

  /** Values of all that wait. */
  get values(): Float64Array {
    return this.#run.values;
  }

  /** Adds one; where its values begin, for which there is room. */
  add(chain: Chain, at: number, seq: number, kind: number, values: number): number {
    const isFull = this.#size === batch || this.#end + values > valuesMax;
    if (isFull) this.#fold();
    const index = this.#size++;
    const start = this.#end;
    this.#end = start + values;
    const doubles = this.#doubles;
    const wholes = this.#wholes;
    doubles[2 * index + timeAt] = at;
    doubles[2 * index + seqAt] = seq;
    wholes[4 * index + kindAt] = kind;
    wholes[4 * index + nextAt] = -1;
    wholes[4 * index + valuesAt] = start;
    const { last } = chain;
    chain.last = index;
    if (last >= 0) wholes[4 * last + nextAt] = index;
    else {
      chain.first = index;
      this.#runs[this.#runCount++] = chain.place;
    }
    return start;
  }

  /** Folds all that wait. */
  settle(): void {
    if (this.#size > 0) this.#fold();
  }

  #fold(): void {
    const runs = this.#runs;
    const count = this.#runCount;
    this.#size = 0;
    this.#runCount = 0;
    this.#end = 0;
    for (let index = 0; index < count; index++) {
      const chain = this.#types[runs[index]!]!;
      this.#gather(chain.first);
      chain.first = -1;
      chain.last = -1;
      chain.fold(this.#run, this.#room);
    }
  }

  #gather(first: number): void {
    const doubles = this.#doubles;
    const wholes = this.#wholes;
    const { times, seqs, kinds, places } = this.#run;
    let length = 0;
    for (let index = first; index >= 0; index = wholes[4 * index + nextAt]!) {
      times[length] = doubles[2 * index + timeAt]!;
      seqs[length] = doubles[2 * index + seqAt]!;
      kinds[length] = wholes[4 * index + kindAt]!;
      places[length] = wholes[4 * index + valuesAt]!;
      length++;
    }
    this.#run.length = length;
  }
}
