import { HyperLogLog, type HyperLogLogJson } from './hyper-log-log.ts';

/** State of {@link KnownTexts} as JSON: the hashes, or an estimate where there were too many. */
export type KnownTextsJson =
  | { readonly hashes: readonly number[] }
  | { readonly sketch: HyperLogLogJson };

const precision = 10;

/**
 * The texts that occurred, by their 64-bit hashes: exact up to a bound. Beyond it a field has too
 * many values for a new one to say anything: what is left is an estimate of their number (3.3 %
 * standard error), and nothing is new any more. Up to the bound a new text is taken for a known
 * one once in 2^64 / bound times.
 */
export class KnownTexts {
  readonly #max: number;
  /** Pairs of halves by open addressing, at most half of them used; a pair of zeros is free. */
  #table = new Uint32Array(32);
  #size = 0;
  #sketch: HyperLogLog | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /** True while it can tell whether a text is new. */
  get isExact(): boolean {
    return this.#sketch === undefined;
  }

  get distinct(): number {
    return this.#sketch === undefined ? this.#size : Math.round(this.#sketch.estimate());
  }

  /** True for a text that never occurred before. */
  add(high: number, given: number): boolean {
    if (this.#sketch !== undefined) {
      this.#sketch.addHash(high, given);
      return false;
    }
    const low = high === 0 && given === 0 ? 1 : given;
    const place = this.#find(high, low);
    if (place < 0) return false;
    if (this.#size === this.#max) {
      this.#overflow();
      this.#sketch!.addHash(high, low);
      return false;
    }
    this.#table[place] = high;
    this.#table[place + 1] = low;
    this.#size++;
    if (this.#size * 4 > this.#table.length) this.#grow();
    return true;
  }

  /** The free place for a pair, or -1 where it is there. */
  #find(high: number, low: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let place = (2 * low) & mask; ; place = (place + 2) & mask) {
      const [first, second] = [table[place], table[place + 1]];
      if (first === 0 && second === 0) return place;
      if (first === high && second === low) return -1;
    }
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const [high, low] = [before[at]!, before[at + 1]!];
      if (high === 0 && low === 0) continue;
      const place = this.#find(high, low);
      this.#table[place] = high;
      this.#table[place + 1] = low;
    }
  }

  #overflow(): void {
    this.#sketch = new HyperLogLog(precision);
    for (let at = 0; at < this.#table.length; at += 2) {
      const [high, low] = [this.#table[at]!, this.#table[at + 1]!];
      if (high !== 0 || low !== 0) this.#sketch.addHash(high, low);
    }
    this.#table = new Uint32Array(0);
  }

  /** Adds what another one knows. */
  merge(other: KnownTexts): void {
    if (other.#sketch !== undefined) {
      if (this.#sketch === undefined) this.#overflow();
      this.#sketch!.merge(other.#sketch);
      return;
    }
    for (let at = 0; at < other.#table.length; at += 2) {
      const [high, low] = [other.#table[at]!, other.#table[at + 1]!];
      if (high !== 0 || low !== 0) this.add(high, low);
    }
  }

  /** The table's order depends on how it grew, so hashes are given in their own. */
  toJSON(): KnownTextsJson {
    if (this.#sketch !== undefined) return { sketch: this.#sketch.toJSON() };
    const pairs: (readonly [number, number])[] = [];
    for (let at = 0; at < this.#table.length; at += 2) {
      const [high, low] = [this.#table[at]!, this.#table[at + 1]!];
      if (high !== 0 || low !== 0) pairs.push([high, low]);
    }
    pairs.sort((one, two) => one[0] - two[0] || one[1] - two[1]);
    return { hashes: pairs.flat() };
  }

  restore(saved: KnownTextsJson): void {
    if ('sketch' in saved) {
      this.#sketch = HyperLogLog.from(saved.sketch);
      this.#table = new Uint32Array(0);
      return;
    }
    for (let at = 0; at < saved.hashes.length; at += 2) {
      this.add(saved.hashes[at]!, saved.hashes[at + 1]!);
    }
  }
}
