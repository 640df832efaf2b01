import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from '../../src/receipts/log/index.ts';
import type { CountBody, LeafBody } from '../../src/receipts/verify/leaf-types.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { ReplayFinding, ReplayOptions, ReplayReport } from '../../src/runtime/replay-types.ts';
import { gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Order, order, Visit } from '../support/ops.ts';
import { counterClock, openTest, origin, secret, signer, temporary } from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const big = defineHook({
  ...{ name: 'big', version: '1', on: Order, when: [gte('amount', 100)], run: () => [] },
});
const window = defineWindow({
  ...{ name: 'w', on: Order as unknown as Observation, key: 'customer', perMs: 6_000 },
  count: true,
});

/** A log in which two idle orders and one that fires were streamed and counted. */
async function streamed(
  rules: readonly Rule[],
  evidence: 'counts' | 'records',
): Promise<{ readonly data: string; readonly body: CountBody }> {
  const data = join(temporary(), 'data');
  const options: Partial<RuntimeOptions> = { data, streaming: { evidence } };
  const runtime = await openTest({ observations, rules, ...options });
  const snapshot = runtime.snapshot.hash;
  runtime.observeMany(Order, [order(1), order(2, { amount: 100 }), order(3)]);
  await runtime.close();
  const body = { kind: 'count', type: Order.hash, snapshot, observed: 1, firstAt: 0, lastAt: 0 };
  return { data, body: { ...body, fired: [] } as CountBody };
}

/** Appends a leaf as somebody with the signing key could. */
async function append(data: string, body: LeafBody, records?: string): Promise<void> {
  const log = await openLog({ directory: data, origin, signer, clock: counterClock(5_000) });
  const named = records === undefined ? {} : { records: log.putBlob('records', records) };
  await log.append({ ...body, ...named } as LeafBody, log.tick()).durable;
  await log.close();
}

const replay = (
  data: string,
  rules: readonly Rule[],
  more: Partial<ReplayOptions> = {},
): Promise<ReplayReport> => replayLog({ data, secret, observations, rules, ...more });

const found = ({ findings }: ReplayReport): readonly (readonly string[])[] =>
  findings.map(({ member, expected, got }: ReplayFinding) => [member, expected, got]);

test('counts say what was streamed; without records that is all', async () => {
  const { data } = await streamed([big], 'counts');
  expect(await replay(data, [big])).toMatchObject({
    ...{ ok: true, total: 1, same: 1 },
    streamed: { observed: 3, records: 0, unavailable: 0 },
  });
});

test('a leaf that counts what never fired', async () => {
  const { data, body } = await streamed([big], 'counts');
  await append(data, { ...body, fired: [[0, 1]] });
  expect(found(await replay(data, [big]))).toEqual([['fired', '[[0,1]]', '[]']]);
  // From the middle on nobody knows what was streamed before the first count leaf.
  expect((await replay(data, [big], { from: 2 })).findings).toHaveLength(1);
  expect((await replay(data, [big], { from: 3 })).findings).toHaveLength(0);
});

test('a leaf that counts fewer than have leaves of their own', async () => {
  const { data, body } = await streamed([big], 'counts');
  const runtime = await openTest({ data, observations, rules: [big] });
  runtime.observeMany(Order, [order(4, { amount: 100 }), order(5, { amount: 100 })]);
  await runtime.flush();
  runtime.freeze();
  await runtime.close();
  await append(data, { ...body, fired: [[0, 2]] });
  expect(found(await replay(data, [big]))).toEqual([['observed', '1', '2']]);
});

test('a leaf that counts more than it has records', async () => {
  const { data, body } = await streamed([big], 'records');
  const fields = { amount: 1, at: '1970-01-01T00:00:09.000Z', customer: 'a', order: 'urn:o:9' };
  await append(data, { ...body, observed: 3 }, JSON.stringify([{ at: 9_000, fields }]));
  expect(found(await replay(data, [big]))).toEqual([['observed', '3', '1']]);
});

test('records that fire, or whose time is another one', async () => {
  const { data, body } = await streamed([big], 'records');
  const fields = { amount: 100, at: '1970-01-01T00:00:09.000Z', customer: 'a', order: 'urn:o:9' };
  const records = [
    { at: 9_000, fields },
    { at: 8_000, fields: { ...fields, amount: 1 } },
  ];
  await append(data, { ...body, observed: 2 }, JSON.stringify(records));
  const report = await replay(data, [big]);
  expect(found(report)).toEqual([
    ['records', 'an observation that fires nothing', 'record 0: fires big'],
    ['records', 'an observation that fires nothing', 'record 1: at 8000, its field says 9000'],
  ]);
  expect(report.streamed).toEqual({ observed: 5, records: 2, unavailable: 0 });
});

test.each([
  ['no list', '{}'],
  ['another value at 0', '[null]'],
  ['another value at 0', '[{"at":1,"fields":{}}]'],
  ['another value at 0', '[{"at":"1","fields":{}}]'],
])('records that are none: %s', async (got, text) => {
  const { data, body } = await streamed([big], 'records');
  await append(data, body, text);
  const [finding] = found(await replay(data, [big]));
  expect(finding?.[0]).toBe('records');
  expect(finding?.[2]).toContain(got);
});

test('an unknown type, an unknown snapshot, rules that no longer hold', async () => {
  const { data, body } = await streamed([big], 'counts');
  await append(data, { ...body, type: 'f'.repeat(64) });
  await append(data, { ...body, snapshot: 'e'.repeat(64) });
  expect(found(await replay(data, [big])).map(([member]) => member)).toEqual(['type', 'snapshot']);
  const old = await streamed([big], 'counts');
  await (await openTest({ data: old.data, observations, rules: [] })).close();
  await append(old.data, old.body);
  const [stale] = found(await replay(old.data, [big]));
  expect(stale?.slice(0, 2)).toEqual(['snapshot', old.body.snapshot]);
});

test('code or windows that are not there make records unavailable', async () => {
  const { data } = await streamed([big, window], 'records');
  expect(await replay(data, [big, window])).toMatchObject({
    ...{ ok: true, same: 1 },
    streamed: { records: 2, unavailable: 0 },
  });
  expect(await replay(data, [big, window], { from: 1 })).toMatchObject({
    ...{ findings: [], streamed: { records: 0, unavailable: 2 } },
  });
});

test('counts of a type with windows leave its windows unknown', async () => {
  const { data, body } = await streamed([big, window], 'records');
  await append(data, body);
  const runtime = await openTest({ data, observations, rules: [big, window] });
  await runtime.apply(Order, order(9), { id: 'later' });
  await runtime.close();
  expect(await replay(data, [big, window])).toMatchObject({
    ...{ findings: [], same: 1, unavailable: { payload: 1 } },
  });
});
