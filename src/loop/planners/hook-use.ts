import { fail } from '../../base/errors.ts';
import type { Planner } from '../types.ts';
import { switchChange } from './rule.ts';

/** Options of {@link hookUsePlanner}. */
export interface HookUsePlannerOptions {
  /** Which hooks it switches off: those that never fire, those that always do; default both. */
  readonly kinds?: readonly ('hook-never' | 'hook-always')[];
}

const known: readonly string[] = ['hook-never', 'hook-always'];

/**
 * Proposes to switch off hooks that never fire or always do, as {@link hookUseDetector} finds them:
 * hooks of templates that are not protected. Hooks with code are left to their authors, who may
 * have reasons that conditions do not show.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * hookUsePlanner({ kinds: ['hook-never'] }).name; // => 'hook-use'
 */
export function hookUsePlanner(options: HookUsePlannerOptions = {}): Planner {
  const kinds: readonly string[] = options.kinds ?? known;
  const strange = kinds.find((kind) => !known.includes(kind));
  if (strange !== undefined) {
    fail('KNHK_LOOP_SETTING', 'hookUsePlanner, kinds', known.join(' or '), strange);
  }
  return {
    name: 'hook-use',
    plan: ({ kind, subject, evidence }, { document }) => {
      if (!kinds.includes(kind)) return undefined;
      const hook = document.hooks.find(({ name }) => name === subject);
      if (hook?.act === undefined) return undefined;
      const change = switchChange(subject, false, document);
      if (change === undefined) return undefined;
      const { fired, observed } = evidence;
      return { change, reasoning: `${subject} fired on ${fired} of ${observed} observations` };
    },
  };
}
