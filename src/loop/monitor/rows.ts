/**
 * Rows of numbers side by side in one array, a row for each key. What is looked through in order,
 * as in a cycle over ten thousand types, then comes in order from memory; as objects of their own
 * the same numbers take several times as long.
 */
export class Rows<Data extends Float64Array | Uint32Array> {
  /** All rows; another array once rows are added. */
  data: Data;
  readonly stride: number;
  readonly #make: (length: number) => Data;
  #end = 0;

  constructor(stride: number, make: (length: number) => Data) {
    this.stride = stride;
    this.#make = make;
    this.data = make(0);
  }

  /** Adds a row of zeros; where it begins. */
  add(): number {
    const start = this.#end;
    this.#end += this.stride;
    if (this.#end > this.data.length) {
      const before = this.data;
      this.data = this.#make(Math.max(2 * before.length, 8 * this.stride));
      this.data.set(before);
    }
    return start;
  }
}

/** Rows of doubles. */
export function doubleRows(stride: number): Rows<Float64Array> {
  return new Rows(stride, (length) => new Float64Array(length));
}

/** Rows of counts below 2^32. */
export function countRows(stride: number): Rows<Uint32Array> {
  return new Rows(stride, (length) => new Uint32Array(length));
}
