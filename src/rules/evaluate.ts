import { describe } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { matchInto, setLanes } from '../kernel/run.ts';
import type { Operand } from '../terms/conditions.ts';
import { seenOf } from '../terms/operands.ts';
import type { Data } from '../terms/read.ts';
import { type Action, BadAction, type CheckedAction, checkAction } from './actions.ts';
import type { ContextView } from './context.ts';
import { disarm } from './disarm.ts';
import type { ContextData, HookInput } from './hooks.ts';
import { askGuards, type EvaluationVerdict } from './judge.ts';
import type { LinkedHook, Snapshot, TypePlan } from './snapshot.ts';

/** What evaluation is about: a record that was read. */
export interface EvaluationRecord {
  readonly type: string;
  readonly data: Data;
  /** The observation's time in ms. */
  readonly at: number;
  readonly id: string;
  readonly principal?: string;
}

/** Codes of a failure in mu; nothing of a failed observation leaves. */
export type FailureCode =
  | 'KNHK_HOOK_THREW'
  | 'KNHK_HOOK_ANSWER'
  | 'KNHK_HOOK_ACTION'
  | 'KNHK_HOOK_MISSING'
  | 'KNHK_LIMIT_ACTIONS'
  | 'KNHK_LIMIT_FIRED';

/** Which hook failed and how; the message never enters a receipt. */
export interface Failure {
  /** Index into the snapshot's hook order. */
  readonly hook: number;
  readonly code: FailureCode;
  readonly message: string;
}

/** What one evaluation gives: the decision with indices, and the texts that are hashed. */
export interface Evaluation {
  readonly outcome: 'acted' | 'pending' | 'denied' | 'idle' | 'failed';
  /** Ascending indices into the snapshot's hook order. */
  readonly fired: readonly number[];
  readonly proposed: readonly Action[];
  readonly verdicts: readonly EvaluationVerdict[];
  /** What may leave. */
  readonly actions: readonly Action[];
  /** What waits for an approval. */
  readonly pending: readonly Action[];
  readonly failure?: Failure;
  /** Canonical JSON of proposed and of actions. */
  readonly proposedText: string;
  readonly actionsText: string;
}

const none: readonly never[] = Object.freeze([]);

/** The evaluation of everything that fires nothing: one frozen constant. */
export const idle: Evaluation = Object.freeze({
  outcome: 'idle',
  fired: none,
  proposed: none,
  verdicts: none,
  actions: none,
  pending: none,
  proposedText: '[]',
  actionsText: '[]',
});

/** Reads an operand of a hook's condition. */
export function hookOperand(operand: Operand, data: Data, view: ContextView): unknown {
  if ('field' in operand) return seenOf(operand, data[operand.field]);
  return 'window' in operand ? view.window(operand.window) : undefined;
}

/**
 * mu and its guards: the one pure function behind decide, apply, shadow and replay. Same snapshot,
 * context and record give the same result, byte for byte.
 */
export function evaluate(
  snapshot: Snapshot,
  view: ContextView,
  record: EvaluationRecord,
): Evaluation {
  const plan = snapshot.plans.get(record.type);
  if (plan === undefined || plan.hooks.length === 0) return idle;
  const { program, fired } = plan;
  matchInto(program, (operand) => hookOperand(operand, record.data, view), fired);
  const lanes = setLanes(fired);
  return lanes.length === 0 ? idle : evaluateFired(snapshot, plan, lanes, view, record);
}

/** The rest of {@link evaluate} once it is known which lanes fire. */
export function evaluateFired(
  snapshot: Snapshot,
  plan: TypePlan,
  lanes: readonly number[],
  view: ContextView,
  record: EvaluationRecord,
): Evaluation {
  const indices = lanes.map((lane) => plan.hooks[lane]!.index);
  if (lanes.length > limits.firedPerObservation) {
    const message = `${lanes.length} hooks fired`;
    const hook = indices[limits.firedPerObservation]!;
    const kept = indices.slice(0, limits.firedPerObservation);
    return failed(kept, { hook, code: 'KNHK_LIMIT_FIRED', message });
  }
  const proposed = propose(snapshot, plan, lanes, view, record);
  if (!Array.isArray(proposed)) return failed(indices, proposed as Failure);
  return decideActions(snapshot, view, record, indices, proposed as CheckedAction[]);
}

function failed(fired: readonly number[], failure: Failure): Evaluation {
  return Object.freeze({ ...idle, outcome: 'failed' as const, fired, failure });
}

/** Runs the fired hooks in total order; the first failure ends it. */
function propose(
  snapshot: Snapshot,
  plan: TypePlan,
  lanes: readonly number[],
  view: ContextView,
  record: EvaluationRecord,
): readonly CheckedAction[] | Failure {
  const proposed: CheckedAction[] = [];
  let input: HookInput | undefined;
  for (const lane of lanes) {
    const hook = plan.hooks[lane]!;
    if (hook.run !== undefined) input ??= inputOf(snapshot, view, record);
    const answers = runHook(hook, input, record.data);
    if (!Array.isArray(answers)) return answers as Failure;
    for (const answer of answers as readonly unknown[]) {
      const checked = checkAction(answer, snapshot.actions);
      if (checked instanceof BadAction) {
        for (const item of answers) disarm(item);
        return { hook: hook.index, ...checked };
      }
      proposed.push(checked);
      if (proposed.length > limits.actionsPerObservation) {
        const message = `more than ${limits.actionsPerObservation} actions`;
        return { hook: hook.index, code: 'KNHK_LIMIT_ACTIONS', message };
      }
    }
  }
  return proposed;
}

function runHook(
  hook: LinkedHook,
  input: HookInput | undefined,
  data: Data,
): readonly unknown[] | Failure {
  if (hook.templates !== undefined) return hook.templates.fill(data);
  if (hook.run === undefined) {
    const message = 'its code is not in the catalogue';
    return { hook: hook.index, code: 'KNHK_HOOK_MISSING', message };
  }
  try {
    const answers: unknown = hook.run(input as HookInput);
    // Array.from reads each item once, so a proxied array cannot change between check and use.
    if (Array.isArray(answers)) return Array.from(answers as unknown[]);
    disarm(answers);
    const message = `expected an array of actions, got ${describe(answers)}`;
    return { hook: hook.index, code: 'KNHK_HOOK_ANSWER', message };
  } catch (error) {
    return { hook: hook.index, code: 'KNHK_HOOK_THREW', message: describe(error) };
  }
}

function inputOf(snapshot: Snapshot, view: ContextView, record: EvaluationRecord): HookInput {
  const { data, at, id } = record;
  const { parameters } = snapshot;
  return Object.freeze({ data, context: contextData(view), parameters, at, id });
}

const noBudgets: { readonly [name: string]: number } = Object.freeze({});

/** Context as code sees it; in guards with the budgets of the action asked about. */
export function contextData(
  view: ContextView,
  budgets: ContextData['budgets'] = noBudgets,
): ContextData {
  return Object.freeze({ windows: Object.freeze({ ...view.values().windows }), budgets });
}

function decideActions(
  snapshot: Snapshot,
  view: ContextView,
  record: EvaluationRecord,
  fired: readonly number[],
  checked: readonly CheckedAction[],
): Evaluation {
  if (checked.length === 0) return Object.freeze({ ...idle, fired });
  const verdicts: EvaluationVerdict[] = [];
  const actions: CheckedAction[] = [];
  const pending: Action[] = [];
  checked.forEach((item, index) => {
    const earlier = checked.slice(0, index);
    const answers = askGuards(snapshot, view, record, item, earlier, index);
    verdicts.push(...answers);
    if (answers.some(({ verdict }) => verdict === 'deny')) return;
    if (answers.length > 0) pending.push(item.action);
    else actions.push(item);
  });
  return Object.freeze({
    outcome: actions.length > 0 ? 'acted' : pending.length > 0 ? 'pending' : 'denied',
    fired,
    proposed: Object.freeze(checked.map(({ action }) => action)),
    verdicts: Object.freeze(verdicts),
    actions: Object.freeze(actions.map(({ action }) => action)),
    pending: Object.freeze(pending),
    proposedText: listText(checked),
    actionsText: listText(actions),
  });
}

function listText(items: readonly CheckedAction[]): string {
  return `[${items.map(({ text }) => text).join(',')}]`;
}
