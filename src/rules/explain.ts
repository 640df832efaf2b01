import { hashCanonical } from '../base/canonical.ts';
import { classOf, columnOf, testOn, testValues } from '../kernel/column.ts';
import type { BoundCondition } from '../kernel/program.ts';
import { operandName } from '../terms/conditions.ts';
import { type Issue, readObservation } from '../terms/read.ts';
import type { Scalar } from '../terms/scalars.ts';
import { type CheckedAction, checkAction } from './actions.ts';
import { bindTo, checkConditions } from './bindings.ts';
import type { ContextState, ContextView } from './context.ts';
import { type Evaluation, type EvaluationRecord, evaluate, hookOperand } from './evaluate.ts';
import { askGuards, guardOperand } from './judge.ts';
import { fieldOfHook, type Snapshot, type TypePlan } from './snapshot.ts';

/** A condition with the value it saw. */
export interface ExplainedCondition {
  /** Such as `field delayMinutes`. */
  readonly left: string;
  /** Operator, such as `gte`. */
  readonly op: string;
  /** The value seen; undefined where there was none. */
  readonly seen: unknown;
  /** The value wanted, the parameter replaced; a list for between and in. */
  readonly wanted: Scalar | readonly Scalar[] | undefined;
  /** The parameter that gave the wanted value. */
  readonly param?: string;
}

/** Why a hook fired or did not. */
export interface ExplainedHook {
  /** Name of the hook. */
  readonly hook: string;
  /** True where all of its conditions held. */
  readonly fired: boolean;
  /** Switched off by a promotion. */
  readonly off: boolean;
  /** The first condition that did not hold. */
  readonly firstFalse?: ExplainedCondition;
}

/** What a guard said of one proposed action. */
export interface ExplainedGuard {
  /** Index of the proposed action, from 0. */
  readonly action: number;
  /** Name of the guard; null where none matched. */
  readonly guard: string | null;
  readonly verdict: 'allow' | 'deny' | 'requires-approval';
  /** Code of a verdict other than allow. */
  readonly code?: string;
  /** For a guard with conditions that allowed: the first one that did not hold. */
  readonly firstFalse?: ExplainedCondition;
}

/** A decision taken apart: hooks in total order, guards by action. */
export type Explanation =
  | { readonly outcome: 'invalid'; readonly issues: readonly Issue[] }
  | {
      readonly outcome: Evaluation['outcome'];
      readonly hooks: readonly ExplainedHook[];
      readonly guards: readonly ExplainedGuard[];
      readonly context: ReturnType<ContextView['values']>;
    };

/** Evaluates again and says of each hook and guard why it decided as it did. */
export function explain(
  snapshot: Snapshot,
  plan: TypePlan,
  state: ContextState,
  input: unknown,
  options: { readonly id?: string; readonly at: number; readonly principal?: string },
): Explanation {
  const { observation } = plan;
  const read = readObservation(observation, input);
  if (!read.ok) return { outcome: 'invalid', issues: read.issues };
  const { time, type } = observation;
  const at = time === undefined ? options.at : (read.data[time] as number);
  const view = state.view(type, read.data, at);
  const record: EvaluationRecord = {
    type,
    data: read.data,
    at,
    id: options.id ?? hashCanonical('record', read.record),
    ...(options.principal === undefined ? {} : { principal: options.principal }),
  };
  const evaluation = evaluate(snapshot, view, record);
  return {
    outcome: evaluation.outcome,
    hooks: explainHooks(snapshot, plan, view, record, evaluation),
    guards: explainGuards(snapshot, view, record, evaluation),
    context: view.values(),
  };
}

function explainHooks(
  snapshot: Snapshot,
  plan: TypePlan,
  view: ContextView,
  record: EvaluationRecord,
  evaluation: Evaluation,
): ExplainedHook[] {
  const { document, parameters } = snapshot;
  const off = new Set(document.switches);
  const explained: ExplainedHook[] = [];
  document.hooks.forEach((hook, index) => {
    if (hook.on !== record.type) return;
    const fired = evaluation.fired.includes(index);
    const conditions = checkConditions(document, hook.when, `hook ${hook.name}`, (operand) =>
      fieldOfHook(document, plan.observation, operand),
    );
    const first = conditions.find((item) => {
      const seen = hookOperand(item.condition.left, record.data, view);
      return !conditionHolds(bindTo(item, parameters), seen, false);
    });
    explained.push({
      hook: hook.name,
      fired,
      off: off.has(hook.name),
      ...(first === undefined
        ? {}
        : {
            firstFalse: explainedCondition(
              bindTo(first, parameters),
              hookOperand(first.condition.left, record.data, view),
              first.condition.right,
            ),
          }),
    });
  });
  return explained;
}

function explainGuards(
  snapshot: Snapshot,
  view: ContextView,
  record: EvaluationRecord,
  evaluation: Evaluation,
): ExplainedGuard[] {
  const items = evaluation.proposed.map((action) => checkAction(action, snapshot.actions));
  const checked = items as CheckedAction[];
  return checked.flatMap((item, action) => {
    const earlier = checked.slice(0, action);
    const answers = askGuards(snapshot, view, record, item, earlier, action);
    if (answers.some(({ guard }) => guard === -1)) {
      return [{ action, guard: null, verdict: 'deny' as const, code: 'unguarded' }];
    }
    return snapshot.guardPlan(item.action.type).guards.map((guard): ExplainedGuard => {
      const { name } = guard.body;
      const answer = answers.find(({ guard: index }) => index === guard.index);
      if (answer !== undefined) {
        return { action, guard: name, verdict: answer.verdict, code: answer.code };
      }
      for (const condition of guard.conditions) {
        const bound = bindTo(condition, snapshot.parameters);
        const seen = guardOperand(bound.left, snapshot, view, record, item, earlier);
        if (conditionHolds(bound, seen, true)) continue;
        const firstFalse = explainedCondition(bound, seen, condition.condition.right);
        return { action, guard: name, verdict: 'allow', firstFalse };
      }
      return { action, guard: name, verdict: 'allow' };
    });
  });
}

/** One condition alone, through the same classes as the rows. */
function conditionHolds(condition: BoundCondition, seen: unknown, absentHolds: boolean): boolean {
  const test = { op: condition.op, values: testValues(condition.kind, condition.right) };
  const truths = { op: 'in', values: [false, true] } as const;
  const column = columnOf(condition.kind, condition.kind === 'boolean' ? [test, truths] : [test]);
  return testOn(column, test, absentHolds)(classOf(column, seen));
}

function explainedCondition(
  condition: BoundCondition,
  seen: unknown,
  right: { readonly value?: unknown; readonly param?: string } | undefined,
): ExplainedCondition {
  const value = condition.right?.value;
  return {
    left: operandName(condition.left),
    op: condition.op,
    seen,
    wanted: value as ExplainedCondition['wanted'],
    ...(right?.param === undefined ? {} : { param: right.param }),
  };
}
