import { channels } from './channels.ts';

/** What `knhk.trace` publishes: a listener may set `trace`. */
export interface TraceRequest {
  /** The observation's type, or `promotion`. */
  readonly type: string;
  /** Empty when published: 1 to 64 printable ASCII characters, such as a W3C traceparent. */
  trace: string | undefined;
}

/** Whether a leaf may hold it: 1 to 64 printable ASCII characters. */
export const isTrace = (trace: unknown): trace is string =>
  typeof trace === 'string' && /^[\x21-\x7e]{1,64}$/.test(trace);

/**
 * The caller's trace identifier, asked of `knhk.trace`: a traceparent of W3C Trace Context where
 * knhk/otel listens. What a leaf could not hold is left out, for telemetry must not make apply()
 * fail.
 */
export function traceOf(type: string): string | undefined {
  if (!channels.trace.hasSubscribers) return undefined;
  const request: TraceRequest = { type, trace: undefined };
  channels.trace.publish(request);
  return isTrace(request.trace) ? request.trace : undefined;
}
