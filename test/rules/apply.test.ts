import { expect, test } from 'vitest';
import type { Action } from '../../src/rules/actions.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { eq } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { always, Order, order, ship } from '../support/ops.ts';
import { openTest } from '../support/runtime.ts';
import { failures, fine } from './failures.ts';
import { allowing, broken, guardOf } from './zoo.ts';

// What hooks.test.ts and zoo.test.ts say of evaluate, through a whole runtime and its log.
const observations = [Order as unknown as Observation];

test('a hook that fails lets nothing out, and its leaf names it', async () => {
  const rules = failures.map(([, answer], index) =>
    defineHook({
      name: `bad-${index}`,
      version: '1',
      on: Order,
      when: [eq('amount', index)],
      run: () => {
        if (answer instanceof Error) throw answer;
        return answer as readonly Action[];
      },
    }),
  );
  const runtime = await openTest({
    observations,
    rules: [...rules, always(() => [fine], 'good')],
    unguarded: 'allow',
  });
  for (const [index, [, , code]] of failures.entries()) {
    const outcome = await runtime.apply(Order, order(index, { amount: index }));
    expect(outcome).toMatchObject({
      outcome: 'failed',
      failure: { hook: `bad-${index}`, code },
      actions: [],
    });
  }
  const after = await runtime.apply(Order, order(999, { amount: 999 }));
  expect(after).toMatchObject({ outcome: 'acted', fired: ['good'] });
  await runtime.close();
});

test('a broken guard lets nothing out', async () => {
  for (const animal of broken) {
    const rules = [ship, guardOf(animal, 0), guardOf(allowing[0]!, 1)];
    const runtime = await openTest({ observations, rules, unguarded: 'allow' });
    const outcome = await runtime.apply(Order, order(1));
    expect(outcome, animal.name).toMatchObject({ outcome: 'denied', actions: [], pending: [] });
    await runtime.close();
  }
});
