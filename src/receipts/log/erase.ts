import type { LogFs } from './fs.ts';
import type { KeyStore } from './key-store.ts';
import { keysPath, RecordFile } from './key-store-records.ts';
import type { ReceiptLog } from './log-types.ts';
import { subjectOf } from './payload-cipher.ts';

type Erasable = Pick<ReceiptLog, 'entries' | 'read' | 'durableSize'>;

/** The erase leaves from a seq on: the seq of the last one of each subject, by its name. */
function erasuresFrom(log: Erasable, from: number): ReadonlyMap<string, number> {
  const erased = new Map<string, number>();
  for (const { leaf } of log.entries(from)) {
    if (leaf.kind === 'erase') erased.set(leaf.subject, leaf.seq);
  }
  return erased;
}

/** Where in the log a store has to go on; 0 where its mark is of another history. */
function replayedTo(log: Erasable, store: KeyStore): number {
  const mark = store.mark;
  if (mark === undefined || mark.size > log.durableSize) return 0;
  return log.read(mark.size - 1).hash === mark.hash ? mark.size : 0;
}

/**
 * Destroys the keys that erase leaves of the log are about and that are alive, as after a crash or
 * when an older copy of the store was put back: neither undoes an erasure. A key made for a later
 * leaf than the erasure stays.
 *
 * @returns Seq of the erase leaf by subject, of those that the store had not finished: their
 * payload frames are to be dropped (dropPayloads), and then the store is marked.
 * @throws KnhkError KNHK_LOG_SUBJECT_KEYS, KNHK_LOG_CORRUPT
 */
export async function replayErasures(
  log: Erasable,
  store: KeyStore,
): Promise<ReadonlyMap<string, number>> {
  const erased = erasuresFrom(log, replayedTo(log, store));
  await store.destroy(erased);
  store.settle(log.durableSize);
  return erased;
}

/**
 * True where the store of keys says that the subject of a sealed payload was erased after its leaf:
 * that can be read without any key.
 */
export function isErased(fs: LogFs, store: string, sealed: Uint8Array, seq: number): boolean {
  const name = subjectOf(sealed);
  if (name === undefined || fs.statSync(keysPath(store)) === undefined) return false;
  const file = new RecordFile(fs, store, 'r');
  try {
    for (const record of file.stored()) {
      if (record.name === name && record.state === 'destroyed' && record.seq > seq) return true;
    }
    return false;
  } finally {
    file.close();
  }
}
