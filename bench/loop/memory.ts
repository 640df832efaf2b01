import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BenchContext } from '../harness.ts';
import { type BenchEvent, delaysOf, monitorOf, start } from './parts.ts';

const warming = 2_000_000;
const counted = 10_000_000;
const perCycle = 100_000;
const goalMb = 1;

/**
 * What the monitor holds before and after ten million events whose subjects and texts never come
 * twice: heap and arrays after a full collection, and what the process holds.
 */
export async function measureMemory(context: BenchContext): Promise<void> {
  const { monitor, names } = await monitorOf(context, 100, {});
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 2 ** 20;
  };
  const delays = delaysOf(5, perCycle);
  let seq = 0;
  const observe = (count: number): void => {
    for (let end = seq + count; seq < end; ) {
      const event: BenchEvent = {
        ...{ seq, time: start + seq, at: start + seq, type: names[seq % 100]! },
        ...{ subject: `urn:subject:${seq}`, fired: [], outcome: 'idle' },
        data: { value: delays[seq % perCycle]! },
      };
      monitor.observe(event);
      if (++seq % perCycle === 0) monitor.closeCycle();
    }
  };
  observe(warming);
  const before = held();
  const rssBefore = process.memoryUsage.rss();
  observe(counted);
  const grown = held() - before;
  const unit = 'MiB';
  context.figure({ figure: 'memory of 100 types after 2M events', value: before, unit });
  context.figure({
    ...{ figure: 'what 10M events add to it', value: grown, unit },
    ...{ goal: `<= ${goalMb}`, met: grown <= goalMb },
  });
  const rss = (process.memoryUsage.rss() - rssBefore) / 2 ** 20;
  context.figure({ figure: 'what they add to the process', value: rss, unit });
}
