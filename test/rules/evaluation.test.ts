import { describe, expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { evaluate, idle } from '../../src/rules/evaluate.ts';
import type { Snapshot } from '../../src/rules/snapshot.ts';
import { compileTemplates } from '../../src/rules/templates.ts';
import { gt } from '../../src/terms/conditions.ts';
import { always, evaluateOrder, linked, order, stateOf } from '../support/ops.ts';
import {
  act,
  catalogue,
  guard,
  hook,
  link,
  most,
  observedOrder,
  template,
  window,
} from './makers.ts';

describe('evaluation', () => {
  test('where nothing fires it is one frozen constant', () => {
    const record = { type: 'order.placed', data: {}, at: 0, id: 'x' };
    const view = (snapshot: Snapshot) => stateOf(snapshot).view('order.placed', {}, 0);
    const bare = linked([]);
    const resting = linked([hook({ when: [gt('amount', 99)] })]);
    expect(evaluate(bare, view(bare), record)).toBe(idle);
    expect(evaluate(bare, view(bare), { ...record, type: 'none.such' })).toBe(idle);
    expect(evaluateOrder(resting, order(1))).toBe(idle);
    expect(idle).toEqual({
      outcome: 'idle',
      fired: [],
      proposed: [],
      verdicts: [],
      actions: [],
      pending: [],
      proposedText: '[]',
      actionsText: '[]',
    });
    expect([idle, idle.fired].every(Object.isFrozen)).toBe(true);
  });

  test('failures say what was wrong', () => {
    const failure = (run: () => unknown) =>
      evaluateOrder(linked([always(run as never)]), order(1)).failure;
    const some = (count: number) =>
      Array.from({ length: count }, () => action('ship', { target: 'x' }));
    expect(failure(() => some(17))).toEqual({
      hook: 0,
      code: 'KNHK_LIMIT_ACTIONS',
      message: 'more than 16 actions',
    });
    expect(failure(() => 7)).toEqual({
      hook: 0,
      code: 'KNHK_HOOK_ANSWER',
      message: 'expected an array of actions, got 7',
    });
    expect(
      failure(() => {
        throw new Error('broken');
      }),
    ).toEqual({ hook: 0, code: 'KNHK_HOOK_THREW', message: 'an error (broken)' });
    const { document } = catalogue([hook()]);
    expect(evaluateOrder(link(document, catalogue([])), order(1)).failure).toEqual({
      hook: 0,
      code: 'KNHK_HOOK_MISSING',
      message: 'its code is not in the catalogue',
    });
    const many = Array.from({ length: 257 }, (_, index) => act(`h-${index}`));
    expect(evaluateOrder(linked(many), order(1)).failure).toMatchObject({
      code: 'KNHK_LIMIT_FIRED',
      message: '257 hooks fired',
    });
  });

  test('code sees windows, and the texts are lists of what is proposed and what leaves', () => {
    const seen: unknown[] = [];
    const spy = always(({ context, ...rest }) => {
      seen.push({ context, ...rest });
      return [
        action('ship', { target: 'a' }),
        action('note', { target: 'b' }),
        action('ship', { target: 'c' }),
      ];
    });
    const snapshot = linked([most(), window(), spy, guard({ on: 'note' })], { unguarded: 'allow' });
    const state = stateOf(snapshot);
    state.advance('order.placed', { customer: 'ann' }, 1_000, []);
    const evaluation = evaluateOrder(snapshot, order(1), state);
    expect(seen).toEqual([
      {
        data: { order: 'https://example.com/order/1', at: 1_000, customer: 'ann', amount: 10 },
        context: { windows: { w: 1 }, budgets: {} },
        parameters: { most: 5 },
        at: 1_000,
        id: 'x',
      },
    ]);
    const [a, b, c] = ['a', 'b', 'c'].map(
      (target) => `{"data":{},"target":"${target}","type":"${target === 'b' ? 'note' : 'ship'}"}`,
    );
    expect(evaluation.proposedText).toBe(`[${a},${b},${c}]`);
    expect(evaluation.actionsText).toBe(`[${a},${c}]`);
    const { fired, proposed, verdicts, actions, pending } = evaluation;
    expect([evaluation, proposed, verdicts, actions, pending].every(Object.isFrozen)).toBe(true);
    expect(fired).toEqual([0]);
  });

  test('a promise for an answer is heard, so that its rejection ends nothing', async () => {
    const heard: unknown[] = [];
    const listen = (reason: unknown): void => void heard.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const foreign = Promise.resolve([]);
      Object.defineProperty(foreign, 'constructor', {
        get: () => {
          throw new Error('no species');
        },
      });
      const answers = [
        () => Promise.reject(new Error('one')),
        () => [Promise.reject(new Error('two')), Promise.reject(new Error('three'))],
        () => foreign,
      ];
      for (const answer of answers) {
        const { outcome } = evaluateOrder(linked([always(answer as never)]), order(1));
        expect(outcome).toBe('failed');
      }
      await new Promise((done) => setTimeout(done, 1));
    } finally {
      process.off('unhandledRejection', listen);
    }
    expect(heard).toEqual([]);
  });
});

describe('templates', () => {
  const constant = (act: object[]): boolean =>
    compileTemplates(act as never, observedOrder, { most: 5 }, 'hook t').constant;
  const field = { field: 'customer' };

  test('are constant where they name no field', () => {
    expect(constant([template])).toBe(true);
    expect(constant([{ type: 'ship', target: { param: 'most' } }])).toBe(true);
    expect(constant([{ ...template, data: { a: null, b: [1], c: { param: 'most' } } }])).toBe(true);
    expect(constant([{ type: 'ship', target: field }])).toBe(false);
    expect(constant([template, { ...template, data: { a: 1, b: field } }])).toBe(false);
    expect(constant([{ type: 'ship', target: field }, template])).toBe(false);
  });

  test('fill in nothing where the target is no text', () => {
    const filled = (target: unknown, data: object) =>
      compileTemplates([{ type: 'ship', target } as never], observedOrder, { most: 5 }, 'h').fill(
        data as never,
      );
    expect(filled({ param: 'most' }, {})).toEqual([undefined]);
    expect(filled(null, {})).toEqual([undefined]);
    expect(filled(field, {})).toEqual([undefined]);
    expect(filled(field, { customer: 'ann' })).toEqual([{ type: 'ship', target: 'ann', data: {} }]);
  });

  test('leave out what is absent, instants too', () => {
    const data = { late: { field: 'at' }, weight: { field: 'weight' } };
    const { fill } = compileTemplates([{ ...template, data }], observedOrder, {}, 'h');
    expect(fill({})).toEqual([{ type: 'ship', target: 'x', data: {} }]);
    expect(fill({ at: 5, weight: 1 })[0]?.data).toEqual({
      late: '1970-01-01T00:00:00.005Z',
      weight: 1,
    });
  });
});
