import type { SegmentIndex } from '../receipts/log/segment-index.ts';
import type { Leaf } from '../receipts/verify/leaf-types.ts';
import type { StoredEntry, StoredEpoch, StoredLog } from '../runtime/replay-source.ts';

/** One receipt of a list. */
export interface Row {
  readonly seq: number;
  readonly leaf: Leaf;
  readonly hash: string;
  /** The checkpoint that covers it, where its epoch has one that can be read. */
  readonly note: string | undefined;
}

/** What was found. */
export interface Listing {
  readonly rows: readonly Row[];
  /** Places that could not be read on the way. */
  readonly damaged: number;
}

/** What receipts are looked for by. */
export interface Wish {
  /** Asked of every receipt that is looked at. */
  isWanted(entry: StoredEntry): boolean;
  /**
   * Seqs in a sealed segment that may be wanted, ascending; undefined where all of them may be.
   */
  candidates(index: SegmentIndex): readonly number[] | undefined;
}

/** The epochs from the one on that holds a leaf; sealed segments are read at their places alone. */
export function epochsAt(log: StoredLog, seq: number): AsyncIterable<StoredEpoch> {
  // Behind the leaf's own segment only the next checkpoint can be of use.
  const candidates = ({ first }: SegmentIndex) => [Math.max(first, seq)];
  return log.epochs(seq, undefined, (segment, end) => lookedAt(log, { candidates }, segment, end));
}

/** The epochs of a segment that have to be looked at. */
async function* lookedAt(
  log: StoredLog,
  wish: Pick<Wish, 'candidates'>,
  first: number,
  end: number,
): AsyncGenerator<StoredEpoch, void> {
  const index = log.sealedIndex(first);
  const seqs = index === undefined ? undefined : wish.candidates(index);
  if (index === undefined || seqs === undefined) yield* log.segmentEpochs(first, end);
  else yield* log.pickedEpochs(index, seqs);
}

/** The first ones from a seq on. */
export async function onwards(
  log: StoredLog,
  limit: number,
  first: number,
  wish: Wish,
): Promise<Listing> {
  const rows: Row[] = [];
  let damaged = 0;
  const epochs = log.epochs(first, undefined, (segment, end) => lookedAt(log, wish, segment, end));
  for await (const { entries, note, damage } of epochs) {
    damaged += damage.filter(({ seq }) => seq >= first).length;
    for (const entry of entries) {
      const { seq, leaf, hash } = entry;
      if (seq < first || !wish.isWanted(entry)) continue;
      rows.push({ seq, leaf, hash, note });
      if (rows.length === limit) return { rows, damaged };
    }
  }
  return { rows, damaged };
}

/** Reads segments from the last one back, so that a long log is not read from its beginning. */
export async function newest(log: StoredLog, limit: number, wish: Wish): Promise<Listing> {
  const acknowledged = log.acknowledged();
  const segments = log.segments();
  let rows: readonly Row[] = [];
  let damaged = 0;
  for (let position = segments.length - 1; position >= 0 && rows.length < limit; position--) {
    const end = segments[position + 1] ?? acknowledged;
    let found: Row[] = [];
    const epochs = lookedAt(log, wish, segments[position] as number, end);
    for await (const { entries, note, damage } of epochs) {
      damaged += damage.length;
      for (const entry of entries) {
        const { seq, leaf, hash } = entry;
        if (wish.isWanted(entry)) found.push({ seq, leaf, hash, note });
      }
      if (found.length > 2 * limit) found = found.slice(-limit);
    }
    rows = [...found.slice(-(limit - rows.length)), ...rows];
  }
  return { rows, damaged };
}
