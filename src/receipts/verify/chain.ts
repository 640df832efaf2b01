import { equalBytes, toHex } from '../../base/bytes.ts';
import type { Slot } from './epoch.ts';
import { zeroHash } from './leaf.ts';
import type { Leaf } from './leaf-types.ts';
import type { FindingList } from './report.ts';

type AddFinding = (...finding: Parameters<FindingList['add']>) => void;

/** Judges leaves one by one, in order, each on every axis and independently of its neighbours. */
export class ChainCheck {
  readonly #add: AddFinding;
  readonly #onLeaf: ((leaf: Leaf) => void) | undefined;
  #size = 0;
  /** Hash of the leaf before, undefined where that leaf is missing. */
  #previous: string | undefined = zeroHash;
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
        this.#add(seq, 'leaf_mismatch', `the leaf ${slot.where} was changed`);
      } else {
        this.#checkLeaf(seq, slot, equalBytes(stored[index] as Uint8Array, hash));
      }
      this.#previous = toHex(hash);
    }
  }

  #checkLeaf(seq: number, { leaf, intact, where }: Slot, isStored: boolean): void {
    if (!isStored) {
      this.#add(seq, 'leaf_mismatch', `the stored hash of the leaf ${where} was changed`);
    } else if (!intact) {
      this.#add(seq, 'damaged_frame', `wrong CRC ${where}`);
    }
    this.#intact++;
    if ('problem' in leaf) {
      this.#add(seq, 'non_canonical', `${leaf.problem} ${where}`);
      return;
    }
    if (leaf.seq !== seq) this.#add(seq, 'gap', `leaf ${where} says seq ${leaf.seq}`);
    if (this.#previous !== undefined && leaf.prev !== this.#previous) {
      this.#add(seq, 'chain_break', `prev ${where} is not the hash of the leaf before`);
    }
    if (leaf.time < this.#time) {
      this.#add(seq, 'retrocausation', `time ${leaf.time} ${where} is below ${this.#time}`);
    }
    this.#time = leaf.time;
    this.#onLeaf?.(leaf);
  }
}
