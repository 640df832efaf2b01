import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { catalogueOf } from '../../src/rules/catalogue.ts';
import { ContextState } from '../../src/rules/context.ts';
import { explain } from '../../src/rules/explain.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { linkSnapshot } from '../../src/rules/snapshot.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import { Decider } from '../../src/runtime/decide.ts';
import { type Glance, glanceOf } from '../../src/runtime/glance.ts';
import { eq, gte, lt, neq } from '../../src/terms/conditions.ts';
import { type Field, instant, integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';
import { Choices } from '../kernel/lanes.ts';
import { Order } from '../support/ops.ts';
import { ruleSet, streamOf } from '../support/rulesets.ts';
import { hooksOf, inputOf, names, Sample } from './look-rules.ts';
import { dresses, hookOn, looksOf } from './look-support.ts';

type Rules = Parameters<typeof catalogueOf>[0]['rules'];

/** Three who decide: by generated code, by rows, and always from the whole reading. */
function deciders(observation: Observation, rules: Rules, off: readonly string[] = []) {
  const catalogue = catalogueOf({ observations: [observation], rules, unguarded: 'allow' });
  const document = { ...catalogue.document, switches: [...off].sort() };
  const snapshot = linkSnapshot(document, catalogue, { parent: null, version: 1 });
  const plan = snapshot.plans.get(observation.type)!;
  const context = new ContextState();
  context.follow(document, catalogue.observations);
  let now = 1_000_000;
  const clock = { now: () => now, monotonic: () => now };
  const deciderOf = (glance: Glance) =>
    new Decider(observation, snapshot, glance, context, clock as never);
  const portable = glanceOf(plan, document.windows, false);
  return {
    ...{ snapshot, plan, context, document },
    generated: deciderOf(glanceOf(plan, document.windows, true)),
    portable: deciderOf(portable),
    whole: deciderOf({ ...portable, look: () => -1 }),
    setNow: (ms: number) => {
      now = ms;
    },
  };
}

describe('decide with windows and times', () => {
  test('the same whoever looks, over streams of orders with windows of all kinds', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(ruleSet, streamOf(12), ({ rules }, stream) => {
        const all = deciders(Order as unknown as Observation, rules);
        for (const input of stream) {
          const whole = all.whole.decide(input, undefined);
          seen.add(whole.outcome);
          expect(all.generated.decide(input, undefined)).toEqual(whole);
          expect(all.portable.decide(input, undefined)).toEqual(whole);
          const read = readObservation(Order as unknown as Observation, input);
          if (!read.ok) throw new Error('unreadable');
          const left = 'actions' in whole ? whole.actions : [];
          all.context.advance(Order.type, read.data, read.data['at'] as number, left);
        }
      }),
      { numRuns: 80 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['acted', 'idle', 'denied']));
  });

  const kinds = { day: instant(), count: integer(), name: string(), where: iri() } as const;

  test.each([
    ['instant', 'day', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00'],
    ['integer', 'count', 7, 7],
    ['string', 'name', 'constructor', 'constructor'],
    ['iri', 'where', 'urn:x:1', 'urn:x:1'],
  ] as const)('a window keyed by an optional %s', (_, key, value, again) => {
    const fields = { subject: iri(), [key]: optional(kinds[key] as Field) };
    const on = defineObservation('seen', {
      class: 'urn:x#Seen',
      subject: 'subject',
      fields: fields as never,
    }) as unknown as Observation;
    const often = defineWindow({ name: 'often', on, key, perMs: 60_000, count: true });
    const hooks = [hookOn(on, 'many', [gte(often, 2)]), hookOn(on, 'few', [lt(often, 2)])];
    const all = deciders(on, [often, ...hooks]);
    const fired = (input: object, at?: number) =>
      [all.generated, all.portable, all.whole].map((one) => {
        const decision = one.decide(input, at === undefined ? undefined : { at });
        return 'fired' in decision ? decision.fired.join() : decision.outcome;
      });
    const three = (answer: string) => [answer, answer, answer];
    const subject = 'urn:s';
    for (const at of [1_000, 2_000]) {
      const read = readObservation(on, { subject, [key]: value });
      if (read.ok) all.context.advance(on.type, read.data, at, []);
    }
    expect(fired({ subject, [key]: again }, 3_000)).toEqual(three('many'));
    expect(fired({ subject, [key]: again }, 200_000)).toEqual(three('few'));
    expect(fired({ subject }, 3_000)).toEqual(three(''));
    expect(fired({ subject, [key]: null }, 3_000)).toEqual(three('invalid'));
    // Without a time of its own, the clock's.
    all.setNow(3_000);
    expect(fired({ subject, [key]: again })).toEqual(three('many'));
    all.setNow(200_000);
    expect(fired({ subject, [key]: again })).toEqual(three('few'));
  });

  test('a time field that cannot be read is invalid, though no condition names it', () => {
    const on = Order as unknown as Observation;
    const often = defineWindow({ name: 'o', on, key: 'customer', perMs: 60_000, count: true });
    const all = deciders(on, [often, hookOn(on, 'h', [gte(often, 5)])]);
    const order = { order: 'urn:o', at: new Date(0), customer: 'a', amount: 1 };
    for (const at of ['once', null, undefined, Number.NaN, new Date(Number.NaN), 5]) {
      for (const one of [all.generated, all.portable, all.whole]) {
        expect(one.decide({ ...order, at }, { at: 5 }).outcome).toBe('invalid');
        expect(one.decide(order, undefined).outcome).toBe('idle');
      }
    }
  });
});

describe('decide and explain over random rules', () => {
  test('say the same whoever looks, however the input is dressed', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const choices = new Choices(seed);
        const read = choices.shuffled(names).slice(0, 1 + choices.below(6));
        const hooks = hooksOf(choices, 1 + choices.below(12), read);
        const off = hooks.map(({ name }) => name).filter(() => choices.chance(25));
        const all = deciders(Sample, hooks, off);
        const { snapshot, plan, context } = all;
        for (let round = 0; round < 5; round++) {
          const values = inputOf(choices);
          const input = choices.one(Object.values(dresses))(values);
          const whole = all.whole.decide(input, undefined);
          seen.add(whole.outcome);
          const wanted = explain(snapshot, plan, context, input, { at: 0 });
          for (const one of [all.generated, all.portable]) {
            const decision = one.decide(input, undefined);
            // Where nothing fires, what no condition reads has not been looked at.
            if (decision.outcome !== 'idle') expect(decision).toEqual(whole);
            else expect(['idle', 'invalid']).toContain(whole.outcome);
            const again = () => explain(snapshot, plan, context, input, { at: 0 });
            // The first answer is kept, so each is asked for twice.
            for (const _ of [1, 2]) expect(one.explain(input, again)).toEqual(wanted);
          }
        }
      }),
      { numRuns: 150 },
    );
    expect([...seen].sort()).toEqual(['acted', 'idle', 'invalid']);
  });

  test('a hook that is off is explained by its own condition, though no lane reads it', () => {
    const hooks = [
      hookOn(Sample, 'on', [eq('input', 'a')]),
      hookOn(Sample, 'off', [eq('input', 'q')]),
    ];
    const all = deciders(Sample, hooks, ['off']);
    const values = inputOf(new Choices(7));
    for (const input of ['a', 'q', 'other', 'a', 'q', 'other']) {
      const given = { ...values, input };
      const whole = () => explain(all.snapshot, all.plan, all.context, given, { at: 0 });
      for (const one of [all.generated, all.portable]) {
        expect(one.explain(given, whole)).toEqual(whole());
      }
    }
  });
});

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

test('an engine is named: generated code for one small block, rows for everything else', () => {
  const of = (count: number) => {
    const hooks = Array.from({ length: count }, (_, n) =>
      hookOn(Sample, `h${n}`, [gte('fired', n)]),
    );
    const { generated, portable } = looksOf(Sample, hooks);
    return [generated.engine, portable.engine];
  };
  expect([of(0), of(1), of(128), of(129)]).toEqual([
    ['rows', 'rows'],
    ['generated', 'rows'],
    ['generated', 'rows'],
    ['rows', 'rows'],
  ]);
});
