import { fail } from '../../base/errors.ts';

const slotWords = 3;
const none: readonly number[] = Object.freeze([]);
const smallest = 1_024;

/**
 * Seqs by the first 8 bytes of an id's keyed hash: open addressing with linear probing in one
 * typed array of 12 bytes a slot. Different ids may share 8 bytes, so a hit is a candidate that
 * the leaf must confirm. Nothing is ever removed.
 */
export class IdTable {
  #slots: Uint32Array = new Uint32Array(smallest * slotWords);
  #mask = smallest - 1;
  #count = 0;
  readonly #max: number;

  /** @param max Most ids held, up to 2^24. */
  constructor(max: number) {
    this.#max = max;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Refuses a further id when the table is full.
   *
   * @throws KnhkError KNHK_LIMIT_IDS
   */
  checkRoom(): void {
    if (this.#count >= this.#max) {
      fail('KNHK_LIMIT_IDS', 'id table', `at most ${this.#max} ids`, this.#count + 1);
    }
  }

  /** Enters a seq under an id of 64 hexadecimal digits; seq is below 2^32 - 1. */
  add(id: string, seq: number): void {
    this.checkRoom();
    this.addWords(Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8, 16), 16), seq);
  }

  /** {@link add} with the two words of the hash. */
  addWords(high: number, low: number, seq: number): void {
    // Beyond three quarters, probing costs more than doubling.
    if (4 * (this.#count + 1) > 3 * (this.#mask + 1)) this.#grow();
    this.#insert(high, low, seq + 1);
    this.#count++;
  }

  #insert(high: number, low: number, mark: number): void {
    const slots = this.#slots;
    let slot = low & this.#mask;
    while (slots[slot * slotWords + 2] !== 0) slot = (slot + 1) & this.#mask;
    slots[slot * slotWords] = high;
    slots[slot * slotWords + 1] = low;
    slots[slot * slotWords + 2] = mark;
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = 2 * this.#mask + 1;
    this.#slots = new Uint32Array((this.#mask + 1) * slotWords);
    for (let at = 0; at < old.length; at += slotWords) {
      const mark = old[at + 2] as number;
      if (mark !== 0) this.#insert(old[at] as number, old[at + 1] as number, mark);
    }
  }

  /** Seqs whose id begins with the same 8 bytes, mostly none or one. */
  candidates(id: string): readonly number[] {
    const high = Number.parseInt(id.slice(0, 8), 16);
    const low = Number.parseInt(id.slice(8, 16), 16);
    const slots = this.#slots;
    let found = none;
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * slotWords;
      const mark = slots[at + 2] as number;
      if (mark === 0) return found;
      if (slots[at] === high && slots[at + 1] === low) found = [...found, mark - 1];
    }
  }

  /** Makes room for as many ids as will come, so that the table does not grow on the way. */
  reserve(count: number): void {
    while (4 * (this.#count + count) > 3 * (this.#mask + 1)) this.#grow();
  }

  /** The whole table as it is, for storage: words high, low, seq + 1 of each slot. */
  get slots(): Uint32Array {
    return this.#slots;
  }

  /** A table from {@link slots}, which are kept; undefined where they cannot be one. */
  static fromSlots(slots: Uint32Array, count: number, max: number): IdTable | undefined {
    const size = slots.length / slotWords;
    const isTable = Number.isInteger(Math.log2(size)) && size >= smallest && 4 * count <= 3 * size;
    if (!isTable || count > max) return undefined;
    const table = new IdTable(max);
    table.#slots = slots;
    table.#mask = size - 1;
    table.#count = count;
    return table;
  }
}
