import type { LeafOutcome, StageVerdict } from '../../receipts/verify/leaf-types.ts';
import type { CanaryEntry, OutcomeEntry, ProposalEntry } from '../journal-types.ts';
import { skippedStages } from '../rollbacks.ts';
import { type TrialJson, type TrialResult, TrialRun } from './bake.ts';
import type { ExecutionPlan } from './options.ts';
import { RecentOutcomes, type TallyJson } from './tallies.ts';

/** A sequenced observation, as far as trials look at it. */
export interface TrialEvent {
  readonly type: string;
  readonly outcome: LeafOutcome;
  /** Time of its leaf in ms since 1970. */
  readonly time: number;
  /** Hash of the snapshot that decided. */
  readonly snapshot: string;
}

/** A promoted change that is being tried. */
export interface Baking {
  /** Content hash of the proposal. */
  readonly proposal: string;
  /** The cycle that proposed it. */
  readonly cycle: number;
  /** Hash of the snapshot that it made. */
  readonly snapshot: string;
  /** What it goes back to. */
  readonly parent: string;
}

/** A candidate that decides for a share of the subjects. */
export interface Trying {
  /** Content hash of the proposal. */
  readonly proposal: string;
  /** The cycle that proposed it. */
  readonly cycle: number;
  /** Hash of the candidate's snapshot. */
  readonly candidate: string;
  /** Share of the subjects, in percent. */
  readonly percent: number;
  /** What the stages said of it. */
  readonly stages: readonly StageVerdict[];
}

/** What has to be done now that a trial is over. */
export type Due =
  | ({ readonly kind: 'bake'; readonly of: Baking } & TrialResult)
  | ({ readonly kind: 'canary'; readonly of: Trying } & TrialResult);

/** The state of execution as a savepoint keeps it. */
export interface ExecutionJson {
  readonly recent: { readonly before: TallyJson; readonly now: TallyJson };
  readonly bake: { readonly of: Baking; readonly trial: TrialJson } | null;
  readonly canary: { readonly of: Trying; readonly trial: TrialJson } | null;
  readonly due: Due | null;
  readonly considered: {
    readonly proposal: string;
    readonly cycle: number;
    readonly stages: readonly StageVerdict[];
  } | null;
}

const noTally = { now: {}, usual: {} };

/**
 * What is being tried and how it fares: a deterministic fold over the log's leaves. It decides
 * nothing by itself and writes nothing; {@link due} says what its keeper has to do.
 */
export class Execution {
  readonly #plan: ExecutionPlan;
  #recent: RecentOutcomes;
  #bake: { readonly of: Baking; readonly trial: TrialRun } | undefined;
  #canary: { readonly of: Trying; readonly trial: TrialRun } | undefined;
  #due: Due | undefined;
  #considered: ExecutionJson['considered'] = null;

  constructor(plan: ExecutionPlan, saved?: ExecutionJson) {
    this.#plan = plan;
    this.#recent = new RecentOutcomes(saved?.recent);
    if (saved === undefined) return;
    const { bake, canary, due, considered } = saved;
    if (bake !== null) this.#bake = { of: bake.of, trial: this.#bakeRun(bake.trial) };
    if (canary !== null) {
      this.#canary = { of: canary.of, trial: this.#stepRun(canary.of.percent, canary.trial) };
    }
    this.#due = due ?? undefined;
    this.#considered = considered;
  }

  /** The promoted change that is being tried. */
  get baking(): (Baking & { readonly observations: number }) | undefined {
    if (this.#bake === undefined) return undefined;
    return { ...this.#bake.of, observations: this.#bake.trial.count };
  }

  /** The candidate that is being tried on some subjects. */
  get trying(): (Trying & { readonly observations: number }) | undefined {
    if (this.#canary === undefined) return undefined;
    return { ...this.#canary.of, observations: this.#canary.trial.count };
  }

  /** Why no other change may be put in place now. */
  get busy(): string | undefined {
    if (this.#bake !== undefined) return `${this.#bake.of.proposal} is being tried`;
    if (this.#canary === undefined) return undefined;
    const { proposal, percent } = this.#canary.of;
    return `${proposal} is being tried on ${percent} % of the subjects`;
  }

  /** What has to be done because a trial is over. */
  get due(): Due | undefined {
    return this.#due;
  }

  /** The share of the step after a canary's, undefined after the last. */
  next({ percent }: Trying): number | undefined {
    return this.#plan.canary?.steps.find((step) => step.percent > percent)?.percent;
  }

  /** Share of a canary's first step; undefined where changes are promoted at once. */
  get firstPercent(): number | undefined {
    return this.#plan.canary?.steps[0]?.percent;
  }

  /** Counts an observation: O(1). */
  observe({ type, outcome, time, snapshot }: TrialEvent): void {
    this.#recent.add(type, outcome);
    const canary = this.#canary;
    if (canary !== undefined) {
      if (snapshot !== canary.of.candidate) canary.trial.compare(type, outcome);
      else if (this.#due === undefined) {
        const result = canary.trial.add(type, outcome, time);
        if (result !== undefined) this.#due = { kind: 'canary', of: canary.of, ...result };
      }
      return;
    }
    const bake = this.#bake;
    if (bake === undefined || this.#due !== undefined) return;
    const result = bake.trial.add(type, outcome, time);
    if (result !== undefined) this.#due = { kind: 'bake', of: bake.of, ...result };
  }

  /** A proposal was considered: if it becomes a canary, its promotion repeats these verdicts. */
  considered({
    proposal,
    cycle,
    stages,
  }: Pick<ProposalEntry, 'proposal' | 'cycle' | 'stages'>): void {
    this.#considered = { proposal, cycle, stages: stages.map(({ verdict }) => verdict) };
  }

  /** A canary begins, goes on with another share, or ends. */
  canary({ proposal, cycle, candidate, percent }: CanaryEntry, time: number): void {
    this.#due = undefined;
    if (percent <= 0 || percent >= 100) {
      this.#canary = undefined;
      return;
    }
    const known = this.#canary?.of.stages ?? this.#stagesOf(proposal);
    const of = { proposal, cycle, candidate, percent, stages: known };
    this.#canary = { of, trial: this.#stepRun(percent, { since: time, ...noTally }) };
  }

  /** A change was promoted for all: it is tried from here on. */
  promoted(given: Omit<Baking, 'cycle'>, time: number): void {
    const { proposal } = given;
    const known = this.#considered?.proposal === proposal ? this.#considered.cycle : undefined;
    const of = { ...given, cycle: known ?? this.#canary?.of.cycle ?? 0 };
    this.changed();
    if (this.#plan.bake === undefined) return;
    const usual = this.#recent.usual().toJSON();
    this.#bake = { of, trial: this.#bakeRun({ since: time, now: {}, usual }) };
    // What is usual is begun anew: it has to be that of the rules that hold.
    this.#recent = new RecentOutcomes();
  }

  /** The rules changed, or a bake was concluded: nothing is being tried. */
  changed(): void {
    this.#bake = undefined;
    this.#canary = undefined;
    this.#due = undefined;
  }

  /** How a trial turned out was written down. */
  concluded(_entry: OutcomeEntry): void {
    this.#bake = undefined;
    this.#due = undefined;
  }

  toJSON(): ExecutionJson {
    const [bake, canary] = [this.#bake, this.#canary];
    return {
      recent: this.#recent.toJSON(),
      bake: bake === undefined ? null : { of: bake.of, trial: bake.trial.toJSON() },
      canary: canary === undefined ? null : { of: canary.of, trial: canary.trial.toJSON() },
      due: this.#due ?? null,
      considered: this.#considered,
    };
  }

  #stagesOf(proposal: string): readonly StageVerdict[] {
    const known = this.#considered;
    return known?.proposal === proposal ? known.stages : skippedStages;
  }

  #bakeRun(trial: TrialJson): TrialRun {
    const { bake = { observations: 1, criteria: [] } } = this.#plan;
    return new TrialRun(bake, trial);
  }

  #stepRun(percent: number, trial: TrialJson): TrialRun {
    const { steps = [], criteria = [] } = this.#plan.canary ?? {};
    const step = steps.find((one) => one.percent >= percent) ?? { observations: 1 };
    return new TrialRun({ ...step, criteria }, trial);
  }
}
