import { LogHistogram } from 'knhk/loop';
import { type BenchContext, type Contestant, measure } from '../harness.ts';
import { type BenchEvent, delaysOf, monitorOf, randomOf, start, type TypeHandle } from './parts.ts';

const values = 1 << 20;
const goalNs = 60;
const goalRatio = 3;

interface Sketches {
  readonly DDSketch: new (options: {
    relativeAccuracy: number;
  }) => { accept(value: number): void; readonly count: number };
}

/** What one number costs beside DDSketch at the same accuracy, and what one event costs. */
export async function measureIngest(context: BenchContext): Promise<void> {
  const { DDSketch } = await context.peer<Sketches>('@datadog/sketches-js');
  const delays = delaysOf(20_261_122, values);
  const [histogram, peer, all] = await measure({
    contestants: [
      own(delays),
      theirs(DDSketch, delays),
      await observing(context, delays, 64, true),
    ],
    iterations: values,
  });
  // Behind it, because a process has one monitor, and code that serves several is slower.
  const [again, named, many] = await measure({
    contestants: [
      await observing(context, delays, 64, true),
      await observing(context, delays, 64, false),
      await observing(context, delays, 10_000, true),
    ],
    iterations: values,
  });
  const ratio = peer!.medianNs / histogram!.medianNs;
  const unit = 'ns';
  context.figure({
    ...{ figure: 'a number into quantiles', value: histogram!.medianNs, unit, peer: peer!.name },
    ...{ ratio, goal: `>= ${goalRatio}x`, met: ratio >= goalRatio },
  });
  context.figure({ figure: 'a number into DDSketch', value: peer!.medianNs, unit });
  context.figure({
    ...{ figure: 'an event: counts, quantiles, drift; 64 interned types', value: all!.medianNs },
    unit,
    ...{ goal: `<= ${goalNs}`, met: all!.medianNs <= goalNs },
    ...{ peer: peer!.name, ratio: peer!.medianNs / all!.medianNs },
  });
  context.figure({ figure: 'the same, min', value: all!.minNs, unit });
  context.figure({ figure: 'the same, beside two more monitors', value: again!.medianNs, unit });
  context.figure({ figure: 'of these: types looked up by name', value: named!.medianNs, unit });
  context.figure({ figure: 'of these: 10,000 interned types', value: many!.medianNs, unit });
}

// Two loops that look alike: one loop for both would call a function that it cannot inline.

function own(numbers: Float64Array): Contestant {
  return {
    name: 'LogHistogram',
    run: (iterations) => {
      const made = new LogHistogram();
      for (let index = 0; index < iterations; index++) made.add(numbers[index % values]!);
      return made.count;
    },
  };
}

function theirs(DDSketch: Sketches['DDSketch'], numbers: Float64Array): Contestant {
  return {
    name: 'DDSketch',
    run: (iterations) => {
      const made = new DDSketch({ relativeAccuracy: 0.01 });
      for (let index = 0; index < iterations; index++) made.accept(numbers[index % values]!);
      return made.count;
    },
  };
}

/** Events of types at random, each type with one numeric field; cycles close after a round. */
async function observing(
  context: BenchContext,
  delays: Float64Array,
  types: number,
  isInterned: boolean,
): Promise<Contestant> {
  const { monitor, names } = await monitorOf(context, types, { series: 0 });
  const handles = names.map((): TypeHandle | undefined =>
    isInterned ? { track: undefined } : undefined,
  );
  const random = randomOf(types);
  const order = Uint16Array.from({ length: values }, () => Math.floor(random() * types));
  const data = { value: 0.5 };
  // Filled in before each use: tens of thousands of objects would be timed for their own sake.
  const event: BenchEvent = {
    ...{ seq: 0, time: start + 0.5, at: start + 0.5, type: names[0]! },
    ...{ subject: undefined, data, fired: [], outcome: 'idle' },
  };
  let seq = 0;
  return {
    name: `the monitor with ${types} types${isInterned ? '' : ', by name'}`,
    run: (iterations) => {
      const before = seq;
      for (let index = 0; index < iterations; index++) {
        const type = order[index % values]!;
        event.type = names[type]!;
        data.value = delays[index % values]!;
        event.seq = seq++;
        event.at = start + seq;
        monitor.observe(event, handles[type]);
      }
      const { observed } = monitor.view().open;
      monitor.closeCycle();
      const counted = Object.values(observed).reduce((sum, count) => sum + count, 0);
      if (counted !== seq - before) throw new Error(`${counted} of ${seq - before}`);
      return counted;
    },
  };
}
