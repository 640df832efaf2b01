import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { Order, order } from '../support/ops.ts';
import { temporary } from '../support/runtime.ts';
import { openBeside } from './logs.ts';
import { jsonLines, knhk } from './support.ts';

let data = '';
beforeEach(async () => {
  data = join(temporary(), 'data');
  const runtime = await openBeside(data);
  runtime.observeMany(Order, [order(1), order(2), order(90_000, { amount: 5 })]);
  await runtime.close();
});

const shown = (...words: string[]) => knhk(['receipts', ...words, '--data', data]);

test('list names a count leaf with how many and how often each hook fired', async () => {
  const { code, out } = await shown('list');
  expect(code).toBe(0);
  const line = out.trimEnd().split('\n').at(-1);
  expect(line).toMatch(/^ *4 +\S+ +count +3 observed +order\.placed +[0-9a-f]{12} +always 3 /);
  const last = jsonLines((await shown('list', '--json')).out).at(-1);
  expect(last).toMatchObject({ kind: 'count', typeName: 'order.placed', fired: ['always 3'] });
  expect((await shown('list', '--type', 'order.placed')).out.match(/ count /g)).toHaveLength(1);
});

test('show says from when to when, and has no payload', async () => {
  const { code, out } = await shown('show', '4');
  expect(code).toBe(0);
  expect(out).toMatch(/^observed +3$/m);
  expect(out).toMatch(/^from +1970-01-01T00:00:01.000Z$/m);
  expect(out).toMatch(/^to +1970-01-02T01:00:00.000Z$/m);
  expect(out).toMatch(/^fired +always 3$/m);
});

test('names of hooks that are lost are numbers', async () => {
  rmSync(join(data, 'blob'), { recursive: true });
  const { out } = await shown('list');
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/ #0 3 /);
});

test('status counts them by kind', async () => {
  const { out } = await knhk(['log', 'status', '--data', data, '--json']);
  expect(JSON.stringify(jsonLines(out)[0])).toContain('"count":1');
});
