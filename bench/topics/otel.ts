import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openRuntime, type Runtime } from 'knhk';
import { metricProducer, openTelemetry, type Telemetry, type TelemetryOptions } from 'knhk/otel';
import { flights } from '../../examples/flights/data.ts';
import { Flight, rules } from '../../examples/flights/rules.ts';
import { type BenchContext, type Contestant, type Measured, measure } from '../harness.ts';

const rounds = 15;
const applied = 10_000;
const decided = 262_144;

interface Sdk {
  readonly options: TelemetryOptions;
  /** One histogram record with one attribute: what a hot operation would pay. */
  record(value: number): void;
}

interface TraceSdk {
  readonly BasicTracerProvider: new (options: object) => TelemetryOptions['tracerProvider'];
  readonly BatchSpanProcessor: new (exporter: object) => object;
}

interface MetricsSdk {
  readonly MeterProvider: new () => {
    getMeter(name: string): {
      createHistogram(name: string): { record(value: number, given: object): void };
    };
  };
}

export const peers: readonly string[] = [
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-trace-base',
];

/**
 * What watching costs: apply and decide with an SDK's providers listening and without, in one
 * interleaved run, and beside them one record of that SDK, which hot work never makes.
 */
export async function run(context: BenchContext): Promise<void> {
  const sdk = await openSdk(context);
  const inputs = await read((rounds + 1) * applied);
  const data = join(context.directory, 'otel');
  const shared = { observations: [Flight], rules, unguarded: 'allow' } as const;
  const origin = 'bench.example/otel';
  const open = (name: string): Promise<Runtime> =>
    openRuntime({ ...shared, origin, data: `${data}-${name}` });
  const watched = await open('watched');
  const plain = await open('plain');
  try {
    await reportApply(context, [
      applying('plain', plain, inputs, undefined),
      applying('watched', watched, inputs, sdk.options),
    ]);
    await reportDecide(context, sdk, [
      deciding('plain', plain, inputs, undefined),
      deciding('watched', watched, inputs, sdk.options),
      recording(sdk),
    ]);
    await reportCollect(context);
  } finally {
    await Promise.all([plain.close(), watched.close()]);
    for (const name of ['watched', 'plain']) {
      for (const end of ['', '.keys']) rmSync(`${data}-${name}${end}`, { recursive: true });
    }
  }
}

async function openSdk(context: BenchContext): Promise<Sdk> {
  const { BasicTracerProvider, BatchSpanProcessor } = await context.peer<TraceSdk>(peers[1]!);
  const { MeterProvider } = await context.peer<MetricsSdk>(peers[0]!);
  const done = (_: unknown, answer: (result: object) => void): void => answer({ code: 0 });
  const exporter = { export: done, shutdown: async () => {}, forceFlush: async () => {} };
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const meterProvider = new MeterProvider();
  const histogram = meterProvider.getMeter('bench').createHistogram('bench.latency');
  return {
    options: { meterProvider, ...(tracerProvider === undefined ? {} : { tracerProvider }) },
    record: (value) => histogram.record(value, { sector: 'logistics' }),
  };
}

type Input = Omit<Awaited<ReturnType<typeof read>>[number], 'row'>;

async function read(limit: number) {
  const rows = [];
  for await (const row of flights({ limit })) rows.push(row);
  return rows;
}

/** Runs work with telemetry open, or without. */
async function under<T>(
  options: TelemetryOptions | undefined,
  work: () => T | Promise<T>,
): Promise<T> {
  const telemetry: Telemetry | undefined =
    options === undefined ? undefined : openTelemetry(options);
  try {
    return await work();
  } finally {
    telemetry?.close();
  }
}

function applying(
  name: string,
  knhk: Runtime,
  inputs: readonly Input[],
  options: TelemetryOptions | undefined,
): Contestant {
  let next = 0;
  return {
    name,
    run: (iterations) =>
      under(options, async () => {
        const slice = inputs.slice(next, next + iterations).map(bare);
        next += iterations;
        let receipts = 0;
        const id = (input: Input): string => input.flight;
        for await (const outcome of knhk.applyAll(Flight, slice, { id })) {
          if ('receipt' in outcome) receipts++;
        }
        return receipts;
      }),
  };
}

function bare({ flight, departed, origin, destination, delayMinutes, miles }: Input): Input {
  return { flight, departed, origin, destination, delayMinutes, miles };
}

function deciding(
  name: string,
  knhk: Runtime,
  inputs: readonly Input[],
  options: TelemetryOptions | undefined,
): Contestant {
  const plain = inputs.slice(0, 65_536).map(bare);
  return {
    name,
    run: (iterations) =>
      under(options, () => {
        let idle = 0;
        for (let n = 0; n < iterations; n++) {
          if (knhk.decide(Flight, plain[n % plain.length]!).outcome === 'idle') idle++;
        }
        return idle;
      }),
  };
}

const recording = (sdk: Sdk): Contestant => ({
  name: 'record',
  run: (iterations) => {
    for (let n = 0; n < iterations; n++) sdk.record(n % 1_000);
    return iterations;
  },
});

async function reportApply(
  context: BenchContext,
  contestants: readonly Contestant[],
): Promise<void> {
  const [plain, watched] = (await measure({ contestants, iterations: applied, rounds })) as [
    Measured,
    Measured,
  ];
  const ratio = watched.medianNs / plain.medianNs;
  context.figure({
    figure: 'durable receipts with an SDK listening',
    value: 1e9 / watched.medianNs,
    unit: 'receipts/s',
    peer: 'nobody listening',
    ratio,
    goal: 'time ratio <= 1.05',
    met: ratio <= 1.05,
  });
}

async function reportDecide(
  context: BenchContext,
  sdk: Sdk,
  contestants: readonly Contestant[],
): Promise<void> {
  sdk.record(0);
  const measured = await measure({
    contestants,
    iterations: decided,
    rounds,
    // The SDK's record decides nothing.
    checksums: 'differ',
  });
  const [plain, watched, record] = measured as [Measured, Measured, Measured];
  const ratio = watched.medianNs / plain.medianNs;
  context.figure({
    figure: 'decide with an SDK listening, flights',
    value: watched.medianNs,
    unit: 'ns',
    peer: 'nobody listening',
    ratio,
    goal: 'time ratio <= 1.05',
    met: ratio <= 1.05,
  });
  context.figure({
    figure: 'one histogram record with one attribute, SDK 2.12',
    value: record.medianNs,
    unit: 'ns',
  });
}

async function reportCollect(context: BenchContext): Promise<void> {
  const producer = metricProducer();
  const collecting: Contestant = {
    name: 'collect',
    run: async (iterations) => {
      let points = 0;
      for (let n = 0; n < iterations; n++) {
        const { resourceMetrics } = await producer.collect();
        points += resourceMetrics.scopeMetrics[0]!.metrics[0]!.dataPoints.length;
      }
      return points;
    },
  };
  const [collect] = await measure({ contestants: [collecting], iterations: 200, rounds });
  producer.close();
  context.figure({ figure: 'collect, two runtimes', value: collect!.medianNs / 1e3, unit: 'us' });
}
