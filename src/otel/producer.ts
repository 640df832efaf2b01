import type { BucketsSample } from '../base/buckets.ts';
import { type Clock, monotonicMs, systemClock } from '../base/clock.ts';
import { metrics, attributes as names, scope } from './generated.ts';
import { Totals } from './totals.ts';
import { Wall } from './wall.ts';

/** Seconds and nanoseconds since 1970. */
export type HrTimeLike = [number, number];

/** One histogram of {@link CollectionResultLike}. */
export interface HistogramPointLike {
  startTime: HrTimeLike;
  endTime: HrTimeLike;
  attributes: { [name: string]: string };
  value: {
    buckets: { boundaries: number[]; counts: number[] };
    sum: number;
    count: number;
    min?: number;
    max?: number;
  };
}

/** What a MetricReader of OpenTelemetry's SDK takes from a producer, as far as it is given. */
export interface CollectionResultLike {
  resourceMetrics: {
    resource: ResourceLike;
    scopeMetrics: {
      scope: { name: string; version: string };
      metrics: {
        /** `valueType` 1: floating point. `type` is what SDK 1.x reads. */
        descriptor: {
          name: string;
          description: string;
          unit: string;
          valueType: 1;
          type: 'HISTOGRAM';
        };
        /** 1: cumulative, since the producer was made. */
        aggregationTemporality: 1;
        /** 0: a histogram with explicit bounds. */
        dataPointType: 0;
        dataPoints: HistogramPointLike[];
      }[];
    }[];
  };
  errors: unknown[];
}

/** An SDK's Resource; readers put their own in its place. */
export interface ResourceLike {
  readonly attributes: { [name: string]: never };
  merge(other: unknown): never;
  getRawAttributes(): never[];
}

/** A MetricProducer of OpenTelemetry's SDK by its structure, so that none is needed to make it. */
export interface MetricProducerLike {
  /** The histograms as they stand. */
  collect(): Promise<CollectionResultLike>;
  /** Stops remembering runtimes that close. */
  close(): void;
  [Symbol.dispose](): void;
}

const resource: ResourceLike = {
  attributes: {},
  merge: (other) => other as never,
  getRawAttributes: () => [],
};

/**
 * Hands the histograms that hot work fills bucket by bucket to an SDK's reader. The API can only
 * record values one by one, which costs a few hundred ns each; a producer hands over whole
 * histograms at collection, and hot work never calls into an SDK. They are cumulative, whatever the
 * reader prefers. Make it before the readers; it needs no SDK by itself.
 *
 * @param options.clock places the points in time; the machine's unless given
 * @example
 * // new PrometheusExporter({ metricProducers: [producer] })
 * const producer = metricProducer();
 * await knhk.apply(Flight, flight);
 * const { resourceMetrics } = await producer.collect();
 * const latency = resourceMetrics.scopeMetrics[0]?.metrics[0];
 * latency?.descriptor.name; // => 'knhk.observation.ingest_latency_ms'
 * producer.close();
 */
export function metricProducer(options: { readonly clock?: Clock } = {}): MetricProducerLike {
  const totals = new Totals();
  const wall = new Wall(options.clock ?? systemClock);
  const openedMs = monotonicMs();
  const close = (): void => totals.close();
  return {
    collect: async () => {
      const startTime = wall.hrTime(openedMs);
      const endTime = wall.hrTime(monotonicMs());
      const { ingestMs, ticks } = totals.now().sums;
      const bySector = [...ingestMs].map(
        ([sector, sample]): Point => [{ [names.sector]: sector }, sample],
      );
      const ofAll = (name: 'evaluated' | 'appended'): Point[] => {
        const sample = ticks.get(name);
        return sample === undefined ? [] : [[{}, sample]];
      };
      const toMetric = (metric: HistogramMetric, points: readonly Point[]): MetricLike =>
        histogramOf(metric, points, { startTime, endTime });
      const collected = [
        toMetric(metrics.observationIngestLatencyMs, bySector),
        toMetric(metrics.hotPathTicks, ofAll('evaluated')),
        toMetric(metrics.observationAppendTicks, ofAll('appended')),
      ];
      const scopeMetrics = [{ scope: { ...scope }, metrics: collected }];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
    close,
    [Symbol.dispose]: close,
  };
}

type MetricLike =
  CollectionResultLike['resourceMetrics']['scopeMetrics'][number]['metrics'][number];
type HistogramMetric = Extract<
  (typeof metrics)[keyof typeof metrics],
  { readonly instrument: 'histogram' }
>;
type Point = readonly [attributes: HistogramPointLike['attributes'], sample: BucketsSample];

function histogramOf(
  { name, description, unit }: HistogramMetric,
  points: readonly Point[],
  times: Pick<HistogramPointLike, 'startTime' | 'endTime'>,
): MetricLike {
  const dataPoints = points.map(([attributes, { bounds, counts, ...rest }]) => ({
    ...times,
    attributes,
    value: { buckets: { boundaries: [...bounds], counts: [...counts] }, ...rest },
  }));
  const descriptor = { name, description, unit, valueType: 1, type: 'HISTOGRAM' } as const;
  return { descriptor, aggregationTemporality: 1, dataPointType: 0, dataPoints };
}
