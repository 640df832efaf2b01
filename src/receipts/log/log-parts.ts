import type { Clock } from '../../base/clock.ts';
import type { CommitterOptions } from './committer.ts';
import type { DurableParts } from './durable.ts';
import type { HeadWriter } from './head.ts';
import type { Lock } from './lock.ts';
import type { LogOptions } from './log-types.ts';
import type { Recovery } from './recover.ts';

/** What an opened directory consists of. */
export interface LogParts extends Omit<CommitterOptions, 'onCommit'>, DurableParts {
  readonly clock: Clock;
  readonly lock: Lock;
  readonly head: HeadWriter;
  /** The head that is kept outside. */
  readonly remembered: HeadWriter | undefined;
  readonly recovery: Recovery;
  readonly saveKeyring: LogOptions['saveKeyring'];
}

/** Closes everything, whatever fails on the way, and lets go of the lock. */
export async function closeAll(closers: readonly (() => void)[], lock: Lock): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers) {
    try {
      close();
    } catch (error) {
      errors.push(error);
    }
  }
  await lock.release();
  if (errors.length > 0) throw errors[0];
}
