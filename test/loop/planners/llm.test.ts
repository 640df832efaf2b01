import { describe, expect, it } from 'vitest';
import { KnhkError } from '../../../src/base/errors.ts';
import { llmPlanner } from '../../../src/loop/planners/llm.ts';
import { estimated } from '../../../src/loop/planners/llm-budget.ts';
import type { LlmPlannerOptions } from '../../../src/loop/planners/llm-types.ts';
import { applyChange } from '../../../src/rules/changes.ts';
import { anHour, asking, document, pattern, raiseHigh, scripted, text } from './llm-support.ts';

describe('the planner of a language model', () => {
  it('gives what the model proposes as a plan', async () => {
    const model = scripted(text(raiseHigh));
    const { planner, refusals, ask } = asking(model);
    expect(await ask()).toEqual({ change: raiseHigh, reasoning: 'half as many' });
    expect([planner.name, refusals, model.calls.length]).toEqual(['llm', [], 1]);
    expect(asking(model, { name: 'adviser' }).planner.name).toBe('adviser');
  });

  it.each([
    ['a switch', { kind: 'switch', name: 'note-size', enabled: false }],
    [
      'conditions over what the hook reads',
      {
        kind: 'conditions',
        hook: 'raise',
        when: [
          { op: 'between', left: { field: 'level' }, right: { value: [70, 80] } },
          { op: 'neq', left: { field: 'level' }, right: { value: 75 } },
          { op: 'gte', left: { field: 'level' }, right: { param: 'spare' } },
          { op: 'present', left: { field: 'level' } },
        ],
      },
    ],
    ['no condition at all', { kind: 'conditions', hook: 'raise', when: [] }],
  ])('%s is a plan too', async (_name, change) => {
    expect(await asking(scripted(text(change))).ask()).toMatchObject({ change });
  });

  it('takes an answer with the tokens that it cost', async () => {
    const model = scripted({ text: text(raiseHigh), tokens: 900 });
    expect(await asking(model).ask()).toMatchObject({ change: raiseHigh });
  });

  it('answers patterns that ask for a proposal, or those that it is given', async () => {
    const model = scripted(text(raiseHigh));
    const planner = asking(model);
    expect(await planner.ask({ pattern: { ...pattern, recommend: 'alert' } })).toBeUndefined();
    expect(await planner.ask({ pattern: { ...pattern, recommend: 'observe' } })).toBeUndefined();
    expect([model.calls.length, planner.refusals.length]).toEqual([0, 0]);
    expect(await planner.ask({ pattern: { ...pattern, recommend: 'enforce' } })).toBeDefined();
    const some = asking(model, { patterns: ['silence'] });
    expect(await some.ask()).toBeUndefined();
    const silence = { ...pattern, kind: 'silence', recommend: 'alert' } as const;
    expect(await some.ask({ pattern: silence })).toBeDefined();
  });

  it('a model may decline, and what is so already is no plan', async () => {
    const planner = asking(scripted(text(null, 'all is well'), text({ ...raiseHigh, value: 50 })));
    expect([await planner.ask(), await planner.ask()]).toEqual([undefined, undefined]);
    expect(planner.reasons()).toEqual(['declined', 'unchanged']);
    expect(planner.refusals[0]).toMatchObject({ pattern, message: '"all is well"' });
    const on = asking(scripted(text({ kind: 'switch', name: 'raise', enabled: true })));
    expect(await on.ask()).toBeUndefined();
    expect(on.reasons()).toEqual(['unchanged']);
    const off = applyChange(document, { kind: 'switch', name: 'raise', enabled: false });
    expect(await on.ask({ rules: off })).toBeDefined();
  });

  it('does not ask where the rules hold nothing that it may change', async () => {
    const model = scripted(text(raiseHigh));
    const planner = asking(model, { changes: [] });
    expect(await planner.ask()).toBeUndefined();
    expect([planner.reasons(), model.calls.length]).toEqual([['nothing'], 0]);
  });

  it('refuses options that are not usable', () => {
    const given: LlmPlannerOptions = { model: scripted(), doctrine: '' };
    const code = (more: object): unknown => {
      try {
        llmPlanner({ ...given, ...more });
        return undefined;
      } catch (error) {
        return error instanceof KnhkError ? error.code : error;
      }
    };
    expect(code({})).toBeUndefined();
    const wrong = [
      ...[{ model: undefined }, { model: {} }, { doctrine: undefined }, { constraints: [7] }],
      ...[{ changes: ['shapes'] }, { changes: ['add-hook'] }],
      ...[{ budgets: { tokensPerCycle: 0 } }, { budgets: { callsPerHour: 1.5 } }],
      ...[{ budgets: { timeoutMs: Number.POSITIVE_INFINITY } }, { budgets: { timeoutMs: -1 } }],
    ];
    for (const more of wrong) expect(code(more), JSON.stringify(more)).toBe('KNHK_LOOP_SETTING');
  });
});

describe('budgets', () => {
  /** Tokens of the prompt about the pattern, and of the answer. */
  async function sizes(): Promise<{ prompt: number; answer: number }> {
    const model = scripted(text(raiseHigh));
    await asking(model).ask();
    return { prompt: estimated(model.calls[0]!.prompt), answer: estimated(text(raiseHigh)) };
  }

  it('a cycle that cannot pay the prompt does not ask', async () => {
    const { prompt, answer } = await sizes();
    const model = scripted(text(raiseHigh));
    const tight = asking(model, { budgets: { tokensPerCycle: prompt - 1 } });
    expect(await tight.ask()).toBeUndefined();
    expect([tight.reasons(), model.calls.length]).toEqual([['tokens'], 0]);
    const enough = asking(model, { budgets: { tokensPerCycle: prompt + answer } });
    expect(await enough.ask()).toBeDefined();
  });

  it('an answer that costs more than is left is no plan', async () => {
    const { prompt, answer } = await sizes();
    const budgets = { tokensPerCycle: prompt + answer - 1 };
    const planner = asking(scripted(text(raiseHigh)), { budgets });
    expect(await planner.ask()).toBeUndefined();
    const costly = asking(scripted({ text: text(raiseHigh), tokens: 50_001 }), {
      budgets: { tokensPerCycle: 50_000 },
    });
    expect(await costly.ask()).toBeUndefined();
    expect([planner.reasons(), costly.reasons()]).toEqual([['tokens'], ['tokens']]);
  });

  it('tokens are those of a cycle, calls at the same time included', async () => {
    const { prompt, answer } = await sizes();
    const model = scripted(text(raiseHigh));
    const planner = asking(model, { budgets: { tokensPerCycle: 2 * prompt + answer } });
    const together = await Promise.all([planner.ask(), planner.ask(), planner.ask()]);
    expect(together.filter((plan) => plan !== undefined)).toHaveLength(1);
    expect([planner.reasons(), model.calls.length]).toEqual([['tokens', 'tokens'], 2]);
    expect(await planner.ask({ cycle: 2 })).toBeDefined();
  });

  it('what an answer to a cycle before costs is not taken from this one', async () => {
    const { prompt, answer } = await sizes();
    const answers: ((answer: unknown) => void)[] = [];
    const complete = () => new Promise<string>((resolve) => answers.push(resolve as never));
    const budgets = { tokensPerCycle: 2 * (prompt + answer), timeoutMs: 60_000 };
    const planner = asking({ complete }, { budgets });
    const first = planner.ask({ cycle: 1 });
    const second = planner.ask({ cycle: 2 });
    answers[0]!({ text: text(raiseHigh), tokens: budgets.tokensPerCycle });
    answers[1]!(text(raiseHigh));
    expect([await first, await second].includes(undefined)).toBe(false);
    const third = planner.ask({ cycle: 2 });
    answers[2]?.(text(raiseHigh));
    expect(await third).toBeDefined();
  });

  it.each([
    ['no number', '5'],
    ['negative', -1_000],
    ['broken', 0.5],
    ['endless', Number.POSITIVE_INFINITY],
  ])('a count of tokens that is %s does not count', async (_name, tokens) => {
    const { prompt, answer } = await sizes();
    const model = scripted({ text: text(raiseHigh), tokens });
    const planner = asking(model, { budgets: { tokensPerCycle: 2 * (prompt + answer) - 1 } });
    expect(await planner.ask()).toBeDefined();
    expect(await planner.ask()).toBeUndefined();
    expect(planner.reasons()).toEqual(['tokens']);
  });

  it('calls are those of any hour', async () => {
    let now = 0;
    const model = scripted(text(raiseHigh));
    const clock = { now: () => now };
    const planner = asking(model, { clock, budgets: { callsPerHour: 2 } });
    const at = async (time: number, cycle: number): Promise<boolean> => {
      now = time;
      return (await planner.ask({ cycle })) !== undefined;
    };
    expect([await at(0, 1), await at(10, 2), await at(anHour - 1, 3)]).toEqual([true, true, false]);
    expect([await at(anHour, 4), await at(anHour + 9, 5)]).toEqual([true, false]);
    // A clock that is set back does not bring calls back.
    expect([await at(5, 6), await at(anHour + 10, 7)]).toEqual([false, true]);
    expect(model.calls).toHaveLength(4);
  });
});
