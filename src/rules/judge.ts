import { matchInto } from '../kernel/run.ts';
import type { Operand } from '../terms/conditions.ts';
import { seenOf } from '../terms/operands.ts';
import type { CheckedAction } from './actions.ts';
import { budgetKey, type ContextView } from './context.ts';
import { contextData, type EvaluationRecord } from './evaluate.ts';
import type { GuardPlan, LinkedGuard } from './guardPlan.ts';
import { type GuardAnswer, type GuardInput, readAnswer } from './guards.ts';
import type { Snapshot } from './snapshot.ts';
import type { BudgetSpec } from './windows.ts';

/** One answer that is not allow: which guard (-1: none matched), about which proposed action. */
export interface EvaluationVerdict {
  readonly action: number;
  readonly guard: number;
  readonly verdict: 'deny' | 'requires-approval';
  readonly code: string;
}

/**
 * Asks every guard that matches about one proposed action. An empty list means that it may leave;
 * a throw, a promise or any unknown answer is a denial.
 */
export function askGuards(
  snapshot: Snapshot,
  view: ContextView,
  record: EvaluationRecord,
  item: CheckedAction,
  earlier: readonly CheckedAction[],
  index: number,
): EvaluationVerdict[] {
  const plan = snapshot.guardPlan(item.action.type);
  if (plan.guards.length === 0) {
    return snapshot.document.unguarded === 'allow'
      ? []
      : [{ action: index, guard: -1, verdict: 'deny', code: 'unguarded' }];
  }
  const { program, fired } = plan;
  matchInto(
    program,
    (operand) => guardOperand(operand, snapshot, view, record, item, earlier),
    fired,
  );
  // Copied, because a check may call decide() and so use the same plan.
  const matched = Int32Array.from(fired);
  const verdicts: EvaluationVerdict[] = [];
  let input: GuardInput | undefined;
  plan.guards.forEach((guard, position) => {
    if (guard.body.mode === 'check') {
      input ??= inputOf(snapshot, plan, view, record, item);
      const answer = runCheck(guard, input);
      if (answer.verdict !== 'allow')
        verdicts.push({ action: index, guard: guard.index, ...answer });
      return;
    }
    const lane = plan.lanes[position]!;
    if ((matched[lane >>> 5]! & (1 << (lane & 31))) === 0) return;
    const { mode, code } = guard.body;
    verdicts.push({ action: index, guard: guard.index, verdict: mode, code });
  });
  return verdicts;
}

/** Reads an operand of a guard's condition; a budget reads as "would be exceeded". */
export function guardOperand(
  operand: Operand,
  snapshot: Snapshot,
  view: ContextView,
  record: EvaluationRecord,
  item: CheckedAction,
  earlier: readonly CheckedAction[],
): unknown {
  if ('action' in operand) {
    if (operand.action === 'target') return seenOf(operand, item.action.target);
    const known = Object.hasOwn(item.seen, operand.action);
    return known ? seenOf(operand, item.seen[operand.action]) : undefined;
  }
  if ('field' in operand) return seenOf(operand, record.data[operand.field]);
  if ('window' in operand) return view.window(operand.window);
  const spec = snapshot.document.budgets[operand.budget];
  // A budget on another type than this action's does not count this action.
  if (spec?.on !== item.action.type) return false;
  return wouldExceed(spec, view, item, earlier);
}

function wouldExceed(
  spec: BudgetSpec,
  view: ContextView,
  item: CheckedAction,
  earlier: readonly CheckedAction[],
): boolean | undefined {
  const key = budgetKey(spec, item.action);
  // Without a key the budget cannot be read: undefined is absent, which denies.
  if (key === undefined) return undefined;
  let taken = view.budget(spec.name, key) + 1;
  for (const { action } of earlier) {
    if (action.type === spec.on && budgetKey(spec, action) === key) taken++;
  }
  return taken > spec.max;
}

function inputOf(
  snapshot: Snapshot,
  plan: GuardPlan,
  view: ContextView,
  record: EvaluationRecord,
  item: CheckedAction,
): GuardInput {
  const budgets: Record<string, number> = {};
  for (const spec of plan.budgets) {
    const key = budgetKey(spec, item.action);
    if (key !== undefined) budgets[spec.name] = view.budget(spec.name, key);
  }
  return Object.freeze({
    action: item.action,
    data: record.data,
    context: contextData(view, Object.freeze(budgets)),
    parameters: snapshot.parameters,
    at: record.at,
    ...(record.principal === undefined ? {} : { principal: record.principal }),
  });
}

function runCheck(guard: LinkedGuard, input: GuardInput): GuardAnswer {
  if (guard.check === undefined) return { verdict: 'deny', code: 'KNHK_GUARD_MISSING' };
  try {
    return readAnswer(guard.check(input));
  } catch {
    return { verdict: 'deny', code: 'KNHK_GUARD_THREW' };
  }
}
