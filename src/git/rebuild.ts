import { fail } from '../base/errors.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import type { Keyring } from '../receipts/verify/keyring.ts';
import type { Signer } from '../receipts/verify/signer.ts';
import { Chain } from './chain.ts';
import { checkOwnKey, takeRepository } from './checks.ts';
import { EpochReader, type LogEpoch } from './epochs.ts';
import { createRepository } from './repository.ts';
import { lastCheckpoint } from './source.ts';

/** What {@link rebuildLockchain} is given. */
export interface RebuildOptions {
  /** Directory of the repository to be made; there may be none. */
  readonly repository: string;
  /** The log's directory; it is only read. */
  readonly data: string;
  readonly keyring: Keyring;
  /** Signs commits and tags: a key of its own, none of the log's. */
  readonly key: Signer;
  /** A commit for so many receipts; 4,096 unless given. */
  readonly everyLeaves?: number;
  /** File system of repository and log; the machine's unless given. */
  readonly fs?: LogFs;
}

/** What a rebuilt lockchain holds. */
export interface Rebuilt {
  /** On the branch. */
  readonly commits: number;
  /** Receipts that its newest checkpoint covers. */
  readonly size: number;
}

const commitsPerPack = 1_024;

/**
 * Makes a lockchain anew from the checkpoints that the log itself holds, where the repository was
 * lost. Commits are others than before (they are cut elsewhere), so a remote repository that still
 * has the old ones refuses them: clone that one instead, where there is one.
 *
 * @throws KnhkError KNHK_LOCKCHAIN_REPOSITORY where there is one already, KNHK_LOCKCHAIN_KEY,
 * KNHK_LOCKCHAIN_CHECKPOINT where the log is damaged, KNHK_LOCKCHAIN_LOCKED, KNHK_RECEIPTS_KEYRING
 * @example
 * const key = nodeSigner({ name: 'lockchain', privateKey: new Uint8Array(32).fill(3) });
 * const given = { repository: `${logDirectory}.git`, data: logDirectory, keyring, key };
 * (await rebuildLockchain(given)).size; // => 4
 */
export async function rebuildLockchain(options: RebuildOptions): Promise<Rebuilt> {
  const { repository, data, keyring, key, everyLeaves = 4_096, fs = nodeFs } = options;
  checkOwnKey(key, keyring);
  const last = lastCheckpoint(fs, data, keyring, undefined);
  createRepository(fs, repository, keyring.origin);
  const lock = await takeRepository(fs, repository);
  try {
    const chain = new Chain({ fs, directory: repository, origin: keyring.origin, key });
    let commits = 0;
    let size = 0;
    const commit = async ({ checkpoint, note, timeMs }: LogEpoch): Promise<void> => {
      if (timeMs === undefined) return damaged(data, checkpoint.size - 1);
      await chain.append(checkpoint, note, timeMs, keyring);
      size = checkpoint.size;
      commits++;
      if (commits % commitsPerPack === 0) await chain.pack();
    };
    const wanted = last?.size ?? 0;
    for await (const event of new EpochReader(fs, data).read(0)) {
      if (size === wanted) break;
      if (event.kind === 'damage') return damaged(data, event.seq);
      const end = event.checkpoint.size;
      if (end - size >= everyLeaves || end === wanted) await commit(event);
    }
    if (size !== wanted) damaged(data, size);
    await chain.pack();
    return { commits, size };
  } finally {
    await lock.release();
  }
}

function damaged(data: string, seq: number): never {
  const where = `${data} seq ${seq}`;
  return fail('KNHK_LOCKCHAIN_CHECKPOINT', where, 'complete epochs', 'a damaged one');
}
