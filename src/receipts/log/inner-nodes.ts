import { nodeHash } from '../verify/tree.ts';

// 32 bytes each and a key: some 10 MiB at most.
const kept = 65_536;
const leastLevel = 4;

/** Roots of subtrees that were computed once, for sources whose leaves are known. */
export class InnerNodes {
  readonly #roots = new Map<number, Uint8Array>();
  readonly #subtree: (level: number, index: number) => Uint8Array;

  /** @param subtree Root of 2^level leaves from index * 2^level on. */
  constructor(subtree: (level: number, index: number) => Uint8Array) {
    this.#subtree = subtree;
  }

  /** The same for a subtree of several leaves, from its two halves. */
  root(level: number, index: number): Uint8Array {
    // A tree's node by its place in order, which no other node has.
    const key = (2 * index + 1) * 2 ** level;
    const known = this.#roots.get(key);
    if (known !== undefined) return known;
    const left = this.#subtree(level - 1, 2 * index);
    const root = nodeHash(left, this.#subtree(level - 1, 2 * index + 1));
    // Small ones are many and soon computed: a million leaves have as many nodes.
    if (level < leastLevel) return root;
    if (this.#roots.size >= kept) this.#roots.clear();
    this.#roots.set(key, root);
    return root;
  }
}
