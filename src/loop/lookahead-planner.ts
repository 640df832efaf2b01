import {
  checkedOptions,
  type DecisionModel,
  type LookaheadDecision,
  type LookaheadOptions,
  lookahead,
} from './lookahead.ts';
import type { PlannedAction, Planner } from './types.ts';

/** Options of {@link lookaheadPlanner}. */
export interface LookaheadPlannerOptions<View, State, Choice>
  extends Omit<LookaheadOptions, 'horizon'> {
  readonly name: string;
  /** Kinds of patterns that it answers. */
  readonly kinds: readonly string[];
  /** Decisions to look ahead, or a function of the view that says so. */
  readonly horizon: number | ((view: View) => number);
  /** The state the world is in. */
  state(view: View): State;
  /** What can be done and what may follow, as it is believed now. */
  model(view: View): DecisionModel<State, Choice>;
  /** The first choice as an action; undefined where nothing needs to be done. */
  act(choice: Choice, view: View, decision: LookaheadDecision<Choice>): PlannedAction | undefined;
}

/**
 * A planner for sequential decisions under uncertainty: for each pattern of its kinds it looks
 * ahead (`lookahead`) and plans the first step of what is best. It answers at once, so it serves
 * `controlLoop` as well as `openLoop`, and the same view gives the same answer.
 *
 * @throws KnhkError KNHK_LOOP_OPTION; the planner what `lookahead` throws, which ends the
 * cycle
 * @example
 * // A tank loses 2 units a step or, believed at one in four, 5; it must not run dry.
 * const pumping = lookaheadPlanner<{ level: number }, number, 'pump' | 'wait'>({
 *   name: 'pump',
 *   kinds: ['level'],
 *   horizon: 3,
 *   state: ({ level }) => level,
 *   model: () => ({
 *     key: (level) => level,
 *     choices: (level) => (level <= 0 ? [] : ['wait', 'pump']),
 *     outcomes: (level, choice) =>
 *       [0.75, 0.25].map((probability, index) => {
 *         const pumped = choice === 'pump' ? 4 : 0;
 *         const left = level + pumped - (index === 0 ? 2 : 5);
 *         return { probability, reward: (left <= 0 ? -100 : 0) - pumped / 4, state: left };
 *       }),
 *   }),
 *   act: (choice) =>
 *     choice === 'wait'
 *       ? undefined
 *       : { action: action('tank.pump', { target: 'tank' }), reasoning: 'it may run dry' },
 * });
 * const level = { detector: 'd', kind: 'level', subject: 'tank', confidence: 1, seqs: [] };
 * const found: Pattern = { ...level, evidence: {}, recommend: 'enforce' };
 * const { signal } = new AbortController();
 * pumping.plan(found, { level: 40 }, { signal }); // => undefined
 * const planned = await pumping.plan(found, { level: 4 }, { signal });
 * (planned as PlannedAction).action.type; // => 'tank.pump'
 */
export function lookaheadPlanner<View, State, Choice>(
  options: LookaheadPlannerOptions<View, State, Choice>,
): Planner<View> {
  const { name, horizon } = options;
  const kinds = new Set(options.kinds);
  const horizonOf = typeof horizon === 'function' ? horizon : () => horizon;
  if (typeof horizon === 'number') checkedOptions({ ...options, horizon });
  return {
    name,
    plan: ({ kind }, view) => {
      if (!kinds.has(kind)) return undefined;
      const searching = { ...options, horizon: horizonOf(view) };
      const decision = lookahead(options.model(view), options.state(view), searching);
      return decision.choice === undefined
        ? undefined
        : options.act(decision.choice, view, decision);
    },
  };
}
