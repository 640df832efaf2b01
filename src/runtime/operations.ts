import { monotonicMs } from '../base/clock.ts';
import { channels } from './channels.ts';

/**
 * What each kind of warm work says of itself once it is over; counts unless said otherwise. `seq`
 * and `first` are places in the log, hashes are hexadecimal.
 */
export interface OperationFacts {
  /** A batch of records was validated against their shapes. */
  readonly shapes: { readonly records: number; readonly violations: number };
  /** An epoch of leaves became durable: from its first leaf to the end of its sync. */
  readonly epoch: {
    readonly first: number;
    readonly leaves: number;
    readonly bytes: number;
    /** The part that signing, writing and syncing took, in ms. */
    readonly commitMs: number;
  };
  /** Other rules were put in place. */
  readonly promotion: {
    readonly kind: 'deploy' | 'promote' | 'rollback';
    readonly seq: number;
    readonly snapshot: string;
  };
  /** A log was verified. */
  readonly verify: {
    readonly leaves: number;
    readonly findings: number;
    readonly chainBreaks: number;
  };
  /** One turn of a MAPE-K loop. */
  readonly cycle: {
    readonly cycle: number;
    readonly observed: number;
    /** True where there was nothing new. */
    readonly skipped: boolean;
    /** Kind and confidence of each pattern. */
    readonly patterns: readonly { readonly kind: string; readonly confidence: number }[];
    /** What became of each proposal. */
    readonly verdicts: readonly ('promote' | 'hold' | 'reject')[];
  };
  /** A cycle looked at what was observed. */
  readonly monitor: { readonly observed: number };
  /** Its detectors ran. */
  readonly analyze: { readonly patterns: number };
  /** Its planners ran. */
  readonly plan: { readonly proposals: number };
  /** A proposal went through the stages. */
  readonly validate: { readonly change: string; readonly passed: boolean };
  /** One stage judged a candidate. */
  readonly stage: { readonly stage: string; readonly verdict: 'pass' | 'refuse' | 'skip' };
  /** A proposal that passed was put in place, or came too late. */
  readonly execute: { readonly verdict: 'promote' | 'reject' };
  /** The cycle's counts became history. */
  readonly knowledge: { readonly cycle: number };
}

/** The kinds of warm work. */
export type OperationName = keyof OperationFacts;

/** One piece of warm work, as `knhk.operation.start` and `knhk.operation.end` publish it. */
export type Operation = { readonly [Name in OperationName]: OperationOf<Name> }[OperationName];

/** An {@link Operation} of one kind; the same object is published at start and end. */
export interface OperationOf<Name extends OperationName> {
  readonly name: Name;
  /** Name of the log, where the work belongs to one. */
  readonly origin?: string;
  /** Monotonic milliseconds at which it started. */
  readonly startedMs: number;
  /** W3C traceparents of the callers whose observations it served, each once. */
  readonly traces?: readonly string[];
  /**
   * It belongs to no single caller's trace: nobody asked for it, or others did beside those named.
   */
  readonly detached?: boolean;
  /** A subscriber of the start may set this to run the work inside a context of its own. */
  around?: <T>(work: () => T) => T;
  /** Set at the end. */
  durationMs?: number;
  /** Set at the end, unless it failed. */
  facts?: OperationFacts[Name];
  /** What it failed with. */
  error?: unknown;
}

type Described<Name extends OperationName> = Pick<
  OperationOf<Name>,
  'name' | 'origin' | 'traces' | 'detached'
>;

/** How work ended. */
type Ended<Name extends OperationName> =
  | { readonly facts: OperationFacts[Name] }
  | { readonly error: unknown };

/** Runs the work where a subscriber of the start wants it. */
const within = <T>({ around }: Pick<Operation, 'around'>, work: () => T): T =>
  around === undefined ? work() : around(work);

const isWatched = (): boolean =>
  channels.operationStart.hasSubscribers || channels.operationEnd.hasSubscribers;

/** Runs work and tells subscribers when it starts and how it ended. */
export function operate<Name extends OperationName, T>(
  described: Described<Name>,
  work: () => T,
  facts: (result: T) => OperationFacts[Name],
): T {
  if (!isWatched()) return work();
  const operation = start(described);
  try {
    const result = within(operation, work);
    end(operation, { facts: facts(result) });
    return result;
  } catch (error) {
    end(operation, { error });
    throw error;
  }
}

/** The same for work that takes a while. */
export async function operateAsync<Name extends OperationName, T>(
  described: Described<Name>,
  work: () => Promise<T>,
  facts: (result: T) => OperationFacts[Name],
): Promise<T> {
  if (!isWatched()) return work();
  const operation = start(described);
  try {
    const result = await within(operation, work);
    end(operation, { facts: facts(result) });
    return result;
  } catch (error) {
    end(operation, { error });
    throw error;
  }
}

/** Tells of work that is over: that of many callers has no context to run in. */
export function report<Name extends OperationName>(
  described: Described<Name>,
  durationMs: number,
  outcome: Ended<Name>,
): void {
  if (!channels.operationEnd.hasSubscribers) return;
  const startedMs = monotonicMs() - durationMs;
  channels.operationEnd.publish({ ...described, startedMs, durationMs, ...outcome });
}

function start<Name extends OperationName>(described: Described<Name>): OperationOf<Name> {
  const operation: OperationOf<Name> = { ...described, startedMs: monotonicMs() };
  channels.operationStart.publish(operation);
  return operation;
}

function end<Name extends OperationName>(operation: OperationOf<Name>, ended: Ended<Name>): void {
  operation.durationMs = monotonicMs() - operation.startedMs;
  Object.assign(operation, ended);
  channels.operationEnd.publish(operation);
}
