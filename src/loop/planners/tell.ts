import type { JsonObject } from '../../base/canonical.ts';
import { checkTypeName } from '../../terms/observation.ts';
import type { Planner } from '../types.ts';
import { reasonOf } from './rule.ts';

/** Options of {@link tellPlanner}. */
export interface TellOptions {
  /** Type of the action, such as `people.tell`. */
  readonly action: string;
  /** Kinds of patterns it answers; default all. */
  readonly kinds?: readonly string[];
}

/**
 * Answers patterns with an action that tells people or another system: its target is what the
 * pattern is about, its data are kind, detector, direction, confidence and evidence. The loop takes
 * actions for patterns that recommend `enforce`, which a detector's option can have them do.
 *
 * @throws KnhkError KNHK_TERMS_NAME
 * @example
 * tellPlanner({ action: 'people.tell', kinds: ['silence'] }).name; // => 'tell'
 */
export function tellPlanner({ action: type, kinds }: TellOptions): Planner {
  checkTypeName(type, 'tellPlanner, action');
  return {
    name: 'tell',
    plan: (pattern) => {
      const { kind, detector, direction, confidence, evidence, subject } = pattern;
      if (kinds !== undefined && !kinds.includes(kind)) return undefined;
      const way: JsonObject = direction === undefined ? {} : { direction };
      const data: JsonObject = { kind, detector, ...way, confidence, evidence: { ...evidence } };
      return { action: { type, target: subject, data }, reasoning: reasonOf(pattern) };
    },
  };
}
