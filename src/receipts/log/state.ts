import { zeroHash } from '../verify/leaf.ts';
import type { Leaf } from '../verify/leaf-types.ts';
import { CompactRange } from '../verify/tree.ts';
import { EpochIndex } from './epoch-index.ts';
import { HashTail } from './hash-tail.ts';
import { IdTable } from './ids.ts';

/** Everything about the durable leaves that is kept in memory; rebuildable from the segments. */
export interface LogState {
  readonly index: EpochIndex;
  tree: CompactRange;
  readonly ids: IdTable;
  /** The tree over the leaves of sealed segments. */
  sealed: CompactRange;
  /** Hashes of the leaves behind them. */
  readonly tail: HashTail;
  /** Time of the last leaf, 0 before the first. */
  time: number;
  /** Hash of the last leaf, zeros before the first. */
  hash: string;
  /** The last checkpoint, empty before the first. */
  note: string;
}

/** The state of a log without leaves. */
export function emptyState(idsMax: number): LogState {
  return {
    index: new EpochIndex(),
    tree: new CompactRange(),
    ids: new IdTable(idsMax),
    sealed: new CompactRange(),
    tail: new HashTail(0),
    time: 0,
    hash: zeroHash,
    note: '',
  };
}

/** Takes in one leaf of a complete epoch. */
export function fold(state: LogState, leaf: Leaf, hash: string): void {
  if (leaf.kind === 'apply') state.ids.add(leaf.id, leaf.seq);
  state.time = leaf.time;
  state.hash = hash;
}
