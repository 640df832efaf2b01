import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCommitments } from '../../src/receipts/log/index.ts';
import { action } from '../../src/rules/actions.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { always, Order, order } from '../support/ops.ts';
import { entriesOf, openTest, secret, temporary } from '../support/runtime.ts';

const shapes = `@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix t: <https://example.com/test#> .
  t:OrderShape a sh:NodeShape ; sh:targetClass t:Order ;
    sh:property [ sh:path t:amount ; sh:minInclusive 1 ; sh:maxInclusive 15 ] ;
    sh:property [ sh:path t:customer ; sh:pattern "^[a-z]+$" ] ;
    sh:property [ sh:path t:channel ; sh:minCount 1 ] .`;

const observations = [Order as unknown as Observation];

const input = fc.record(
  {
    amount: fc.integer({ min: -2, max: 18 }),
    customer: fc.constantFrom('ann', 'bob', 'Bob', ''),
    channel: fc.constantFrom('web', 'shop'),
  },
  { requiredKeys: ['amount', 'customer'] },
);

test('nothing that violates is acted upon, nothing that conforms is refused', async () => {
  const data = join(temporary(), 'data');
  let ran = 0;
  const hook = always(({ data: { amount, customer } }) => {
    ran++;
    return [action('ship', { target: customer, amount })];
  });
  const runtime = await openTest({ data, observations, rules: [hook], shapes, unguarded: 'allow' });
  let next = 0;
  const counts = { acted: 0, invalid: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(input, { minLength: 1, maxLength: 20 }), async (batch) => {
      const outcomes = await Promise.all(
        batch.map((change) => runtime.apply(Order, order(next++, change), { id: `${next}` })),
      );
      outcomes.forEach((outcome, index) => {
        const decided = runtime.decide(Order, order(next + index, batch[index]));
        expect([decided.outcome, decided.sigma]).toEqual([
          ...[outcome.outcome, outcome.outcome === 'invalid' ? 'violates' : 'conforms'],
        ]);
        const { amount, customer, channel } = batch[index]!;
        const conforms =
          amount >= 1 && amount <= 15 && /^[a-z]+$/.test(customer) && channel !== undefined;
        counts[conforms ? 'acted' : 'invalid']++;
        expect(outcome.outcome).toBe(conforms ? 'acted' : 'invalid');
        if (outcome.outcome === 'invalid') expect(outcome).toMatchObject({ stage: 'shapes' });
      });
    }),
    { numRuns: 20 },
  );
  expect(counts.acted).toBeGreaterThan(5);
  expect(counts.invalid).toBeGreaterThan(5);
  // Once where it was applied, once where decide() was asked.
  expect(ran).toBe(2 * counts.acted);
  expect(runtime.routing()).toMatchObject([
    { type: 'order.placed', route: 'hot', hot: counts.acted, warm: counts.invalid, reasons: [] },
  ]);
  await runtime.close();
  const commitments = createCommitments(secret);
  for (const { leaf, payload } of await entriesOf(data)) {
    if (leaf.kind !== 'apply' || leaf.outcome !== 'invalid') continue;
    const { id, report, actions, proposed } = JSON.parse(payload as string);
    expect([actions, proposed]).toEqual([[], []]);
    expect(report.length).toBeGreaterThan(0);
    expect(leaf.report).toBe(commitments.salted(id).commit('report', JSON.stringify(report)));
    expect([leaf.fired, leaf.verdicts]).toEqual([[], []]);
  }
});

test('what violates its shapes counts in no window, before and after a restart', async () => {
  const [on] = observations as [Observation];
  const seen = defineWindow({ name: 'seen', on, key: 'customer', perMs: 60_000, count: true });
  const options = { data: join(temporary(), 'data'), observations, rules: [seen], shapes };
  const runtime = await openTest(options);
  let next = 0;
  for (const amount of [99, 5, 99, 6]) {
    await runtime.apply(Order, order(amount, { amount, channel: 'web' }), { id: `id-${next++}` });
  }
  const later = order(7, { channel: 'web' });
  const before = runtime.explain(Order, later);
  expect(before).toMatchObject({ context: { windows: { seen: 2 } } });
  await runtime.close();
  rmSync(join(options.data, 'savepoint', '000000000005.json'));
  const again = await openTest(options);
  expect(again.explain(Order, later)).toEqual(before);
  expect(again.lastAt).toBe(runtime.lastAt);
  await again.close();
});
