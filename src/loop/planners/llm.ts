import { systemClock } from '../../base/clock.ts';
import { describe, fail } from '../../base/errors.ts';
import type { Pattern, Plan, Planner } from '../types.ts';
import type { MonitorView } from '../view.ts';
import { Refused, readAnswer } from './llm-answer.ts';
import { Budget, estimated } from './llm-budget.ts';
import { ask } from './llm-call.ts';
import { offerOf } from './llm-offer.ts';
import { promptOf, schemaOf } from './llm-prompt.ts';
import type { LlmChangeKind, LlmPlannerOptions } from './llm-types.ts';

const changeKinds: readonly LlmChangeKind[] = ['parameter', 'switch', 'conditions'];

/** What the planner reads of a monitor's view: the number of the cycle and the rules. */
export type LlmView = Pick<MonitorView, 'cycle' | 'document'>;

/** A planner that asks a language model; made by {@link llmPlanner}. */
export interface LlmPlanner extends Planner<LlmView> {
  /** Always a promise; undefined with a note to `onRefusal` where there is no plan. */
  plan(
    pattern: Pattern,
    view: LlmView,
    context: { readonly signal: AbortSignal },
  ): Promise<Plan | undefined>;
}

/**
 * A planner that asks a language model which the host gives. The model is never trusted: it sees
 * names, numbers and rules as escaped data, no values of observations; its answer must be exactly
 * one JSON object of a closed form; it can give a parameter another value, switch a hook, or
 * replace a hook's conditions over what that hook reads already; never a guard, never what is
 * protected. What comes out is a plan like any other, for the seven stages to judge. Every failure
 * (a throw, a late or broken answer, a budget) is no plan and a note, never an error.
 *
 * @throws KnhkError KNHK_LOOP_SETTING
 * @example
 * const answer = { change: { kind: 'parameter', name: 'lateMinutes', value: 60 },
 *   reasoning: 'holds doubled' };
 * const model = { complete: async () => JSON.stringify(answer) };
 * const doctrine = 'Connections wait only where passengers gain by it.';
 * const planners = [llmPlanner({ model, doctrine })];
 * const detectors = [hookRateDetector()];
 * const advised = await openLoop({ runtime: knhk, detectors, planners, autonomy: 'propose' });
 * await advised.close();
 */
export function llmPlanner(options: LlmPlannerOptions): LlmPlanner {
  const { name = 'llm', model, clock = systemClock } = options;
  checkOptions(options);
  const budget = new Budget(options.budgets ?? {});
  const note = (pattern: Pattern, { reason, message }: Refused): undefined => {
    try {
      options.onRefusal?.({ reason, pattern, message });
    } catch {
      // Whoever listens cannot end the cycle.
    }
    return undefined;
  };
  const plan: LlmPlanner['plan'] = async (pattern, view, { signal }) => {
    if (!isAsked(pattern, options)) return undefined;
    try {
      const { cycle } = view;
      const prepared = prepare(pattern, view, options);
      if (prepared instanceof Refused) return note(pattern, prepared);
      const { offer, schema, prompt } = prepared;
      if (signal.aborted) return note(pattern, new Refused('aborted', 'the cycle is over'));
      const size = estimated(prompt);
      const spent = budget.take(cycle, size, clock.now());
      if (spent !== undefined) return note(pattern, new Refused(spent, `${size} tokens to ask`));
      const { timeoutMs } = budget;
      const answer = await ask(model, prompt, schema, { signal, timeoutMs });
      if (answer instanceof Refused) return note(pattern, answer);
      if (!budget.spend(cycle, answer.tokens - size)) {
        return note(pattern, new Refused('tokens', `${answer.tokens} tokens in all`));
      }
      const read = readAnswer(answer.text, offer);
      return read instanceof Refused ? note(pattern, read) : read;
    } catch (error) {
      return note(pattern, new Refused('failed', describe(error)));
    }
  };
  return { name, plan };
}

function isAsked({ kind, recommend }: Pattern, { patterns }: LlmPlannerOptions): boolean {
  if (patterns !== undefined) return patterns.includes(kind);
  return recommend === 'propose' || recommend === 'enforce';
}

/** Everything that a call needs, read off the view at once: it may have moved on afterwards. */
function prepare(pattern: Pattern, view: LlmView, options: LlmPlannerOptions) {
  const { doctrine, constraints = [], examples = [], changes = changeKinds } = options;
  const offer = offerOf(view.document, pattern.subject, changes);
  if (offer.parameters.size + offer.switches.size + offer.conditions.size === 0) {
    return new Refused('nothing', 'the rules hold nothing that it may change');
  }
  const schema = schemaOf(offer);
  const parts = { doctrine, constraints, examples, pattern, offer, schema };
  const context = options.context?.(pattern, view);
  return { offer, schema, prompt: promptOf(context === undefined ? parts : { ...parts, context }) };
}

function checkOptions({ model, doctrine, constraints, changes }: LlmPlannerOptions): void {
  if (typeof model?.complete !== 'function') {
    fail('KNHK_LOOP_SETTING', 'model', 'an object with complete(prompt, options)', model);
  }
  for (const text of [doctrine, ...(constraints ?? [])]) {
    if (typeof text !== 'string') fail('KNHK_LOOP_SETTING', 'doctrine, constraints', 'text', text);
  }
  const unknown = (changes ?? []).find((kind) => !changeKinds.includes(kind));
  if (unknown !== undefined) {
    fail('KNHK_LOOP_SETTING', 'changes', changeKinds.join(', '), unknown);
  }
}
