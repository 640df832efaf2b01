import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import type { Leaf } from '../../src/receipts/verify/leaf-types.ts';
import { action } from '../../src/rules/actions.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import { channels } from '../../src/runtime/channels.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import type { Outcome } from '../../src/runtime/outcome.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { eq, gte, lt } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { mistakeOf } from '../support/errors.ts';
import { Order, type OrderInput, order, Visit } from '../support/ops.ts';
import { codeOf, entriesOf, openTest, origin, signer, temporary } from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

const big = defineHook({
  name: 'big',
  version: '1',
  on: Order,
  when: [gte('amount', 100)],
  run: ({ data }) => [action('ship', { target: data.customer, amount: data.amount })],
});

const fires = (index: number, change: Partial<OrderInput> = {}): OrderInput =>
  order(index, { amount: 100, ...change });

interface Desk {
  readonly runtime: Runtime;
  readonly data: string;
  readonly told: (readonly [Outcome, unknown])[];
}

async function open(options: Partial<RuntimeOptions> = {}): Promise<Desk> {
  const data = options.data ?? join(temporary(), 'data');
  const told: [Outcome, unknown][] = [];
  const runtime = await openTest({
    observations,
    rules: [big],
    unguarded: 'allow',
    ...options,
    data,
    streaming: {
      onOutcome: (outcome, input) => void told.push([outcome, input]),
      ...options.streaming,
    },
  });
  return { runtime, data, told };
}

async function leavesOf(data: string): Promise<readonly Leaf[]> {
  return (await entriesOf(data)).map(({ leaf }) => leaf);
}

const countsOf = (leaves: readonly Leaf[]) =>
  leaves.flatMap((leaf) =>
    leaf.kind === 'count' ? [[leaf.observed, leaf.firstAt, leaf.lastAt, leaf.fired]] : [],
  );

describe('what becomes of observations', () => {
  test('what fires has a receipt, the rest is counted', async () => {
    const { runtime, data, told } = await open();
    const inputs = Array.from({ length: 200 }, (_, index) =>
      index % 50 === 49 ? fires(index) : order(index),
    );
    for (const input of inputs) expect(runtime.observe(Order, input)).toBe('observed');
    await runtime.flush();
    expect(told.map(([{ outcome }]) => outcome)).toEqual(['acted', 'acted', 'acted', 'acted']);
    for (const [index, [, input]] of told.entries()) expect(input).toBe(inputs[49 + 50 * index]);
    expect(runtime.health()).toMatchObject({ applied: 4, inFlight: 0, durableSize: 5 });
    await runtime.close();
    const entries = await entriesOf(data);
    const kinds = entries.map(({ leaf }) => leaf.kind);
    expect(kinds).toEqual(['deploy', 'apply', 'apply', 'apply', 'apply', 'count']);
    expect(entries.slice(1, 5).map(({ payload }) => JSON.parse(payload!).id)).toEqual([
      ...['observe/1', 'observe/2', 'observe/3', 'observe/4'],
    ]);
    expect(countsOf(entries.map(({ leaf }) => leaf))).toEqual([[200, 0, 199_000, [[0, 4]]]]);
    expect((await verifyLog(data, keyring)).ok).toBe(true);
  });

  test('equal ones are no duplicates', async () => {
    const { runtime, told } = await open();
    runtime.observeMany(Order, [fires(1), fires(1)]);
    await runtime.flush();
    runtime.observe(Order, fires(1));
    await runtime.flush();
    expect(told.map(([{ outcome }]) => outcome)).toEqual(['acted', 'acted', 'acted']);
    const ids = told.map(([outcome]) => ('id' in outcome ? outcome.id : ''));
    expect(new Set(ids).size).toBe(3);
    await runtime.close();
  });

  test('a host cannot take their ids', async () => {
    const { runtime } = await open();
    const id = 'observe/1';
    await expect(runtime.apply(Order, fires(1), { id })).rejects.toMatchObject({
      code: 'KNHK_RUNTIME_OPTION',
      details: { where: 'apply order.placed, id', got: id },
    });
    await runtime.close();
  });

  test('without flush they are evaluated when the turn of the microtasks comes', async () => {
    const { runtime } = await open();
    runtime.observe(Order, fires(1));
    expect(runtime.health().applied).toBe(0);
    await Promise.resolve();
    expect(runtime.health().applied).toBe(1);
    await runtime.close();
  });

  test('64 are evaluated at once, and fewer before a later apply()', async () => {
    const { runtime, data } = await open();
    for (let index = 0; index < 63; index++) runtime.observe(Order, fires(index));
    expect(runtime.health().applied).toBe(0);
    runtime.observe(Order, fires(63));
    expect(runtime.health().applied).toBe(64);
    runtime.observe(Order, fires(64));
    const applied = runtime.apply(Order, fires(65), { id: 'last' });
    expect(runtime.health().applied).toBe(66);
    expect(await applied).toMatchObject({ outcome: 'acted', receipt: { seq: 66 } });
    await runtime.close();
    expect(countsOf(await leavesOf(data))).toEqual([[65, 0, 64_000, [[0, 65]]]]);
  });

  test('a type without a time field takes the time given, else one reading a batch', async () => {
    let reads = 0;
    const clock = { now: () => 1_000 + reads++ };
    const { runtime, data } = await open({ rules: [], clock });
    const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
    const before = reads;
    runtime.observeMany(Visit, [visit, visit, visit]);
    await runtime.flush();
    expect(reads).toBe(before + 1);
    runtime.observe(Visit, visit, { at: 7 });
    await runtime.close();
    expect(countsOf(await leavesOf(data))).toEqual([[4, 1_000 + before, 7, []]]);
  });
});

describe('unreadable', () => {
  test('in a field that conditions read: nothing is taken', async () => {
    const { runtime, data } = await open();
    const refused: unknown[] = [];
    const listen = (message: unknown): void => void refused.push(message);
    channels.refused.subscribe(listen);
    const bad = { ...order(1), amount: 1.5 };
    expect(runtime.observe(Order, bad)).toBe('invalid');
    expect(runtime.observe(Order, undefined as unknown as OrderInput)).toBe('invalid');
    const throwing = {
      ...order(1),
      get amount(): number {
        throw new Error('no');
      },
    };
    expect(runtime.observe(Order, throwing)).toBe('invalid');
    channels.refused.unsubscribe(listen);
    expect(refused[0]).toMatchObject({ type: 'order.placed', issues: [{ path: '$.amount' }] });
    expect(runtime.observeMany(Order, [bad, order(1), bad])).toEqual({
      ...{ observed: 1, invalid: 2, rest: 0 },
    });
    await runtime.flush();
    expect(runtime.health()).toMatchObject({ unreadable: 5 });
    await runtime.close();
    expect(countsOf(await leavesOf(data))).toEqual([[1, 1_000, 1_000, []]]);
  });

  test('in another field: found where something fires, as in decide', async () => {
    const { runtime, data, told } = await open();
    const bad = { customer: 5 as unknown as string };
    expect(runtime.observe(Order, order(1, bad))).toBe('observed');
    expect(runtime.observe(Order, fires(2, bad))).toBe('observed');
    expect(runtime.decide(Order, fires(2, bad))).toMatchObject({ outcome: 'invalid' });
    await runtime.flush();
    expect(told).toMatchObject([[{ outcome: 'invalid', stage: 'terms' }, fires(2, bad)]]);
    expect(runtime.health()).toMatchObject({ unreadable: 1, inFlight: 0 });
    await runtime.close();
    expect(countsOf(await leavesOf(data))).toEqual([[1, 1_000, 1_000, []]]);
  });

  test('times that nobody can read: the leaf’s own', async () => {
    const { runtime, data } = await open();
    runtime.observe(Order, order(1, { at: 'never' }));
    const throwing = {
      ...order(1),
      get at(): Date {
        throw new Error('no');
      },
    };
    runtime.observe(Order, throwing);
    await runtime.close();
    const leaf = (await leavesOf(data)).at(-1)!;
    expect(countsOf([leaf])).toEqual([[2, leaf.time, leaf.time, []]]);
  });
});

describe('misuse', () => {
  test('throws as apply does', async () => {
    const { runtime } = await open();
    const Other = { ...Order, hash: 'f'.repeat(64) } as typeof Order;
    expect(await codeOf(() => runtime.observe(Other, order(1)))).toBe('KNHK_RUNTIME_TYPE');
    expect(mistakeOf(() => runtime.observe(Order, order(1), { at: 5 }))).toEqual([
      'KNHK_RUNTIME_OPTION',
      'observe order.placed, at',
      'no at: the time is the field at',
      '5',
    ]);
    const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
    expect(await codeOf(() => runtime.observe(Visit, visit, { at: 0.5 }))).toBe(
      'KNHK_RUNTIME_OPTION',
    );
    runtime.freeze();
    expect(await codeOf(() => runtime.observe(Order, order(1)))).toBe('KNHK_RUNTIME_FROZEN');
    runtime.unfreeze();
    expect(runtime.observe(Order, order(1))).toBe('observed');
    await runtime.close();
    expect(await codeOf(() => runtime.observe(Order, order(1)))).toBe('KNHK_RUNTIME_CLOSED');
  });

  test('options that are none', async () => {
    for (const streaming of [{ evidence: 'all' }, { onOutcome: 5 }]) {
      expect(await codeOf(() => open({ streaming: streaming as never }))).toBe(
        'KNHK_RUNTIME_OPTION',
      );
    }
  });

  test('counts of a type with windows', async () => {
    const window = defineWindow({
      ...{ name: 'w', on: Order as unknown as Observation, key: 'customer', perMs: 6_000 },
      count: true,
    });
    const { runtime } = await open({ rules: [big, window] });
    expect(await codeOf(() => runtime.observe(Order, order(1)))).toBe('KNHK_KERNEL_OBSERVE_WINDOW');
    const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
    expect(runtime.observe(Visit, visit)).toBe('observed');
    await runtime.close();
  });
});

describe('count leaves', () => {
  test('one for 65,536 observed, to the very one, wherever batches were cut', async () => {
    const { runtime, data } = await open();
    const total = 2 * limits.countObserved + 100;
    for (let index = 0; index < total; index++) {
      expect(runtime.observe(Order, index === 65_535 ? fires(index) : order(index))).toBe(
        'observed',
      );
      if (index % 10_007 === 0) await runtime.flush();
    }
    await runtime.close();
    const leaves = await leavesOf(data);
    expect(leaves.map(({ kind }) => kind)).toEqual(['deploy', 'apply', 'count', 'count', 'count']);
    expect(countsOf(leaves)).toEqual([
      [65_536, 0, 65_535_000, [[0, 1]]],
      [65_536, 65_536_000, 131_071_000, []],
      [100, 131_072_000, 131_171_000, []],
    ]);
  });

  test('one before other rules hold, one at close, none where nothing was observed', async () => {
    const { runtime, data } = await open();
    runtime.observeMany(Order, [order(1), fires(2)]);
    const control = controlOf(runtime) as Control;
    const { hash: parent, document } = control.snapshot();
    const stages = Array.from({ length: 7 }, () => 'pass' as const);
    const proposal = control.log.putBlob('proposal', '{}');
    const change = { kind: 'promote', document, proposal, stages } as const;
    await control.promote({ ...change, parent });
    await control.promote({ ...change, parent: control.snapshot().hash });
    runtime.observe(Order, order(3));
    await runtime.close();
    const leaves = await leavesOf(data);
    const kinds = leaves.map(({ kind }) => kind);
    expect(kinds).toEqual(['deploy', 'apply', 'count', 'promote', 'promote', 'count']);
    expect(countsOf(leaves).map(([observed]) => observed)).toEqual([2, 1]);
    const snapshots = leaves.map((leaf) => ('snapshot' in leaf ? leaf.snapshot : ''));
    expect(snapshots[2]).toBe(snapshots[0]);
    expect(snapshots[5]).toBe(snapshots[4]);
    await (await open({ data })).runtime.close();
    expect(await leavesOf(data)).toHaveLength(leaves.length);
  });

  test('a promotion that comes too late writes none', async () => {
    const { runtime } = await open();
    runtime.observe(Order, order(1));
    const control = controlOf(runtime) as Control;
    const { document } = control.snapshot();
    const stages = Array.from({ length: 7 }, () => 'pass' as const);
    const stale = { kind: 'promote', parent: '0'.repeat(64), document, stages } as const;
    const proposal = control.log.putBlob('proposal', '{}');
    expect(await codeOf(() => control.promote({ ...stale, proposal }))).toBe('KNHK_RUNTIME_STALE');
    expect(runtime.health().size).toBe(1);
    await runtime.close();
  });

  test('many hooks: a leaf never grows beyond its bound', async () => {
    const rules = Array.from({ length: 2_500 }, (_, index) =>
      defineHook({
        ...{ name: `hook-${index}`, version: '1', on: Order, run: () => [] },
        when: [eq('amount', Math.floor(index / 250))],
      }),
    );
    const { runtime, data } = await open({ rules });
    for (let amount = 0; amount < 10; amount++) runtime.observe(Order, order(amount, { amount }));
    await runtime.close();
    const counts = countsOf(await leavesOf(data));
    expect(counts.map(([observed]) => observed)).toEqual([9, 1]);
  });
});

test('rules that change within a batch hold for the rest of it', async () => {
  const { runtime, data } = await open();
  const control = controlOf(runtime) as Control;
  const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
  const stages = Array.from({ length: 7 }, () => 'pass' as const);
  const release = control.every(1, async () => {
    release();
    const { hash: parent, document } = control.snapshot();
    const when = [lt('amount', 5)].map(({ op, left, right }) => ({ op, left, right }));
    const hooks = document.hooks.map((hook) => ({ ...hook, when }) as typeof hook);
    const proposal = control.log.putBlob('proposal', '{}');
    const changed = { ...document, hooks };
    await control.promote({ kind: 'promote', parent, document: changed, proposal, stages });
  });
  runtime.observe(Order, fires(1));
  runtime.observe(Visit, visit, { at: 7 });
  runtime.observe(Order, fires(2));
  runtime.observe(Visit, visit, { at: 8 });
  runtime.observe(Order, order(3, { amount: 4 }));
  await runtime.flush();
  await runtime.close();
  const leaves = await leavesOf(data);
  expect(leaves.map(({ kind }) => kind)).toEqual([
    ...['deploy', 'apply', 'count', 'promote', 'apply', 'count', 'count'],
  ]);
  expect(countsOf(leaves)).toEqual([
    [1, 1_000, 1_000, [[0, 1]]],
    [2, 2_000, 3_000, [[0, 1]]],
    [2, 7, 8, []],
  ]);
});

describe('after a kill', () => {
  /** A log as a killed process leaves it: two that fired, one idle, a savepoint where asked for. */
  async function killed(isSaved: boolean): Promise<string> {
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const { runtime, data } = await open();
    if (isSaved) nowMs += 600_000;
    runtime.observeMany(Order, [fires(1), order(2), fires(3)]);
    await runtime.flush();
    const saved = (): number => readdirSync(join(data, 'savepoint')).length;
    if (isSaved) await vi.waitFor(() => expect(saved()).toBe(1));
    const copy = join(temporary(), 'data');
    cpSync(data, copy, { recursive: true, filter: (path) => !path.endsWith('lock.sock') });
    clock.mockRestore();
    await runtime.close();
    return copy;
  }

  test.each([true, false])(
    'what the log shows is counted still, idle ones are lost (savepoint: %s)',
    async (isSaved) => {
      const data = await killed(isSaved);
      await (await open({ data })).runtime.close();
      expect(await leavesOf(data)).toHaveLength(3);
      const { runtime } = await open({ data });
      runtime.observe(Order, order(4));
      await runtime.close();
      expect(countsOf(await leavesOf(data))).toEqual([[3, 1_000, 4_000, [[0, 2]]]]);
    },
  );

  test('what was counted is not counted again', async () => {
    const { runtime, data } = await open();
    runtime.observeMany(Order, [fires(1), fires(2)]);
    await runtime.close();
    rmSync(join(data, 'savepoint'), { recursive: true });
    const again = await open({ data });
    again.runtime.observe(Order, fires(3));
    await again.runtime.close();
    const counts = countsOf(await leavesOf(data));
    expect(counts.map(([observed]) => observed)).toEqual([2, 1]);
  });

  test.each([true, false])(
    'other rules: it is counted under those that it met (savepoint: %s)',
    async (isSaved) => {
      const data = await killed(isSaved);
      await (await open({ data, rules: [] })).runtime.close();
      const leaves = await leavesOf(data);
      const kinds = leaves.map(({ kind }) => kind);
      expect(kinds).toEqual(['deploy', 'apply', 'apply', 'count', 'deploy']);
      expect(countsOf(leaves)).toEqual([[2, 1_000, 3_000, [[0, 2]]]]);
      const [first, , , counted] = leaves as readonly { readonly snapshot: string }[];
      expect(counted?.snapshot).toBe(first?.snapshot);
    },
  );
});

describe('frozen', () => {
  test('no leaf is written, and what was observed before is evaluated before', async () => {
    const { runtime, data, told } = await open();
    runtime.observe(Order, fires(1));
    runtime.freeze();
    expect(runtime.health().size).toBe(2);
    await runtime.flush();
    expect(told).toHaveLength(1);
    await runtime.close();
    expect((await leavesOf(data)).map(({ kind }) => kind)).toEqual(['deploy', 'apply']);
  });
});

test('what onOutcome throws is a warning', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const onOutcome = (): void => {
    throw new Error('mine');
  };
  const { runtime } = await open({ streaming: { onOutcome } });
  runtime.observeMany(Order, [fires(1), fires(2)]);
  await runtime.flush();
  expect(warned).toHaveBeenCalledTimes(2);
  warned.mockRestore();
  expect(runtime.health()).toMatchObject({ status: 'ok', inFlight: 0 });
  await runtime.close();
});

test('full: nothing is lost, and there is room after flush()', async () => {
  const { runtime, told } = await open();
  const inputs = Array.from({ length: 3_000 }, (_, index) => fires(index));
  let rest: readonly OrderInput[] = inputs;
  let rounds = 0;
  while (rest.length > 0) {
    const { observed, invalid, rest: left } = runtime.observeMany(Order, rest);
    expect([observed + left, invalid]).toEqual([rest.length, 0]);
    expect(runtime.health().inFlight).toBeLessThanOrEqual(limits.inFlight);
    rest = rest.slice(rest.length - left);
    if (left > 0) expect(runtime.observe(Order, fires(0))).toBe('full');
    await runtime.flush();
    rounds++;
  }
  expect(rounds).toBeGreaterThan(2);
  expect(told.map(([, input]) => input)).toEqual(inputs);
  await runtime.close();
});

test('streams leave apply() its room', async () => {
  const { runtime } = await open();
  const inputs = Array.from({ length: 2_000 }, (_, index) => fires(index));
  expect(runtime.observeMany(Order, inputs).rest).toBeGreaterThan(0);
  const applied = Array.from({ length: limits.inFlight }, (_, index) =>
    runtime.apply(Order, fires(index), { id: `id-${index}` }),
  );
  expect(await codeOf(() => runtime.apply(Order, fires(1), { id: 'more' }))).toBe(
    'KNHK_LIMIT_IN_FLIGHT',
  );
  await Promise.all(applied);
  await runtime.close();
});
