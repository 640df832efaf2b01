import { type Executor, type PoolOptions, unavailable } from './pool.ts';
import { referenceEngine } from './reference.ts';
import { type BatchAnswer, makeRunner } from './run.ts';

/** Runs batches on the calling thread, one after the other; no deadline can interrupt them. */
export function openInline(options: PoolOptions): Executor {
  const runner = makeRunner(options.setup.observations, referenceEngine());
  let pending = 0;
  // One engine works on one graph at a time.
  let last: Promise<unknown> = Promise.resolve();
  return {
    async run(task, text, signal): Promise<BatchAnswer> {
      if (pending > options.queueMax) {
        options.onFault?.('queue');
        unavailable('queue', `at most ${options.queueMax} waiting tasks`);
      }
      pending++;
      const turn = last.then(async () => {
        signal?.throwIfAborted();
        const answer = await runner.run(task);
        return answer.kind === 'need' ? runner.run({ ...task, text }) : answer;
      });
      last = turn.catch(() => undefined);
      try {
        return await turn;
      } finally {
        pending--;
      }
    },
    get pending() {
      return pending;
    },
    close: () => last.then(() => undefined),
  };
}
