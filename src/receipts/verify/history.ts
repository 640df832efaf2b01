import { equalBytes } from '../../base/bytes.ts';
import { ChainCheck } from './chain.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { alignSlots, decideHashes, extend, type Slot, splitHashes } from './epoch.ts';
import type { Leaf } from './leaf-types.ts';
import type { FindingKind } from './report.ts';
import { CompactRange } from './tree.ts';
import type { Mark, Skews } from './verify-state.ts';

/** A segment that was read by itself and in which nothing was amiss; plain data. */
export interface ReadSegment {
  /** Seq of its first leaf. */
  readonly first: number;
  /** What its first leaf says of the one before. */
  readonly previous: Uint8Array;
  readonly firstTime: number;
  readonly lastTime: number;
  /** Leaf hashes one after the other, 32 bytes each. */
  readonly hashes: Uint8Array;
  /** At least one. */
  readonly epochs: readonly ReadEpoch[];
  /** The last signed checkpoint. */
  readonly note: string;
  /** Skews in the whole of it. */
  readonly skews: Skews;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Its leaves other than ordinary apply leaves, in order. */
  readonly others: readonly Leaf[];
}

/** One epoch of a {@link ReadSegment}. */
export interface ReadEpoch {
  /** Leaves. */
  readonly count: number;
  /** The root that its checkpoint signs. */
  readonly root: Uint8Array;
  /** Place of its first byte in the segment. */
  readonly offset: number;
  /** Time of its first leaf's predecessor; 0 in the segment's first epoch. */
  readonly time: number;
  /** Skews in the segment before it. */
  readonly skews: Skews;
}

const hashBytes = 32;

/** Skews of two stretches of a log. */
export function addSkews(left: Skews, right: Skews): Skews {
  return { count: left.count + right.count, msMax: Math.max(left.msMax, right.msMax) };
}

/** Adds a finding; about the next leaf unless it says which. */
export type AddFinding = (kind: FindingKind, message: string, seq?: number) => void;

/** The tree and the chain of the leaves that were read, epoch by epoch. */
export class History {
  readonly #add: AddFinding;
  readonly #chain: ChainCheck;
  readonly #remembered: readonly SignedCheckpoint[];
  #tree: CompactRange;
  /** False once leaf hashes are missing or wrong: later roots cannot be recomputed. */
  #treeKnown = true;

  constructor(
    add: AddFinding,
    remembered: readonly SignedCheckpoint[],
    onLeaf: ((leaf: Leaf) => void) | undefined,
    from?: Mark,
  ) {
    this.#add = add;
    this.#remembered = remembered;
    this.#chain = new ChainCheck((seq, kind, message) => add(kind, message, seq), onLeaf);
    this.#tree = from?.tree ?? new CompactRange();
    if (from !== undefined) this.#chain.goOn(from.tree.size, from.previous, from.time);
  }

  /** Leaves judged or known to be missing: the seq that comes next. */
  get size(): number {
    return this.#chain.size;
  }

  /** Counts the intact leaves that a signed checkpoint now covers; undefined if it cannot say. */
  takeVerified(): number | undefined {
    return this.#treeKnown ? this.#chain.takeIntact() : undefined;
  }

  /** Where the leaves read so far end; only of a tree that is known. */
  mark(place: Pick<Mark, 'segment' | 'offset'>, skews: Skews): Mark {
    const previous = this.#chain.previous as Uint8Array;
    return { tree: this.#tree, previous, time: this.#chain.time, ...place, skews };
  }

  /** Goes on behind leaves that are missing. */
  lose(size: number): void {
    this.#treeKnown = false;
    this.#chain.lose(size);
  }

  /** Takes leaves at their own word; the next signed root confirms or refutes them. */
  adopt(slots: readonly Slot[]): void {
    const hashes = slots.map(({ hash }) => hash);
    if (this.#treeKnown) this.#tree = extend(this.#tree, hashes);
    this.#chain.check(slots, hashes, hashes);
  }

  /** Judges the leaves of one epoch; `signed` is its checkpoint if that can be believed. */
  settle(
    slots: readonly Slot[],
    stored: readonly Uint8Array[],
    signed: SignedCheckpoint | undefined,
  ): void {
    const { placed, extra } = alignSlots(slots, stored);
    for (const { offset } of extra) {
      this.#add('leaf_mismatch', `a leaf at ${offset} that its epoch does not name`);
    }
    if (!this.#treeKnown) {
      this.#chain.check(placed, stored, stored);
      return;
    }
    const before = this.#tree;
    const decision = decideHashes(before, stored, placed, signed?.root);
    this.#tree = decision.tree;
    this.#compare(before, decision.hashes);
    const end = this.#chain.size + stored.length;
    this.#chain.check(placed, stored, decision.hashes);
    if (signed !== undefined && !decision.confirmed) {
      this.#add('root_mismatch', `the signed root at size ${end} does not follow`, end - 1);
      this.#treeKnown = false;
      this.#chain.takeIntact();
    }
  }

  /**
   * Takes a segment that was read by itself, if it follows from what is known and gives every
   * signed root; else nothing has changed. Gives the mark before its last epoch.
   */
  takeSegment(read: ReadSegment, skews: Skews): Mark | undefined {
    if (!this.#treeKnown || !this.#follows(read)) return undefined;
    const { epochs, first, hashes, lastTime } = read;
    let before = this.mark({ segment: first, offset: 0 }, skews);
    let tree = this.#tree;
    let at = 0;
    for (const { count, offset, root, time, skews: added } of epochs) {
      if (at > 0) {
        const previous = hashes.subarray(at - hashBytes, at);
        before = { tree, previous, time, segment: first, offset, skews: addSkews(skews, added) };
      }
      const end = at + count * hashBytes;
      tree = extend(tree, splitHashes(hashes.subarray(at, end)));
      if (!equalBytes(tree.root(), root)) return undefined;
      at = end;
    }
    this.#tree = tree;
    this.#chain.goOn(tree.size, hashes.subarray(at - hashBytes), lastTime);
    return before;
  }

  #follows({ first, firstTime, hashes, previous }: ReadSegment): boolean {
    const chain = this.#chain;
    if (first !== chain.size || firstTime < chain.time) return false;
    // What has to be compared with a remembered checkpoint is read leaf by leaf.
    const end = first + hashes.length / hashBytes;
    if (this.#remembered.some(({ size }) => size > first && size <= end)) return false;
    return equalBytes(chain.previous as Uint8Array, previous);
  }

  #compare(before: CompactRange, hashes: readonly Uint8Array[]): void {
    for (const { size, root } of this.#remembered) {
      const count = size - before.size;
      if (count < 1 || count > hashes.length) continue;
      if (equalBytes(extend(before, hashes.slice(0, count)).root(), root)) continue;
      this.#add('fork', `another history than the checkpoint of size ${size}`, size - 1);
    }
  }
}
