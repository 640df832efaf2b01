import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Action, action } from '../../src/rules/actions.ts';
import { type ContextState, contextText, storedView } from '../../src/rules/context.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { type BudgetSpec, defineBudget } from '../../src/rules/windows.ts';
import { exceeds, gt } from '../../src/terms/conditions.ts';
import { runs } from '../support/effort.ts';
import { codeOf } from '../support/errors.ts';
import { always, evaluateOrder, linked, Order, order, stateOf } from '../support/ops.ts';

const keys = ['a', 'b', '__proto__'];

/** A budget from its meaning: the exact times at which actions left, for ever. */
class Model {
  readonly #spec: BudgetSpec;
  readonly #times = new Map<string, number[]>();

  constructor(spec: BudgetSpec) {
    this.#spec = spec;
  }

  left(key: string, at: number): number {
    const times = this.#times.get(key) ?? [];
    // A late observation counts at the newest time seen of its key.
    const now = Math.max(at, ...times);
    const { perMs, max } = this.#spec;
    return Math.min(max, times.filter((time) => time > now - perMs && time <= now).length);
  }

  spend(key: string, at: number): void {
    const times = this.#times.get(key) ?? [];
    this.#times.set(key, [...times, Math.max(at, ...times)]);
  }
}

const spend = fc.record({
  at: fc.integer({ min: 0, max: 40 }),
  targets: fc.array(fc.constantFrom(...keys), { maxLength: 4 }),
});
const specs = fc.record({
  perMs: fc.integer({ min: 1, max: 15 }),
  max: fc.integer({ min: 0, max: 4 }),
});
const punctual = fc.boolean();

describe('budgets against a model that keeps every time', () => {
  test('the fold, with a savepoint in between', () => {
    fc.assert(
      fc.property(specs, fc.array(spend, { maxLength: 25 }), fc.nat(25), (limits, spends, cut) => {
        const budget = defineBudget({ name: 'b', on: 'ship', key: 'target', ...limits });
        const snapshot = linked([budget]);
        let state = stateOf(snapshot);
        const model = new Model(budget.spec);
        spends.forEach(({ at, targets }, index) => {
          if (index === cut) {
            const saved: unknown = JSON.parse(JSON.stringify(state.toJSON()));
            state = stateOf(snapshot);
            state.restore(saved as ReturnType<ContextState['toJSON']>);
          }
          const view = state.view(Order.type, {}, at);
          for (const key of keys) expect(view.budget('b', key)).toBe(model.left(key, at));
          state.advance(
            Order.type,
            {},
            at,
            targets.map((target) => action('ship', { target })),
          );
          for (const target of targets) model.spend(target, at);
        });
      }),
      { numRuns: runs(300) },
    );
  });

  test('evaluate counts earlier proposed actions of the same observation', () => {
    let denied = 0;
    fc.assert(
      fc.property(specs, fc.array(spend, { maxLength: 20 }), punctual, (limits, spends, sort) => {
        const budget = defineBudget({ name: 'b', on: 'ship', key: 'target', ...limits });
        let targets: readonly string[] = [];
        const other = action('note', { target: 'a' });
        const snapshot = linked(
          [
            budget,
            always(() => [other, ...targets.map((target) => action('ship', { target }))]),
            defineGuard({ name: 'cap', on: 'ship', deny: [exceeds(budget)] }),
          ],
          { unguarded: 'allow' },
        );
        const state = stateOf(snapshot);
        const model = new Model(budget.spec);
        const steps = sort ? [...spends].sort((left, right) => left.at - right.at) : spends;
        for (const item of steps) {
          ({ targets } = item);
          const evaluation = evaluateOrder(snapshot, order(0, { at: new Date(item.at) }), state);
          const leaving = targets.filter((target, index) => {
            const earlier = targets.slice(0, index).filter((before) => before === target).length;
            return model.left(target, item.at) + earlier + 1 <= limits.max;
          });
          denied += targets.length - leaving.length;
          expect(evaluation.actions).toEqual([
            other,
            ...leaving.map((target) => action('ship', { target })),
          ]);
          state.advance(Order.type, {}, item.at, evaluation.actions);
          for (const target of leaving) model.spend(target, item.at);
        }
      }),
      { numRuns: runs(200) },
    );
    expect(denied).toBeGreaterThan(runs(100));
  });
});

describe('what a budget sees', () => {
  const budget = defineBudget({ name: 'b', on: 'ship', key: 'lane', perMs: 10, max: 1 });
  const cap = defineGuard({ name: 'cap', on: 'ship', deny: [exceeds(budget)] });
  const denials = (...actions: Action[]): (string | undefined)[] => {
    const { verdicts } = evaluateOrder(linked([budget, always(() => actions), cap]), order(1));
    return actions.map((_, index) => verdicts.find((verdict) => verdict.action === index)?.code);
  };

  test('an action without the key, or with a key that is no scalar, is denied', () => {
    expect(denials(action('ship', { target: 'a' }))).toEqual(['cap']);
    expect(denials(action('ship', { target: 'a', lane: [1] }))).toEqual(['cap']);
    expect(denials(action('ship', { target: 'a', lane: null }))).toEqual([undefined]);
    expect(denials(action('ship', { target: 'a', lane: 1 }))).toEqual([undefined]);
  });

  test('pending and denied actions of the same observation count as earlier ones', () => {
    const approval = defineGuard({
      name: 'approve-first',
      on: 'ship',
      check: ({ action: { data } }) =>
        data['n'] === 0
          ? { verdict: 'requires-approval', code: 'first' }
          : data['n'] === 1
            ? { verdict: 'deny', code: 'second' }
            : { verdict: 'allow' },
    });
    const two = defineBudget({ name: 'two', on: 'ship', key: 'target', perMs: 10, max: 2 });
    const actions = [0, 1, 2].map((n) => action('ship', { target: 'a', n }));
    const guard = defineGuard({ name: 'cap', on: 'ship', deny: [exceeds(two)] });
    const snapshot = linked([two, always(() => actions), guard, approval]);
    const { verdicts } = evaluateOrder(snapshot, order(1));
    const short = verdicts.map(({ action: index, code }) => `${index} ${code}`);
    expect(short).toEqual(['0 first', '1 second', '2 cap']);
  });

  test('a guard on everything asks the budget only about its own type', () => {
    const zero = defineBudget({ name: 'zero', on: 'ship', key: 'target', perMs: 10, max: 0 });
    const star = defineGuard({ name: 'cap', on: '*', deny: [exceeds(zero)] });
    const both = [action('note', { target: 'a' }), action('ship', { target: 'a' })];
    const { actions } = evaluateOrder(linked([zero, always(() => both), star]), order(1));
    expect(actions).toEqual([both[0]]);
  });

  test('the values used are recorded, and replaying them gives the same answer', () => {
    const snapshot = linked([
      budget,
      always(() => [action('ship', { target: 'a', lane: '__proto__' })]),
      cap,
    ]);
    const state = stateOf(snapshot);
    state.advance(Order.type, {}, 1_000, [action('ship', { target: 'a', lane: '__proto__' })]);
    const view = state.view(Order.type, {}, 1_000);
    expect(view.budget('b', '__proto__')).toBe(1);
    const text = contextText(view.values());
    expect(text).toBe('{"budgets":{"b":{"__proto__":1}}}');
    const stored = storedView(JSON.parse(text));
    expect(stored.budget('b', '__proto__')).toBe(1);
    expect(stored.budget('b', 'unknown')).toBe(Number.POSITIVE_INFINITY);
    expect(contextText(stateOf(linked([])).view('x', {}, 0).values())).toBe('{}');
  });

  test('keys full: exceeds() is true for unknown keys until their span has passed', () => {
    const wide = defineBudget({ name: 'b', on: 'ship', key: 'target', perMs: 10, max: 1 });
    const state = stateOf(linked([wide]));
    const many = Array.from({ length: 65_536 }, (_, key) => action('ship', { target: `k${key}` }));
    state.advance(Order.type, {}, 100, many.slice(0, -1));
    expect(state.view(Order.type, {}, 100).budget('b', 'fresh')).toBe(0);
    state.advance(Order.type, {}, 100, many.slice(-1));
    expect(state.view(Order.type, {}, 105).budget('b', 'fresh')).toBe(1);
  });
});

describe('declarations', () => {
  const base = { name: 'b', on: 'ship', key: 'target', perMs: 10, max: 1 };
  test.each<[string, string, () => unknown]>([
    ['no key', 'KNHK_RULES_BUDGET', () => defineBudget({ ...base, key: '' })],
    ['a span of 0', 'KNHK_RULES_BUDGET', () => defineBudget({ ...base, perMs: 0 })],
    ['a fractional span', 'KNHK_RULES_BUDGET', () => defineBudget({ ...base, perMs: 1.5 })],
    ['a negative max', 'KNHK_RULES_BUDGET', () => defineBudget({ ...base, max: -1 })],
    ['a max above the limit', 'KNHK_RULES_BUDGET', () => defineBudget({ ...base, max: 65_537 })],
    ['no type', 'KNHK_RULES_BUDGET', () => defineBudget({ ...base, on: undefined as never })],
    ['a bad name', 'KNHK_TERMS_NAME', () => defineBudget({ ...base, name: 'toString' })],
    [
      'a comparison with a budget',
      'KNHK_TERMS_CONDITION',
      () =>
        linked([
          defineBudget(base),
          defineGuard({ name: 'g', on: 'ship', deny: [gt(defineBudget(base), 1)] }),
        ]),
    ],
    [
      'a guard on another type',
      'KNHK_TERMS_CONDITION',
      () =>
        linked([
          defineBudget(base),
          defineGuard({ name: 'g', on: 'note', deny: [exceeds(defineBudget(base))] }),
        ]),
    ],
    [
      'an undeclared budget',
      'KNHK_TERMS_CONDITION',
      () => linked([defineGuard({ name: 'g', on: 'ship', deny: [exceeds(defineBudget(base))] })]),
    ],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(code);
  });
});
