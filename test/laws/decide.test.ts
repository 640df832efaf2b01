import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BoundCondition } from '../../src/kernel/column.ts';
import type { ExplainedCondition } from '../../src/rules/explain.ts';
import { allow, defineGuard, deny } from '../../src/rules/guards.ts';
import type { Decided } from '../../src/runtime/outcome.ts';
import type { Operator } from '../../src/terms/conditions.ts';
import type { FieldKind } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import type { Scalar } from '../../src/terms/scalars.ts';
import { conditionHolds } from '../kernel/oracle.ts';
import { Order, order, ship, Visit } from '../support/ops.ts';
import { ruleSet, streamOf } from '../support/rulesets.ts';
import { openTest } from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];

const actionKinds: Readonly<Record<string, FieldKind>> = {
  amount: 'integer',
  step: 'integer',
  target: 'string',
};

function kindOf(left: string): FieldKind {
  if (left.includes(', ')) return 'integer';
  const [where, name] = left.split(' ') as [string, keyof typeof Order.fields];
  if (where === 'field') return Order.fields[name].kind;
  return where === 'window' ? 'number' : where === 'budget' ? 'boolean' : actionKinds[name]!;
}

/** Asks the oracle about a condition that an explanation names. */
function reallyHolds(item: ExplainedCondition, absentHolds: boolean): boolean {
  const left = { field: item.left };
  const op = item.op as Operator;
  const value = item.wanted === undefined ? {} : { right: { value: item.wanted as Scalar } };
  const right = item.right === undefined ? value : { right: { field: item.right } };
  const kind = kindOf(item.left);
  const condition = { op, left, kind, ...right, ...(kind === 'list' ? { of: 'string' } : {}) };
  return conditionHolds(condition as BoundCondition, item.seen, absentHolds, item.wanted);
}

const parts = ({ outcome, fired, proposed, verdicts, actions, pending, failure }: Decided) => ({
  outcome,
  fired,
  proposed,
  verdicts,
  actions,
  pending,
  failure,
});

test('decide says what apply then does, explain says why, neither changes anything', async () => {
  const seen = new Set<string>();
  let falses = 0;
  await fc.assert(
    fc.asyncProperty(ruleSet, streamOf(25), async (set, inputs) => {
      const runtime = await openTest({ observations, ...set });
      for (const [index, input] of inputs.entries()) {
        const id = `id-${index}`;
        const decided = runtime.decide(Order, input, { id, principal: 'p' });
        const explained = runtime.explain(Order, input, { id, principal: 'p' });
        expect(runtime.decide(Order, input, { id, principal: 'p' })).toEqual(decided);
        const { size } = runtime.health();
        const applied = (await runtime.apply(Order, input, { id, principal: 'p' })) as Decided;
        expect(runtime.health().size).toBe(size + 1);
        expect(parts(decided as Decided)).toEqual(parts(applied));
        expect(decided).toMatchObject({ sigma: 'conforms' });
        seen.add(applied.outcome);
        if (explained.outcome === 'invalid') throw new Error('unreadable');
        expect(explained.outcome).toBe(applied.outcome);
        expect(explained.hooks.filter(({ fired }) => fired).map(({ hook }) => hook)).toEqual(
          applied.fired,
        );
        for (const { fired, firstFalse } of explained.hooks) {
          expect(firstFalse === undefined).toBe(fired);
          if (firstFalse !== undefined) expect(reallyHolds(firstFalse, false)).toBe(false);
        }
        const answers = explained.guards.filter(({ verdict }) => verdict !== 'allow');
        expect(
          answers.map(({ action, guard, verdict, code }) => [action, guard, verdict, code]),
        ).toEqual(
          applied.verdicts.map(({ action, guard, verdict, code }) => [
            action,
            guard,
            verdict,
            code,
          ]),
        );
        for (const { verdict, firstFalse } of explained.guards) {
          if (verdict !== 'allow' || firstFalse === undefined) continue;
          falses++;
          expect(reallyHolds(firstFalse, true)).toBe(false);
        }
      }
      await runtime.close();
    }),
    { numRuns: 40 },
  );
  expect([...seen].sort()).toEqual(['acted', 'denied', 'idle', 'pending']);
  expect(falses).toBeGreaterThan(0);
});

test('decide takes the time given, else the clock; apply takes the receipt’s', async () => {
  const runtime = await openTest({ observations, rules: [], clock: { now: () => 77 } });
  const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
  const explained = runtime.explain(Visit, visit, { at: 5 });
  expect(explained).toMatchObject({ outcome: 'idle', hooks: [], guards: [] });
  expect(await runtime.apply(Visit, visit)).toMatchObject({ receipt: { time: 77 } });
  expect(runtime.lastAt).toBe(77);
  await runtime.apply(Visit, { ...visit, seconds: 4 }, { at: 5 });
  expect(runtime.lastAt).toBe(5);
  await runtime.close();
});

test('guards see who asks, in decide, explain and apply alike', async () => {
  const only = defineGuard({
    name: 'only-ann',
    on: 'ship',
    version: '1',
    check: ({ principal }) => (principal === 'ann' ? allow() : deny('who')),
  });
  const runtime = await openTest({ observations, rules: [ship, only] });
  for (const [principal, outcome] of [
    ['ann', 'acted'],
    ['bob', 'denied'],
    [undefined, 'denied'],
  ] as const) {
    const options = { id: `by ${principal}`, ...(principal === undefined ? {} : { principal }) };
    expect(runtime.decide(Order, order(1), options)).toMatchObject({ outcome });
    expect(runtime.explain(Order, order(1), options)).toMatchObject({ outcome });
    expect(await runtime.apply(Order, order(1), options)).toMatchObject({ outcome });
  }
  await runtime.close();
});
