import { join } from 'node:path';
import { equalBytes, fromUtf8, toHex, utf8 } from '../../base/bytes.ts';
import { fail, KnhkError } from '../../base/errors.ts';
import { parseCheckpoint, type SignedCheckpoint } from '../verify/checkpoint.ts';
import { encodeLeaf, leafHashBytes } from '../verify/leaf.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import { formatProof } from '../verify/proof.ts';
import { inclusionPath } from '../verify/prove.ts';
import { verifyInclusion } from '../verify/tree.ts';
import { listSegments, readFile } from './files.ts';
import type { LogFs } from './fs.ts';
import { epochsIn, StoredTree, segmentsFrom } from './stored-tree.ts';

/** A portable receipt that was made from a log's directory. */
export interface StoredProof {
  readonly seq: number;
  /** Leaves that its checkpoint covers. */
  readonly size: number;
  /** Leaf hash, hexadecimal. */
  readonly hash: string;
  /** The text of the receipt (C2SP tlog-proof). */
  readonly receipt: string;
}

/** What is to be proved. */
export interface ProofWish {
  readonly seq: number;
  /** Size of the checkpoint it is proved under; the last acknowledged one unless given. */
  readonly size?: number;
  /** The leaf, where the receipt is to carry it. */
  readonly leaf?: Leaf;
}

type Signed = SignedCheckpoint & { readonly text: string };

function signed(note: string): Signed {
  return { ...(parseCheckpoint(note) as SignedCheckpoint), text: note };
}

/** The checkpoint that ends exactly at a size, undefined if none does. */
function checkpointAt(fs: LogFs, directory: string, size: number): Signed | undefined {
  const [segment] = segmentsFrom(fs, directory, size - 1);
  if (segment === undefined) return undefined;
  for (const epoch of epochsIn(fs, directory, segment)) {
    if (epoch.size === size) return signed(epoch.note);
  }
  return undefined;
}

/** Leaves that were acknowledged; where `head` is lost, those up to the last complete epoch. */
function acknowledgedSize(fs: LogFs, directory: string): number {
  const head = fromUtf8(readFile(fs, join(directory, 'head')) ?? new Uint8Array());
  const size = parseCheckpoint(head ?? '')?.size;
  if (size !== undefined) return size;
  for (const segment of listSegments(fs, join(directory, 'seg')).reverse()) {
    const last = [...epochsIn(fs, directory, segment)].at(-1);
    if (last !== undefined) return last.size;
  }
  return 0;
}

/**
 * Makes a portable receipt from a log's directory: without a lock, beside a writer too. It is
 * checked against the checkpoint's root before it is given out; signatures are not.
 *
 * @throws KnhkError KNHK_LOG_SEQ, KNHK_LOG_CORRUPT
 */
export function proveStored(fs: LogFs, directory: string, wish: ProofWish): StoredProof {
  const { seq, leaf } = wish;
  const end = acknowledgedSize(fs, directory);
  const size = wish.size ?? end;
  if (seq >= end) fail('KNHK_LOG_SEQ', 'prove, seq', `a seq below ${end}`, seq);
  if (seq >= size) fail('KNHK_LOG_SEQ', 'prove, size', `a size above ${seq}`, size);
  const checkpoint = size > end ? undefined : checkpointAt(fs, directory, size);
  if (checkpoint === undefined) {
    return fail('KNHK_LOG_SEQ', 'prove, size', 'a size that a checkpoint has', size);
  }
  const extra = leaf === undefined ? undefined : utf8(encodeLeaf(leaf));
  // Tiles are a shortcut: where they are damaged or of another log, the segments decide.
  const found =
    pathTo(fs, directory, checkpoint, seq, true) ?? pathTo(fs, directory, checkpoint, seq, false);
  if (
    found === undefined ||
    (extra !== undefined && !equalBytes(leafHashBytes(extra), found.hash))
  ) {
    const got = 'hashes that do not give its root';
    return fail('KNHK_LOG_CORRUPT', `${directory} seq ${seq}`, 'the tree of this log', got);
  }
  const receipt = formatProof({
    ...{ index: seq, hashes: found.path, checkpoint: checkpoint.text },
    ...(extra === undefined ? {} : { extra }),
  });
  return { seq, size, hash: toHex(found.hash), receipt };
}

interface Path {
  readonly hash: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** The way from a leaf to the root; undefined where the hashes do not lead there. */
function pathTo(
  fs: LogFs,
  directory: string,
  { size, root }: Signed,
  seq: number,
  withTiles: boolean,
): Path | undefined {
  try {
    const tree = new StoredTree(fs, directory, size, withTiles);
    const hash = tree.subtree(0, seq);
    const path = inclusionPath(tree, seq, size);
    return verifyInclusion(seq, size, hash, path, root) ? { hash, path } : undefined;
  } catch (error) {
    if (withTiles && error instanceof KnhkError) return undefined;
    throw error;
  }
}
