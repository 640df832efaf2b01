export {
  type CollectionResultLike,
  type HistogramPointLike,
  type HrTimeLike,
  type MetricProducerLike,
  metricProducer,
  type ResourceLike,
} from './producer.ts';
export {
  type MeterProviderLike,
  openTelemetry,
  type Telemetry,
  type TelemetryOptions,
  type TracerProviderLike,
} from './telemetry.ts';
