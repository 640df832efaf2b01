import { describe, expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { explain } from '../../src/rules/explain.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { eq, gte, neq } from '../../src/terms/conditions.ts';
import { integer, iri } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { Order } from '../support/ops.ts';
import { deciders } from './decide-support.ts';
import { hookOn } from './look-support.ts';

describe('an input that acts while it is read', () => {
  const on = defineObservation('read.twice', {
    class: 'urn:x#Read',
    subject: 'subject',
    fields: { subject: iri(), a: integer(), b: integer() },
  }) as unknown as Observation;
  const hooks = [
    hookOn(on, 'a', [gte('a', 10)]),
    hookOn(on, 'b', [gte('b', 10)]),
    hookOn(on, 'both', [gte('a', 10), gte('b', 10)]),
  ];
  const noB = defineGuard({ name: 'no-b', on: 'mark', deny: [eq('target', 'b')] });
  const rules = [...hooks, noB];
  const plain = { subject: 'urn:s', a: 10, b: 0 };
  const other = { subject: 'urn:s', a: 0, b: 10 };

  /** The plain input, whose members decide about the other one while they are read. */
  function acting(act: () => void): object {
    const made = {};
    for (const [name, value] of Object.entries(plain)) {
      const get = (): unknown => {
        act();
        return value;
      };
      Object.defineProperty(made, name, { enumerable: true, get });
    }
    return made;
  }

  test.each(['generated', 'portable', 'whole'] as const)('decides in its turn: %s', (engine) => {
    const all = deciders(on, rules);
    const one = all[engine];
    const inner = one.decide(other, undefined);
    const outer = one.decide(plain, undefined);
    expect([inner, outer]).toMatchObject([{ fired: ['b'] }, { fired: ['a'] }]);
    let turns = 0;
    const input = acting(() => {
      turns++;
      expect(one.decide(other, undefined)).toEqual(inner);
    });
    expect(one.decide(input, undefined)).toEqual(outer);
    expect(turns).toBeGreaterThan(1);
  });

  test.each(['generated', 'portable'] as const)('decides while it is explained: %s', (engine) => {
    const all = deciders(on, rules);
    const one = all[engine];
    const whole = (input: object) => () =>
      explain(all.snapshot, all.plan, all.context, input, { at: 0 });
    const calm = whole(plain)();
    for (const input of [plain, other]) one.explain(input, whole(input));
    const input = acting(() => {
      one.decide(other, undefined);
    });
    expect(one.explain(input, whole(input))).toEqual(calm);
    expect(one.explain(input, whole(input))).toEqual(calm);
    expect(one.explain(plain, whole(plain))).toEqual(calm);
  });

  test.each(['generated', 'portable', 'whole'] as const)(
    'throws at any one reading: %s',
    (engine) => {
      const one = deciders(on, rules)[engine];
      const calm = one.decide(plain, undefined);
      for (let fails = 1; fails <= 12; fails++) {
        let readings = 0;
        const input = acting(() => {
          readings++;
          if (readings === fails) throw new Error('not now');
        });
        const decision = one.decide(input, undefined);
        // Reading whole turns a throw into an issue; one at the first look is forgotten by then.
        expect(['acted', 'invalid']).toContain(decision.outcome);
        if (decision.outcome === 'acted') expect(decision).toEqual(calm);
      }
      const always = acting(() => {
        throw new Error('never');
      });
      expect(one.decide(always, undefined)).toMatchObject({ outcome: 'invalid', stage: 'terms' });
      const told = { outcome: 'invalid', issues: [] } as const;
      for (const odd of [always, null, 1]) expect(one.explain(odd, () => told)).toBe(told);
      // The portable look is free again after a throw.
      expect(one.decide(plain, undefined)).toEqual(calm);
    },
  );

  test.each([null, undefined, 0, 'text', true, 1n, Symbol('s'), () => 1, [], [1]])(
    'is no object: %s',
    (input) => {
      const all = deciders(on, rules);
      for (const one of [all.generated, all.portable, all.whole]) {
        expect(one.decide(input, undefined)).toMatchObject({ outcome: 'invalid' });
      }
    },
  );
});

test('code of a hook may decide in its turn', () => {
  const on = Order as unknown as Observation;
  let decide: ((amount: number) => string) | undefined;
  const order = { order: 'urn:o', at: new Date(0), customer: 'a', amount: 1 };
  const hook = defineHook({
    ...{ name: 'h', version: '1', on: Order, when: [neq('amount', 3)] },
    run: ({ data }) =>
      data.amount < 9 ? [action('note', { target: decide!(data.amount + 1) })] : [],
  });
  const all = deciders(on, [hook]);
  for (const one of [all.generated, all.portable, all.whole]) {
    decide = (amount) => one.decide({ ...order, amount }, undefined).outcome;
    expect(one.decide({ ...order, amount: 4 }, undefined)).toMatchObject({
      actions: [{ target: 'acted' }],
    });
    expect(decide(2)).toBe('acted');
    expect(decide(3)).toBe('idle');
  }
});
