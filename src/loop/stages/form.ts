import type { Catalogue } from '../../rules/catalogue.ts';
import { applyChange, type Change, inverseOf } from '../../rules/changes.ts';
import type { RulesDocument } from '../../rules/document.ts';
import { defineHook, hookHash } from '../../rules/hooks.ts';

/**
 * Why a change does not have the form that a host's own definitions must have, or undefined. A
 * hook that a proposal adds has to pass what defineHook demands, must not be protected (nothing
 * but a person could take it back) and must not share a guard's name (a switch names either).
 *
 * @throws KnhkError what defineHook throws
 */
export function formProblem(
  change: Change,
  document: RulesDocument,
  catalogue: Catalogue,
): string | undefined {
  if (change.kind !== 'add-hook') return undefined;
  const { name, on, priority, when, act = [] } = change.hook;
  const observation = catalogue.observations.get(on);
  if (observation === undefined) return `hook ${name}: no observation ${on}`;
  const hook = defineHook({ name, on: observation, priority, when, act });
  if (hookHash(change.hook) !== hook.hash) return `hook ${name} is not in its canonical form`;
  if (change.hook.protected !== false) return `hook ${name}: a proposal adds no protected hook`;
  const taken = document.guards.some((guard) => guard.name === name);
  return taken ? `hook ${name}: the name of a guard` : undefined;
}

/** The inverse of a change; one that does not fit has none, and stage 1 refuses it anyway. */
export function inverseOr(document: RulesDocument, change: Change): Change {
  try {
    applyChange(document, change);
    return inverseOf(document, change);
  } catch {
    return change;
  }
}
