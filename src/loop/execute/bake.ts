import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import { type Criterion, type Judged, judgeCriteria } from './criteria.ts';
import { OutcomeTally, type TallyJson } from './tallies.ts';

/** How a promoted change is tried before it counts as kept. */
export interface BakeOptions {
  /** Observations that it decides about before it is kept, at least 1. */
  readonly observations: number;
  /** Time of the log that has to pass too, in ms. */
  readonly ms?: number;
  /** What it has to keep to; by default {@link defaultCriteria}. */
  readonly criteria?: readonly Criterion[];
}

/** What is being tried: a promoted snapshot, or a canary's step. */
export interface Trial {
  readonly options: Required<Pick<BakeOptions, 'observations' | 'criteria'>> &
    Pick<BakeOptions, 'ms'>;
  /** Time of the leaf that began it. */
  readonly since: number;
}

/** Bake or step as a savepoint keeps it. */
export interface TrialJson {
  readonly since: number;
  readonly now: TallyJson;
  readonly usual: TallyJson;
}

/** What a trial has come to: still running, passed, or why it failed. */
export type TrialResult = { readonly passed: boolean } & Judged;

// Judging looks at every criterion: often enough to be quick, seldom enough to cost nothing.
const judgeEvery = 16;

/** Counts outcomes under a change and says when it has passed or failed: O(1) an observation. */
export class TrialRun {
  readonly #options: Trial['options'];
  readonly #since: number;
  readonly #now: OutcomeTally;
  readonly #usual: OutcomeTally;

  constructor(options: Trial['options'], saved: TrialJson) {
    this.#options = options;
    this.#since = saved.since;
    this.#now = new OutcomeTally(saved.now);
    this.#usual = new OutcomeTally(saved.usual);
  }

  /** Observations so far. */
  get count(): number {
    return this.#now.count;
  }

  /** Counts what others meet meanwhile: a canary is compared with them. */
  compare(type: string, outcome: LeafOutcome): void {
    this.#usual.add(type, outcome);
  }

  /** Counts an observation that the change decided about. */
  add(type: string, outcome: LeafOutcome, time: number): TrialResult | undefined {
    this.#now.add(type, outcome);
    const { observations, ms = 0, criteria } = this.#options;
    const isOver = this.#now.count >= observations && time - this.#since >= ms;
    if (!isOver && this.#now.count % judgeEvery !== 0) return undefined;
    const judged = judgeCriteria(criteria, this.#now, this.#usual, isOver);
    if (judged.broken !== undefined) return { passed: false, ...judged };
    return isOver ? { passed: true, ...judged } : undefined;
  }

  toJSON(): TrialJson {
    const now = this.#now.toJSON();
    return { since: this.#since, now, usual: this.#usual.toJSON() };
  }
}
