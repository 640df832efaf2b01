import {
  context,
  type DiagLogger,
  DiagLogLevel,
  diag,
  metrics,
  type Span,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect } from 'vitest';
import { openTelemetry, type Telemetry, type TelemetryOptions } from '../../src/otel/index.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { openDesk } from '../loop/support.ts';

/** A reader that reads when the test says so. */
class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A host with an SDK of its own, which keeps everything in memory. */
export interface Host {
  readonly tracerProvider: BasicTracerProvider;
  readonly meterProvider: MeterProvider;
  /** What diag heard. */
  readonly heard: readonly (readonly unknown[])[];
  /** Opens telemetry over the host's providers, or over those given; closed after the test. */
  open(options?: TelemetryOptions): Telemetry;
  /** The same once a runtime is open, so that its deploy is not among the spans. */
  openQuietly(options?: Partial<RuntimeOptions>): Promise<Runtime>;
  /** Runs work inside a span of the host, which ends with it. */
  within<T>(name: string, work: (span: Span) => Promise<T>): Promise<T>;
  /** The spans that ended, in that order; of one name where it is given. */
  spans(name?: string): readonly ReadableSpan[];
  /** The one span of a name. */
  one(name: string): ReadableSpan;
  /** The values of a metric by their attributes as JSON; empty where there is none. */
  values(metric: string): Promise<ReadonlyMap<string, unknown>>;
}

/** What the host's wall clock shows where the monotonic one shows zero. */
export const clockStartMs = 1_800_000_000_000;
// Whole milliseconds, as a wall clock shows them, but never set: spans keep their order.
const clock = { now: (): number => Math.floor(clockStartMs + performance.now()) };

/** A host for each test of a file. */
export function hostForEach(): Host {
  const exporter = new InMemorySpanExporter();
  const opened: Telemetry[] = [];
  const heard: (readonly unknown[])[] = [];
  let parts = partsOf(exporter);
  beforeEach(() => {
    parts = partsOf(exporter);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const deaf = (): void => {};
    const error = (...words: unknown[]): void => void heard.push(words);
    const logger: DiagLogger = { error, warn: deaf, info: deaf, debug: deaf, verbose: deaf };
    diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  });
  afterEach(() => {
    for (const telemetry of opened.splice(0)) telemetry.close();
    for (const part of [context, diag, metrics, trace]) part.disable();
    exporter.reset();
    heard.length = 0;
  });
  return {
    heard,
    get tracerProvider() {
      return parts.tracerProvider;
    },
    get meterProvider() {
      return parts.meterProvider;
    },
    open(options = {}) {
      const { tracerProvider, meterProvider } = parts;
      const telemetry = openTelemetry({ tracerProvider, meterProvider, clock, ...options });
      opened.push(telemetry);
      return telemetry;
    },
    within: (name, work) =>
      parts.tracerProvider.getTracer('host').startActiveSpan(name, async (span) => {
        try {
          return await work(span);
        } finally {
          span.end();
        }
      }),
    async openQuietly(options = {}) {
      const runtime = await openDesk(options);
      this.open();
      return runtime;
    },
    spans: (name) =>
      exporter.getFinishedSpans().filter((span) => name === undefined || span.name === name),
    one(name) {
      const [first, ...more] = this.spans(name);
      expect([first?.name, more]).toEqual([name, []]);
      return first!;
    },
    async values(metric) {
      const { resourceMetrics } = await parts.reader.collect();
      const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      const found = all.filter(({ descriptor }) => descriptor.name === metric);
      const points = found.flatMap(({ dataPoints }) => dataPoints as readonly Point[]);
      return new Map(points.map(({ attributes, value }) => [JSON.stringify(attributes), value]));
    },
  };
}

interface Point {
  readonly attributes: unknown;
  readonly value: unknown;
}

function partsOf(exporter: InMemorySpanExporter) {
  const reader = new ManualReader();
  return {
    reader,
    tracerProvider: new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    }),
    meterProvider: new MeterProvider({ readers: [reader] }),
  };
}

/** The id of a span's parent, undefined for a root. */
export const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;

/** The ids of the spans that a span links to. */
export const linksOf = (span: ReadableSpan): readonly string[] =>
  span.links.map(({ context: linked }) => linked.spanId);

export const contextOf = (span: Span | ReadableSpan): SpanContext => span.spanContext();
export const idOf = (span: Span | ReadableSpan): string => contextOf(span).spanId;

/** What a tracer or meter gives whose every method throws `what`. */
export function throwing(what: () => Error): never {
  const handler: ProxyHandler<() => void> = {
    get: (_, name) => {
      // A promise or a printer asks for these; neither is a method of OpenTelemetry.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined;
      return () => {
        throw what();
      };
    },
  };
  return new Proxy(() => {}, handler) as never;
}
