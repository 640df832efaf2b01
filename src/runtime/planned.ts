import { type Acceptance, acceptanceOf } from '../kernel/acceptance.ts';
import type { BoundCondition, Column } from '../kernel/column.ts';
import type { KindedCondition } from '../rules/bindings.ts';
import type { ExplainedCondition } from '../rules/explain.ts';
import { operandName } from '../terms/conditions.ts';

/** A condition that stands ready to be explained: where it holds, and what it says. */
export interface PlannedCondition {
  readonly accepted: Acceptance;
  readonly left: string;
  readonly op: string;
  readonly wanted: ExplainedCondition['wanted'];
  readonly param: string | undefined;
}

/** @param column the bound condition's own, which knows nothing of others */
export function plannedCondition(
  { condition: { right } }: KindedCondition,
  bound: BoundCondition,
  column: Column,
  absentHolds: boolean,
): PlannedCondition {
  return {
    accepted: acceptanceOf(column, bound, absentHolds),
    left: operandName(bound.left),
    op: bound.op,
    wanted: bound.right !== undefined && 'value' in bound.right ? bound.right.value : undefined,
    param: right !== undefined && 'param' in right ? right.param : undefined,
  };
}

/** What an explanation says of a condition that did not hold. */
export function explainedAs(
  { left, op, wanted, param }: PlannedCondition,
  seen: unknown,
): ExplainedCondition {
  return param === undefined ? { left, op, seen, wanted } : { left, op, seen, wanted, param };
}
