// Sets up an OpenTelemetry SDK in memory around knhk/otel and says what arrived, as plain data.
// Like the scenario it runs over src and over the installed package, under SDK 2 and SDK 3.

/** Every file operation of a log's file system, for a wrapper that acts before each. */
const operations = [
  'openSync',
  'closeSync',
  'readSync',
  'writeSync',
  'fsyncSync',
  'fdatasyncSync',
  'ftruncateSync',
  'fstatSync',
  'statSync',
  'readdirSync',
  'mkdirSync',
  'renameSync',
  'unlinkSync',
  'fileSystemType',
  'write',
  'fdatasync',
];

/** A file system that calls `before(name)` first; what that throws is the operation's error. */
export function wrapFs(base, before) {
  const wrap =
    (name) =>
    (...words) => {
      try {
        before(name);
      } catch (error) {
        const done = words.at(-1);
        if (typeof done !== 'function') throw error;
        return done(error);
      }
      return base[name](...words);
    };
  return Object.fromEntries(operations.map((name) => [name, wrap(name)]));
}

/** A disk that works until it is told which operation fails from then on. */
export function failingDisk(base) {
  let broken;
  const fs = wrapFs(base, (name) => {
    if (name === broken) throw Object.assign(new Error(`EIO: ${name}`), { code: 'EIO' });
  });
  return {
    fs,
    failFromNowOn: (operation) => {
      broken = operation;
    },
  };
}

const sortedByName = (list) => list.sort((left, right) => (left.name < right.name ? -1 : 1));

function plainMetric({ descriptor, dataPointType, isMonotonic, dataPoints }) {
  const { name, unit, description } = descriptor;
  // DataPointType: 0 histogram, 2 gauge, 3 sum.
  const kinds = { 0: 'histogram', 2: 'gauge', 3: isMonotonic ? 'counter' : 'updowncounter' };
  const points = dataPoints.map(({ attributes, value }) => ({ attributes, value }));
  return { name, unit, description, instrument: kinds[dataPointType], points };
}

function plainSpan(span) {
  const parent = span.parentSpanContext;
  return {
    name: span.name,
    // SpanKind: 0 internal.
    kind: span.kind === 0 ? 'internal' : String(span.kind),
    attributes: { ...span.attributes },
    events: span.events.map(({ name, attributes }) => ({ name, attributes: { ...attributes } })),
    links: span.links.length,
    error: span.status.code === 2,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parent: parent?.spanId ?? null,
    scope: span.instrumentationScope.name,
  };
}

/** Starts watching; `stop` collects once and puts everything back. */
export function watch({ api, sdkTrace, sdkMetrics, contexts, otel }) {
  const { context, metrics, trace } = api;
  const manager = new contexts.AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  const finished = [];
  const settled = async () => {};
  const processor = {
    onStart: () => {},
    onEnd: (span) => finished.push(span),
    forceFlush: settled,
    shutdown: settled,
  };
  const Provider = sdkTrace.BasicTracerProvider ?? sdkTrace.TracerProvider;
  const tracerProvider = new Provider({ spanProcessors: [processor] });
  class Reader extends sdkMetrics.MetricReader {
    async onShutdown() {}
    async onForceFlush() {}
  }
  const producer = otel.metricProducer();
  const reader = new Reader({ metricProducers: [producer] });
  const meterProvider = new sdkMetrics.MeterProvider({ readers: [reader] });
  // Registered for everybody, as hosts do: that is where two versions of the API would miss each
  // other.
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  const telemetry = otel.openTelemetry();
  const host = tracerProvider.getTracer('host');
  const caller = (work) => {
    const span = host.startSpan('request');
    const answer = context.with(trace.setSpan(context.active(), span), work);
    span.end();
    return answer;
  };
  const collect = async () => (await reader.collect()).resourceMetrics;
  const stop = async () => {
    const { resource, scopeMetrics } = await collect();
    const own = scopeMetrics.filter(({ scope }) => scope.name === 'knhk');
    const arrived = own.flatMap((scope) => scope.metrics.map(plainMetric));
    const seen = finished.map(plainSpan);
    telemetry.close();
    producer.close();
    for (const part of [context, metrics, trace]) part.disable();
    return {
      resource: { ...resource.attributes },
      scopes: own.map(({ scope }) => `${scope.name} ${scope.version}`),
      metrics: sortedByName(arrived),
      spans: seen.filter(({ scope }) => scope === 'knhk'),
      callers: seen.filter(({ scope }) => scope === 'host'),
    };
  };
  return { caller, collect, stop };
}
