import { lineUnits, parseHashes } from './proof.ts';
import { nodeHash, verifyInclusion } from './tree.ts';

/** A tree that a valid checkpoint speaks of; the object itself stands for it. */
interface KnownTree {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A full subtree of 256 leaves whose root was found to be in the tree. */
interface KnownBlock {
  /** The lines of hashes that led from its root to that of the tree. */
  readonly above: string;
  readonly root: Uint8Array;
}

const levels = 8;
const belowUnits = levels * lineUnits;
const blockLeaves = 256;
/** About 4 MB. */
const blocksMax = 4_096;

/** Root that hashes beside the way lead to, in a full subtree. */
function climb(index: number, leaf: Uint8Array, beside: readonly Uint8Array[]): Uint8Array {
  let hash = leaf;
  let rest = index;
  for (const sibling of beside) {
    hash = rest % 2 === 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    rest = Math.floor(rest / 2);
  }
  return hash;
}

/**
 * Verifies inclusion proofs whose upper parts repeat. Proofs of leaves of one block of 256 share
 * all hashes above it: where a proof brings the very lines that were once verified, what is left to
 * verify is the way from the leaf to the block's root. In a log of a million leaves that is 8
 * hashes in place of 20.
 */
export class KnownBlocks {
  #trees = new WeakMap<KnownTree, Map<number, KnownBlock>>();
  #count = 0;

  /** Blocks that are known: at most 4,096, after which all are forgotten. */
  get size(): number {
    return this.#count;
  }

  /** What verifyInclusion says of the proof; undefined where a line is no hash. */
  verify(tree: KnownTree, index: number, leaf: Uint8Array, lines: string): boolean | undefined {
    const block = Math.floor(index / blockLeaves);
    // At the right edge a block has no root of its own.
    const isFull = (block + 1) * blockLeaves <= tree.size && lines.length > belowUnits;
    const above = isFull ? lines.slice(belowUnits) : '';
    const known = isFull ? this.#trees.get(tree)?.get(block) : undefined;
    if (known !== undefined && known.above === above) {
      const below = parseHashes(lines.slice(0, belowUnits));
      return below && verifyInclusion(index % blockLeaves, blockLeaves, leaf, below, known.root);
    }
    const hashes = parseHashes(lines);
    if (hashes === undefined) return undefined;
    const isIncluded = verifyInclusion(index, tree.size, leaf, hashes, tree.root);
    if (isIncluded && isFull) {
      this.#keep(tree, block, { above, root: climb(index, leaf, hashes.slice(0, levels)) });
    }
    return isIncluded;
  }

  #keep(tree: KnownTree, block: number, known: KnownBlock): void {
    if (this.#count >= blocksMax) {
      this.#trees = new WeakMap();
      this.#count = 0;
    }
    const blocks = this.#trees.get(tree) ?? new Map<number, KnownBlock>();
    this.#trees.set(tree, blocks.set(block, known));
    this.#count++;
  }
}
