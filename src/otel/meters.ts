import type { Operation } from '../runtime/operations.ts';
import type {
  Attributes,
  BatchObservableResult,
  Counter,
  Histogram,
  Meter,
  Observable,
} from './api.ts';
import { metrics, attributes as names } from './generated.ts';
import type { Sums, Totals } from './totals.ts';

type Metric = (typeof metrics)[keyof typeof metrics];
type Named<Instrument> = Extract<Metric, { readonly instrument: Instrument }>;

type Observe = (metric: Metric, value: number, given: Attributes) => void;

const verdicts = ['promote', 'hold', 'reject'] as const;
const shareOf = 64;

/** The share of true among the last 64. */
class Share {
  readonly #last: boolean[] = [];

  add(value: boolean): void {
    this.#last.push(value);
    if (this.#last.length > shareOf) this.#last.shift();
  }

  /** Undefined while there is nothing to take a share of. */
  get value(): number | undefined {
    if (this.#last.length === 0) return undefined;
    return this.#last.filter(Boolean).length / this.#last.length;
  }
}

/**
 * Every metric but those of the producer. Warm work is recorded as it ends; what hot work counts is
 * asked for at each collection, so that no observation calls into an SDK.
 */
export class Meters {
  readonly #meter: Meter;
  readonly #totals: Totals;
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #observables = new Map<string, Observable>();
  readonly #anomalies: Share = new Share();
  readonly #successes: Share = new Share();
  readonly #confidence = new Map<string, number>();
  readonly #collect = (result: BatchObservableResult): void => this.#observe(result);

  constructor(meter: Meter, totals: Totals) {
    this.#meter = meter;
    this.#totals = totals;
    this.#startAtZero();
    meter.addBatchObservableCallback(this.#collect, [...this.#observed()]);
  }

  /** A counter that was never added to is not exported, and no alert sees it leave zero. */
  #startAtZero(): void {
    this.#add(metrics.validationShaclFailures, 0, { [names.validationType]: 'observation' });
    this.#add(metrics.receiptChainBreaks, 0);
    this.#add(metrics.mapeKCycleCount, 0);
    this.#add(metrics.patternsDetected, 0, { [names.patternType]: 'hook-rate' });
    for (const verdict of verdicts) {
      this.#add(metrics.proposalsValidated, 0, { [names.outcome]: verdict });
    }
  }

  /** Records warm work that is over. */
  ended(operation: Operation): void {
    const { durationMs = 0 } = operation;
    // What failed has nothing to count; its span says so.
    if (operation.facts === undefined) return;
    if (operation.name === 'shapes') {
      const given = { [names.validationType]: 'observation' };
      this.#add(metrics.validationShaclFailures, operation.facts.violations, given);
    } else if (operation.name === 'epoch') {
      this.#record(metrics.receiptCommitDurationMs, operation.facts.commitMs);
    } else if (operation.name === 'verify') {
      this.#add(metrics.receiptChainBreaks, operation.facts.chainBreaks);
    } else if (operation.name === 'analyze') {
      this.#record(metrics.patternDetectionDurationMs, durationMs);
    } else if (operation.name === 'validate') {
      this.#record(metrics.proposalValidationDurationMs, durationMs);
    } else if (operation.name === 'cycle') {
      this.#cycled(operation.facts);
    }
  }

  #cycled(facts: NonNullable<Extract<Operation, { name: 'cycle' }>['facts']>): void {
    if (facts.skipped) return;
    this.#add(metrics.mapeKCycleCount, 1);
    this.#anomalies.add(facts.patterns.length > 0);
    for (const { kind, confidence } of facts.patterns) {
      this.#add(metrics.patternsDetected, 1, { [names.patternType]: kind });
      this.#confidence.set(kind, confidence);
    }
    for (const verdict of facts.verdicts) {
      this.#add(metrics.proposalsValidated, 1, { [names.outcome]: verdict });
      this.#successes.add(verdict === 'promote');
    }
  }

  /** Stops answering collections. */
  close(): void {
    this.#meter.removeBatchObservableCallback(this.#collect, [...this.#observables.values()]);
  }

  *#observed(): Iterable<Observable> {
    const counters = [
      metrics.observationsIngested,
      metrics.observationsStreamed,
      metrics.decisions,
      metrics.guardViolationCount,
      metrics.errors,
      metrics.batches,
      metrics.operations,
      metrics.parked,
      metrics.verificationLeaves,
      metrics.verificationFindings,
    ];
    const gauges = [
      metrics.healthStatus,
      metrics.verificationRoundAgeMs,
      metrics.guardChatmanCompliance,
      metrics.mapeKAnomalyRate,
      metrics.mapeKAdaptationSuccessRate,
      metrics.patternConfidence,
    ];
    for (const { name, unit, description } of counters) {
      yield this.#keep(name, this.#meter.createObservableCounter(name, { unit, description }));
    }
    for (const { name, unit, description } of gauges) {
      yield this.#keep(name, this.#meter.createObservableGauge(name, { unit, description }));
    }
  }

  #keep(name: string, observable: Observable): Observable {
    this.#observables.set(name, observable);
    return observable;
  }

  #observe(result: BatchObservableResult): void {
    const observe = ({ name }: Metric, value: number | undefined, given?: Attributes): void => {
      if (value !== undefined) result.observe(this.#observables.get(name)!, value, given);
    };
    const { sums, statuses, roundAges } = this.#totals.now();
    observeSums(sums, observe);
    for (const [origin, value] of statuses) {
      observe(metrics.healthStatus, value, { [names.receiptLogOrigin]: origin });
    }
    for (const [origin, ageMs] of roundAges) {
      observe(metrics.verificationRoundAgeMs, ageMs, { [names.receiptLogOrigin]: origin });
    }
    observe(metrics.mapeKAnomalyRate, this.#anomalies.value);
    observe(metrics.mapeKAdaptationSuccessRate, this.#successes.value);
    for (const [kind, confidence] of this.#confidence) {
      observe(metrics.patternConfidence, confidence, { [names.patternType]: kind });
    }
  }

  #add({ name, unit, description }: Named<'counter'>, value: number, given?: Attributes): void {
    const known = this.#counters.get(name);
    const counter = known ?? this.#meter.createCounter(name, { unit, description });
    if (known === undefined) this.#counters.set(name, counter);
    counter.add(value, given);
  }

  #record({ name, unit, description, bounds }: Named<'histogram'>, value: number): void {
    const known = this.#histograms.get(name);
    const advice = { explicitBucketBoundaries: [...bounds] };
    const histogram = known ?? this.#meter.createHistogram(name, { unit, description, advice });
    if (known === undefined) this.#histograms.set(name, histogram);
    histogram.record(value);
  }
}

function observeSums(sums: Sums, observe: Observe): void {
  for (const [sector, counts] of sums.observations) {
    for (const [outcome, count] of counts) {
      const given = { [names.sector]: sector, [names.observationOutcome]: outcome };
      observe(metrics.observationsIngested, count, given);
    }
  }
  for (const [type, count] of sums.streamed) {
    observe(metrics.observationsStreamed, count, { [names.observationType]: type });
  }
  for (const [outcome, count] of sums.decisions) {
    observe(metrics.decisions, count, { [names.decisionOutcome]: outcome });
  }
  for (const [guard, count] of sums.violations) {
    observe(metrics.guardViolationCount, count, { [names.constraintType]: guard });
  }
  for (const [code, count] of sums.errors) {
    observe(metrics.errors, count, { [names.errorType]: code });
  }
  observe(metrics.verificationLeaves, sums.verified.get('leaves')!, {});
  observe(metrics.verificationFindings, sums.verified.get('findings')!, {});
  observeTicks(sums, observe);
}

function observeTicks({ batches, operations, parked }: Sums, observe: Observe): void {
  for (const [budget, count] of batches) {
    observe(metrics.batches, count, { [names.batchBudget]: budget });
  }
  for (const [name, count] of operations) {
    observe(metrics.operations, count, { [names.runtimeClass]: name });
  }
  for (const [reason, count] of parked) {
    observe(metrics.parked, count, { [names.parkedReason]: reason });
  }
  const within = batches.get('within')!;
  const measurable = within + batches.get('over')!;
  // Without a measurable batch nothing is said: silence is no compliance.
  if (measurable === 0) return;
  observe(metrics.guardChatmanCompliance, within / measurable, {
    [names.operationType]: 'hot_path',
  });
}
