import { equalBytes } from '../../base/bytes.ts';
import type { Slot } from './epoch.ts';
import type { Leaf } from './leaf-types.ts';
import type { FindingList } from './report.ts';

type AddFinding = (...finding: Parameters<FindingList['add']>) => void;

/** Judges leaves one by one, in order, each on every axis and independently of its neighbours. */
export class ChainCheck {
  readonly #add: AddFinding;
  readonly #onLeaf: ((leaf: Leaf) => void) | undefined;
  #size = 0;
  /** Hash of the leaf before, undefined where that leaf is missing. */
  #previous: Uint8Array | undefined = new Uint8Array(32);
  #time = 0;
  #intact = 0;

  constructor(add: AddFinding, onLeaf: ((leaf: Leaf) => void) | undefined) {
    this.#add = add;
    this.#onLeaf = onLeaf;
  }

  /** Leaves judged or known to be missing: the seq that comes next. */
  get size(): number {
    return this.#size;
  }

  /** Hash of the last leaf, zeros before the first; undefined where it is missing. */
  get previous(): Uint8Array | undefined {
    return this.#previous;
  }

  /** Time of the last leaf that could be read, 0 before the first. */
  get time(): number {
    return this.#time;
  }

  /** Goes on behind leaves that were judged elsewhere and found good. */
  goOn(size: number, previous: Uint8Array, time: number): void {
    this.#size = size;
    this.#previous = previous;
    this.#time = time;
  }

  /** Intact leaves since the last call. */
  takeIntact(): number {
    const count = this.#intact;
    this.#intact = 0;
    return count;
  }

  /** Goes on behind leaves that are missing. */
  lose(size: number): void {
    this.#size = size;
    this.#previous = undefined;
    this.#intact = 0;
  }

  /** Judges leaves beside the hashes that were stored and those that were found to be true. */
  check(
    placed: readonly (Slot | undefined)[],
    stored: readonly Uint8Array[],
    hashes: readonly Uint8Array[],
  ): void {
    for (let index = 0; index < hashes.length; index++) {
      const seq = this.#size++;
      const hash = hashes[index] as Uint8Array;
      const slot = placed[index];
      if (slot === undefined) {
        this.#add(seq, 'gap', 'the bytes of the leaf are missing');
      } else if (!equalBytes(slot.hash, hash)) {
        this.#add(seq, 'leaf_mismatch', `the leaf at ${slot.offset} was changed`);
      } else {
        this.#checkLeaf(seq, slot, equalBytes(stored[index] as Uint8Array, hash));
      }
      this.#previous = hash;
    }
  }

  #checkLeaf(seq: number, { leaf, intact, offset }: Slot, isStored: boolean): void {
    if (!isStored) {
      this.#add(seq, 'leaf_mismatch', `the stored hash of the leaf at ${offset} was changed`);
    } else if (!intact) {
      this.#add(seq, 'damaged_frame', `wrong CRC at ${offset}`);
    }
    this.#intact++;
    if ('problem' in leaf) {
      this.#add(seq, 'non_canonical', `${leaf.problem} at ${offset}`);
      return;
    }
    if (leaf.seq !== seq) this.#add(seq, 'gap', `leaf at ${offset} says seq ${leaf.seq}`);
    if (this.#previous !== undefined && !equalBytes(leaf.prev, this.#previous)) {
      this.#add(seq, 'chain_break', `prev at ${offset} is not the hash of the leaf before`);
    }
    if (leaf.time < this.#time) {
      this.#add(seq, 'retrocausation', `time ${leaf.time} at ${offset} is below ${this.#time}`);
    }
    this.#time = leaf.time;
    if (leaf.leaf !== undefined) this.#onLeaf?.(leaf.leaf);
  }
}
