import { describe, expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { catalogueOf, type Rule } from '../../src/rules/catalogue.ts';
import type { Evaluation } from '../../src/rules/evaluate.ts';
import { allow, defineGuard } from '../../src/rules/guards.ts';
import { defineHook, type Hook, type HookDeclaration } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { linkSnapshot, missingCode } from '../../src/rules/snapshot.ts';
import { eq, gt, gte, lt, observed, param } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { codeOf } from '../support/errors.ts';
import { evaluateOrder, linked, Order, order } from '../support/ops.ts';

const fine = action('ship', { target: 'ann' });
const outcomeOf = (rules: readonly Rule[]): Evaluation =>
  evaluateOrder(linked(rules, { unguarded: 'allow' }), order(1));

describe('templates', () => {
  const most = defineParameter({ name: 'most', kind: 'integer', value: 7 });
  const act = (template: HookDeclaration<never>['act']): Hook =>
    defineHook({ name: 't', on: Order, when: [], act: template as NonNullable<Hook['act']> });

  test('fields and parameters are filled in, absent fields left out', () => {
    const hook = act({
      type: 'ship',
      target: { field: 'customer' },
      data: {
        literal: 'x',
        list: [1, { a: null }],
        amount: { field: 'amount' },
        at: { field: 'at' },
        price: { field: 'price' },
        most: { param: 'most' },
      },
    });
    expect(outcomeOf([most, hook]).actions).toEqual([
      {
        type: 'ship',
        target: 'ann',
        data: {
          literal: 'x',
          list: [1, { a: null }],
          amount: 10,
          at: '1970-01-01T00:00:01.000Z',
          most: 7,
        },
      },
    ]);
  });

  test('a target that is absent or no text fails the observation', () => {
    for (const field of ['channel', 'amount']) {
      const { outcome, failure } = outcomeOf([act({ type: 'ship', target: { field } })]);
      expect([outcome, failure?.code]).toEqual(['failed', 'KNHK_HOOK_ANSWER']);
    }
  });

  test.each<[string, string, () => unknown]>([
    [
      'an unknown field',
      'KNHK_RULES_TEMPLATE',
      () => outcomeOf([act({ type: 'ship', target: { field: 'no' } })]),
    ],
    [
      'an inherited field',
      'KNHK_RULES_TEMPLATE',
      () => outcomeOf([act({ type: 'ship', target: { field: 'valueOf' } })]),
    ],
    [
      'an unknown parameter',
      'KNHK_RULES_TEMPLATE',
      () => outcomeOf([act({ type: 'ship', target: { param: 'no' } })]),
    ],
    [
      'another object',
      'KNHK_RULES_TEMPLATE',
      () => outcomeOf([act({ type: 'ship', target: { field: 'amount', x: 1 } as never })]),
    ],
    ['no template', 'KNHK_RULES_HOOK', () => act([])],
    [
      '17 templates',
      'KNHK_RULES_HOOK',
      () => act(Array.from({ length: 17 }, () => ({ type: 'ship', target: 'x' }))),
    ],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(code);
  });
});

describe('declarations', () => {
  const run = () => [fine];
  const hook = (more: object = {}): Hook =>
    defineHook({ name: 'h', version: '1', on: Order, when: [], run, ...more } as never);
  test.each<[string, string, () => unknown]>([
    ['neither run nor act', 'KNHK_RULES_HOOK', () => hook({ run: undefined })],
    ['both', 'KNHK_RULES_HOOK', () => hook({ act: { type: 'ship', target: 'x' } })],
    [
      'a bound function',
      'KNHK_CODE_OPAQUE',
      () => hook({ version: undefined, run: run.bind(null) }),
    ],
    ['an empty version', 'KNHK_RULES_HOOK', () => hook({ version: '' })],
    ['a fractional priority', 'KNHK_RULES_HOOK', () => hook({ priority: 1.5 })],
    ['priority -0', 'KNHK_RULES_HOOK', () => hook({ priority: -0 })],
    ['no observation', 'KNHK_RULES_HOOK', () => hook({ on: 'order.placed' })],
    ['an unknown field', 'KNHK_TERMS_CONDITION', () => hook({ when: [gt('no', 1)] })],
    ['an inherited name', 'KNHK_TERMS_CONDITION', () => hook({ when: [eq('constructor', 1)] })],
    ['order on text', 'KNHK_TERMS_CONDITION', () => hook({ when: [lt('customer', 'b')] })],
    ['a value of another kind', 'KNHK_TERMS_CONDITION', () => hook({ when: [gt('amount', '1')] })],
    [
      'a value out of the set',
      'KNHK_TERMS_CONDITION',
      () => hook({ when: [eq('channel', 'fax')] }),
    ],
    [
      'an invalid Date',
      'KNHK_TERMS_CONDITION',
      () => hook({ when: [gt('at', new Date(Number.NaN))] }),
    ],
    [
      'nine conditions',
      'KNHK_LIMIT_CONDITIONS',
      () => hook({ when: Array.from({ length: 9 }, () => gt('amount', 1)) }),
    ],
    [
      'an unknown parameter',
      'KNHK_TERMS_CONDITION',
      () => linked([hook({ when: [gte('amount', param('no'))] })]),
    ],
    [
      'a parameter of another kind',
      'KNHK_TERMS_CONDITION',
      () =>
        linked([
          defineParameter({ name: 'p', kind: 'string', value: 'x' }),
          hook({ when: [gte('amount', param('p'))] }),
        ]),
    ],
    [
      'an undeclared window',
      'KNHK_TERMS_CONDITION',
      () => linked([hook({ when: [gt({ reference: { window: 'w' } }, 1)] })]),
    ],
    [
      'an action as left side',
      'KNHK_TERMS_CONDITION',
      () => hook({ when: [gt({ reference: { action: 'amount' } }, 1)] }),
    ],
    ['two hooks of a name', 'KNHK_RULES_DUPLICATE', () => linked([hook(), hook({ version: '2' })])],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(code);
  });

  test('observed() in a hook is the field itself', () => {
    const conditions = [gt(observed('amount'), 5)];
    expect(hook({ when: conditions }).hash).toBe(hook({ when: [gt('amount', 5)] }).hash);
  });

  test('an edit of the source changes the hash; a version hides it', () => {
    const other = () => [action('ship', { target: 'eve' })];
    expect(hook({ version: undefined }).hash).not.toBe(
      hook({ version: undefined, run: other }).hash,
    );
    expect(hook({ version: undefined }).hash).toBe(hook({ version: undefined, run }).hash);
    expect(hook().hash).toBe(hook({ run: other }).hash);
    expect(hook().hash).not.toBe(hook({ version: '2' }).hash);
    expect(hook().hash).not.toBe(hook({ priority: 1 }).hash);
  });

  test('code that the catalogue lacks fails what fires it, and is listed', () => {
    const options = { observations: [Order as unknown as Observation] };
    const check = () => allow();
    const deployed = catalogueOf({
      ...options,
      rules: [hook(), defineGuard({ name: 'g', on: 'ship', version: '1', check })],
    });
    const at = { parent: null, version: 1 };
    expect(missingCode(linkSnapshot(deployed.document, deployed, at))).toEqual([]);
    const newer = catalogueOf({
      ...options,
      rules: [hook({ version: '2' }), defineGuard({ name: 'g', on: 'ship', version: '2', check })],
    });
    const snapshot = linkSnapshot(deployed.document, newer, at);
    expect(missingCode(snapshot)).toEqual(['hook h', 'guard g']);
    expect(evaluateOrder(snapshot, order(1))).toMatchObject({
      outcome: 'failed',
      failure: { hook: 0, code: 'KNHK_HOOK_MISSING' },
    });
    const template = defineHook({
      name: 'h',
      on: Order,
      when: [],
      act: { type: 'ship', target: 'x' },
    });
    const acting = catalogueOf({ ...options, rules: [template, ...newer.guards.values()] });
    const mixed = { ...deployed.document, hooks: acting.document.hooks };
    const evaluation = evaluateOrder(linkSnapshot(mixed, newer, at), order(1));
    expect(evaluation).toMatchObject({ outcome: 'denied', actions: [] });
    expect(evaluation.verdicts[0]?.code).toBe('KNHK_GUARD_MISSING');
  });
});
