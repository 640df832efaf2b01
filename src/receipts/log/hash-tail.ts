const hashBytes = 32;
const smallest = 1_024;

/** Hashes of the leaves that no tile covers yet: those of the last segments. */
export class HashTail {
  #bytes = new Uint8Array(smallest * hashBytes);
  #base: number;
  #count = 0;

  /** @param base Seq of the first leaf that will be held. */
  constructor(base: number) {
    this.#base = base;
  }

  /** Seq of the first leaf held. */
  get base(): number {
    return this.#base;
  }

  /** Adds the hashes of the next leaves, 32 bytes each. */
  append(hashes: Uint8Array): void {
    const end = this.#count * hashBytes + hashes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.bytes());
      this.#bytes = larger;
    }
    this.#bytes.set(hashes, this.#count * hashBytes);
    this.#count += hashes.length / hashBytes;
  }

  /** Hash of a leaf that is held. */
  at(seq: number): Uint8Array {
    const at = (seq - this.#base) * hashBytes;
    return this.#bytes.slice(at, at + hashBytes);
  }

  /** All hashes held, one after the other. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * hashBytes);
  }

  /** Forgets the leaves before a seq. */
  drop(base: number): void {
    const gone = base - this.#base;
    const kept = this.#bytes.slice(gone * hashBytes, this.#count * hashBytes);
    this.#base = base;
    this.#count -= gone;
    this.#bytes = kept.length > 0 ? kept : new Uint8Array(smallest * hashBytes);
  }
}
