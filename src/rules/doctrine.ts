import { fail } from '../base/errors.ts';
import { checkFieldName, checkTypeName } from '../terms/observation.ts';
import type { DoctrineBody, DoctrineRule } from './document.ts';

/** A declared doctrine: what a sector demands of changes to the rules. */
export interface Doctrine extends DoctrineBody {
  readonly kind: 'doctrine';
}

/**
 * Declares a doctrine in its minimal form: bounds that parameters must keep, whatever is proposed.
 *
 * @throws KnhkError KNHK_RULES_DOCTRINE, KNHK_TERMS_NAME
 * @example
 * const late = { id: 'late-is-late', parameter: 'lateMinutes', between: [15, 120] } as const;
 * defineDoctrine({ name: 'airline', rules: [late] }).rules; // => [late]
 * defineDoctrine({ name: 'airline', rules: [late, late] }); // => throws KNHK_RULES_DOCTRINE
 */
export function defineDoctrine(declaration: DoctrineBody): Doctrine {
  checkTypeName(declaration.name, 'doctrine');
  const where = `doctrine ${declaration.name}`;
  const seen = new Set<string>();
  const rules = declaration.rules.map((rule): DoctrineRule => {
    checkTypeName(rule.id, `${where}, rule id`);
    checkFieldName(rule.parameter, `${where}, rule ${rule.id}`);
    const [low, high] = rule.between;
    if (seen.has(rule.id) || !Number.isFinite(low) || !Number.isFinite(high) || low > high) {
      const got = `${rule.id}: [${low}, ${high}]`;
      fail('KNHK_RULES_DOCTRINE', where, 'unique ids and between: [low, high]', got);
    }
    seen.add(rule.id);
    return { id: rule.id, parameter: rule.parameter, between: [low, high] };
  });
  return Object.freeze({ kind: 'doctrine', name: declaration.name, rules: Object.freeze(rules) });
}
