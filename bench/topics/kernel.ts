import { type BenchContext, type Contestant, measure, median } from '../harness.ts';
import { isolated } from '../isolated.ts';
import { type Machine, openMachine, reportMachine } from '../kernel/machine.ts';
import { compiled } from '../kernel/pass.ts';
import { type FactCount, firingOn, hooksOf, readings, type Style } from '../kernel/readings.ts';
import {
  allTogether,
  checkStream,
  encoded,
  encoding,
  evaluating,
  storing,
} from '../kernel/streams.ts';

// Threads find by name what they are to run.
export { observing } from '../kernel/observing.ts';
export { promotion, reading } from '../kernel/snapshots.ts';

const observations = 262_144;
const rounds = 15;

/**
 * The hot path by its parts: 64 hooks over observations of eight facts and of five, in batches of
 * 64. Ticks are nanoseconds over long runs times the counter's rate; where there is no addon to
 * read a counter with, nanoseconds are given and no goal is judged.
 */
export async function run(context: BenchContext): Promise<void> {
  const { url } = import.meta;
  const machine = await openMachine(context);
  const ghz = machine?.ghz ?? 0;
  if (machine === undefined) console.error('kernel: nanoseconds in place of ticks, no goals');
  else {
    reportMachine(context, machine);
    await isolated(context, url, 'engines', ghz);
    await eachStream(context, 'native', ghz);
  }
  await eachStream(context, 'portable', ghz);
  await isolated(context, url, 'reading');
  await isolated(context, url, 'promotion');
  for (const style of styles) await isolated(context, url, 'observing', style, ghz);
}

const styles: readonly Style[] = ['usual', 'dense'];

async function eachStream(context: BenchContext, by: string, ghz: number): Promise<void> {
  for (const style of styles) {
    for (const facts of [8, 5]) {
      await isolated(context, import.meta.url, 'streaming', by, facts, style, ghz);
    }
  }
}

/** Evaluation alone by each engine at each width, read by the counter inside the kernel. */
export async function engines(context: BenchContext, ghz: number): Promise<void> {
  const machine = (await openMachine(context)) as Machine;
  const list = readings();
  for (const lanes of [64, 256, 512]) {
    const contestants: Contestant[] = [];
    const inKernel: (() => number)[] = [];
    for (const name of machine.engines) {
      const { pass, encoders } = await compiled(context, hooksOf(8, 'dense'), name, lanes);
      const ids = encoded(pass, encoders.portable, list);
      const stream = { facts: 8, readings: list, ids, pass } as const;
      checkStream(stream, firingOn(8, 'dense'));
      const { control, run: evaluate } = pass;
      let ticks = 0;
      const { run } = evaluating(stream, () => {
        evaluate();
        ticks += control[2]! + 2 ** 32 * control[3]! - machine.emptyTicks;
      });
      const samples: number[] = [];
      const sampled = (iterations: number): number => {
        ticks = 0;
        const fired = run(iterations) as number;
        samples.push(ticks / iterations);
        return fired;
      };
      contestants.push({ name, run: sampled });
      // The first was the warm-up.
      inKernel.push(() => median(samples.slice(1)));
    }
    const measured = await measure({ contestants, iterations: observations, rounds });
    for (const [index, { name, medianNs }] of measured.entries()) {
      const value = inKernel[index]!();
      const figure = `evaluate, ${lanes} hooks, ${name}`;
      const goal = lanes === 64 && name === 'u64' ? { goal: '<= 4', met: value <= 4 } : {};
      context.figure({ figure: `${figure}, in the kernel`, value, unit: 'ticks', ...goal });
      context.figure({ figure: `${figure}, with the call`, value: medianNs * ghz, unit: 'ticks' });
    }
  }
}

/** Most ticks of an observation's parts, by engine and facts. */
const storeGoals = { native: { 8: 12, 5: 9 }, portable: { 8: 24, 5: 18 } } as const;
const ticksPerFact = 8;

/** Storing, encoding and evaluating 64 hooks, by the addon's u64 engine or without the addon. */
export async function streaming(
  context: BenchContext,
  by: 'native' | 'portable',
  facts: FactCount,
  style: Style,
  ghz: number,
): Promise<void> {
  const engine = by === 'native' ? 'u64' : 'portable';
  const { pass, encoders } = await compiled(context, hooksOf(facts, style), engine);
  const list = readings();
  const ids = encoded(pass, encoders.portable, list);
  const stream = { facts, readings: list, ids, pass };
  if (encoded(pass, encoders.generated, list).some((word, index) => word !== ids[index])) {
    throw new Error('the encoders differ');
  }
  const share = checkStream(stream, firingOn(facts, style));
  const encode = encoders.generated;
  const contestants = [
    ...[evaluating(stream), storing(stream)],
    ...[encoding(stream, encode), allTogether(stream, encode)],
  ];
  const measured = await measure({
    ...{ contestants, iterations: observations, rounds },
    // They do different parts; what they give was compared before.
    checksums: 'differ',
  });
  const goals = [undefined, storeGoals[by][facts], undefined, ticksPerFact * facts];
  const unit = ghz > 0 ? 'ticks' : 'ns';
  for (const [index, { name, medianNs, minNs }] of measured.entries()) {
    const value = medianNs * (ghz || 1);
    const most = ghz > 0 ? goals[index] : undefined;
    const goal = most === undefined ? {} : { goal: `<= ${most}`, met: value <= most };
    const figure = `${by}, ${facts} facts, ${style} rules: ${name}`;
    context.figure({ figure: `${figure}, median`, value, unit, ...goal });
    context.figure({ figure: `${figure}, min`, value: minNs * (ghz || 1), unit });
  }
  const figure = `${by}, ${facts} facts, ${style} rules: share that fires`;
  context.figure({ figure, value: 100 * share, unit: '%' });
}
