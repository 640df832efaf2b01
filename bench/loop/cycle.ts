import { standardDetectors } from 'knhk/loop';
import { type BenchContext, quantile } from '../harness.ts';
import { type BenchEvent, delaysOf, monitorOf, randomOf, start } from './parts.ts';

const types = 10_000;
const windowEvents = 1_000_000;
const perCycle = 20_000;
const warming = 10;
const counted = 30;
const goalMs = 5;

/**
 * What a cycle costs over a window of a million events of ten thousand types: the view, all
 * detectors, and closing it. Each cycle has twenty thousand new events, which are not timed.
 */
export async function measureCycle(context: BenchContext): Promise<void> {
  const { monitor, names } = await monitorOf(context, types, { windowMs: 3_600_000, series: 0 });
  const detectors = standardDetectors({ series: false });
  const random = randomOf(7);
  const delays = delaysOf(11, perCycle);
  let seq = 0;
  const observe = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const event: BenchEvent = {
        ...{ seq, time: start + 3 * seq, at: start + 3 * seq, subject: undefined },
        ...{ type: names[Math.floor(random() * types)]!, fired: [], outcome: 'idle' },
        data: { value: delays[index % perCycle]! },
      };
      seq++;
      monitor.observe(event);
      for (const detector of detectors) detector.observe?.(event as never);
    }
  };
  const taken: { detect: number; close: number }[] = [];
  let patterns = 0;
  for (let cycle = 0; cycle < windowEvents / perCycle + warming + counted; cycle++) {
    observe(perCycle);
    const begin = performance.now();
    const view = monitor.view();
    for (const detector of detectors) patterns += detector.detect(view).length;
    const middle = performance.now();
    monitor.closeCycle();
    taken.push({ detect: middle - begin, close: performance.now() - middle });
  }
  const late = taken.slice(-counted);
  const all = late.map(({ detect, close }) => detect + close);
  const unit = 'ms';
  const what = `a cycle over 10,000 types and ${windowEvents} events`;
  const median = quantile(all, 0.5);
  context.figure({
    ...{ figure: `${what}, p50`, value: median, unit },
    ...{ goal: `<= ${goalMs}`, met: median <= goalMs },
  });
  context.figure({ figure: `${what}, p95`, value: quantile(all, 0.95), unit });
  const detect = quantile(
    late.map((one) => one.detect),
    0.5,
  );
  context.figure({ figure: `${what}: ${detectors.length} detectors, p50`, value: detect, unit });
  context.figure({ figure: `${what}: patterns`, value: patterns, unit: '' });
}
