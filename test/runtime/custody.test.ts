import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCheckpoint } from '../../src/receipts/verify/checkpoint.ts';
import { verifyConsistency, verifyReceipt } from '../../src/receipts/verify/index.ts';
import { parseProof } from '../../src/receipts/verify/proof.ts';
import { action } from '../../src/rules/actions.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { openRuntime } from '../../src/runtime/open.ts';
import { gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { always, Order, order, ship, Visit } from '../support/ops.ts';
import { codeOf, openTest, origin, secret, signer, temporary } from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const large = defineHook({
  name: 'large',
  version: '1',
  on: Order,
  when: [gte('amount', 100)],
  run: ({ data }) => [action('look', { target: data.customer })],
});
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const options = { observations, rules: [ship, large], unguarded: 'allow' } as const;

describe('proofs through the runtime', () => {
  test('one text and the keyring are enough, for every receipt', async () => {
    const runtime = await openTest(options);
    const old = runtime.checkpoint!;
    for (let n = 1; n <= 20; n++) await runtime.apply(Order, order(n), { id: `o-${n}` });
    for (let seq = 0; seq <= 20; seq++) {
      const report = verifyReceipt(runtime.proveInclusion(seq), keyring);
      expect(report).toMatchObject({ ok: true, seq, size: 21 });
    }
    const first = verifyReceipt(runtime.proveInclusion(0, { size: 1 }), keyring);
    expect(first).toMatchObject({ ok: true, size: 1 });
    expect(parseProof(runtime.proveInclusion(3, { leaf: false }))?.extra).toBeUndefined();
    const [before, after] = [old, runtime.checkpoint!].map((note) => parseCheckpoint(note)!);
    const path = runtime.proveConsistency(1, 21);
    expect(verifyConsistency(1, 21, path, before!.root, after!.root)).toBe(true);
    expect(runtime.proveConsistency(1)).toEqual(path);
    expect(await codeOf(() => runtime.proveInclusion(21))).toBe('KNHK_LOG_SEQ');
    await runtime.close();
  });
});

describe('finding receipts', () => {
  test('by id, hash, subject and hook, across snapshots', async () => {
    const data = join(temporary(), 'data');
    const first = await openTest({ ...options, data });
    for (let n = 1; n <= 6; n++) {
      await first.apply(Order, order(n, { amount: 50 * n }), { id: `o-${n}` });
    }
    await first.close();
    // Another order of hooks: the same name stands at another place.
    const rules = [always(() => [action('look', { target: 'desk' })], 'zz'), large];
    const runtime = await openTest({ ...options, rules, data });
    await runtime.apply(Order, order(1, { amount: 500 }), { id: 'o-7' });
    expect(runtime.findReceipts({ type: Order, id: 'o-2' })).toEqual([2]);
    expect(runtime.findReceipts({ type: Visit, id: 'o-2' })).toEqual([]);
    expect(runtime.findReceipts({ hook: 'large' })).toEqual([8, 6, 5, 4, 3, 2]);
    expect(runtime.findReceipts({ hook: 'large', limit: 2 })).toEqual([8, 6]);
    expect(runtime.findReceipts({ hook: 'zz' })).toEqual([8]);
    expect(runtime.findReceipts({ hook: 'nobody' })).toEqual([]);
    const subject = 'https://example.com/order/1';
    expect(runtime.findReceipts({ subject })).toEqual([8, 1]);
    expect(runtime.findReceipts({ subject, limit: 1 })).toEqual([8]);
    const outcome = await runtime.apply(Order, order(9), { id: 'o-9' });
    const { hash, seq } = (outcome as { receipt: { hash: string; seq: number } }).receipt;
    expect(runtime.findReceipts({ hash })).toEqual([seq]);
    expect(runtime.findReceipts({ hash, limit: 0 })).toEqual([]);
    await runtime.close();
  });

  test('by nothing, by two, or an id without its type', async () => {
    const runtime = await openTest(options);
    for (const query of [
      {},
      { id: 'a' },
      { type: Order, hash: 'a' },
      { hook: 'a', subject: 'b' },
    ]) {
      const code = await codeOf(() => runtime.findReceipts(query));
      expect(code, JSON.stringify(query)).toBe('KNHK_LOG_QUERY');
    }
    await runtime.close();
  });
});

describe('an older copy of the data', () => {
  test('is refused by what is remembered beside the keys, and by a checkpoint given', async () => {
    const home = temporary();
    const data = join(home, 'data');
    const opening = { ...options, origin, data, shapesThreads: 0 };
    const runtime = await openRuntime(opening);
    await runtime.apply(Order, order(1));
    await runtime.close();
    cpSync(data, join(home, 'copy'), { recursive: true });
    const again = await openRuntime(opening);
    await again.apply(Order, order(2));
    const since = again.checkpoint!;
    await again.close();
    await (await openRuntime({ ...opening, since })).close();
    rmSync(data, { recursive: true });
    cpSync(join(home, 'copy'), data, { recursive: true });
    expect(await codeOf(() => openRuntime(opening))).toBe('KNHK_LOG_ROLLBACK');
    rmSync(join(home, 'data.keys', 'head'));
    expect(await codeOf(() => openRuntime({ ...opening, since }))).toBe('KNHK_LOG_ROLLBACK');
    expect(await codeOf(() => openRuntime({ ...opening, since: 'a' }))).toBe('KNHK_LOG_SIGNATURE');
    const other = await openTest({ ...options });
    const foreign = { ...opening, since: other.checkpoint! };
    expect(await codeOf(() => openRuntime(foreign))).toBe('KNHK_LOG_SIGNATURE');
    await other.close();
    await (await openRuntime(opening)).close();
  });
});

describe('the clock behind the log', () => {
  test('times stay, and health says so until it has caught up', async () => {
    let now = 1_000_000;
    const runtime = await openTest({ ...options, clock: { now: () => now }, secret });
    now -= 5_000;
    const outcome = await runtime.apply(Order, order(1));
    expect('receipt' in outcome && outcome.receipt.time).toBe(1_000_000);
    const { status, reasons } = runtime.health();
    expect(status).toBe('degraded');
    expect(reasons).toMatchObject([
      { code: 'clock-skew', message: 'the clock is 5000 ms behind the last receipt' },
    ]);
    now += 4_500;
    await runtime.apply(Order, order(2));
    expect(runtime.health().reasons).toEqual([]);
    await runtime.close();
  });
});
