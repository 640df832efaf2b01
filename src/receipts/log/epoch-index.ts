/** Where an epoch's bytes are. */
export interface EpochPlace {
  readonly first: number;
  readonly count: number;
  /** First seq of the segment, which names its file. */
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** Greatest index whose value is at most `wanted`, -1 if none; values ascend. */
function search(values: ArrayLike<number>, count: number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const smallest = 256;

/** Finds the epoch of a leaf: two numbers per epoch, nothing per leaf. */
export class EpochIndex {
  #firsts = new Float64Array(smallest);
  #offsets = new Float64Array(smallest);
  #count = 0;
  #size = 0;
  /** Leaves in segments whose payloads were split off. */
  split = 0;
  readonly #segments: number[] = [];
  readonly #ends: number[] = [];

  /** Leaves in complete epochs. */
  get size(): number {
    return this.#size;
  }

  /** Complete epochs. */
  get epochs(): number {
    return this.#count;
  }

  /** First seqs of the segments. */
  get segments(): readonly number[] {
    return this.#segments;
  }

  /** End of the last complete epoch in the last segment. */
  get end(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** End of the last complete epoch of the segment at a position in order. */
  endOf(segment: number): number {
    return this.#ends[segment] as number;
  }

  /** Begins a segment that is named by its first seq. */
  addSegment(firstSeq: number, end = 0): void {
    this.#segments.push(firstSeq);
    this.#ends.push(end);
  }

  /** Enters the next epoch, which ends the last segment so far. */
  addEpoch(count: number, length: number): void {
    this.#enter(this.#size, this.end);
    this.#size += count;
    this.#ends[this.#ends.length - 1] = this.end + length;
  }

  #enter(first: number, offset: number): void {
    if (this.#count === this.#firsts.length) {
      this.#firsts = grown(this.#firsts);
      this.#offsets = grown(this.#offsets);
    }
    this.#firsts[this.#count] = first;
    this.#offsets[this.#count] = offset;
    this.#count++;
  }

  /** The epoch at a position in order. */
  at(position: number): EpochPlace {
    const first = this.#firsts[position] as number;
    const offset = this.#offsets[position] as number;
    const isLast = position + 1 === this.#count;
    const next = isLast ? this.#size : (this.#firsts[position + 1] as number);
    const segment = search(this.#segments, this.#segments.length, first);
    const nextSegment = this.#segments[segment + 1];
    const isSegmentEnd = isLast || next === nextSegment;
    const end = isSegmentEnd ? this.#ends[segment] : this.#offsets[position + 1];
    return {
      first,
      count: next - first,
      segment: this.#segments[segment] as number,
      offset,
      length: (end as number) - offset,
    };
  }

  /** Enters new places of the epochs of a segment: pairs of leaves and bytes, in order. */
  replaceSegment(first: number, epochs: Uint32Array): void {
    let position = this.find(first);
    let offset = 0;
    for (let at = 0; at < epochs.length; at += 2) {
      this.#offsets[position++] = offset;
      offset += epochs[at + 1] as number;
    }
    this.#ends[this.#segments.indexOf(first)] = offset;
  }

  /** Position of the epoch that holds a leaf. */
  find(seq: number): number {
    return search(this.#firsts, this.#count, seq);
  }

  /** Everything as plain data for storage. */
  toData(): { segments: number[]; ends: number[]; firsts: Float64Array; offsets: Float64Array } {
    return {
      segments: [...this.#segments],
      ends: [...this.#ends],
      firsts: this.#firsts.slice(0, this.#count),
      offsets: this.#offsets.slice(0, this.#count),
    };
  }

  /** An index from {@link toData}. */
  static fromData(data: ReturnType<EpochIndex['toData']>, size: number): EpochIndex {
    const index = new EpochIndex();
    data.segments.forEach((first, at) => {
      index.addSegment(first, data.ends[at] ?? 0);
    });
    for (let at = 0; at < data.firsts.length; at++) {
      index.#enter(data.firsts[at] as number, data.offsets[at] as number);
    }
    index.#size = size;
    return index;
  }
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
