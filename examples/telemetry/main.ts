import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { openKeys, openRuntime, verifyLog } from 'knhk';
import { hookRateDetector, openLoop, parameterPlanner } from 'knhk/loop';
import { metricProducer, openTelemetry } from 'knhk/otel';
import { flights } from '../flights/data.ts';
import { Flight, rules } from '../flights/rules.ts';

// What a service sees of knhk: an OpenTelemetry SDK is set up as any host does, then 2,000 flights
// arrive in requests of 50. Prints the spans by name, and what Prometheus would scrape.

const origin = 'example.com/watched-desk';
const arrivals = 2_000;
const perRequest = 50;

/** Collects when it is asked; a service has a PrometheusExporter or an OTLP reader here. */
class ManualReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

// The host's side. The producer goes to the reader, so it is made first.
const producer = metricProducer();
const reader = new ManualReader({ metricProducers: [producer] });
const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
const telemetry = openTelemetry();

const directory = mkdtempSync(join(tmpdir(), 'knhk-telemetry-'));
try {
  await serve(join(directory, 'data'));
  const { resourceMetrics } = await reader.collect();
  printSpans(exporter.getFinishedSpans());
  process.stdout.write(new PrometheusSerializer().serialize(resourceMetrics));
} finally {
  telemetry.close();
  producer.close();
  rmSync(directory, { recursive: true });
}

async function serve(data: string): Promise<void> {
  const keys = openKeys(`${data}.keys`, { origin });
  const shapes = readFileSync(new URL('../../../examples/flights/shapes.ttl', import.meta.url));
  const knhk = await openRuntime({
    origin,
    data,
    observations: [Flight],
    rules,
    shapes: shapes.toString(),
    unguarded: 'allow',
    ...keys,
  });
  const detectors = [hookRateDetector()];
  const planners = [parameterPlanner()];
  const loop = await openLoop({ runtime: knhk, detectors, planners, autonomy: 'promote' });
  try {
    const tracer = trace.getTracer('desk');
    const queue = flights({ limit: arrivals });
    for (let request = 0; request < arrivals / perRequest; request++) {
      // Each request has a span; the receipts of its flights name it, and so lead back to it.
      await tracer.startActiveSpan('POST /flights', async (span) => {
        const applied = [];
        for (let n = 0; n < perRequest; n++) {
          const { row: _, ...flight } = (await queue.next()).value as Row;
          knhk.decide(Flight, flight);
          applied.push(knhk.apply(Flight, flight, { id: flight.flight }));
        }
        await Promise.all(applied);
        span.end();
      });
      if (request % 10 === 9) await loop.cycle();
    }
  } finally {
    await loop.close();
    await knhk.close();
  }
  const report = await verifyLog(data, keys.keyring);
  if (!report.ok) throw new Error('the log does not verify');
}

type Row = ReturnType<typeof flights> extends AsyncGenerator<infer Item> ? Item : never;

function printSpans(spans: readonly ReadableSpan[]): void {
  const byName = new Map<string, number[]>();
  for (const { name, duration } of spans) {
    const durations = byName.get(name) ?? [];
    durations.push(duration[0] * 1e3 + duration[1] / 1e6);
    byName.set(name, durations);
  }
  const line = (name: string, count: string, median: string): string =>
    `# ${name.padEnd(20)}${count.padStart(8)}${median.padStart(12)}\n`;
  process.stdout.write(line('SPAN', 'COUNT', 'MEDIAN MS'));
  for (const [name, durations] of [...byName].sort()) {
    const sorted = durations.sort((left, right) => left - right);
    const median = sorted[Math.floor(sorted.length / 2)] as number;
    process.stdout.write(line(name, String(sorted.length), median.toFixed(3)));
  }
}
