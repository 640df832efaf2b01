import { describe, expect, test } from 'vitest';
import { hashCanonical } from '../../src/base/canonical.ts';
import { action, defineAction } from '../../src/rules/actions.ts';
import { type CatalogueOptions, catalogueOf } from '../../src/rules/catalogue.ts';
import { applyChange } from '../../src/rules/changes.ts';
import { type Explanation, explain } from '../../src/rules/explain.ts';
import { allow, deny, type GuardInput } from '../../src/rules/guards.ts';
import { defineHook, type HookInput } from '../../src/rules/hooks.ts';
import { linkSnapshot, type Snapshot } from '../../src/rules/snapshot.ts';
import {
  between,
  exceeds,
  gt,
  gte,
  isIn,
  lt,
  observed,
  param,
} from '../../src/terms/conditions.ts';
import { boolean, integer, optional } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';
import { always, linked, Order, order, stateOf, Visit } from '../support/ops.ts';
import { budget, guard, hook, most, window } from './makers.ts';

type Explained = Exclude<Explanation, { readonly outcome: 'invalid' }>;

function explained(snapshot: Snapshot, input: unknown = order(1), state = stateOf(snapshot)) {
  const plan = snapshot.plans.get('order.placed')!;
  return explain(snapshot, plan, state, input, { id: 'x', at: 0, principal: 'ann' }) as Explained;
}
const explainedRules = (rules: CatalogueOptions['rules'], input?: unknown): Explained =>
  explained(linked(rules, { unguarded: 'allow' }), input);

describe('hooks', () => {
  test('the first condition that did not hold, with the value seen and the value wanted', () => {
    const { outcome, hooks, guards, context } = explainedRules([
      most({ value: 12 }),
      hook({ name: 'a-fires', when: [gte('amount', 10)] }),
      hook({ name: 'b-second', when: [gte('amount', 10), lt('amount', 10), gt('amount', 99)] }),
      hook({ name: 'c-param', when: [gt('amount', param('most'))] }),
      hook({ name: 'd-absent', when: [gt('weight', 1)] }),
      hook({ name: 'e-between', when: [between('amount', 1, 9)] }),
      hook({ name: 'f-set', when: [isIn('customer', ['bob', 'cy'])] }),
    ]);
    expect(outcome).toBe('acted');
    expect(hooks).toEqual([
      { hook: 'a-fires', fired: true, off: false },
      {
        hook: 'b-second',
        fired: false,
        off: false,
        firstFalse: { left: 'field amount', op: 'lt', seen: 10, wanted: 10 },
      },
      {
        hook: 'c-param',
        fired: false,
        off: false,
        firstFalse: { left: 'field amount', op: 'gt', seen: 10, wanted: 12, param: 'most' },
      },
      {
        hook: 'd-absent',
        fired: false,
        off: false,
        firstFalse: { left: 'field weight', op: 'gt', seen: undefined, wanted: 1 },
      },
      {
        hook: 'e-between',
        fired: false,
        off: false,
        firstFalse: { left: 'field amount', op: 'between', seen: 10, wanted: [1, 9] },
      },
      {
        hook: 'f-set',
        fired: false,
        off: false,
        firstFalse: { left: 'field customer', op: 'in', seen: 'ann', wanted: ['bob', 'cy'] },
      },
    ]);
    expect(guards).toEqual([]);
    expect(context).toEqual({});
    expect(hooks[1]!.firstFalse).not.toHaveProperty('param');
    expect(hooks[0]).not.toHaveProperty('firstFalse');
  });

  test('hooks of another type are not spoken of', () => {
    const visits = defineHook({ name: 'v', version: '1', on: Visit, when: [], run: () => [] });
    expect(explainedRules([visits, hook()]).hooks.map((item) => item.hook)).toEqual(['h']);
  });

  test('a hook that is switched off is named as such, whatever its conditions', () => {
    const options = { observations: [Order as unknown as Observation], rules: [hook()] };
    const catalogue = catalogueOf(options);
    const off = { kind: 'switch', name: 'h', enabled: false } as const;
    const document = applyChange(catalogue.document, off);
    const snapshot = linkSnapshot(document, catalogue, { parent: null, version: 2 });
    const { outcome, hooks } = explained(snapshot);
    expect([outcome, hooks]).toEqual(['idle', [{ hook: 'h', fired: false, off: true }]]);
  });

  test('windows are seen as they stood, and the context says which', () => {
    const busy = window();
    const snapshot = linked([busy, hook({ when: [gt(busy, 1)] })]);
    const state = stateOf(snapshot);
    state.advance('order.placed', { customer: 'ann' }, 1_000, []);
    const { hooks, context } = explained(snapshot, order(1), state);
    const firstFalse = { left: 'window w', op: 'gt', seen: 1, wanted: 1 };
    expect(hooks).toEqual([{ hook: 'h', fired: false, off: false, firstFalse }]);
    expect(context).toEqual({ windows: { w: 1 } });
  });
});

describe('guards', () => {
  const Ship = defineAction('ship', {
    fields: { amount: optional(integer()), fast: optional(boolean()) },
  });
  const two = always(() => [
    action('ship', { target: 'ann', amount: 5 }),
    action('ship', { target: 'bob' }),
  ]);

  test('each one on each action: a verdict, or the first condition that did not hold', () => {
    const { outcome, guards } = explainedRules([
      Ship,
      two,
      most({ value: 5 }),
      guard({ name: 'a-check', deny: undefined, version: '1', check: () => allow() }),
      guard({ name: 'b-more', deny: [gt('amount', param('most'))], code: 'too-much' }),
      guard({ name: 'c-ask', deny: undefined, requireApproval: [gte(observed('amount'), 10)] }),
      guard({ name: 'd-other', on: 'note' }),
    ]);
    expect(outcome).toBe('pending');
    const firstFalse = { left: 'action amount', op: 'gt', seen: 5, wanted: 5, param: 'most' };
    expect(guards).toEqual([
      { action: 0, guard: 'a-check', verdict: 'allow' },
      { action: 0, guard: 'b-more', verdict: 'allow', firstFalse },
      { action: 0, guard: 'c-ask', verdict: 'requires-approval', code: 'c-ask' },
      { action: 1, guard: 'a-check', verdict: 'allow' },
      { action: 1, guard: 'b-more', verdict: 'deny', code: 'too-much' },
      { action: 1, guard: 'c-ask', verdict: 'requires-approval', code: 'c-ask' },
    ]);
    expect(guards[0]).not.toHaveProperty('firstFalse');
    expect(guards[2]).not.toHaveProperty('firstFalse');
  });

  test('the second condition is the one that did not hold, also where the first is absent', () => {
    const rules = [Ship, two, guard({ deny: [gt('amount', 1), gt(observed('amount'), 10)] })];
    const firstFalse = { left: 'field amount', op: 'gt', seen: 10, wanted: 10 };
    expect(explainedRules(rules).guards).toEqual([
      { action: 0, guard: 'g', verdict: 'allow', firstFalse },
      { action: 1, guard: 'g', verdict: 'allow', firstFalse },
    ]);
  });

  test('a budget counts the actions proposed before', () => {
    const one = budget({ max: 2 });
    const same = always(() => [0, 1, 2].map((n) => action('ship', { target: 'ann', n })));
    const firstFalse = { left: 'budget b', op: 'exceeds', seen: false, wanted: undefined };
    const { guards, context } = explainedRules([one, same, guard({ deny: [exceeds(one)] })]);
    expect(guards).toEqual([
      { action: 0, guard: 'g', verdict: 'allow', firstFalse },
      { action: 1, guard: 'g', verdict: 'allow', firstFalse },
      { action: 2, guard: 'g', verdict: 'deny', code: 'g' },
    ]);
    expect(context).toEqual({ budgets: { b: { ann: 0 } } });
  });

  test('an action that no guard matches', () => {
    const { outcome, guards } = explained(linked([two, guard({ on: 'note' })]));
    expect(outcome).toBe('denied');
    expect(guards).toEqual([
      { action: 0, guard: null, verdict: 'deny', code: 'unguarded' },
      { action: 1, guard: null, verdict: 'deny', code: 'unguarded' },
    ]);
  });

  test('truth and its absence', () => {
    const { guards } = explainedRules([
      Ship,
      always(() => [action('ship', { target: 'ann', fast: false })]),
      guard({ deny: [isIn('fast', [true])] }),
    ]);
    expect(guards[0]?.firstFalse).toMatchObject({ seen: false, wanted: [true] });
  });
});

describe('what code is given', () => {
  function seenBy(options: object, input: unknown, type = 'order.placed') {
    const seen: { hook?: HookInput<never>; guard?: GuardInput } = {};
    const spy = (on: typeof Order) =>
      defineHook({
        name: `on-${on.type}`,
        version: '1',
        on,
        when: [],
        run: (given) => {
          seen.hook = given as never;
          return [action('ship', { target: 'x' })];
        },
      });
    const check = (given: GuardInput) => {
      seen.guard = given;
      return deny('no');
    };
    const rules = [spy(Order), spy(Visit as never), guard({ deny: undefined, check })];
    const snapshot = linked(rules);
    explain(snapshot, snapshot.plans.get(type)!, stateOf(snapshot), input, options as never);
    return seen;
  }

  test('the id given, else the hash of the record', () => {
    const read = readObservation(Order as unknown as Observation, order(1));
    if (!read.ok) throw new Error('unreadable');
    expect(seenBy({ id: 'x', at: 0 }, order(1)).hook).toMatchObject({ id: 'x', at: 1_000 });
    const hash = hashCanonical('record', read.record);
    expect(seenBy({ at: 0 }, order(1)).hook).toMatchObject({ id: hash });
  });

  test('the time given where the type has none of its own', () => {
    const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
    expect(seenBy({ at: 77 }, visit, 'visit.made').hook).toMatchObject({ at: 77 });
  });

  test('who asks, or nobody', () => {
    expect(seenBy({ at: 0, principal: 'ann' }, order(1)).guard).toMatchObject({ principal: 'ann' });
    expect(seenBy({ at: 0 }, order(1)).guard).not.toHaveProperty('principal');
  });
});

test('input that cannot be read is explained by its issues', () => {
  const snapshot = linked([hook()]);
  expect(explained(snapshot, { ...order(1), amount: 1.5 })).toEqual({
    outcome: 'invalid',
    issues: [{ path: '$.amount', expected: 'an integer with |n| <= 2^53-1, not -0', got: '1.5' }],
  });
});
