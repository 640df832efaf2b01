import fc from 'fast-check';
import { action, defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { allow, defineGuard, deny, type Guard, requiresApproval } from '../../src/rules/guards.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { defineBudget, defineWindow } from '../../src/rules/windows.ts';
import {
  type ConditionDraft,
  eq,
  exceeds,
  gt,
  gte,
  isIn,
  lt,
  neq,
  observed,
  param,
  present,
} from '../../src/terms/conditions.ts';
import { integer, optional } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import {
  countOf,
  datatype,
  field,
  includes,
  lengthOf,
  matches,
  unique,
} from '../../src/terms/questions.ts';
import { Order, type OrderInput, order } from './ops.ts';

const on = Order as unknown as Observation;
const key = 'customer';

const orders = defineWindow({ name: 'orders', on, key, perMs: 6_000, count: true });
const spent = defineWindow({ name: 'spent', on, key, perMs: 60_000, sum: 'amount' });
const heaviest = defineWindow({ name: 'heaviest', on, key, perMs: 6_000, max: 'weight' });
const channels = defineWindow({ name: 'channels', on, key, perMs: 6_000, distinct: 'channel' });
const bigRun = defineWindow({ name: 'bigRun', on, key, consecutive: gte('amount', 10) });
const shipments = defineBudget({
  name: 'shipments',
  on: 'ship',
  key: 'target',
  perMs: 4_000,
  max: 3,
});
const Ship = defineAction('ship', { fields: { amount: integer(), step: optional(integer()) } });

/** What every rule set declares: windows of all five kinds and a budget, keyed by customer. */
const declared: readonly Rule[] = [orders, spent, heaviest, channels, bigRun, shipments, Ship];

const hookConditions: readonly ConditionDraft[] = [
  gte('amount', 5),
  lt('amount', 15),
  gte('amount', param('most')),
  eq('customer', 'ann'),
  isIn('customer', ['ann', 'bob']),
  neq('channel', 'web'),
  present('weight'),
  gt('price', '9.99'),
  gte(orders, 2),
  lt(orders, 4),
  gt(spent, 20),
  gte(heaviest, 1),
  gte(channels, 2),
  gte(bigRun, 2),
  lt('amount', field('agreed')),
  eq(orders, lengthOf('tags')),
  gte(lengthOf('tags'), 2),
  lt(countOf('tags', 'new'), param('most')),
  includes('tags', 'new'),
  unique('tags'),
  matches('customer', '^[ab]'),
  datatype('weight', 'integer'),
];

/** A hook as data; its code reads everything that code may read. */
const hook: fc.Arbitrary<(name: string) => Hook> = fc
  .record({
    priority: fc.integer({ min: -1, max: 1 }),
    when: fc.subarray([...hookConditions], { maxLength: 2 }),
    types: fc.array(fc.constantFrom('ship', 'note', 'call'), { maxLength: 3 }),
  })
  .map(
    ({ priority, when, types }) =>
      (name) =>
        defineHook({
          name,
          version: '1',
          on: Order,
          when,
          priority,
          run: ({ data, context, parameters, at, id }) =>
            types.map((type, step) =>
              type === 'ship'
                ? action(type, { target: data.customer, amount: data.amount, step })
                : action(type, {
                    target: data.customer,
                    seen: { ...context.windows },
                    most: parameters['most'] as number,
                    at,
                    id,
                  }),
            ),
        }),
  );

/** A guard on ships, or on everything. */
export const guard: fc.Arbitrary<(name: string) => Guard> = fc.oneof(
  fc
    .record({
      mode: fc.constantFrom<'deny' | 'requireApproval'>('deny', 'deny', 'requireApproval'),
      when: fc.subarray(
        [
          exceeds(shipments),
          gte('amount', 12),
          gte('amount', param('most')),
          gte('step', 1),
          gt(observed('weight'), 1),
          gte(orders, 3),
          gt('amount', observed('agreed')),
          gt(field('step'), lengthOf(observed('tags'))),
          unique(observed('tags')),
          matches('target', 'n$'),
        ],
        { minLength: 1, maxLength: 2 },
      ),
    })
    .map(
      ({ mode, when }) =>
        (name: string) =>
          defineGuard({ name, on: 'ship', [mode]: when }),
    ),
  fc
    .record({
      type: fc.constantFrom('ship', 'note', '*'),
      modulo: fc.integer({ min: 2, max: 4 }),
      code: fc.constantFrom('a', 'b'),
      approval: fc.boolean(),
    })
    .map(
      ({ type, modulo, code, approval }) =>
        (name: string) =>
          defineGuard({
            name,
            on: type,
            version: `${modulo} ${code} ${approval}`,
            check: ({ data, context }) => {
              const sum = (data['amount'] as number) + (context.budgets['shipments'] ?? 0);
              if (sum % modulo !== 0) return allow();
              return approval ? requiresApproval(code) : deny(code);
            },
          }),
    ),
);

/** A whole set of rules, in one order of registration. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  readonly unguarded: 'allow' | 'deny';
}

export const ruleSet: fc.Arbitrary<RuleSet> = fc
  .record({
    hooks: fc.array(hook, { minLength: 1, maxLength: 5 }),
    guards: fc.array(guard, { maxLength: 3 }),
    most: fc.integer({ min: 0, max: 20 }),
    unguarded: fc.constantFrom<'allow' | 'deny'>('allow', 'allow', 'deny'),
  })
  .map(({ hooks, guards, most, unguarded }) => ({
    unguarded,
    rules: [
      ...declared,
      defineParameter({ name: 'most', kind: 'integer', value: most }),
      ...hooks.map((make, index) => make(`hook-${index}`)),
      ...guards.map((make, index) => make(`guard-${index}`)),
    ],
  }));

/** One order of a few customers; times mostly advance, some are late. */
const orderInput: fc.Arbitrary<Partial<OrderInput> & { readonly step: number }> = fc.record(
  {
    step: fc.constantFrom(-3_000, 0, 100, 100, 500, 1_000, 1_000, 7_000),
    customer: fc.constantFrom('ann', 'bob', 'cy'),
    amount: fc.integer({ min: 0, max: 20 }),
    weight: fc.constantFrom(0.5, 1, 1.5),
    price: fc.constantFrom('9.98', '9.99', '10'),
    channel: fc.constantFrom('web', 'shop', 'phone'),
    agreed: fc.integer({ min: 0, max: 20 }),
    tags: fc.array(fc.constantFrom('new', 'big', ''), { maxLength: 3 }),
  },
  { requiredKeys: ['step', 'customer', 'amount'] },
);

/** A stream of orders, each with a subject of its own. */
export function streamOf(maxLength: number): fc.Arbitrary<readonly OrderInput[]> {
  return fc.array(orderInput, { minLength: 1, maxLength, size: 'max' }).map((steps) => {
    let now = 1_000_000;
    return steps.map(({ step, ...change }, index) => {
      now += step;
      return order(index, { ...change, at: new Date(now) });
    });
  });
}
