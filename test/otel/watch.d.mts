import type { LogFs } from '../../src/index.ts';
import type * as Otel from '../../src/otel/index.ts';

type Values = { readonly [name: string]: unknown };

/** A metric as it arrived. */
export interface SeenMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly instrument: string;
  readonly points: readonly { readonly attributes: Values; readonly value: unknown }[];
}

/** A span as it arrived. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: string;
  readonly attributes: Values;
  readonly events: readonly { readonly name: string; readonly attributes: Values }[];
  readonly links: number;
  readonly error: boolean;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | null;
}

/** Everything that arrived. */
export interface Seen {
  readonly resource: Values;
  readonly scopes: readonly string[];
  readonly metrics: readonly SeenMetric[];
  readonly spans: readonly SeenSpan[];
  readonly callers: readonly SeenSpan[];
}

export function wrapFs(base: LogFs, before: (operation: string) => void): LogFs;
export function failingDisk(base: LogFs): {
  readonly fs: LogFs;
  failFromNowOn(operation: string): void;
};
export function watch(modules: {
  readonly api: unknown;
  readonly sdkTrace: unknown;
  readonly sdkMetrics: unknown;
  readonly contexts: unknown;
  readonly otel: typeof Otel;
}): {
  caller<T>(work: () => T): T;
  collect(): Promise<unknown>;
  stop(): Promise<Seen>;
};
