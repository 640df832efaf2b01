import { describe, expect, test } from 'vitest';
import { type Action, action, defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import type { Evaluation } from '../../src/rules/evaluate.ts';
import type { Hook } from '../../src/rules/hooks.ts';
import { integer } from '../../src/terms/fields.ts';
import { always, evaluateOrder, linked, type OrderInput, order } from '../support/ops.ts';
import { failures, fine } from './failures.ts';

const Ship = defineAction('ship', { fields: { amount: integer() } });

function outcomeOf(rules: readonly Rule[], input: Partial<OrderInput> = {}): Evaluation {
  return evaluateOrder(linked(rules, { unguarded: 'allow' }), order(1, input));
}

const answering = (answer: unknown, name = 'b-bad'): Hook =>
  always(() => {
    if (answer instanceof Error) throw answer;
    return answer as readonly Action[];
  }, name);

describe('a hook that fails keeps everything of its observation in', () => {
  test.each(failures)('%s', (_name, answer, code) => {
    const good = [always(() => [fine], 'a-good'), always(() => [fine], 'c-good')];
    const evaluation = outcomeOf([...good, answering(answer)]);
    expect(evaluation).toMatchObject({
      outcome: 'failed',
      fired: [0, 1, 2],
      failure: { hook: 1, code },
      proposed: [],
      actions: [],
      pending: [],
      proposedText: '[]',
      actionsText: '[]',
    });
  });

  test('a promise that rejects later is refused, and its rejection ends nothing', async () => {
    // An unheard rejection would fail this test run, as it would end a host's process.
    const later = (): Promise<never> => Promise.reject(new Error('later'));
    for (const answer of [() => later(), () => [later(), later()], () => [fine, later()]]) {
      const evaluation = outcomeOf([always(answer as () => Action[])]);
      expect(evaluation).toMatchObject({ failure: { code: 'KNHK_HOOK_ANSWER' }, actions: [] });
    }
    await new Promise(setImmediate);
  });

  test('16 actions over several hooks are fine, 17 are not', () => {
    const some = (count: number): Action[] => Array.from({ length: count }, () => fine);
    const rules = (last: number): Hook[] => [
      always(() => some(10), 'a'),
      always(() => some(last), 'b'),
    ];
    expect(outcomeOf(rules(6)).actions).toHaveLength(16);
    expect(outcomeOf(rules(7))).toMatchObject({
      outcome: 'failed',
      failure: { hook: 1, code: 'KNHK_LIMIT_ACTIONS' },
    });
  });

  test('256 hooks may fire, 257 may not', () => {
    const hooks = Array.from({ length: 257 }, (_, index) =>
      always(() => [], `h-${String(index).padStart(3, '0')}`),
    );
    expect(outcomeOf(hooks.slice(1))).toMatchObject({ outcome: 'idle' });
    expect(outcomeOf(hooks.slice(1)).fired).toHaveLength(256);
    const evaluation = outcomeOf(hooks);
    expect(evaluation).toMatchObject({
      outcome: 'failed',
      failure: { hook: 256, code: 'KNHK_LIMIT_FIRED' },
    });
    expect(evaluation.fired).toHaveLength(256);
  });

  test('an action that does not fit its declaration', () => {
    const of = (data: Record<string, string | number>): Evaluation =>
      outcomeOf([Ship, always(() => [action('ship', { target: 'ann', ...data })])]);
    expect(of({ amount: 3 }).outcome).toBe('acted');
    for (const data of [{}, { amount: '3' }, { amount: 1.5 }, { amount: 3, more: 1 }]) {
      expect(of(data as Record<string, string | number>)).toMatchObject({
        outcome: 'failed',
        failure: { code: 'KNHK_HOOK_ACTION' },
      });
    }
  });

  test('an answer that changes between two looks is looked at once', () => {
    let looks = 0;
    const shifting = new Proxy([fine], {
      get: (target, name, receiver) => {
        if (name === '0') looks++;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    expect(outcomeOf([answering(shifting)]).actions).toEqual([fine]);
    expect(looks).toBe(1);
  });

  test('an action is copied: changing it later changes nothing', () => {
    const data = { amount: 1 };
    const mine = { type: 'ship', target: 'ann', data };
    const { actions } = outcomeOf([answering([mine])]);
    data.amount = 2;
    expect(actions[0]?.data).toEqual({ amount: 1 });
    expect(Object.isFrozen(actions[0]?.data)).toBe(true);
  });
});
