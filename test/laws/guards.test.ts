import fc from 'fast-check';
import { expect, test } from 'vitest';
import { action, defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { defineBudget } from '../../src/rules/windows.ts';
import { type ConditionDraft, exceeds, gt, gte, lt, param } from '../../src/terms/conditions.ts';
import { integer } from '../../src/terms/fields.ts';
import { always, evaluateOrder, linked, Order, order, stateOf } from '../support/ops.ts';
import { guard, ruleSet, streamOf } from '../support/rulesets.ts';

/** Places of the proposed actions that may leave now or after an approval. */
function admitted(evaluation: ReturnType<typeof evaluateOrder>): Set<number> {
  const denied = new Set(
    evaluation.verdicts.flatMap(({ verdict, action: at }) => (verdict === 'deny' ? [at] : [])),
  );
  return new Set(evaluation.proposed.map((_, index) => index).filter((at) => !denied.has(at)));
}

/** Places of the proposed actions that leave at once. */
function leaving(evaluation: ReturnType<typeof evaluateOrder>): Set<number> {
  const held = new Set(evaluation.verdicts.map(({ action: at }) => at));
  return new Set(evaluation.proposed.map((_, index) => index).filter((at) => !held.has(at)));
}

// Set.prototype.difference is younger than the oldest Node that is supported.
const without = (left: Set<number>, right: Set<number>): number[] =>
  [...left].filter((item) => !right.has(item));

test('adding a guard never lets out an action that was denied', () => {
  let held = 0;
  let asked = 0;
  fc.assert(
    fc.property(ruleSet, guard, streamOf(15), (set, make, inputs) => {
      // FORMATS: with unguarded 'deny' a first guard on a type may well let its actions out.
      const options = { unguarded: 'allow' } as const;
      const before = linked(set.rules, options);
      const after = linked([...set.rules, make('z-added')], options);
      const state = stateOf(before);
      for (const input of inputs) {
        const old = evaluateOrder(before, input, state);
        const now = evaluateOrder(after, input, state);
        expect(now.proposed).toEqual(old.proposed);
        expect(without(admitted(now), admitted(old))).toEqual([]);
        expect(without(leaving(now), leaving(old))).toEqual([]);
        asked += old.proposed.length;
        held += leaving(old).size - leaving(now).size;
        state.advance(Order.type, { ...input, at: 0 } as never, Number(input.at), old.actions);
      }
    }),
    { numRuns: 300 },
  );
  expect(held).toBeGreaterThan(0);
  expect(asked).toBeGreaterThan(0);
});

test('the same where unguarded actions are denied, for types that have a guard already', () => {
  let held = 0;
  fc.assert(
    fc.property(ruleSet, guard, guard, streamOf(15), (set, first, second, inputs) => {
      const rules = [...set.rules, first('y-first')];
      const before = linked(rules, { unguarded: 'deny' });
      const after = linked([...rules, second('z-second')], { unguarded: 'deny' });
      for (const input of inputs) {
        const old = evaluateOrder(before, input);
        const now = evaluateOrder(after, input);
        const guarded = new Set(
          old.proposed.flatMap(({ type }, at) =>
            before.guardPlan(type).guards.length ? [at] : [],
          ),
        );
        const change = without(leaving(now), leaving(old));
        expect(change.filter((at) => guarded.has(at))).toEqual([]);
        held += without(leaving(old), leaving(now)).length;
      }
    }),
    { numRuns: 300 },
  );
  expect(held).toBeGreaterThan(0);
});

test('tightening a threshold never lets out an action that was denied', () => {
  const Ship = defineAction('ship', { fields: { amount: integer() } });
  const hook = always(({ data }) =>
    [0, 1, 2].map((more) => action('ship', { target: data.customer, amount: data.amount + more })),
  );
  const rulesWith = (deny: readonly ConditionDraft[], ...more: Rule[]): Rule[] => [
    Ship,
    hook,
    ...more,
    defineGuard({ name: 'g', on: 'ship', deny }),
  ];
  type Make = (threshold: number) => Rule[];
  const most = (value: number): Rule => defineParameter({ name: 'most', kind: 'integer', value });
  const budget = (max: number) =>
    defineBudget({ name: 'b', on: 'ship', key: 'target', perMs: 10, max });
  // Each becomes tighter as its threshold falls.
  const makers: readonly Make[] = [
    (threshold) => rulesWith([gt('amount', threshold)]),
    (threshold) => rulesWith([gte('amount', threshold)]),
    (threshold) => rulesWith([lt('amount', 30 - threshold)]),
    (threshold) => rulesWith([gte('amount', param('most'))], most(threshold)),
    (threshold) => rulesWith([exceeds(budget(threshold))], budget(threshold)),
  ];
  const threshold = fc.integer({ min: 0, max: 22 });
  let held = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...makers),
      threshold,
      threshold,
      fc.integer({ min: 0, max: 20 }),
      (make, left, right, amount) => {
        const [tight, loose] = left < right ? [left, right] : [right, left];
        const old = evaluateOrder(linked(make(loose)), order(1, { amount }));
        const now = evaluateOrder(linked(make(tight)), order(1, { amount }));
        expect(without(leaving(now), leaving(old))).toEqual([]);
        held += leaving(old).size - leaving(now).size;
      },
    ),
    { numRuns: 500 },
  );
  expect(held).toBeGreaterThan(0);
});
