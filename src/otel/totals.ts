import { addBuckets, type BucketsSample } from '../base/buckets.ts';
import { channels } from '../runtime/channels.ts';
import type { TallyRequest } from '../runtime/reports.ts';
import { decidedOutcomes, parkedReasons, type RuntimeSample } from '../runtime/tally.ts';
import { listen } from './listen.ts';

/** Sums over all runtimes of the process. */
export interface Sums {
  readonly observations: Map<string, Map<string, number>>;
  readonly ingestMs: Map<string, BucketsSample>;
  readonly decisions: Map<string, number>;
  /** By observed type. */
  readonly streamed: Map<string, number>;
  readonly violations: Map<string, number>;
  readonly errors: Map<string, number>;
  /** Ticks per fact of batches, absent before any runtime. */
  readonly ticks: Map<'evaluated' | 'appended', BucketsSample>;
  /** Batches of streamed observations, by how they stand to the budget. */
  readonly batches: Map<'within' | 'over' | 'unmeasurable', number>;
  readonly operations: Map<string, number>;
  readonly parked: Map<string, number>;
  /** What runtimes verified of their own logs. */
  readonly verified: Map<'leaves' | 'findings', number>;
}

/** How a runtime is, as a number: 1 well, 0.5 degraded, 0 failing. */
const statusValues = { ok: 1, degraded: 0.5, failing: 0, closed: 0 } as const;

const batchNames = ['within', 'over', 'unmeasurable'] as const;
const verifiedNames = ['leaves', 'findings'] as const;
const classNames = ['R1', 'W1', 'C1'] as const;

function emptySums(): Sums {
  return {
    observations: new Map(),
    ingestMs: new Map(),
    decisions: new Map(decidedOutcomes.map((outcome) => [outcome, 0])),
    streamed: new Map(),
    violations: new Map(),
    errors: new Map(),
    ticks: new Map(),
    batches: new Map(batchNames.map((name) => [name, 0])),
    operations: new Map(classNames.map((name) => [name, 0])),
    parked: new Map(parkedReasons.map((reason) => [reason, 0])),
    verified: new Map(verifiedNames.map((name) => [name, 0])),
  };
}

function addAll<Name extends string>(
  to: Map<Name, number>,
  counts: { readonly [name in Name]: number },
): void {
  for (const name of Object.keys(counts) as Name[]) {
    to.set(name, (to.get(name) ?? 0) + counts[name]);
  }
}

function addTicks(sums: Sums, { ticks }: RuntimeSample): void {
  const { measurable, within, unmeasurable, classes, parked } = ticks;
  addAll(sums.batches, { within, over: measurable - within, unmeasurable });
  addAll(sums.operations, classes);
  addAll(sums.parked, parked);
  for (const name of ['evaluated', 'appended'] as const) {
    const known = sums.ticks.get(name);
    sums.ticks.set(name, known === undefined ? ticks[name] : addBuckets(known, ticks[name]));
  }
}

function addSample(sums: Sums, sample: RuntimeSample): void {
  addAll(sums.decisions, sample.decisions);
  addAll(sums.streamed, sample.streamed);
  addAll(sums.violations, sample.violations);
  addAll(sums.errors, sample.errors);
  for (const { sector, outcomes, ingestMs } of sample.observations) {
    const counts = sums.observations.get(sector) ?? new Map<string, number>();
    addAll(counts, outcomes);
    sums.observations.set(sector, counts);
    const known = sums.ingestMs.get(sector);
    sums.ingestMs.set(sector, known === undefined ? ingestMs : addBuckets(known, ingestMs));
  }
  const { leaves = 0, findings = 0 } = sample.verification ?? {};
  addAll(sums.verified, { leaves, findings });
  addTicks(sums, sample);
}

/** Asks the open runtimes for their sums and remembers those that closed. */
export class Totals {
  readonly #closed: Sums = emptySums();
  readonly #stop: () => void;

  constructor() {
    // Kept, so that no counter runs backwards when a runtime closes.
    this.#stop = listen<RuntimeSample>(channels.closed, (sample) =>
      addSample(this.#closed, sample),
    );
  }

  close(): void {
    this.#stop();
  }

  /** The sums now, how each open runtime is, and the age of its last round of verification. */
  now(): {
    readonly sums: Sums;
    readonly statuses: ReadonlyMap<string, number>;
    readonly roundAges: ReadonlyMap<string, number>;
  } {
    const sums = structuredClone(this.#closed);
    const statuses = new Map<string, number>();
    const roundAges = new Map<string, number>();
    const request: TallyRequest = {
      add: (sample) => {
        addSample(sums, sample);
        statuses.set(sample.origin, statusValues[sample.status]);
        const age = sample.verification?.roundAgeMs;
        if (age !== undefined) roundAges.set(sample.origin, age);
      },
    };
    channels.collect.publish(request);
    return { sums, statuses, roundAges };
  }
}
