import { packCounts, unpackCounts } from './pack.ts';

/** Buckets of one octave, that is from a power of two to the next. */
const perOctave = 64;
const octaveShift = 6;

// Reading a double's upper half takes its exponent and the first bits of its fraction at once.
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const upper = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Octaves by which subnormal numbers are lifted so that they have a full fraction. */
const lift = 54;

/**
 * The bucket of a positive finite number: 64 of equal width to each octave, ascending. A bucket is
 * at most 1/64 of its lower bound wide.
 */
function bucketOf(value: number): number {
  double[0] = value;
  const word = words[upper]!;
  if (word >= 0x100000) return word >>> 14;
  double[0] = value * 2 ** lift;
  return (words[upper]! >>> 14) - lift * perOctave;
}

/** The middle of a bucket: at most 1/128 away from whatever is in it, as a share of that. */
function middleOf(bucket: number): number {
  const exponent = (bucket >> octaveShift) - 1_023;
  const lower = 2 ** exponent * (1 + (bucket & (perOctave - 1)) / perOctave);
  // From here down a bucket holds one double at most, and its middle would be rounded out of it.
  return exponent <= -1_068 ? lower : lower + 2 ** exponent / (2 * perOctave);
}

const nothing = new Uint32Array(0);

/** State of {@link Cells} as JSON. */
export interface CellsJson {
  /** The first bucket that is not empty. */
  readonly from: number;
  /** Buckets from there to the last that is not empty. */
  readonly length: number;
  /** Their counts, packed: runs of zeros as one number, in base64. */
  readonly counts: string;
}

/**
 * Counts of positive numbers in logarithmic buckets: so many octaves below the highest number's.
 * What is lower counts in the lowest bucket, which makes the counts independent of the order.
 */
export class Cells {
  readonly #octaves: number;
  /** Below 2^32 each while they fit, which is nearly always. */
  #counts: Uint32Array | Float64Array = nothing;
  /** The same array while it is one of whole numbers of 32 bits, else an empty one. */
  #whole: Uint32Array = nothing;
  /** Bucket of the first cell; an octave begins there. */
  #base = 0;
  /** The lowest bucket, known with the highest. */
  #floor = 0;

  constructor(octaves: number) {
    this.#octaves = octaves;
  }

  /** Counts a positive finite number. */
  add(value: number): void {
    // As in bucketOf: this is the monitor's hottest line.
    double[0] = value;
    const word = words[upper]!;
    const bucket = word >= 0x100000 ? word >>> 14 : bucketOf(value);
    const cell = bucket - this.#base;
    const counts = this.#whole;
    if (cell < 0 || cell >= counts.length) {
      this.#addTo(bucket, 1);
      return;
    }
    // Truncated, so that nothing is converted to a double and back.
    const sum = (counts[cell]! + 1) >>> 0;
    if (sum === 0) this.#addTo(bucket, 1);
    else counts[cell] = sum;
  }

  #put(counts: Uint32Array | Float64Array): void {
    this.#counts = counts;
    this.#whole = counts instanceof Uint32Array ? counts : nothing;
  }

  #addTo(bucket: number, times: number): void {
    this.#reach(bucket);
    const cell = Math.max(bucket, this.#floor) - this.#base;
    const sum = this.#counts[cell]! + times;
    if (sum > 0xffffffff && this.#counts instanceof Uint32Array) {
      this.#put(Float64Array.from(this.#counts));
    }
    this.#counts[cell] = sum;
  }

  /** Makes room for a bucket, as far as it is told apart from lower ones. */
  #reach(bucket: number): void {
    const { length } = this.#counts;
    const start = (bucket >> octaveShift) * perOctave;
    const end = this.#base + length;
    if (length === 0 || start >= end) {
      const floor = start + (1 - this.#octaves) * perOctave;
      this.#floor = floor;
      this.#resize(length === 0 ? start : Math.max(this.#base, floor), start + perOctave);
    } else if (start < this.#base) {
      if (start < this.#floor && this.#trim()) this.#reach(bucket);
      else this.#resize(Math.max(start, this.#floor), end);
    }
  }

  /** Gives up octaves above the highest number, which clearing leaves; false where none are. */
  #trim(): boolean {
    let end = this.#counts.length;
    while (end > 0 && this.#counts[end - 1] === 0) end--;
    const kept = Math.ceil(end / perOctave) * perOctave;
    if (kept === this.#counts.length) return false;
    this.#put(this.#counts.slice(0, kept));
    this.#floor = this.#base + kept - this.#octaves * perOctave;
    return true;
  }

  #resize(base: number, end: number): void {
    const before = this.#counts;
    const counts = before instanceof Uint32Array ? Uint32Array : Float64Array;
    const shift = this.#base - base;
    this.#put(new counts(end - base));
    this.#base = base;
    for (let cell = 0; cell < before.length; cell++) {
      const count = before[cell]!;
      // Several cells fall into the lowest one where the highest octave moved up.
      if (count > 0) this.#addTo(base + Math.max(0, cell + shift), count);
    }
  }

  /** Adds what another one counted. */
  merge(other: Cells): void {
    const { length } = other.#counts;
    // From above, so that room is made once.
    for (let cell = length - 1; cell >= 0; cell--) {
      const count = other.#counts[cell]!;
      if (count > 0) this.#addTo(other.#base + cell, count);
    }
  }

  /** Forgets so many numbers, and the room that they took where it is more than they are. */
  clear(count: number): void {
    if (this.#counts.length > Math.max(count, perOctave)) this.#put(nothing);
    else this.#counts.fill(0);
  }

  /**
   * Middle of the bucket of the n-th number, from 1, counted from the lowest one up or from the
   * highest one down.
   */
  at(rank: number, isAscending: boolean): number {
    const counts = this.#counts;
    const last = counts.length - 1;
    let left = rank;
    for (let step = 0; step < last; step++) {
      const cell = isAscending ? step : last - step;
      left -= counts[cell]!;
      if (left <= 0) return middleOf(this.#base + cell);
    }
    return middleOf(this.#base + (isAscending ? last : 0));
  }

  /** Undefined where nothing was counted. */
  toJSON(): CellsJson | undefined {
    const counts = this.#counts;
    let first = 0;
    let end = counts.length;
    while (first < end && counts[first] === 0) first++;
    while (end > first && counts[end - 1] === 0) end--;
    if (first === end) return undefined;
    const from = this.#base + first;
    return { from, length: end - first, counts: packCounts(counts.subarray(first, end)) };
  }

  /** Adds what {@link toJSON} gave; how many that are. */
  restore({ from, length, counts }: CellsJson): number {
    const saved = unpackCounts(counts, length);
    let sum = 0;
    for (let cell = length - 1; cell >= 0; cell--) {
      if (saved[cell] === 0) continue;
      this.#addTo(from + cell, saved[cell]!);
      sum += saved[cell]!;
    }
    return sum;
  }
}
