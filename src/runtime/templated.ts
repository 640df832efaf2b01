import { limits } from '../base/limits.ts';
import { acceptsAt } from '../kernel/acceptance.ts';
import { type Column, columnKeys, columnOf } from '../kernel/column.ts';
import { coordinateOf } from '../kernel/coordinate.ts';
import type { Action } from '../rules/actions.ts';
import { bindTo } from '../rules/bindings.ts';
import type { ExplainedGuard } from '../rules/explain.ts';
import type { GuardPlan } from '../rules/guardPlan.ts';
import type { Snapshot, TypePlan } from '../rules/snapshot.ts';
import type { Checked, Decision, Verdict } from './outcome.ts';
import { explainedAs, type PlannedCondition, plannedCondition } from './planned.ts';
import { type Leaf, leafBehind, type TemplateCode, templateCode } from './templateCode.ts';

/** A template's code with its guards. */
interface Templated {
  readonly code: TemplateCode;
  readonly plan: GuardPlan;
  readonly guards: readonly PlannedGuard[];
}

interface PlannedGuard {
  readonly name: string;
  readonly mode: 'deny' | 'requires-approval';
  readonly code: string;
  readonly bit: number;
  readonly conditions: readonly GuardCondition[];
}

interface GuardCondition extends PlannedCondition {
  readonly column: Column;
  readonly leaf: Leaf;
}

type DecidedOutcome = 'acted' | 'pending' | 'denied' | 'idle';

const none: readonly never[] = Object.freeze([]);
/** Hooks whose templates become code; each takes a few microseconds and kilobytes. */
const codeMax = 1_024;

/**
 * Decisions where only templates over plain fields fire, under guards that look at plain values:
 * actions and verdicts straight from raw input that was found readable, in generated code. Whatever
 * needs more is left to the whole evaluation.
 */
export class TemplatedDecisions {
  readonly #plan: TypePlan;
  readonly #snapshot: Snapshot;
  readonly #sigma: Checked;
  readonly #byLane = new Map<number, readonly Templated[] | null>();

  constructor(plan: TypePlan, snapshot: Snapshot, sigma: Checked) {
    this.#plan = plan;
    this.#snapshot = snapshot;
    this.#sigma = sigma;
  }

  /** The decision, or undefined where it takes the whole evaluation. */
  decide(input: object, lanes: readonly number[]): Decision | undefined {
    const { hooks } = this.#plan;
    if (lanes.length > limits.firedPerObservation) return undefined;
    const proposed: Action[] = [];
    const actions: Action[] = [];
    const pending: Action[] = [];
    let verdicts: Verdict[] | undefined;
    for (const lane of lanes) {
      const templates = this.#templates(lane);
      if (templates === null) return undefined;
      for (const templated of templates) {
        const { code } = templated;
        const word = code.judge(input);
        if (word < 0 || !code.fits(input)) return undefined;
        const action = code.make(input);
        const from = verdicts?.length ?? 0;
        verdicts = this.#verdicts(templated, word, proposed.length, verdicts);
        proposed.push(action);
        if (verdicts === undefined || verdicts.length === from) actions.push(action);
        else if (!anyDenies(verdicts, from)) pending.push(action);
      }
    }
    if (proposed.length > limits.actionsPerObservation) return undefined;
    return {
      outcome: outcomeOf(proposed, actions, pending),
      fired: lanes.map((lane) => hooks[lane]!.name),
      proposed,
      verdicts: verdicts ?? none,
      actions: actions.length === 0 ? none : actions,
      pending: pending.length === 0 ? none : pending,
      sigma: this.#sigma,
    };
  }

  /** Adds what guards answer other than allow. */
  #verdicts(
    { guards, plan }: Templated,
    word: number,
    action: number,
    before: Verdict[] | undefined,
  ): Verdict[] | undefined {
    let verdicts = before;
    if (plan.guards.length === 0 && this.#snapshot.document.unguarded !== 'allow') {
      verdicts ??= [];
      verdicts.push({ action, guard: null, verdict: 'deny', code: 'unguarded' });
    }
    for (let index = 0; word !== 0 && index < guards.length; index++) {
      const { bit, name, mode, code } = guards[index]!;
      if ((word & bit) === 0) continue;
      verdicts ??= [];
      verdicts.push({ action, guard: name, verdict: mode, code });
    }
    return verdicts;
  }

  /** What came out and why; undefined where it takes the whole evaluation. */
  explain(
    input: Readonly<Record<string, unknown>>,
    lanes: readonly number[],
  ): { readonly outcome: DecidedOutcome; readonly guards: ExplainedGuard[] } | undefined {
    const guards: ExplainedGuard[] = [];
    let action = 0;
    let outcome: DecidedOutcome = 'idle';
    if (lanes.length > limits.firedPerObservation) return undefined;
    for (const lane of lanes) {
      const templates = this.#templates(lane);
      if (templates === null) return undefined;
      for (const templated of templates) {
        const word = templated.code.judge(input);
        if (word < 0 || !templated.code.fits(input)) return undefined;
        outcome = strongest(outcome, this.#explainGuards(templated, word, action, input, guards));
        action++;
      }
    }
    return action > limits.actionsPerObservation ? undefined : { outcome, guards };
  }

  /** Adds what each guard says of an action and answers what becomes of it. */
  #explainGuards(
    { guards, plan }: Templated,
    word: number,
    action: number,
    input: Readonly<Record<string, unknown>>,
    explained: ExplainedGuard[],
  ): DecidedOutcome {
    if (plan.guards.length === 0 && this.#snapshot.document.unguarded !== 'allow') {
      explained.push({ action, guard: null, verdict: 'deny', code: 'unguarded' });
      return 'denied';
    }
    let outcome: DecidedOutcome = 'acted';
    for (let index = 0; index < guards.length; index++) {
      const guard = guards[index]!;
      explained.push(explainGuard(guard, word, action, input));
      if ((word & guard.bit) === 0 || outcome === 'denied') continue;
      outcome = guard.mode === 'deny' ? 'denied' : 'pending';
    }
    return outcome;
  }

  #templates(lane: number): readonly Templated[] | null {
    let templates = this.#byLane.get(lane);
    if (templates === undefined) {
      templates = this.#byLane.size < codeMax ? this.#compile(lane) : null;
      if (this.#byLane.size < codeMax) this.#byLane.set(lane, templates);
    }
    return templates;
  }

  #compile(lane: number): readonly Templated[] | null {
    const { observation, hooks } = this.#plan;
    const hook = this.#snapshot.document.hooks[hooks[lane]!.index]!;
    if (hook.act === undefined) return null;
    const compiled: Templated[] = [];
    for (const template of hook.act) {
      const code = templateCode(template, observation, this.#snapshot);
      const plan = this.#snapshot.guardPlan(template.type);
      if (code === undefined || plan.lanes.includes(-1)) return null;
      const guards = plan.guards.map((guard, position) =>
        this.#guard(guard, plan.lanes[position]!, code),
      );
      if (guards.includes(undefined)) return null;
      compiled.push({ code, plan, guards: guards as readonly PlannedGuard[] });
    }
    return compiled;
  }

  #guard(
    { body, conditions }: GuardPlan['guards'][number],
    lane: number,
    { leaves }: TemplateCode,
  ): PlannedGuard | undefined {
    const planned: GuardCondition[] = [];
    for (const item of conditions) {
      const bound = bindTo(item, this.#snapshot.parameters);
      const column = columnOf(columnKeys()(bound), [bound]);
      const leaf = leafBehind(bound.left, leaves, this.#plan.observation);
      if (leaf === undefined || column.operands.length > 1) return undefined;
      planned.push({ column, leaf, ...plannedCondition(item, bound, column, true) });
    }
    const { name, mode, code } = body;
    if (mode === 'check') return undefined;
    return { name, mode, code, bit: 1 << lane, conditions: planned };
  }
}

function anyDenies(verdicts: readonly Verdict[], from: number): boolean {
  for (let index = from; index < verdicts.length; index++) {
    if (verdicts[index]!.verdict === 'deny') return true;
  }
  return false;
}

function outcomeOf(
  proposed: readonly Action[],
  actions: readonly Action[],
  pending: readonly Action[],
): DecidedOutcome {
  if (proposed.length === 0) return 'idle';
  return actions.length > 0 ? 'acted' : pending.length > 0 ? 'pending' : 'denied';
}

/** The outcome of several actions: acted before pending before denied. */
function strongest(one: DecidedOutcome, two: DecidedOutcome): DecidedOutcome {
  if (one === 'acted' || two === 'acted') return 'acted';
  return one === 'pending' || two === 'pending' ? 'pending' : two;
}

function explainGuard(
  { name, mode, code, bit, conditions }: PlannedGuard,
  word: number,
  action: number,
  input: Readonly<Record<string, unknown>>,
): ExplainedGuard {
  if ((word & bit) !== 0) return { action, guard: name, verdict: mode, code };
  for (let index = 0; index < conditions.length; index++) {
    const condition = conditions[index]!;
    const { column, accepted, leaf } = condition;
    const seen = 'field' in leaf ? input[leaf.name] : leaf.value;
    if (acceptsAt(accepted, coordinateOf(column, seen))) continue;
    return { action, guard: name, verdict: 'allow', firstFalse: explainedAs(condition, seen) };
  }
  return { action, guard: name, verdict: 'allow' };
}
