import { Buckets, type BucketsSample } from '../base/buckets.ts';
import type { ErrorCode } from '../base/codes.ts';
import { KnhkError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Evaluation } from '../rules/evaluate.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import type { TickReport } from './kernel.ts';
import type { Decision, Outcome } from './outcome.ts';
import type { VerificationSample } from './verifier.ts';

/** What apply() can make of an observation, in the order of the counts. */
export const appliedOutcomes = [
  'acted',
  'pending',
  'denied',
  'idle',
  'failed',
  'invalid',
  'duplicate',
  'conflict',
] as const;

const idleIndex = appliedOutcomes.indexOf('idle');

/** What decide() can answer: the first six of {@link appliedOutcomes}. */
export const decidedOutcomes = appliedOutcomes.slice(0, 6) as readonly Decision['outcome'][];

/** Why observations are parked: hooks read windows, there are many rules, or too many passes. */
export const parkedReasons = ['windows', 'groups', 'passes'] as const;

/** Upper bounds in ms of the time from apply() to its durable answer. */
export const ingestBoundsMs: readonly number[] = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000,
];

/** Codes that are counted from zero, so that an alert sees the first one happen. */
const knownErrors: readonly ErrorCode[] = [
  'KNHK_HOOK_THREW',
  'KNHK_HOOK_ANSWER',
  'KNHK_HOOK_ACTION',
  'KNHK_HOOK_MISSING',
  'KNHK_LIMIT_ACTIONS',
  'KNHK_LIMIT_FIRED',
  'KNHK_LIMIT_IN_FLIGHT',
  'KNHK_LOG_POISONED',
  'KNHK_RUNTIME_CLOSED',
  'KNHK_RUNTIME_FROZEN',
  'KNHK_SHAPES_UNAVAILABLE',
];

/** The sums of one runtime since it was opened; plain data. */
export interface RuntimeSample {
  /** Name of the log. */
  readonly origin: string;
  /** As health() says it. */
  readonly status: 'ok' | 'degraded' | 'failing' | 'closed';
  /** What apply() answered, by sector and outcome, zeros included. */
  readonly observations: readonly SectorSample[];
  /** What decide() answered, by outcome, zeros included. */
  readonly decisions: { readonly [outcome: string]: number };
  /** Observations that observe() took and that were counted, by type, zeros included. */
  readonly streamed: { readonly [type: string]: number };
  /** Denials by the guard's name; `unguarded` where none matched. */
  readonly violations: { readonly [guard: string]: number };
  /** Failures by stable code; `_OTHER` for what has none. */
  readonly errors: { readonly [code: string]: number };
  /** As ticks() says it, but that asking loads no kernel: zeros where nothing was streamed. */
  readonly ticks: TickReport;
  /** What verifying its own log came to; null where that is off. */
  readonly verification: VerificationSample | null;
}

/** The sums of one sector. */
export interface SectorSample {
  /** `none` where a type names no sector, `_OTHER` beyond the first 64. */
  readonly sector: string;
  /** What apply() answered, by outcome, zeros included. */
  readonly outcomes: { readonly [outcome: string]: number };
  /** Milliseconds from apply() to its durable answer, of what got a receipt. */
  readonly ingestMs: BucketsSample;
}

/** The counts of one sector. */
export class SectorTally {
  readonly #outcomes: Float64Array = new Float64Array(appliedOutcomes.length);
  readonly #ingestMs: Buckets = new Buckets(ingestBoundsMs);

  /** Counts an answer that wrote no leaf. */
  answered(outcome: Outcome['outcome']): void {
    // Most often idle: asking for it first spares the search, once for each receipt.
    this.#outcomes[outcome === 'idle' ? idleIndex : appliedOutcomes.indexOf(outcome)]!++;
  }

  /** Counts an answer that is durable now. */
  durable(outcome: Outcome['outcome'], ingestMs: number): void {
    this.answered(outcome);
    this.#ingestMs.record(ingestMs);
  }

  sample(sector: string): SectorSample {
    const outcomes = Object.fromEntries(
      appliedOutcomes.map((outcome, index) => [outcome, this.#outcomes[index]!]),
    );
    return { sector, outcomes, ingestMs: this.#ingestMs.sample() };
  }
}

/**
 * What a runtime counts, in typed arrays: no call leaves the process and nothing is allocated per
 * observation. Telemetry asks for a {@link RuntimeSample} when it collects.
 */
export class Tally {
  readonly #decisions: Float64Array = new Float64Array(decidedOutcomes.length);
  #decided: () => number = () => 0;
  readonly #ticks: (decided: number) => TickReport;
  readonly #sectors = new Map<string, SectorTally>();
  readonly #streamed = new Map<string, number>();
  readonly #violations = new Map<string, number>();
  readonly #errors = new Map<string, number>(knownErrors.map((code) => [code, 0]));

  /**
   * Counters start at zero for every type, sector and guard that is declared.
   *
   * @param ticks what streaming costs, given the number of decisions
   */
  constructor(observations: Iterable<Observation>, ticks: (decided: number) => TickReport) {
    this.#ticks = ticks;
    for (const observation of observations) {
      this.#streamed.set(observation.type, 0);
      if (observation.sectorField === undefined) this.sector(observation.sector);
    }
  }

  /** Says how many decisions there were in all; those that nobody counts apart were idle. */
  countDecisions(decided: () => number): void {
    this.#decided = decided;
  }

  /** What streaming costs so far. */
  ticks(): TickReport {
    return this.#ticks(this.#decided());
  }

  /** Counts a decision that is not idle. */
  decided(outcome: Decision['outcome']): void {
    this.#decisions[decidedOutcomes.indexOf(outcome)]!++;
  }

  /** Counts observations that were streamed. */
  streamed(type: string, count: number): void {
    this.#streamed.set(type, (this.#streamed.get(type) ?? 0) + count);
  }

  /** The counts of a sector; beyond the bound all further ones share a cell. */
  sector(name: string | undefined): SectorTally {
    const known = this.#sectors.get(name ?? 'none');
    if (known !== undefined) return known;
    const isFull = this.#sectors.size >= limits.telemetrySectors;
    const key = isFull ? '_OTHER' : (name ?? 'none');
    const cell = this.#sectors.get(key) ?? new SectorTally();
    this.#sectors.set(key, cell);
    return cell;
  }

  /** The counts of an observation's sector. */
  sectorOf(observation: Observation, data: Data | undefined): SectorTally {
    const { sectorField } = observation;
    if (sectorField === undefined) return this.sector(observation.sector);
    const value = data?.[sectorField];
    return this.sector(value === undefined ? undefined : String(value));
  }

  /** Counts what an evaluation denied and how it failed. */
  evaluated(evaluation: Evaluation, snapshot: Snapshot): void {
    const { verdicts, failure } = evaluation;
    if (failure !== undefined) this.#add(this.#errors, failure.code);
    for (const { guard, verdict } of verdicts) {
      if (verdict !== 'deny') continue;
      const name = guard < 0 ? 'unguarded' : snapshot.document.guards[guard]!.name;
      this.#add(this.#violations, name);
    }
  }

  /** Counts a failure; a signal's reason or a host's own error has no code of ours. */
  failed(error: unknown): void {
    this.#add(this.#errors, error instanceof KnhkError ? error.code : '_OTHER');
  }

  #add(counts: Map<string, number>, name: string): void {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** The sums as they stand; guards that never denied are there with zero. */
  sample(
    origin: string,
    status: RuntimeSample['status'],
    snapshot: Snapshot,
  ): Omit<RuntimeSample, 'verification'> {
    const guards = ['unguarded', ...snapshot.document.guards.map(({ name }) => name)];
    const decisions = Object.fromEntries(
      decidedOutcomes.map((outcome, index) => [outcome, this.#decisions[index]!]),
    );
    const fired = this.#decisions.reduce((total, count) => total + count, 0);
    const violations = new Map<string, number>(guards.map((name) => [name, 0]));
    for (const [name, count] of this.#violations) violations.set(name, count);
    return {
      origin,
      status,
      observations: [...this.#sectors].map(([name, cell]) => cell.sample(name)),
      decisions: { ...decisions, idle: this.#decided() - fired },
      streamed: Object.fromEntries(this.#streamed),
      violations: Object.fromEntries(violations),
      errors: Object.fromEntries(this.#errors),
      ticks: this.ticks(),
    };
  }
}
