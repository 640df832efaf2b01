import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { action } from '../../src/rules/actions.ts';
import { explain } from '../../src/rules/explain.ts';
import { allow, defineGuard, deny } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import { eq, gte, lt } from '../../src/terms/conditions.ts';
import { type Field, instant, integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';
import { Choices } from '../kernel/lanes.ts';
import { Order } from '../support/ops.ts';
import { ruleSet, streamOf } from '../support/rulesets.ts';
import { deciders } from './decide-support.ts';
import { hooksOf, inputOf, names, Sample } from './look-rules.ts';
import { dresses, hookOn, looksOf } from './look-support.ts';

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
          const { snapshot, plan, context } = all;
          const again = () => explain(snapshot, plan, context, input, { at: 0 });
          for (const one of [all.generated, all.portable]) {
            for (const _ of [1, 2]) expect(one.explain(input, again)).toEqual(again());
          }
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

describe('what a decision is made of', () => {
  const given = { order: 'urn:o', at: new Date(0), customer: 'a', amount: 4 };
  const on = Order as unknown as Observation;
  const each = (all: ReturnType<typeof deciders>) => [all.generated, all.portable, all.whole];

  test('a window that no condition reads is in the explanation all the same', () => {
    const often = defineWindow({ name: 'o', on, key: 'customer', perMs: 60_000, count: true });
    const all = deciders(on, [often, hookOn(on, 'h', [gte('amount', 4)])]);
    for (const seen of [0, 1, 2]) {
      const again = () => explain(all.snapshot, all.plan, all.context, given, { at: 0 });
      for (const one of each(all)) {
        for (const _ of [1, 2, 3]) {
          expect(one.explain(given, again)).toMatchObject({ context: { windows: { o: seen } } });
        }
      }
      const read = readObservation(on, given);
      if (read.ok) all.context.advance(on.type, read.data, 0, []);
    }
  });

  test('principal and id reach the code of guards and hooks, whoever looks', () => {
    const ids: string[] = [];
    const hook = defineHook({
      ...{ name: 'h', version: '1', on: Order, when: [gte('amount', 4)] },
      run: ({ id }) => {
        ids.push(id);
        return [action('ship', { target: 'x' })];
      },
    });
    const guard = defineGuard({
      ...{ name: 'g', on: 'ship', version: '1' },
      check: ({ principal }) => (principal === 'ann' ? allow() : deny('who')),
    });
    for (const one of each(deciders(on, [hook, guard]))) {
      const outcomes = ['ann', 'bob', undefined].map(
        (principal) =>
          one.decide(given, { id: 'mine', ...(principal === undefined ? {} : { principal }) })
            .outcome,
      );
      expect(outcomes).toEqual(['acted', 'denied', 'denied']);
      one.decide(given, undefined);
    }
    expect([new Set(ids).size, ids.filter((id) => id === 'mine').length]).toEqual([2, 9]);
  });

  test('more lanes than a word: what is known is told apart by all of them', () => {
    const hooks = Array.from({ length: 70 }, (_, n) => hookOn(on, `h${n}`, [gte('amount', n)]));
    const all = deciders(on, hooks);
    for (const amount of [0, 1, 8, 1, 0, 40, 69, 8, -1]) {
      const whole = all.whole.decide({ ...given, amount }, undefined);
      for (const one of each(all))
        expect(one.decide({ ...given, amount }, undefined)).toEqual(whole);
      const again = () =>
        explain(all.snapshot, all.plan, all.context, { ...given, amount }, { at: 0 });
      for (const one of each(all)) {
        expect(one.explain({ ...given, amount }, again)).toEqual(again());
      }
    }
  });
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
