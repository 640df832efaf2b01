import { parseHashes } from './proof.ts';
import { nodeHash, verifyInclusion } from './tree.ts';

/** A tree that a valid checkpoint speaks of. */
interface KnownTree {
  /** The checkpoint's note, which names the tree. */
  readonly checkpoint: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A full subtree of 256 leaves whose root was found to be in the tree. */
interface KnownBlock {
  /** The hashes that led from its root to that of the tree, as they were written. */
  readonly above: string;
  readonly root: Uint8Array;
}

const levels = 8;
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
  readonly #blocks = new Map<string, KnownBlock>();

  /** Blocks that are known: at most 4,096, after which all are forgotten. */
  get size(): number {
    return this.#blocks.size;
  }

  /** What verifyInclusion says of the proof; undefined where a line is no hash. */
  verify(
    { checkpoint, size, root }: KnownTree,
    index: number,
    leaf: Uint8Array,
    lines: readonly string[],
  ): boolean | undefined {
    const block = Math.floor(index / blockLeaves);
    // At the right edge a block has no root of its own.
    const isFull = (block + 1) * blockLeaves <= size && lines.length > levels;
    const name = `${block}\n${checkpoint}`;
    const above = isFull ? lines.slice(levels).join('\n') : '';
    const known = isFull ? this.#blocks.get(name) : undefined;
    if (known !== undefined && known.above === above) {
      const below = parseHashes(lines.slice(0, levels));
      return below && verifyInclusion(index % blockLeaves, blockLeaves, leaf, below, known.root);
    }
    const hashes = parseHashes(lines);
    if (hashes === undefined) return undefined;
    const isIncluded = verifyInclusion(index, size, leaf, hashes, root);
    if (isIncluded && isFull) {
      this.#keep(name, { above, root: climb(index, leaf, hashes.slice(0, levels)) });
    }
    return isIncluded;
  }

  #keep(name: string, block: KnownBlock): void {
    if (this.#blocks.size >= blocksMax) this.#blocks.clear();
    this.#blocks.set(name, block);
  }
}
