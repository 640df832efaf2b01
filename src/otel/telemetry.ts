import { type Clock, systemClock } from '../base/clock.ts';
import { fail } from '../base/errors.ts';
import { channels } from '../runtime/channels.ts';
import type { Operation } from '../runtime/operations.ts';
import type { TraceRequest } from '../runtime/trace.ts';
import { context, type MeterProvider, metrics, type TracerProvider, trace } from './api.ts';
import { scope } from './generated.ts';
import { attempt, listen } from './listen.ts';
import { Meters } from './meters.ts';
import { SpanWriter } from './spans.ts';
import { Totals } from './totals.ts';
import { formatTraceparent } from './traceparent.ts';
import { Wall } from './wall.ts';

/** A TracerProvider of OpenTelemetry's API by its structure. */
export interface TracerProviderLike {
  getTracer(name: string, version?: string): unknown;
}

/** A MeterProvider of OpenTelemetry's API by its structure. */
export interface MeterProviderLike {
  getMeter(name: string, version?: string): unknown;
}

/** What {@link openTelemetry} is given; without options it uses what is registered globally. */
export interface TelemetryOptions {
  readonly tracerProvider?: TracerProviderLike;
  /** Needed here where the host registers no global one before telemetry is opened. */
  readonly meterProvider?: MeterProviderLike;
  /** Places spans in time; the machine's clock unless given. */
  readonly clock?: Clock;
}

/** Open telemetry; made by {@link openTelemetry}. */
export interface Telemetry {
  /** Stops listening. What was counted stays with the SDK. */
  close(): void;
  [Symbol.dispose](): void;
}

let isOpen = false;

/**
 * Sends what the library's runtimes and loops tell of themselves to OpenTelemetry: spans of warm
 * work, counters and gauges, and the caller's trace context (W3C Trace Context) into each receipt's
 * leaf. Open it once in a process, after the host has set up its SDK; runtimes may be opened before
 * or after. Histograms of hot work leave through {@link metricProducer}. `registry/` in the package
 * declares every name.
 *
 * @throws KnhkError KNHK_TELEMETRY_OPEN where an earlier one is open; what a provider throws when
 * it is asked for a tracer, a meter or instruments. What it throws later goes to `diag`.
 * @example
 * const telemetry = openTelemetry();
 * await knhk.apply(Flight, flight);
 * telemetry.close();
 */
export function openTelemetry(options: TelemetryOptions = {}): Telemetry {
  if (isOpen) fail('KNHK_TELEMETRY_OPEN', 'openTelemetry', 'one at a time', 'an open one');
  const { clock = systemClock } = options;
  const tracers = (options.tracerProvider ?? trace) as TracerProvider;
  const meters = (options.meterProvider ?? metrics) as MeterProvider;
  const spans = new SpanWriter(tracers.getTracer(scope.name, scope.version), new Wall(clock));
  const totals = new Totals();
  let meter: Meters;
  try {
    meter = new Meters(meters.getMeter(scope.name, scope.version), totals);
  } catch (error) {
    // The host hears what its provider throws, and may try again: nothing is left behind.
    totals.close();
    throw error;
  }
  isOpen = true;
  const unlisten = [
    listen<Operation>(channels.operationStart, (operation) => spans.start(operation)),
    // Apart, so that a span that is lost takes no count along.
    listen<Operation>(channels.operationEnd, (operation) => spans.end(operation)),
    listen<Operation>(channels.operationEnd, (operation) => meter.ended(operation)),
    listen<TraceRequest>(channels.trace, (request) => {
      request.trace ??= formatTraceparent(trace.getSpanContext(context.active()));
    }),
  ];
  const close = (): void => {
    if (unlisten.length === 0) return;
    for (const stop of unlisten.splice(0)) stop();
    totals.close();
    isOpen = false;
    attempt(() => meter.close());
  };
  return { close, [Symbol.dispose]: close };
}
