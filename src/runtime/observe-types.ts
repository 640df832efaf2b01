import type { ObservationOptions } from './decide.ts';
import type { Outcome } from './outcome.ts';

/** How observe() keeps evidence and where outcomes of what fired go. */
export interface StreamingOptions {
  /**
   * What is kept of observations that fire nothing. `counts`: how many, and first and last time.
   * `records`: all of them, read whole and stored beside the log under a hash that the count leaf
   * names. Default `counts`.
   */
  readonly evidence?: 'counts' | 'records';
  /**
   * Called with each outcome of an observation that fired once it is durable, and with the input as
   * it was given. What it throws becomes a warning of the process.
   */
  readonly onOutcome?: (outcome: Outcome, input: unknown) => void;
}

/** Options of observe() and observeMany(). */
export type ObserveOptions = Pick<ObservationOptions, 'at'>;

/**
 * What observe() answers. `invalid`: a field that conditions or rows of shapes read is unreadable,
 * and nothing was taken. `full`: nothing was taken; await flush() first.
 */
export type Observed = 'observed' | 'invalid' | 'full';

/** What observeMany() answers; the three add up to the number of inputs. */
export interface ObservedMany {
  /** Observations that were taken. */
  readonly observed: number;
  /** Unreadable ones. */
  readonly invalid: number;
  /** How many at the end were not taken because there was no room: await flush() first. */
  readonly rest: number;
}
