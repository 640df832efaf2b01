import type { JsonObject } from '../../base/canonical.ts';
import { fail } from '../../base/errors.ts';
import { checkTypeName } from '../../terms/observation.ts';
import type { Planner, Recommendation } from '../types.ts';
import { reasonOf } from './rule.ts';

/** Options of {@link tellPlanner}. */
export interface TellOptions {
  /** Type of the action, such as `people.tell`. */
  readonly action: string;
  /** Kinds of patterns it answers; default all. */
  readonly kinds?: readonly string[];
  /** Least recommendation, in the order observe, alert, propose, enforce; default alert. */
  readonly from?: Recommendation;
}

const order: readonly Recommendation[] = ['observe', 'alert', 'propose', 'enforce'];

/**
 * Answers patterns with an action that tells people or another system: its target is what the
 * pattern is about, its data are kind, detector, direction, confidence and evidence. Like every
 * action it leaves only if hooks and guards let it.
 *
 * @throws KnhkError KNHK_LOOP_SETTING, KNHK_TERMS_NAME
 * @example
 * tellPlanner({ action: 'people.tell', kinds: ['silence'] }).name; // => 'tell'
 */
export function tellPlanner({ action: type, kinds, from = 'alert' }: TellOptions): Planner {
  checkTypeName(type, 'tellPlanner, action');
  const least = order.indexOf(from);
  if (least < 0) fail('KNHK_LOOP_SETTING', 'tellPlanner, from', order.join(' or '), from);
  return {
    name: 'tell',
    plan: (pattern) => {
      const { kind, detector, direction, confidence, evidence, recommend, subject } = pattern;
      if (kinds !== undefined && !kinds.includes(kind)) return undefined;
      if (order.indexOf(recommend) < least) return undefined;
      const way: JsonObject = direction === undefined ? {} : { direction };
      const data: JsonObject = { kind, detector, ...way, confidence, evidence: { ...evidence } };
      return { action: { type, target: subject, data }, reasoning: reasonOf(pattern) };
    },
  };
}
