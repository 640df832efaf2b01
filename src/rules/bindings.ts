import { fail } from '../base/errors.ts';
import { bind } from '../kernel/program.ts';
import type { Condition, Operand } from '../terms/conditions.ts';
import type { Field, FieldKind } from '../terms/fields.ts';
import { seenField } from '../terms/operands.ts';
import { resolveConditions } from '../terms/resolve.ts';
import type { Scalar } from '../terms/scalars.ts';
import type { RulesDocument } from './document.ts';

/** A condition with the kind of what it reads. */
export interface KindedCondition {
  readonly condition: Condition;
  readonly kind: FieldKind;
  /** Kind of the items, where `kind` is list. */
  readonly of?: FieldKind;
}

/** Checks conditions against what their rule can read, parameters included. */
export function checkConditions(
  document: RulesDocument,
  conditions: readonly Condition[],
  where: string,
  field: (operand: Operand) => Field | undefined,
): KindedCondition[] {
  return resolveConditions(conditions, { where, bare: 'field', field }).map((condition) => {
    const { kind, of } = seenField(condition.left, field(condition.left) as Field);
    if (condition.right !== undefined && 'param' in condition.right) {
      const name = condition.right.param;
      const parameter = Object.hasOwn(document.parameters, name)
        ? document.parameters[name]
        : undefined;
      if (parameter === undefined || !fits(parameter.valueKind, kind)) {
        const got = `${name} (${parameter?.valueKind ?? 'not declared'})`;
        fail('KNHK_TERMS_CONDITION', where, `a ${kind} parameter`, got);
      }
    }
    return { condition, kind, ...(of === undefined ? {} : { of: of.kind }) };
  });
}

function fits(parameter: FieldKind, field: FieldKind): boolean {
  if (parameter === field) return true;
  if (parameter === 'integer') return field === 'number';
  if (parameter === 'number') return field === 'integer';
  return parameter === 'string' && (field === 'oneOf' || field === 'iri');
}

/** Replaces parameters by their values. */
export function bindTo(
  { condition, kind, of }: KindedCondition,
  parameters: { readonly [name: string]: Scalar },
): ReturnType<typeof bind> {
  return bind(condition, kind, (name) => parameters[name] as Scalar, of);
}
