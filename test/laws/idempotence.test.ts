import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineGuard } from '../../src/rules/guards.ts';
import type { Outcome } from '../../src/runtime/outcome.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, ship, Visit } from '../support/ops.ts';
import { openTest, temporary } from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const rules = [ship, defineGuard({ name: 'odd', on: 'ship', deny: [] })];
const receiptOf = (outcome: Outcome | { outcome: string }): unknown =>
  (outcome as { readonly receipt?: unknown }).receipt;

test('a thousand ids, applied again after a restart and twice at once: no leaf more', async () => {
  const data = join(temporary(), 'data');
  const open = () => openTest({ data, observations, rules: [ship], unguarded: 'allow' });
  const inputs = Array.from({ length: 1_000 }, (_, index) => order(index));
  const id = (_input: unknown, index: number): string => `order-${index}`;
  const first = await open();
  const receipts: unknown[] = [];
  for await (const outcome of first.applyAll(Order, inputs, { id })) {
    expect(outcome.outcome).toBe('acted');
    receipts.push(receiptOf(outcome));
  }
  const { size } = first.health();
  expect(size).toBe(1_001);
  await first.close();
  const again = await open();
  const twice = async (): Promise<void> => {
    let index = 0;
    for await (const outcome of again.applyAll(Order, inputs, { id })) {
      expect(outcome).toMatchObject({ outcome: 'duplicate', first: 'acted' });
      expect(receiptOf(outcome)).toEqual(receipts[index++]);
    }
    expect(index).toBe(1_000);
  };
  await Promise.all([twice(), twice()]);
  expect(again.health()).toMatchObject({ size, applied: 1_000 });
  await again.close();
});

test('the same id with other content is a conflict, in flight and after', async () => {
  const data = join(temporary(), 'data');
  const open = () => openTest({ data, observations, rules });
  const runtime = await open();
  const [one, same, other] = await Promise.all([
    runtime.apply(Order, order(1), { id: 'x' }),
    runtime.apply(Order, order(1), { id: 'x' }),
    runtime.apply(Order, order(1, { amount: 11 }), { id: 'x' }),
  ]);
  expect(one).toMatchObject({ outcome: 'denied', id: 'x' });
  expect(same).toEqual({ outcome: 'duplicate', id: 'x', receipt: receiptOf(one), first: 'denied' });
  expect(other).toEqual({ outcome: 'conflict', id: 'x', receipt: receiptOf(one), first: 'denied' });
  await runtime.close();
  const reopened = await open();
  expect(await reopened.apply(Order, order(1), { id: 'x' })).toEqual(same);
  expect(await reopened.apply(Order, order(1, { amount: 11 }), { id: 'x' })).toEqual(other);
  // An id belongs to its type.
  const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
  expect(await reopened.apply(Visit, visit, { id: 'x' })).toMatchObject({ outcome: 'idle' });
  expect(reopened.health()).toMatchObject({ size: 3, applied: 2 });
  await reopened.close();
});

test('without an id the content is the id; spellings of one value are one content', async () => {
  const runtime = await openTest({ observations, rules });
  const spelt = (at: string, price: string) => order(1, { at, price });
  const first = await runtime.apply(Order, spelt('2026-01-01T00:00:00Z', '1.50'));
  const second = await runtime.apply(Order, spelt('2026-01-01T01:00:00.000+01:00', '01.5'));
  expect(second).toMatchObject({ outcome: 'duplicate', receipt: receiptOf(first) });
  const third = await runtime.apply(Order, spelt('2026-01-01T00:00:00.001Z', '1.50'));
  expect(third.outcome).toBe('denied');
  await runtime.close();
});

test('what is seen beside the content does not make it another observation', async () => {
  const runtime = await openTest({ observations, rules });
  const options = [{ id: 'x' }, { id: 'x', principal: 'user:2' }, { id: 'x', trace: 't' }];
  const outcomes = [];
  for (const option of options) outcomes.push(await runtime.apply(Order, order(1), option));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['denied', 'duplicate', 'duplicate']);
  await runtime.close();
});
