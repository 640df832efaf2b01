import { isSpanContextValid, type SpanContext } from './api.ts';

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** A span's place as W3C Trace Context (section 3.2) writes it; undefined for no valid span. */
export function formatTraceparent(span: SpanContext | undefined): string | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  // The interface takes upper case for valid; W3C Trace Context does not.
  return `00-${span.traceId}-${span.spanId}-${flags}`.toLowerCase();
}

/** Reads version 00 of a traceparent; a host may also name traces in a form of its own. */
export function parseTraceparent(text: string): SpanContext | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}
