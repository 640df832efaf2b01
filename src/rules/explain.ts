import { hashCanonical } from '../base/canonical.ts';
import { type BoundCondition, classOf, columnKeys, columnOf, testOn } from '../kernel/column.ts';
import { type Operand, operandName, type Right } from '../terms/conditions.ts';
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
  /** The value wanted, the parameter replaced or the other side read; a list for between, in. */
  readonly wanted: Scalar | readonly Scalar[] | undefined;
  /** What gave the wanted value where it was read, such as `field promised`. */
  readonly right?: string;
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
    const read = (operand: Operand): unknown => hookOperand(operand, record.data, view);
    const first = conditions.find((item) => !holds(bindTo(item, parameters), read, false));
    explained.push({
      hook: hook.name,
      fired,
      off: off.has(hook.name),
      ...(first === undefined
        ? {}
        : {
            firstFalse: explainedCondition(bindTo(first, parameters), read, first.condition.right),
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
        const read = (operand: Operand): unknown =>
          guardOperand(operand, snapshot, view, record, item, earlier);
        if (holds(bound, read, true)) continue;
        const firstFalse = explainedCondition(bound, read, condition.condition.right);
        return { action, guard: name, verdict: 'allow', firstFalse };
      }
      return { action, guard: name, verdict: 'allow' };
    });
  });
}

type ReadOperand = (operand: Operand) => unknown;

/** One condition alone, through the same classes as the rows. */
function holds(condition: BoundCondition, read: ReadOperand, absentHolds: boolean): boolean {
  const column = columnOf(columnKeys()(condition), [condition]);
  const [value, other] = column.operands.map(read);
  return testOn(column, condition, absentHolds)(classOf(column, value, other));
}

function explainedCondition(
  { left, op, right }: BoundCondition,
  read: ReadOperand,
  written: Right | undefined,
): ExplainedCondition {
  const compared = right !== undefined && !('value' in right) ? right : undefined;
  return {
    left: operandName(left),
    op,
    seen: read(left),
    wanted: (right !== undefined && 'value' in right
      ? right.value
      : compared && read(compared)) as ExplainedCondition['wanted'],
    ...(compared === undefined ? {} : { right: operandName(compared) }),
    ...(written !== undefined && 'param' in written ? { param: written.param } : {}),
  };
}
