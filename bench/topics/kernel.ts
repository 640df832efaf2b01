import { type BenchContext, type Contestant, measure, median } from '../harness.ts';
import { isolated } from '../isolated.ts';
import { type Machine, openMachine, reportMachine } from '../kernel/machine.ts';
import { compiled, fillTable, type LaneBytes, newPass, portable } from '../kernel/pass.ts';
import { type FactCount, firingOn, hooksOf, readingCount, readings } from '../kernel/readings.ts';
import {
  allTogether,
  batch,
  checkStream,
  encoding,
  evaluating,
  type Stream,
  storing,
  storingWords,
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
    for (const facts of [8, 5]) await isolated(context, url, 'streaming', 'native', facts, ghz);
  }
  for (const facts of [8, 5]) await isolated(context, url, 'streaming', 'portable', facts, ghz);
  await isolated(context, url, 'reading');
  await isolated(context, url, 'promotion');
  await isolated(context, url, 'observing', ghz);
}

/** 64 hooks compiled into a pass, and readings encoded. */
async function streamOf(
  context: BenchContext,
  facts: FactCount,
  laneBytes: LaneBytes,
): Promise<Omit<Stream, 'evaluate'>> {
  const program = await compiled(context, hooksOf(facts));
  const pass = newPass(laneBytes);
  fillTable(pass, program.rows);
  const list = readings();
  const ids = new Uint8Array(8 * readingCount);
  for (const [index, reading] of list.entries()) program.encode(reading, ids, 8 * index);
  return { facts, readings: list, ids, compiled: program, pass };
}

const widths: readonly LaneBytes[] = [8, 32, 64];

/** Evaluation alone by each engine at each width, read by the counter inside the kernel. */
export async function engines(context: BenchContext, ghz: number): Promise<void> {
  const machine = (await openMachine(context)) as Machine;
  for (const laneBytes of widths) {
    const stream = await streamOf(context, 8, laneBytes);
    const contestants: Contestant[] = [];
    const inKernel = new Map<string, () => number>();
    for (const [name, bit] of machine.engines) {
      const evaluate = machine.addon.bind(stream.pass.memory, laneBytes, bit);
      checkStream({ ...stream, evaluate }, firingOn(8));
      const { control } = stream.pass;
      const samples: number[] = [];
      const run = (iterations: number): number => {
        const result = evaluating({ ...stream, evaluate: timed }).run(iterations) as number;
        samples.push(ticks / iterations);
        ticks = 0;
        return result;
      };
      let ticks = 0;
      const timed = (): void => {
        evaluate();
        ticks += control[2]! + 2 ** 32 * control[3]! - machine.emptyTicks;
      };
      contestants.push({ name, run });
      inKernel.set(name, () => median(samples.slice(1)));
    }
    const measured = await measure({ contestants, iterations: observations, rounds });
    for (const { name, medianNs } of measured) {
      const value = inKernel.get(name)!();
      const figure = `evaluate, ${8 * laneBytes} hooks, ${name}`;
      const isGoal = laneBytes === 8 && name === 'u64';
      const goal = isGoal ? { goal: '<= 4', met: value <= 4 } : {};
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
  ghz: number,
): Promise<void> {
  const stream = await streamOf(context, facts, 8);
  const evaluate =
    by === 'native'
      ? ((await openMachine(context)) as Machine).addon.bind(stream.pass.memory, 8, 1)
      : portable(stream.pass);
  const whole: Stream = { ...stream, evaluate };
  const share = checkStream(whole, firingOn(facts));
  const contestants = [
    ...[evaluating(whole), storing(whole), storingWords(whole)],
    ...[encoding(whole), allTogether(whole)],
  ];
  const measured = await measure({
    ...{ contestants, iterations: observations, rounds },
    // They do different parts; what they give was compared before.
    checksums: 'differ',
  });
  const goals = [undefined, storeGoals[by][facts], undefined, undefined, ticksPerFact * facts];
  const unit = ghz > 0 ? 'ticks' : 'ns';
  for (const [index, { name, medianNs, minNs }] of measured.entries()) {
    const value = medianNs * (ghz || 1);
    const most = ghz > 0 ? goals[index] : undefined;
    const goal = most === undefined ? {} : { goal: `<= ${most}`, met: value <= most };
    const figure = `${by}, ${facts} facts: ${name}`;
    context.figure({ figure: `${figure}, median`, value, unit, ...goal });
    context.figure({ figure: `${figure}, min`, value: minNs * (ghz || 1), unit });
  }
  const figure = `${by}, ${facts} facts: share that fires, batches of ${batch}`;
  context.figure({ figure, value: 100 * share, unit: '%' });
}
