import { describe, expect, test } from 'vitest';
import { hashOf } from '../../src/base/canonical.ts';
import { action } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { catalogueOf } from '../../src/rules/catalogue.ts';
import { budgetKey, ContextState, contextText, storedView } from '../../src/rules/context.ts';
import { integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { budget, observedOrder, window } from './makers.ts';

const type = 'order.placed';
const ship = (target: string, more: object = {}) => action('ship', { target, ...more });

function following(
  rules: readonly Rule[],
  observations: readonly Observation[] = [observedOrder],
  state = new ContextState(),
): ContextState {
  const { document } = catalogueOf({ observations, rules });
  state.follow(document, new Map(observations.map((item) => [item.type, item])));
  return state;
}

describe('values as text', () => {
  test.each<[Parameters<typeof contextText>[0], string]>([
    [{}, '{}'],
    [{ windows: {} }, '{"windows":{}}'],
    [{ windows: { b: 2, a: 1.5 } }, '{"windows":{"a":1.5,"b":2}}'],
    [{ budgets: {} }, '{"budgets":{}}'],
    [
      { windows: { a: 1 }, budgets: { b: { y: 2, x: 1 }, a: {} } },
      '{"budgets":{"a":{},"b":{"x":1,"y":2}},"windows":{"a":1}}',
    ],
    [{ budgets: { b: { '"': 1 } } }, '{"budgets":{"b":{"\\"":1}}}'],
  ])('%j', (values, text) => {
    expect(contextText(values)).toBe(text);
  });

  test('stored values are read back, what was not stored is unknown', () => {
    const values = { windows: { a: 1 }, budgets: { b: { x: 0 } } };
    const view = storedView(values);
    expect([view.window('a'), view.window('b')]).toEqual([1, undefined]);
    const budgets = [view.budget('b', 'x'), view.budget('b', 'valueOf'), view.budget('none', 'x')];
    expect(budgets).toEqual([0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(view.values()).toBe(values);
    const empty = storedView({});
    expect([empty.window('a'), empty.budget('b', 'x')]).toEqual([
      undefined,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe('a view', () => {
  const largest = window({ name: 'largest', count: undefined, max: 'amount' });
  const visits = defineObservation('visit.made', {
    class: 'https://example.com/test#Visit',
    subject: 'page',
    fields: { page: iri(), customer: optional(string()), seconds: integer() },
  }) as unknown as Observation;

  test('holds the windows of its type that have a value, and budgets that were asked for', () => {
    const state = following([window(), largest, budget(), budget({ name: 'c' })]);
    expect(state.view(type, { customer: 'ann' }, 0).values()).toEqual({ windows: { w: 0 } });
    state.advance(type, { customer: 'ann', amount: 7 }, 0, [ship('x')]);
    const view = state.view(type, { customer: 'ann' }, 0);
    expect(view.values()).toStrictEqual({ windows: { w: 1, largest: 7 } });
    expect([view.window('w'), view.window('largest'), view.window('none')]).toEqual([
      1,
      7,
      undefined,
    ]);
    expect([view.budget('b', 'x'), view.budget('b', 'y')]).toEqual([1, 0]);
    expect(view.values()).toStrictEqual({
      windows: { w: 1, largest: 7 },
      budgets: { b: { x: 1, y: 0 } },
    });
    expect(view.budget('none', 'x')).toBe(Number.MAX_SAFE_INTEGER);
    // What was given out once is given out again, whatever left meanwhile.
    state.advance(type, { customer: 'bob' }, 0, [ship('y')]);
    expect(view.budget('b', 'y')).toBe(0);
    expect(state.view('none.such', {}, 0).values()).toStrictEqual({});
  });

  test('has no value where the key is absent, not even for a customer called undefined', () => {
    const onVisits = window({ on: visits });
    const state = following([onVisits], [visits]);
    state.advance('visit.made', { customer: 'undefined', seconds: 1 }, 0, []);
    expect(state.view('visit.made', { seconds: 1 }, 0).values()).toStrictEqual({});
    state.advance('visit.made', { seconds: 1 }, 0, []);
    expect(state.windowValue('w', 'undefined', 0)).toBe(1);
    expect(state.windowValue('none', 'undefined', 0)).toBeUndefined();
  });

  test('an action without the key of a budget is spent nowhere', () => {
    const state = following([budget({ key: 'lane' })]);
    state.advance(type, {}, 0, [
      ship('a'),
      ship('a', { lane: 'undefined' }),
      ship('a', { lane: [1] }),
    ]);
    expect(state.view(type, {}, 0).budget('b', 'undefined')).toBe(1);
    const { spec } = budget({ key: 'lane' });
    const keys = [{}, { lane: null }, { lane: 5 }, { lane: true }, { lane: {} }].map((data) =>
      budgetKey(spec, ship('a', data)),
    );
    expect(keys).toEqual([undefined, 'null', '5', 'true', undefined]);
    expect(budgetKey(budget().spec, ship('a', { lane: 5 }))).toBe('a');
  });
});

describe('following documents', () => {
  const filled = (): ContextState => {
    const state = following([window(), budget()]);
    state.advance(type, { customer: 'ann' }, 0, [ship('x')]);
    return state;
  };
  const valuesOf = (state: ContextState): unknown => [
    state.windowValue('w', 'ann', 0),
    state.view(type, {}, 0).budget('b', 'x'),
  ];

  test('what is declared as before keeps its state, what changed starts empty', () => {
    expect(valuesOf(following([window(), budget()], undefined, filled()))).toEqual([1, 1]);
    expect(
      valuesOf(following([window({ perMs: 120 }), budget({ max: 2 })], undefined, filled())),
    ).toEqual([0, 0]);
    const gone = following([], undefined, filled());
    expect(valuesOf(gone)).toEqual([undefined, Number.MAX_SAFE_INTEGER]);
    expect(valuesOf(following([window(), budget()], undefined, gone))).toEqual([0, 0]);
  });

  test('a window over another declaration of its type starts empty', () => {
    const other = defineObservation(type, {
      class: 'https://example.com/test#Other',
      subject: 'order',
      fields: observedOrder.fields,
    }) as unknown as Observation;
    const state = following([window({ on: other })], [other], filled());
    expect(state.windowValue('w', 'ann', 0)).toBe(0);
  });

  test('a window over records that cannot be read any more is not alive', () => {
    const { document } = catalogueOf({ observations: [observedOrder], rules: [window()] });
    const state = new ContextState();
    state.follow(document, new Map());
    expect(state.windowValue('w', 'ann', 0)).toBeUndefined();
    state.follow(document, new Map([[type, { ...observedOrder, hash: 'another' }]]));
    expect(state.windowValue('w', 'ann', 0)).toBeUndefined();
    state.follow(document, new Map([[type, observedOrder]]));
    expect(state.windowValue('w', 'ann', 0)).toBe(0);
  });

  test('saved state is put back under its content hash, the rest stays empty', () => {
    const saved = JSON.parse(JSON.stringify(filled().toJSON())) as ReturnType<
      ContextState['toJSON']
    >;
    const windowHash = hashOf('window-state', [observedOrder.hash, window().spec]);
    expect(saved).toEqual({
      windows: { [windowHash]: [['ann', 0, [0], [1]]] },
      budgets: { [budget().hash]: { horizon: null, entries: [['x', 0, [0]]] } },
    });
    const state = following([
      window(),
      window({ name: 'v', perMs: 120 }),
      budget(),
      budget({ name: 'c' }),
    ]);
    state.restore(saved);
    expect(valuesOf(state)).toEqual([1, 1]);
    expect(state.windowValue('v', 'ann', 0)).toBe(0);
    expect(state.view(type, {}, 0).budget('c', 'x')).toBe(0);
    const partly = following([window(), budget()]);
    partly.restore({ windows: {}, budgets: {} });
    expect(valuesOf(partly)).toEqual([0, 0]);
  });
});

describe('a full table of keys', () => {
  const full = (at: (index: number) => number): ContextState => {
    const state = following([budget({ max: 2 })]);
    for (let index = 0; index < 65_536; index++) {
      state.advance(type, {}, at(index), [ship(`k${index}`)]);
    }
    return state;
  };
  const left = (state: ContextState, key: string, at: number): number =>
    state.view(type, {}, at).budget('b', key);

  test('forgets the keys whose times have passed, and counts them as spent for late ones', () => {
    // Half of the keys at 100, half at 105; the span is 10.
    const state = full((index) => (index % 2 === 0 ? 100 : 105));
    expect([left(state, 'k0', 109), left(state, 'k0', 110)]).toEqual([1, 0]);
    expect(left(state, 'new', 109)).toBe(2);
    state.advance(type, {}, 110, [ship('new')]);
    // The keys of 100 made room: the new one is known, those of 105 still are.
    expect([left(state, 'new', 110), left(state, 'k1', 110)]).toEqual([1, 1]);
    // k0 was forgotten: from 110 on it counts from nothing, before that as spent.
    expect([left(state, 'k0', 110), left(state, 'k0', 109)]).toEqual([0, 2]);
    const saved = JSON.parse(JSON.stringify(state.toJSON())) as ReturnType<ContextState['toJSON']>;
    const again = following([budget({ max: 2 })]);
    again.restore(saved);
    expect([left(again, 'k0', 110), left(again, 'k0', 109)]).toEqual([0, 2]);
  });

  test('without room a new key counts as spent until its own time has passed', () => {
    const state = full(() => 100);
    state.advance(type, {}, 105, [ship('new')]);
    expect([left(state, 'new', 105), left(state, 'new', 120)]).toEqual([2, 2]);
    // A known key goes on as ever.
    state.advance(type, {}, 106, [ship('k7')]);
    expect([left(state, 'k7', 106), left(state, 'k7', 111)]).toEqual([2, 1]);
    // All keys but k7 have passed at 112, and make room for the next one.
    state.advance(type, {}, 112, [ship('next')]);
    expect([left(state, 'next', 112), left(state, 'new', 114), left(state, 'new', 115)]).toEqual([
      1, 2, 0,
    ]);
  });
});
