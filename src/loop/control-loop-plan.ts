import { describe } from '../base/errors.ts';
import { type Action, type ActionDeclaration, BadAction, checkAction } from '../rules/actions.ts';
import { disarm } from '../rules/disarm.ts';
import type { CycleProblem, Pattern, Planner } from './types.ts';

/** What one planner planned, checked and frozen. */
export interface PlannedHere {
  readonly planner: string;
  readonly action: Action;
  readonly reasoning: string;
}

/** Why a cycle ended before anything was carried out. */
export class CycleFailure extends Error {
  readonly problem: CycleProblem;
  constructor(phase: CycleProblem['phase'], name: string, error: unknown) {
    super();
    this.problem = problemOf(phase, name, error);
  }
}

/** A problem with what was thrown, or with what is said of it. */
export function problemOf(
  phase: CycleProblem['phase'],
  name: string,
  error: unknown,
): CycleProblem {
  const message = typeof error === 'string' ? error : describe(error);
  return { phase, name, message };
}

// Guards behind `govern` know declarations; here an action only has to be one.
const undeclared: ReadonlyMap<string, ActionDeclaration> = new Map();
const { signal } = new AbortController();

/**
 * The first answer of the planners to each pattern that recommends `enforce`.
 *
 * @throws CycleFailure where one of them throws or answers with what is no action
 */
export function plannedHere<View>(
  patterns: readonly Pattern[],
  planners: readonly Planner<View>[],
  view: View,
): PlannedHere[] {
  const found: PlannedHere[] = [];
  for (const pattern of patterns) {
    if (pattern.recommend !== 'enforce') continue;
    for (const planner of planners) {
      const answer = answerOf(planner, pattern, view);
      if (answer === undefined) continue;
      found.push(checkedAnswer(planner.name, answer));
      break;
    }
  }
  return found;
}

function answerOf<View>(planner: Planner<View>, pattern: Pattern, view: View): unknown {
  try {
    return planner.plan(pattern, view, { signal });
  } catch (error) {
    throw new CycleFailure('plan', planner.name, error);
  }
}

/**
 * An answer as an action.
 *
 * @throws CycleFailure where it is none
 */
export function checkedAnswer(planner: string, answer: unknown): PlannedHere {
  let checked: ReturnType<typeof checkAction>;
  let reasoning: unknown;
  try {
    const members = atOnce(answer) as { readonly action: unknown; readonly reasoning: unknown };
    reasoning = members.reasoning;
    checked = checkAction(members.action, undeclared);
  } catch (error) {
    throw new CycleFailure('plan', planner, error);
  }
  if (checked instanceof BadAction) throw new CycleFailure('plan', planner, checked.message);
  if (typeof reasoning !== 'string') throw new CycleFailure('plan', planner, 'no reasoning');
  return { planner, action: checked.action, reasoning };
}

/** An answer that is no promise; a promise is refused, and its rejection ends nothing. */
export function atOnce<Answer>(answer: Answer): Answer {
  disarm(answer);
  if (answer instanceof Promise)
    throw new TypeError('a promise, where an answer is needed at once');
  return answer;
}

/** A pattern that says what should be done about it. */
export function checkedPattern(pattern: Pattern): Pattern {
  if (typeof pattern?.recommend !== 'string') throw new TypeError('no pattern');
  return pattern;
}
