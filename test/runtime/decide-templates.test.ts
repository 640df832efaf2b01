import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineAction } from '../../src/rules/actions.ts';
import { explain } from '../../src/rules/explain.ts';
import { defineGuard, type Guard } from '../../src/rules/guards.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { eq, gte, isIn, lt, observed, param, present } from '../../src/terms/conditions.ts';
import {
  boolean,
  decimal,
  integer,
  iri,
  number,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { Choices } from '../kernel/lanes.ts';
import { deciders } from './decide-support.ts';
import { dresses } from './look-support.ts';

const Pay = defineObservation('pay.asked', {
  class: 'urn:x#Pay',
  subject: 'pay',
  fields: {
    pay: iri(),
    amount: integer(),
    rate: number(),
    urgent: boolean(),
    who: string(),
    via: oneOf(['web', 'shop']),
    price: decimal(),
    note: optional(string()),
    times: optional(integer()),
  },
}) as unknown as Observation;

const names = ['pay', 'amount', 'rate', 'urgent', 'who', 'via', 'price', 'note', 'times'];
const texts = [
  '',
  'a',
  'ann',
  '"',
  '\u2028',
  '__proto__',
  'constructor',
  '\u0001'.repeat(700),
  '`',
];

const valued: { readonly [name: string]: (choices: Choices) => unknown } = {
  pay: (choices) => choices.one(['urn:a', 'urn:b']),
  amount: (choices) => choices.one([0, 1, 5, 9, -1, Number.MAX_SAFE_INTEGER]),
  rate: (choices) => choices.one([0, 0.5, 1e308, -1]),
  urgent: (choices) => choices.chance(50),
  who: (choices) => choices.one([...texts, 'x'.repeat(4_000)]),
  via: (choices) => choices.one(['web', 'shop']),
  price: (choices) => choices.one(['1', '1.50']),
  times: (choices) => choices.one([undefined, 1, 2]),
  note: (choices) => choices.one([undefined, 'n', 'n', '\ud800']),
};
const inputOf = (choices: Choices): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, valued[name]!(choices)]));

const members = [
  'a',
  'amount',
  '__proto__',
  'constructor',
  'then',
  'data',
  '"]; x',
  "': x, '",
  'step',
];

function templateOf(choices: Choices) {
  const leaf = (): never => {
    if (choices.chance(60)) return { field: choices.one(names) } as never;
    return choices.one<unknown>([1, 'x', true, { param: 'most' }, null, '"; x', -1.5]) as never;
  };
  const data: [string, never][] = choices
    .shuffled(members)
    .slice(0, choices.below(4))
    .map((name) => [name, leaf()]);
  const target = choices.chance(60) ? { field: choices.one(['who', 'via', 'pay', 'note']) } : 'fix';
  const type = choices.one(['ship', 'mark', 'call']);
  const own = Object.fromEntries(data);
  return { type, target, ...(data.length === 0 ? {} : { data: own }) } as never;
}

function hookOf(name: string, choices: Choices): Hook {
  const when = choices.one([
    [],
    [gte('amount', param('most'))],
    [eq('via', 'web')],
    [lt('rate', 1)],
  ]);
  const act = Array.from({ length: 1 + choices.below(2) }, () => templateOf(choices));
  return defineHook({ name, on: Pay, when, act: act as never });
}

function guardOf(name: string, choices: Choices): Guard {
  const conditions = [
    ...[gte('amount', 5), eq('target', 'ann'), isIn('a', ['x', 'ann', '']), eq('step', 1)],
    ...[gte(observed('amount'), 5), eq(observed('via'), 'web'), present(observed('note'))],
    ...[lt(observed('rate'), 1), eq(observed('urgent'), true), gte(observed('price'), '1.2')],
    ...[gte(observed('amount'), param('most')), eq('constructor', 'a')],
  ];
  const mode = choices.one(['deny', 'requireApproval'] as const);
  const when = choices.shuffled(conditions).slice(0, 1 + choices.below(2));
  return defineGuard({ name, on: choices.one(['ship', 'mark', '*']), [mode]: when } as never);
}

describe('templates over fields, with guards', () => {
  test('the same whoever decides and explains, however the input is dressed', () => {
    const seen = new Set<string>();
    const made = new Set<boolean>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const choices = new Choices(seed);
        const of = <Item>(
          count: number,
          make: (name: string, from: Choices) => Item,
          name: string,
        ) => Array.from({ length: count }, (_, n) => make(`${name}${n}`, choices));
        const rules = [
          defineParameter({ name: 'most', kind: 'integer', value: choices.below(9) }),
          ...(choices.chance(40)
            ? [defineAction('mark', { fields: { a: optional(string()) } })]
            : []),
        ];
        let all: ReturnType<typeof deciders>;
        try {
          const hooks = of(1 + choices.below(4), hookOf, 'h');
          all = deciders(Pay, [...rules, ...hooks, ...of(choices.below(4), guardOf, 'g')], [], {
            unguarded: choices.one(['allow', 'deny']),
          });
        } catch {
          // Rules that do not fit their declarations are refused elsewhere.
          made.add(false);
          return;
        }
        made.add(true);
        for (let round = 0; round < 5; round++) {
          const input = choices.one(Object.values(dresses))(inputOf(choices));
          const whole = all.whole.decide(input, undefined);
          seen.add(whole.outcome);
          const again = () => explain(all.snapshot, all.plan, all.context, input, { at: 0 });
          for (const one of [all.generated, all.portable]) {
            const decision = one.decide(input, undefined);
            if (decision.outcome !== 'idle') expect(decision).toStrictEqual(whole);
            else expect(['idle', 'invalid']).toContain(whole.outcome);
            for (const _ of [1, 2]) expect(one.explain(input, again)).toEqual(again());
          }
        }
      }),
      { numRuns: 400 },
    );
    expect(made.has(true)).toBe(true);
    expect([...seen]).toEqual(
      expect.arrayContaining(['acted', 'denied', 'pending', 'idle', 'invalid', 'failed']),
    );
  });

  test('what guards judged is what the action holds, though a getter changes its answers', () => {
    const hook = defineHook({
      ...{ name: 'h', on: Pay, when: [gte('amount', 1)] },
      act: { type: 'ship', target: { field: 'who' }, data: { amount: { field: 'amount' } } },
    } as never);
    const guard = defineGuard({ name: 'g', on: 'ship', deny: [gte('amount', 5)] });
    const named = defineGuard({ name: 'n', on: 'ship', deny: [eq('target', 'mallory')] });
    const ship = defineAction('ship', { fields: { amount: integer() } });
    const all = deciders(Pay, [hook, guard, named, ship]);
    const calm = { ...inputOf(new Choices(1)), note: 'n' };
    for (let changes = 1; changes < 14; changes++) {
      for (const [member, first, later] of [
        ['amount', 1, 9],
        ['amount', 1, 0],
        ['amount', 1, 1.5],
        ['who', 'ann', 'mallory'],
        ['who', 'ann', '\ud800'],
        ['who', 'ann', {}],
      ] as const) {
        for (const one of [all.generated, all.portable, all.whole]) {
          let readings = 0;
          const input = Object.defineProperty({ ...calm, amount: 1, who: 'ann' }, member, {
            enumerable: true,
            get: () => (++readings < changes ? first : later),
          });
          const decision = one.decide(input, undefined);
          const allowed = 'actions' in decision ? decision.actions : [];
          for (const { target, data } of allowed) {
            expect([target, data['amount']]).toEqual(['ann', 1]);
          }
        }
      }
    }
  });

  test('equal guards each have their say', () => {
    const hook = defineHook({
      ...{ name: 'h', on: Pay, when: [gte('amount', 1)] },
      act: { type: 'ship', target: { field: 'who' } },
    } as never);
    const guards = ['a', 'b', 'c'].map((name) =>
      defineGuard({ name, on: 'ship', deny: [gte(observed('amount'), name === 'b' ? 9 : 5)] }),
    );
    const all = deciders(Pay, [hook, ...guards]);
    const calm = inputOf(new Choices(1));
    for (const amount of [1, 5, 9]) {
      const input = { ...calm, note: 'n', amount };
      const whole = all.whole.decide(input, undefined);
      const again = () => explain(all.snapshot, all.plan, all.context, input, { at: 0 });
      for (const one of [all.generated, all.portable]) {
        expect(one.decide(input, undefined)).toStrictEqual(whole);
        expect(one.explain(input, again)).toEqual(again());
      }
    }
  });

  test.each([
    ['a text where an IRI is declared', 'who', iri()],
    ['a number where an integer is declared', 'rate', integer()],
    ['one of more values than are declared', 'via', oneOf(['web'])],
    ['one of values that all are declared', 'via', oneOf(['web', 'shop', 'phone'])],
    ['the same kind', 'who', string()],
    ['what is optional in the observation alone', 'note', string()],
    ['what is optional in both', 'note', optional(string())],
  ] as const)('a declared action is checked: %s', (_, name, declared) => {
    const hook = defineHook({
      ...{ name: 'h', on: Pay, when: [gte('amount', 0)] },
      act: { type: 'ship', target: 'x', data: { copied: { field: name }, fixed: true } },
    } as never);
    const fields = { copied: declared, fixed: boolean() };
    const all = deciders(Pay, [hook, defineAction('ship', { fields })]);
    for (let seed = 0; seed < 40; seed++) {
      const choices = new Choices(seed);
      const input = { ...inputOf(choices), amount: 1, rate: choices.one([1, 0.5]) };
      const whole = all.whole.decide(input, undefined);
      for (const one of [all.generated, all.portable]) {
        expect(one.decide(input, undefined)).toStrictEqual(whole);
      }
    }
  });

  test('names of members never become code', () => {
    const global = globalThis as { reached?: boolean };
    const quotes = ["'", '"', '`', ']'];
    const evil = quotes.map((mark) => `a${mark}: (globalThis.reached = true), ${mark}b`);
    const data = Object.fromEntries(evil.map((name) => [name, { field: 'amount' }]));
    const hook = defineHook({
      ...{ name: 'h', on: Pay, when: [gte('amount', 0)] },
      act: { type: 'ship', target: { field: 'who' }, data },
    } as never);
    const all = deciders(Pay, [hook]);
    const input = { ...inputOf(new Choices(1)), note: 'n', amount: 5 };
    const decision = all.generated.decide(input, undefined);
    expect(decision).toStrictEqual(all.whole.decide(input, undefined));
    expect([decision.outcome, global.reached]).toEqual(['acted', undefined]);
  });

  test('an explanation reads each member once', () => {
    const hook = defineHook({
      ...{ name: 'h', on: Pay, when: [gte('amount', 1), lt('amount', 9)] },
      act: { type: 'mark', target: { field: 'who' } },
    } as never);
    const guard = defineGuard({ name: 'g', on: 'mark', deny: [gte(observed('amount'), 5)] });
    const all = deciders(Pay, [hook, guard]);
    const calm = { ...inputOf(new Choices(1)), note: 'n' };
    for (const amount of [0, 1, 5, 9]) {
      const told = explain(all.snapshot, all.plan, all.context, { ...calm, amount }, { at: 0 });
      all.generated.explain({ ...calm, amount }, () => told);
      let readings = 0;
      const get = () => {
        readings++;
        return amount;
      };
      const input = Object.defineProperty({ ...calm, amount }, 'amount', { enumerable: true, get });
      const never = (): never => {
        throw new Error('not asked');
      };
      expect(all.generated.explain(input, never)).toEqual(told);
      expect(readings).toBe(1);
    }
  });
});
