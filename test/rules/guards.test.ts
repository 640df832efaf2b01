import { describe, expect, test } from 'vitest';
import { type Action, action, defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import type { Evaluation } from '../../src/rules/evaluate.ts';
import {
  allow,
  defineGuard,
  deny,
  type Guard,
  type GuardDeclaration,
  type GuardInput,
  requiresApproval,
} from '../../src/rules/guards.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import {
  absent,
  between,
  eq,
  gt,
  gte,
  isIn,
  neq,
  observed,
  param,
  present,
} from '../../src/terms/conditions.ts';
import { instant, integer, optional, string } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { codeOf } from '../support/errors.ts';
import { always, evaluateOrder, linked, Order, type OrderInput, order } from '../support/ops.ts';

const Ship = defineAction('ship', {
  fields: { amount: optional(integer()), lane: optional(string()), due: optional(instant()) },
});
const shipped = (data: Record<string, string | number> = {}): Action =>
  action('ship', { target: 'ann', ...data });

function judge(
  rules: readonly Rule[],
  actions: readonly Action[] = [shipped()],
  input: Partial<OrderInput> = {},
  unguarded: 'allow' | 'deny' = 'deny',
): Evaluation {
  const snapshot = linked([Ship, always(() => actions), ...rules], { unguarded });
  return evaluateOrder(snapshot, order(1, input), undefined, { principal: 'user:1' });
}

const guard = (name: string, more: Partial<GuardDeclaration>): Guard =>
  defineGuard({ name, on: Ship, ...(more.check === undefined ? {} : { version: '1' }), ...more });
const yes = guard('yes', { check: () => allow() });
const no = guard('no', { check: () => deny('nope') });
const ask = guard('ask', { check: () => requiresApproval('boss') });

describe('how answers combine', () => {
  test.each<[string, readonly Guard[], Evaluation['outcome'], readonly string[]]>([
    ['one allow', [yes], 'acted', []],
    ['one denial', [no], 'denied', ['no deny nope']],
    ['one approval', [ask], 'pending', ['ask requires-approval boss']],
    ['deny wins over allow', [yes, no], 'denied', ['no deny nope']],
    [
      'deny wins over approval',
      [ask, no],
      'denied',
      ['ask requires-approval boss', 'no deny nope'],
    ],
    ['approval wins over allow', [ask, yes], 'pending', ['ask requires-approval boss']],
  ])('%s', (_name, guards, outcome, verdicts) => {
    for (const rules of [guards, [...guards].reverse()]) {
      const evaluation = judge(rules);
      expect(evaluation.outcome).toBe(outcome);
      const names = guards.map(({ name }) => name).sort();
      expect(
        evaluation.verdicts.map((item) => `${names[item.guard]} ${item.verdict} ${item.code}`),
      ).toEqual(verdicts);
      expect(evaluation.actions).toHaveLength(outcome === 'acted' ? 1 : 0);
      expect(evaluation.pending).toHaveLength(outcome === 'pending' ? 1 : 0);
    }
  });

  test('outcomes: acted before pending before denied before idle', () => {
    const byTarget = guard('by-target', {
      check: ({ action: { target } }) =>
        target === 'acted' ? allow() : target === 'pending' ? requiresApproval('p') : deny('d'),
    });
    const outcome = (...targets: string[]): string =>
      judge(
        [byTarget],
        targets.map((target) => action('ship', { target })),
      ).outcome;
    expect(outcome('denied', 'pending', 'acted')).toBe('acted');
    expect(outcome('acted', 'pending')).toBe('acted');
    expect(outcome('denied', 'pending')).toBe('pending');
    expect(outcome('denied', 'denied')).toBe('denied');
    expect(outcome()).toBe('idle');
  });

  test('no matching guard: what unguarded says, and only then', () => {
    const other = defineGuard({ name: 'other', on: 'note', deny: [] });
    expect(judge([], undefined, {}, 'allow').outcome).toBe('acted');
    expect(judge([other], undefined, {}, 'allow').outcome).toBe('acted');
    expect(judge([no], undefined, {}, 'allow').outcome).toBe('denied');
    const refused = judge([other], undefined, {}, 'deny');
    expect(refused.verdicts).toEqual([
      { action: 0, guard: -1, verdict: 'deny', code: 'unguarded' },
    ]);
    expect(judge([yes], undefined, {}, 'deny').outcome).toBe('acted');
  });

  test('on: one type, several, all', () => {
    const types = ['ship', 'note', 'call'];
    const actions = types.map((type) => action(type, { target: 'ann' }));
    const matched = (on: GuardDeclaration['on']): string[] => {
      const rules = [defineGuard({ name: 'g', on, deny: [] })];
      const { verdicts } = judge(rules, actions, {}, 'allow');
      return verdicts.map((verdict) => types[verdict.action] as string);
    };
    expect(matched('ship')).toEqual(['ship']);
    expect(matched(Ship)).toEqual(['ship']);
    expect(matched(['call', Ship])).toEqual(['ship', 'call']);
    expect(matched('*')).toEqual(types);
  });

  test('conditions without any entry deny always', () => {
    expect(judge([guard('never', { deny: [] })]).outcome).toBe('denied');
    expect(judge([guard('never', { requireApproval: [] })]).outcome).toBe('pending');
  });
});

describe('conditions of guards', () => {
  test.each<[string, readonly Parameters<typeof gt>[0][] | unknown, Action, boolean]>([
    ['holds', [gt('amount', 5)], shipped({ amount: 6 }), true],
    ['does not hold', [gt('amount', 5)], shipped({ amount: 5 }), false],
    ['an absent field satisfies gt', [gt('amount', 5)], shipped(), true],
    ['an absent field satisfies eq', [eq('lane', 'x')], shipped(), true],
    ['an absent field satisfies neq', [neq('lane', 'x')], shipped(), true],
    ['an absent field satisfies in', [isIn('lane', ['x'])], shipped(), true],
    ['an absent field satisfies between', [between('amount', 1, 2)], shipped(), true],
    ['an absent field is not present', [present('amount')], shipped(), false],
    ['an absent field is absent', [absent('amount')], shipped(), true],
    ['all must hold', [gt('amount', 5), eq('lane', 'x')], shipped({ amount: 9, lane: 'y' }), false],
    ['absent and holding', [gt('amount', 5), eq('lane', 'x')], shipped({ lane: 'x' }), true],
    ['target', [eq('target', 'ann')], shipped(), true],
    ['another target', [eq('target', 'bob')], shipped(), false],
    ['an instant', [gt('due', new Date(5))], shipped({ due: '1970-01-01T00:00:00.006Z' }), true],
    [
      'at an instant',
      [gt('due', new Date(6))],
      shipped({ due: '1970-01-01T00:00:00.006Z' }),
      false,
    ],
    ['the observation', [gte(observed('amount'), 10)], shipped(), true],
    ['the observation, not', [gt(observed('amount'), 10)], shipped({ amount: 99 }), false],
    ['an absent observed field', [gt(observed('weight'), 1)], shipped(), true],
    ['a parameter', [gt('amount', param('most'))], shipped({ amount: 8 }), true],
    ['at the parameter', [gt('amount', param('most'))], shipped({ amount: 7 }), false],
  ])('%s', (_name, conditions, proposed, holds) => {
    const most = defineParameter({ name: 'most', kind: 'integer', value: 7 });
    const drafts = conditions as NonNullable<GuardDeclaration['deny']>;
    const denied = judge([most, guard('g', { deny: drafts, code: 'because' })], [proposed]);
    expect(denied.outcome).toBe(holds ? 'denied' : 'acted');
    if (holds) expect(denied.verdicts[0]).toMatchObject({ guard: 0, code: 'because' });
    const asked = judge([most, guard('g', { requireApproval: drafts })], [proposed]);
    expect(asked.outcome).toBe(holds ? 'pending' : 'acted');
    if (holds) expect(asked.verdicts[0]).toMatchObject({ code: 'g' });
  });

  test('windows are read as before the observation; on another type they are absent', () => {
    const count = defineWindow({
      name: 'orders',
      on: Order as unknown as Observation,
      key: 'customer',
      perMs: 60_000,
      count: true,
    });
    const busy = guard('busy', { deny: [gte(count, 1)] });
    expect(judge([count, busy]).outcome).toBe('acted');
  });
});

describe('what a check sees', () => {
  test('one frozen argument with the original action', () => {
    let seen: GuardInput | undefined;
    const spy = guard('spy', {
      check: (input) => {
        seen = input;
        return allow();
      },
    });
    judge([spy], [shipped({ amount: 3 })]);
    expect(seen).toEqual({
      action: { type: 'ship', target: 'ann', data: { amount: 3 } },
      data: { order: 'https://example.com/order/1', at: 1_000, customer: 'ann', amount: 10 },
      context: { windows: {}, budgets: {} },
      parameters: {},
      at: 1_000,
      principal: 'user:1',
    });
    const frozen = [seen, seen?.action, seen?.action.data, seen?.data, seen?.context];
    expect(frozen.every((item) => Object.isFrozen(item))).toBe(true);
    expect([seen?.context.windows, seen?.context.budgets].every(Object.isFrozen)).toBe(true);
  });

  test('nothing that a check tries to change stays changed', () => {
    const vandal = guard('a-vandal', {
      check: (input) => {
        for (const target of [input, input.action, input.action.data, input.data]) {
          try {
            Object.assign(target, { target: 'eve', amount: 1_000_000 });
          } catch {
            // A frozen object throws, which is the point.
          }
        }
        return allow();
      },
    });
    const evaluation = judge([vandal], [shipped({ amount: 3 })]);
    expect(evaluation.actions).toEqual([shipped({ amount: 3 })]);
  });
});

describe('declarations', () => {
  const check = () => allow();
  test.each<[string, string, () => unknown]>([
    ['nothing', 'KNHK_RULES_GUARD', () => guard('g', {})],
    ['deny and check', 'KNHK_RULES_GUARD', () => guard('g', { deny: [], check })],
    ['no action type', 'KNHK_RULES_GUARD', () => guard('g', { on: [], deny: [] })],
    ['a bad type', 'KNHK_TERMS_NAME', () => guard('g', { on: 'No Type', deny: [] })],
    ['a bad name', 'KNHK_TERMS_NAME', () => guard('No Name', { deny: [] })],
    ['free text as code', 'KNHK_RULES_GUARD', () => guard('g', { deny: [], code: 'too late' })],
    [
      'a native check',
      'KNHK_CODE_OPAQUE',
      () => defineGuard({ name: 'g', on: Ship, check: check.bind(null) }),
    ],
    [
      'an unknown field',
      'KNHK_TERMS_CONDITION',
      () => linked([Ship, guard('g', { deny: [eq('no', 1)] })]),
    ],
    [
      'an inherited name',
      'KNHK_TERMS_CONDITION',
      () => linked([Ship, guard('g', { deny: [eq('valueOf', 1)] })]),
    ],
    [
      'an inherited observed name',
      'KNHK_TERMS_CONDITION',
      () => linked([Ship, guard('g', { deny: [present(observed('constructor'))] })]),
    ],
    [
      'an unordered kind',
      'KNHK_TERMS_CONDITION',
      () => linked([Ship, guard('g', { deny: [gt('lane', 'a')] })]),
    ],
    [
      'an undeclared action',
      'KNHK_RULES_UNKNOWN',
      () => linked([guard('g', { deny: [eq('amount', 1)] })]),
    ],
    [
      'an undeclared parameter',
      'KNHK_TERMS_CONDITION',
      () => linked([Ship, guard('g', { deny: [eq('amount', param('p'))] })]),
    ],
    [
      'nine conditions',
      'KNHK_LIMIT_CONDITIONS',
      () => guard('g', { deny: Array.from({ length: 9 }, () => eq('amount', 1)) }),
    ],
    [
      'two guards of a name',
      'KNHK_RULES_DUPLICATE',
      () => linked([Ship, yes, guard('yes', { deny: [] })]),
    ],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(code);
  });

  test('the hash says everything that decides', () => {
    const base = { name: 'g', on: 'ship', deny: [gt('amount', 5)] } as const;
    const hashes = [
      defineGuard(base),
      defineGuard({ ...base, name: 'h' }),
      defineGuard({ ...base, on: '*' }),
      defineGuard({ ...base, deny: [gt('amount', 6)] }),
      defineGuard({ ...base, protected: true }),
      defineGuard({ ...base, code: 'other' }),
      defineGuard({ name: 'g', on: 'ship', requireApproval: base.deny }),
      defineGuard({ name: 'g', on: 'ship', check, version: '1' }),
      defineGuard({ name: 'g', on: 'ship', check, version: '2' }),
    ].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(hashes.length);
    const reordered = ['note', 'ship', 'note'];
    expect(defineGuard({ ...base, on: reordered }).hash).toBe(
      defineGuard({ ...base, on: ['ship', 'note'] }).hash,
    );
  });
});
