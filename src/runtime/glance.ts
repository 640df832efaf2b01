import { type FiredLanes, firedKey, firedLanes, listFired } from '../kernel/run.ts';
import { storedView } from '../rules/context.ts';
import type { RulesDocument } from '../rules/document.ts';
import { evaluateFired } from '../rules/evaluate.ts';
import type { Snapshot, TypePlan } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import { type Data, observationReader } from '../terms/read.ts';
import { readInstant } from '../terms/scalars.ts';
import { Explainer } from './explaining.ts';
import { generatedFits } from './fitsCode.ts';
import { type Look, portableLook } from './look.ts';
import { generatedLook } from './lookCode.ts';
import { type Checked, type Decision, decidedOf } from './outcome.ts';
import { placeSource, readsWindows } from './place.ts';

/**
 * The decision's first look: whether any hook fires, from the fields that conditions read, straight
 * from the input. Nothing is allocated.
 */
export interface Glance {
  readonly look: Look;
  /** True where conditions read windows, so that looking needs the observation's time. */
  readonly windowed: boolean;
  /** Which engine looks. */
  readonly engine: 'generated' | 'rows';
  /** The lanes of the last look that answered 1. */
  readonly fired: FiredLanes;
  /** The same, listed: they stand after the next look too. */
  lanes(): readonly number[];
  /**
   * The decision of the last look where it depends on nothing but which hooks fired: constant
   * templates under guards that look at the action alone. Kept by fired lanes.
   */
  known(snapshot: Snapshot, sigma: Checked): Decision | undefined;
  /** Who explains under a snapshot; made when it is first asked for. */
  explainer(snapshot: Snapshot): Explainer;
  /** True only if the whole input can be read; false says nothing. */
  readonly fits: (input: object) => boolean;
}

/** Prepares the first look of a type; `generate` allows code from strings. */
export function glanceOf(
  plan: TypePlan,
  windows: RulesDocument['windows'],
  generate: boolean,
): Glance {
  const { program, observation } = plan;
  const sources = program.columns.map((column) => placeSource(column, observation, windows));
  const fired = firedLanes(program);
  const generated = generate ? generatedLook(plan, sources, fired) : undefined;
  const decisions = new KnownDecisions(plan);
  let explainer: Explainer | undefined;
  return {
    look: generated ?? portableLook(plan, sources, fired),
    windowed: readsWindows(sources),
    engine: generated === undefined ? 'rows' : 'generated',
    fits:
      generated === undefined ? observationReader(observation).fits : generatedFits(observation),
    fired,
    lanes: () => listFired(program, fired),
    explainer: (snapshot) => {
      explainer ??= new Explainer(plan, snapshot);
      return explainer;
    },
    known: (snapshot, sigma) => decisions.of(fired, snapshot, sigma),
  };
}

/** The observation's time, or undefined where its time field cannot be read. */
export function timeOf(
  { time }: Observation,
  input: Record<string, unknown>,
  clock: { now(): number },
  given: number | undefined,
): number | undefined {
  return time === undefined ? (given ?? clock.now()) : readInstant(input[time]);
}

const decisionsMax = 16_384;

/** Decisions that follow from the fired lanes alone, kept by them; null where more is needed. */
class KnownDecisions {
  readonly #plan: TypePlan;
  readonly #byLanes = new Map<number | string, Decision | null>();

  constructor(plan: TypePlan) {
    this.#plan = plan;
  }

  of(fired: FiredLanes, snapshot: Snapshot, sigma: Checked): Decision | undefined {
    const key = firedKey(this.#plan.program, fired);
    let decision = this.#byLanes.get(key);
    if (decision === undefined) {
      const lanes = listFired(this.#plan.program, fired);
      decision = constantDecision(snapshot, this.#plan, lanes, sigma);
      if (this.#byLanes.size < decisionsMax) this.#byLanes.set(key, decision);
    }
    return decision ?? undefined;
  }
}

/** The decision where these lanes fire, if neither data nor context can change it; else null. */
function constantDecision(
  snapshot: Snapshot,
  plan: TypePlan,
  lanes: readonly number[],
  sigma: Checked,
): Decision | null {
  const hooks = lanes.map((lane) => plan.hooks[lane]!);
  const none: Data = Object.freeze({});
  for (const { templates } of hooks) {
    if (templates?.constant !== true) return null;
    for (const action of templates.fill(none)) {
      const guards = snapshot.guardPlan(action?.type ?? '');
      const operands = guards.program.columns.flatMap((column) => column.operands);
      const onlyAction = operands.every((operand) => 'action' in operand);
      if (!onlyAction || guards.lanes.includes(-1)) return null;
    }
  }
  const record = { type: plan.observation.type, data: none, at: 0, id: '' };
  const evaluation = evaluateFired(snapshot, plan, lanes, storedView({}), record);
  return Object.freeze({ ...decidedOf(evaluation, snapshot), sigma });
}
