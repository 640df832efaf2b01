// The one place that knows @opentelemetry/api, an optional peer (>=1.3 <2). Only what 1.3 has is
// used, so that a host with an older interface loses nothing.
export {
  type Attributes,
  type BatchObservableResult,
  type Context,
  type Counter,
  context,
  diag,
  type Histogram,
  type HrTime,
  isSpanContextValid,
  type Meter,
  type MeterProvider,
  metrics,
  type Observable,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
