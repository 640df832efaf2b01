import { doubleRows } from './rows.ts';

const samplesMax = 8;

/** Rows of the latest seqs: how many there were, then the last 8 in a ring. */
export class SampleRows {
  readonly #rows = doubleRows(1 + samplesMax);

  /** Adds an empty row; where it begins. */
  add(): number {
    return this.#rows.add();
  }

  /** Adds the seqs of a range. */
  push(row: number, seqs: Float64Array, from: number, end: number): void {
    const { data } = this.#rows;
    const start = Math.max(from, end - samplesMax);
    let count = data[row]! + (start - from);
    for (let index = start; index < end; index++) {
      // As whole numbers: the remainder of a double takes ten times as long.
      data[row + 1 + (count & (samplesMax - 1))] = seqs[index]!;
      count++;
    }
    data[row] = count;
  }

  /** Oldest first. */
  latest(row: number): number[] {
    const { data } = this.#rows;
    const count = data[row]!;
    const first = Math.max(0, count - samplesMax);
    const length = count - first;
    return Array.from({ length }, (_, index) => data[row + 1 + ((first + index) % samplesMax)]!);
  }

  /** Puts the last of these in place of what was there. */
  put(row: number, seqs: readonly number[]): void {
    const kept = seqs.slice(-samplesMax);
    this.#rows.data[row] = kept.length;
    this.#rows.data.set(kept, row + 1);
  }
}
