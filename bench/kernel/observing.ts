import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openRuntime } from 'knhk';
import { type BenchContext, measure } from '../harness.ts';
import { firingOn, hooksOf, Reading, readings, type Style } from './readings.ts';

/** What the runtime has beside decide() and apply(), once it streams. */
interface Streams {
  observe(type: typeof Reading, input: Reading): unknown;
}

const count = 8_192;
const observations = 131_072;
const rounds = 15;

/** observe() from a plain object to the counts, evaluation included; nothing fires. */
export async function observing(context: BenchContext, style: Style, ghz: number): Promise<void> {
  const data = join(context.directory, 'observing');
  const options = { origin: 'bench.example/observing', data, observations: [Reading] };
  const knhk = await openRuntime({ ...options, rules: hooksOf(8, style), unguarded: 'allow' });
  try {
    if (!('observe' in knhk)) {
      console.error('kernel: this runtime has no observe()');
      return;
    }
    const streams = knhk as unknown as Streams;
    const fires = firingOn(8, style);
    const idle = readings()
      .filter((reading) => fires(reading).length === 0)
      .slice(0, count);
    if (idle.length < count) throw new Error('too few readings that fire nothing');
    const run = async (iterations: number): Promise<number> => {
      for (let index = 0; index < iterations; index++) {
        streams.observe(Reading, idle[index & (count - 1)]!);
      }
      await knhk.flush();
      return iterations;
    };
    const contestants = [{ name: 'observe', run }];
    const [observed] = await measure({ contestants, iterations: observations, rounds });
    const unit = ghz > 0 ? 'ticks' : 'ns';
    const figure = `observe() of 8 facts, ${style} rules, end to end`;
    const { medianNs, minNs } = observed!;
    context.figure({ figure: `${figure}, median`, value: medianNs * (ghz || 1), unit });
    context.figure({ figure: `${figure}, min`, value: minNs * (ghz || 1), unit });
  } finally {
    await knhk.close();
    for (const end of ['', '.keys']) rmSync(`${data}${end}`, { recursive: true, force: true });
  }
}
