import { join } from 'node:path';
import { openLockchain } from 'knhk/git';
import type { Keyring, Signer } from 'knhk/receipts';
import { type BenchContext, median } from '../harness.ts';
import { appendLeaves, type Log } from './leaves.ts';

const commits = 391;
const perCommit = 256;

/** Checkpoints as signed Git commits: what one takes, synced, and what they weigh when packed. */
export async function committing(
  context: BenchContext,
  log: Log,
  keyring: Keyring,
  key: Signer,
): Promise<void> {
  const chain = await openLockchain({
    repository: join(context.directory, 'chain.git'),
    data: join(context.directory, 'log'),
    ...{ log, keyring, key, create: true, packEvery: 100_000 },
    // Only the commits of this loop.
    ...{ everyMs: 2_000_000_000, everyLeaves: 2 ** 30 },
  });
  const taken: number[] = [];
  for (let count = 0; count < commits; count++) {
    await appendLeaves(log, log.size, log.size + perCommit);
    const start = performance.now();
    await chain.commit();
    taken.push(performance.now() - start);
  }
  const { bytes } = await chain.pack();
  await chain.close();
  const unit = 'ms';
  const p50 = median(taken);
  const figure = 'a signed Git commit of a checkpoint, synced, p50';
  context.figure({ figure, value: p50, unit, goal: '<= 5', met: p50 <= 5 });
  const each = bytes / (commits * perCommit);
  context.figure({
    figure: 'bytes a receipt in Git, packed, index included',
    value: each,
    unit: 'B',
    goal: '<= 3',
    met: each <= 3,
  });
}
