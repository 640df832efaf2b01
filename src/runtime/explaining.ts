import { acceptsAt } from '../kernel/acceptance.ts';
import { columnKeys, columnOf } from '../kernel/column.ts';
import { type FiredLanes, firedKey } from '../kernel/run.ts';
import { bindTo, checkConditions } from '../rules/bindings.ts';
import type { ExplainedHook, Explanation } from '../rules/explain.ts';
import { fieldOfHook, type Snapshot, type TypePlan } from '../rules/snapshot.ts';
import { otherMode, type PlaceSource, placeOf, placeSource } from './place.ts';
import { explainedAs, type PlannedCondition, plannedCondition } from './planned.ts';
import type { TemplatedDecisions } from './templated.ts';

type Explained = Exclude<Explanation, { readonly outcome: 'invalid' }>;
/** What of an explanation follows from the fired lanes alone. */
type KnownPart = Omit<Explained, 'hooks'>;

interface HookCondition extends PlannedCondition {
  readonly source: PlaceSource;
}

interface PlannedHook {
  readonly hook: string;
  readonly off: boolean;
  readonly conditions: readonly HookCondition[];
  /** The answer where it fires; undefined where it is off. */
  readonly whenFired: ExplainedHook;
}

const keptMax = 1_024;
const noContext = Object.freeze({});

/**
 * explain() where conditions read plain fields and the decision follows from the fired lanes: the
 * conditions stand ready with where they hold, and what guards said is kept. Anything else is
 * explained by evaluating again.
 */
export class Explainer {
  readonly #plan: TypePlan;
  readonly #hooks: readonly PlannedHook[] | undefined;
  readonly #known = new Map<string | number, KnownPart | null>();
  /** The type has no windows, so that an explanation without budgets has no context. */
  readonly #contextFree: boolean;

  constructor(plan: TypePlan, snapshot: Snapshot) {
    this.#plan = plan;
    this.#hooks = plannedHooks(plan, snapshot);
    const windows = Object.values(snapshot.document.windows);
    this.#contextFree = windows.every(({ on }) => on !== plan.observation.type);
  }

  /**
   * Where the decision depends on nothing but the fired lanes.
   *
   * @param fired lanes of the look that answered `look` for this input
   * @param whole explains by evaluating again
   */
  known(
    input: Readonly<Record<string, unknown>>,
    look: 0 | 1,
    fired: FiredLanes,
    whole: () => Explanation,
  ): Explanation {
    const hooks = this.#hooks;
    if (hooks === undefined) return whole();
    const key = look === 0 ? -1 : firedKey(this.#plan.program, fired);
    let part = this.#known.get(key);
    if (part === undefined) {
      const explained = whole();
      part = knownPart(explained);
      if (this.#known.size < keptMax) this.#known.set(key, part);
      return explained;
    }
    if (part === null) return whole();
    return {
      outcome: part.outcome,
      hooks: hooks.map((hook) => explainHook(hook, input)),
      guards: part.guards,
      context: part.context,
    };
  }

  /** Where templates over plain fields fire under guards that look at plain values. */
  templated(
    input: Readonly<Record<string, unknown>>,
    templated: TemplatedDecisions,
    lanes: readonly number[],
    whole: () => Explanation,
  ): Explanation {
    const hooks = this.#hooks;
    if (hooks === undefined || !this.#contextFree) return whole();
    const explained = templated.explain(input, lanes);
    if (explained === undefined) return whole();
    const { outcome, guards } = explained;
    const explainedHooks = hooks.map((hook) => explainHook(hook, input));
    return { outcome, hooks: explainedHooks, guards, context: noContext };
  }
}

/** What may be kept; null where windows or budgets were looked at. */
function knownPart(explained: Explanation): KnownPart | null {
  if (explained.outcome === 'invalid') return null;
  const { outcome, guards, context } = explained;
  if (Object.keys(context).length > 0) return null;
  return { outcome, guards: Object.freeze(guards), context };
}

function explainHook(hook: PlannedHook, input: Readonly<Record<string, unknown>>): ExplainedHook {
  const { conditions } = hook;
  for (let index = 0; index < conditions.length; index++) {
    const condition = conditions[index]!;
    const seen = input[condition.source.name];
    if (acceptsAt(condition.accepted, placeOf(condition.source, seen))) continue;
    const firstFalse = explainedAs(condition, seen);
    return { hook: hook.hook, fired: false, off: hook.off, firstFalse };
  }
  return hook.whenFired;
}

/** The hooks of a type with their conditions; undefined where one takes more than a plain field. */
function plannedHooks(
  { observation }: TypePlan,
  { document, parameters }: Snapshot,
): PlannedHook[] | undefined {
  const off = new Set(document.switches);
  const keyOf = columnKeys();
  const planned: PlannedHook[] = [];
  for (const { name, on, when } of document.hooks) {
    if (on !== observation.type) continue;
    const conditions: HookCondition[] = [];
    for (const item of checkConditions(document, when, `hook ${name}`, (operand) =>
      fieldOfHook(document, observation, operand),
    )) {
      const bound = bindTo(item, parameters);
      // A column of its own: those of the program know nothing of what hooks that are off compare.
      const column = columnOf(keyOf(bound), [bound]);
      const source = placeSource(column, observation, document.windows);
      if (source.mode === otherMode) return undefined;
      conditions.push({ source, ...plannedCondition(item, bound, column, false) });
    }
    const isOff = off.has(name);
    planned.push({
      hook: name,
      off: isOff,
      conditions,
      whenFired: Object.freeze({ hook: name, fired: !isOff, off: isOff }),
    });
  }
  return planned;
}
