import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Clock,
  channels,
  KnhkError,
  type ObservationInput,
  openRuntime,
  type Runtime,
  verifyLog,
} from 'knhk';
import {
  type CycleReport,
  hookRateDetector,
  type Loop,
  type Measurements,
  openLoop,
  parameterPlanner,
} from 'knhk/loop';
import { brokenCount } from './broken.ts';
import { carelessAt } from './careless.ts';
import { feed } from './feed.ts';
import { deskKeys, keysDirectory, origin } from './keys.ts';
import { type DeskOptions, readOptions } from './options.ts';
import { Flight, rules } from './rules.ts';
import { printSummary, summaryJson } from './summary.ts';
import { Durations, Tally } from './tally.ts';
import { progress } from './terminal.ts';

/** What the invariants are judged by: declared, so that a run does not depend on the machine. */
const declared: Measurements = {
  retrocausationViolations: 0,
  violationsActedUpon: 0,
  tickCompliancePercent: null,
  operationNs: 20,
  warmP95Ms: 40,
  errorPercent: 0,
  rssBytes: 400_000_000,
  cpuPercent: 40,
  loopDelayP99Ms: 60,
};

const cycleEvery = 10_000;
/** The cycle in which somebody makes a mistake; late, so that what came before is undisturbed. */
const carelessCycle = 15;
const patient = 600_000;
const decideEvery = 1_000;
const decideBlock = 64;
const ring = 1_024;
const firstFlight = Date.UTC(2001, 0, 1);

type Input = ObservationInput<typeof Flight>;

async function run(options: DeskOptions): Promise<number> {
  const keys = deskKeys(options.data, options.deterministic);
  let knhk: Runtime | undefined;
  // The deterministic clock shows the time of the last observation, which the log remembers.
  const follows: Clock = { now: () => knhk?.lastAt ?? firstFlight };
  knhk = await openRuntime({
    origin,
    data: options.data,
    observations: [Flight],
    rules,
    shapes: [{ name: 'shapes.ttl', turtle: readFileSync(shapesFile(), 'utf8') }],
    unguarded: 'allow',
    ...keys,
    ...(options.deterministic ? { clock: follows } : {}),
  });
  const cycles: CycleReport[] = [];
  const loop = await openDeskLoop(knhk, options, (report) => cycles.push(report));
  let checkpoints = 0;
  channels.checkpoint.subscribe(() => checkpoints++);
  const started = performance.now();
  const desk = await work(knhk, options).catch(async (error: unknown) => {
    // What closing says after a failure would hide the failure itself.
    await knhk?.close().catch(() => {});
    throw error;
  });
  const seconds = (performance.now() - started) / 1_000;
  const live = loop.measure();
  // Waits for the cycle that the last observation may have begun.
  await loop.close();
  const { parameters } = knhk;
  const outcomes = loop.knowledge.outcomes();
  const health = knhk.health();
  const [routing] = knhk.routing();
  await knhk.close();
  if (desk.interrupted) {
    process.stderr.write(
      'interrupted: everything acknowledged is in the log; run again to go on\n',
    );
    return 130;
  }
  const keyring = JSON.parse(readFileSync(`${keysDirectory(options.data)}/keyring.json`, 'utf8'));
  const report = await verifyLog(options.data, keyring);
  const told = { health, routing: routing!, parameters, cycles, outcomes, report, checkpoints };
  const summary = { options, ...desk, ...told };
  const timed = { ...summary, seconds, declared, live };
  if (options.json) process.stdout.write(`${summaryJson(timed)}\n`);
  else printSummary(timed);
  return report.ok ? 0 : 1;
}

/** The loop as the desk runs it. */
function openDeskLoop(
  runtime: Runtime,
  options: DeskOptions,
  onCycle: (report: CycleReport) => void,
): Promise<Loop> {
  const careless = carelessAt(options.shuffled ? 0 : carelessCycle);
  return openLoop({
    runtime,
    detectors: [hookRateDetector(), careless.detector],
    planners: [parameterPlanner(), careless.planner],
    autonomy: 'promote',
    // A promoted change is taken back where more is denied than before by one flight in a hundred.
    bake: {
      observations: 5_000,
      criteria: [
        { outcome: 'failed', maxPercent: 1 },
        { outcome: 'denied', maxIncrease: 1 },
      ],
    },
    everyObservations: cycleEvery,
    // A run must not depend on how busy the machine is.
    cycleMs: patient,
    stageMs: { static: patient, compatibility: patient, performance: patient },
    measure: () => declared,
    onCycle,
  });
}

interface Desk {
  readonly tally: Tally;
  readonly decideNs: Durations;
  readonly applyMs: Durations;
  readonly interrupted: boolean;
}

/** Applies the whole feed in order; Ctrl-C stops it after what is in flight. */
async function work(knhk: Runtime, options: DeskOptions): Promise<Desk> {
  const tally = new Tally();
  const decideNs = new Durations();
  const applyMs = new Durations();
  let interrupted = false;
  const stop = (): void => {
    interrupted = true;
  };
  process.once('SIGINT', stop);
  // Rings: applyAll never has more than 1,024 observations in flight.
  const ids = new Array<string>(ring);
  const begun = new Float64Array(ring);
  let next = 0;
  const total = options.limit + brokenCount(options.limit);
  const bar = progress({ label: 'flights', total });
  const inputs = async function* (): AsyncGenerator<Input> {
    for await (const { id, input } of feed(options.limit, options.shuffled)) {
      if (interrupted) return;
      // Broken records are of no declared form: that is what they are for.
      if (next % decideEvery === 0) decideNs.add(timeDecide(knhk, input as Input));
      ids[next % ring] = id;
      begun[next++ % ring] = performance.now();
      yield input as Input;
    }
  };
  let done = 0;
  const idOf = (_: Input, index: number): string => ids[index % ring]!;
  for await (const outcome of knhk.applyAll(Flight, inputs(), { id: idOf })) {
    applyMs.add(performance.now() - begun[done % ring]!);
    if (options.acks !== undefined && 'receipt' in outcome) {
      writeSync(options.acks, `${ids[done % ring]}\n`);
    }
    tally.add(outcome);
    bar.update(++done);
  }
  bar.done();
  process.off('SIGINT', stop);
  return { tally, decideNs, applyMs, interrupted };
}

/** Mean ns of a decision over a block, because the clock is coarser than one decision. */
function timeDecide(knhk: Runtime, input: Input): number {
  const start = performance.now();
  for (let call = 0; call < decideBlock; call++) knhk.decide(Flight, input);
  return ((performance.now() - start) * 1e6) / decideBlock;
}

function shapesFile(): string {
  // Compiled examples lie in build/examples/flights, the Turtle beside the source.
  return fileURLToPath(new URL('../../../examples/flights/shapes.ttl', import.meta.url));
}

/** Runs the desk; what stops it from opening or writing is told with its code and details. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return 2;
  try {
    return await run(options);
  } catch (error) {
    if (!(error instanceof KnhkError)) throw error;
    const { expected, got, where } = error.details;
    process.stderr.write(
      `${error.code} at ${where}\n  expected: ${expected}\n  got:      ${got}\n`,
    );
    return 3;
  }
}

process.exitCode = await main();
