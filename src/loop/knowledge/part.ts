import type { AlertEntry, CycleEntry, OutcomeEntry } from '../journal-types.ts';
import type { Pattern } from '../types.ts';
import { clippedOr } from './forms.ts';
import { patternKey } from './similar.ts';
import type { KnownOutcome, KnownPattern, KnownProposal, PlannerRecord } from './types.ts';

/** What one log knows, as JSON; the lists begin with what was heard of longest ago. */
export interface PartState {
  /** Name of the log. */
  readonly origin: string;
  /** Leaves of the log that it takes in. */
  readonly size: number;
  readonly patterns: readonly KnownPattern[];
  readonly proposals: readonly KnownProposal[];
  readonly outcomes: readonly KnownOutcome[];
  readonly planners: readonly PlannerRecord[];
}

/** Most items of each list; what was heard of longest ago is forgotten, and stays in the log. */
export const partMax = {
  patterns: 1_024,
  proposals: 1_024,
  outcomes: 1_024,
  planners: 256,
} as const;

/** Puts an item at the end and forgets the first one of too many. */
function remember<T>(items: Map<string, T>, key: string, item: T, max: number): void {
  items.delete(key);
  items.set(key, item);
  if (items.size > max) items.delete(items.keys().next().value as string);
}

/** What is known from one log: patterns, proposals, outcomes, and how planners fared. */
export class Part {
  readonly origin: string;
  size = 0;
  readonly patterns: Map<string, KnownPattern>;
  readonly proposals: Map<string, KnownProposal>;
  readonly planners: Map<string, PlannerRecord>;
  readonly outcomes: KnownOutcome[];

  constructor(state: PartState) {
    this.origin = state.origin;
    this.size = state.size;
    this.patterns = new Map(state.patterns.map((item) => [patternKey(item.pattern), item]));
    this.proposals = new Map(state.proposals.map((item) => [item.proposal, item]));
    this.planners = new Map(state.planners.map((item) => [item.planner, item]));
    this.outcomes = [...state.outcomes];
  }

  /** Nothing is known yet. */
  static empty(origin: string): Part {
    return new Part({ origin, size: 0, patterns: [], proposals: [], outcomes: [], planners: [] });
  }

  /** A cycle found patterns. */
  found({ cycle, patterns }: CycleEntry): void {
    for (const pattern of patterns) {
      const known = this.#known(pattern, cycle);
      // A detector may say the same twice in one cycle.
      const isNew = known.cycles === 0 || known.last !== cycle;
      const cycles = known.cycles + (isNew ? 1 : 0);
      const [first, last] = [Math.min(known.first, cycle), Math.max(known.last, cycle)];
      this.#see({ ...known, pattern, cycles, first, last });
    }
  }

  /** People were told of a pattern. */
  told({ cycle, pattern }: AlertEntry): void {
    const known = this.#known(pattern, cycle);
    this.#see({ ...known, alerts: known.alerts + 1 });
  }

  #known(pattern: Pattern, cycle: number): KnownPattern {
    const known = this.patterns.get(patternKey(pattern));
    const fresh = { origin: this.origin, pattern, cycles: 0, first: cycle, last: cycle, alerts: 0 };
    return known ?? fresh;
  }

  #see(item: KnownPattern): void {
    remember(this.patterns, patternKey(item.pattern), item, partMax.patterns);
  }

  /** Something became of a proposal; it is the one heard of last. */
  became(item: KnownProposal): void {
    const before = this.proposals.get(item.proposal)?.state;
    remember(this.proposals, item.proposal, item, partMax.proposals);
    const { planner, state } = item;
    if (!isConcluded(state)) return;
    const { kept, concluded } = this.planners.get(planner) ?? { kept: 0, concluded: 0 };
    // What was kept and is taken back by hand later did not stand its test after all.
    const isReversal = before === 'kept' && state !== 'rejected' && state !== 'denied';
    const record = {
      planner,
      kept: kept + (state === 'kept' ? 1 : 0) - (isReversal ? 1 : 0),
      concluded: concluded + (isReversal ? 0 : 1),
    };
    remember(this.planners, planner, record, partMax.planners);
  }

  /** A promoted change turned out well or badly. */
  turnedOut({ proposal, cycle, outcome, reason, measured }: OutcomeEntry, seq: number): void {
    const known = this.proposals.get(proposal);
    const { origin } = this;
    const why = clippedOr(reason);
    const planner = known?.planner ?? null;
    const told = { origin, proposal, planner, cycle, seq, outcome, reason: why, measured };
    this.outcomes.push(told);
    if (this.outcomes.length > partMax.outcomes) this.outcomes.shift();
    if (known !== undefined) this.became({ ...known, seq, state: outcome, reason: why });
  }

  toJSON(): PartState {
    const { origin, size } = this;
    return {
      origin,
      size,
      patterns: [...this.patterns.values()],
      proposals: [...this.proposals.values()],
      outcomes: [...this.outcomes],
      planners: [...this.planners.values()],
    };
  }
}

const taken = ['rejected', 'denied', 'withdrawn', 'undone'] as const;

/** The change was refused or taken back: it is not proposed again for the same reasons. */
export const isRefused = ({ state }: KnownProposal): boolean =>
  (taken as readonly string[]).includes(state);

const isConcluded = (state: KnownProposal['state']): boolean =>
  state === 'kept' || (taken as readonly string[]).includes(state);
