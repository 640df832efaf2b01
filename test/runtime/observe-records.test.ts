import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { createCommitments, verifyLog } from '../../src/receipts/log/index.ts';
import type { CountLeaf } from '../../src/receipts/verify/leaf-types.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import type { ContextJson } from '../../src/rules/context.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { ReplayReport } from '../../src/runtime/replay-types.ts';
import { restore } from '../../src/runtime/restore.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { runs } from '../support/effort.ts';
import { Order, type OrderInput, order, ship, Visit } from '../support/ops.ts';
import { type RuleSet, ruleSet, streamOf } from '../support/rulesets.ts';
import {
  codeOf,
  counterClock,
  entriesOf,
  openTest,
  origin,
  secret,
  signer,
  temporary,
} from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const streaming = { evidence: 'records' } as const;

const directory = (): string => join(temporary(), 'data');

const open = (data: string, set: RuleSet, more: Partial<RuntimeOptions> = {}): Promise<Runtime> =>
  openTest({ data, observations, ...set, streaming, ...more });

const replay = (data: string, set: RuleSet): Promise<ReplayReport> =>
  replayLog({ data, secret, keyring, observations, ...set });

const windowless: RuleSet = { rules: [], unguarded: 'allow' };

const countsIn = async (data: string): Promise<readonly CountLeaf[]> =>
  (await entriesOf(data)).flatMap(({ leaf }) => (leaf.kind === 'count' ? [leaf] : []));

const blobPath = (data: string, hash: string): string => join(data, 'blob', hash.slice(0, 2), hash);

describe('evidence of records', () => {
  test('idle ones are stored whole under the hash that their leaf names', async () => {
    const data = directory();
    const runtime = await open(data, windowless);
    expect(runtime.observe(Order, { ...order(1), customer: 5 } as unknown as OrderInput)).toBe(
      'invalid',
    );
    runtime.observeMany(Order, [order(1), order(2, { weight: 0.5 })]);
    runtime.observe(Visit, { page: 'urn:page:1', visitor: 'ann', seconds: 3 }, { at: 9 });
    await runtime.flush();
    expect(runtime.health()).toMatchObject({ unreadable: 1 });
    const { log } = controlOf(runtime) as Control;
    await runtime.close();
    const counts = await countsIn(data);
    expect(counts).toMatchObject([{ observed: 2 }, { observed: 1, firstAt: 9, lastAt: 9 }]);
    const texts = counts.map(({ records }) => JSON.parse(log.getBlob(records!)!.text));
    expect(texts).toEqual([
      [
        {
          at: 1_000,
          fields: {
            amount: 10,
            at: '1970-01-01T00:00:01.000Z',
            customer: 'ann',
            order: 'https://example.com/order/1',
          },
        },
        { at: 2_000, fields: expect.objectContaining({ weight: 0.5 }) },
      ],
      [{ at: 9, fields: { page: 'urn:page:1', seconds: 3, visitor: 'ann' } }],
    ]);
    expect(await replay(data, windowless)).toMatchObject({
      ok: true,
      streamed: { observed: 3, records: 3, unavailable: 0 },
    });
  });

  test('a leaf is cut where the records are 16 MiB', async () => {
    const data = directory();
    const runtime = await open(data, windowless);
    const customer = 'x'.repeat(limits.stringBytes);
    for (let index = 0; index < 2_100; index++) runtime.observe(Order, order(index, { customer }));
    await runtime.close();
    const counts = await countsIn(data);
    const { log } = controlOf(runtime) as Control;
    const items = JSON.parse(log.getBlob(counts[0]!.records!)!.text) as readonly unknown[];
    const lengths = items.map((item) => JSON.stringify(item).length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    expect(total).toBeGreaterThanOrEqual(limits.recordsBytes);
    expect(total - lengths.at(-1)!).toBeLessThan(limits.recordsBytes);
    expect(counts.map(({ observed }) => observed)).toEqual([items.length, 2_100 - items.length]);
  });

  test('what fires has its leaf alone', async () => {
    const data = directory();
    const set: RuleSet = { rules: [ship], unguarded: 'allow' };
    const runtime = await open(data, set);
    runtime.observe(Order, order(1));
    await runtime.close();
    const [count] = await countsIn(data);
    expect(count).toMatchObject({ observed: 1, fired: [[0, 1]] });
    expect(count).not.toHaveProperty('records');
    expect(await replay(data, set)).toMatchObject({ ok: true, same: 1 });
  });
});

/** Windows and budgets as the log alone gives them. */
function folded(runtime: Runtime): ContextJson {
  const { log, catalogue } = controlOf(runtime) as Control;
  return restore(log, catalogue, createCommitments(secret)).context.toJSON();
}

/** Windows and budgets as the runtime has them, through what a savepoint would hold. */
async function live(runtime: Runtime): Promise<ContextJson> {
  const { log } = controlOf(runtime) as Control;
  return JSON.parse(log.loadSavepoint()!.state).context;
}

/** Takes away what was saved beside the log, so that opening has to fold all of it. */
function forget(data: string): void {
  for (const name of ['savepoint', 'index']) {
    rmSync(join(data, name), { recursive: true, force: true });
  }
}

describe('windows', () => {
  test('advance as apply() advances them: decisions are the same, one after another', async () => {
    const seen = new Set<string>();
    const property = fc.asyncProperty(ruleSet, streamOf(40), async (set, inputs) => {
      const told = new Map<unknown, string>();
      const observed = await open(directory(), set, {
        streaming: {
          ...streaming,
          onOutcome: ({ outcome }, input) => void told.set(input, outcome),
        },
      });
      const applied = await open(directory(), set);
      for (const [index, input] of inputs.entries()) {
        const { outcome } = await applied.apply(Order, input, { id: `id-${index}` });
        const decided = observed.decide(Order, input);
        observed.observe(Order, input);
        await observed.flush();
        const got = told.get(input) ?? 'idle';
        expect(got === 'idle').toBe(outcome === 'idle');
        expect(got).toBe(decided.outcome);
        seen.add(got);
      }
      await observed.close();
      await applied.close();
    });
    await fc.assert(property, { numRuns: runs(24) });
    expect(seen).toContain('idle');
    expect(seen).toContain('acted');
  }, 120_000);

  test('rebuilt from the log they are what they were, and replay agrees', async () => {
    let records = 0;
    const property = fc.asyncProperty(
      ruleSet,
      streamOf(40),
      fc.infiniteStream(fc.constantFrom('observe', 'observe', 'observe', 'apply', 'reopen')),
      async (set, inputs, hows) => {
        const data = directory();
        const clock = counterClock();
        let runtime = await open(data, set, { clock });
        for (const [index, input] of inputs.entries()) {
          const how = hows.next().value;
          if (how === 'reopen') {
            await runtime.close();
            const kept = await live(runtime);
            if (index % 2 === 0) forget(data);
            runtime = await open(data, set, { clock });
            expect(folded(runtime)).toEqual(kept);
          }
          if (how === 'apply') await runtime.apply(Order, input, { id: `id-${index}` });
          else runtime.observe(Order, input);
        }
        await runtime.close();
        const report = await replay(data, set);
        expect(report.findings).toEqual([]);
        expect(report.streamed.unavailable).toBe(0);
        expect(report.unavailable).toEqual({ code: 0, payload: 0, erased: 0 });
        records += report.streamed.records;
        expect((await verifyLog(data, keyring)).ok).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: runs(24) });
    expect(records).toBeGreaterThan(0);
  }, 120_000);

  test('a savepoint waits until the log has what they hold', async () => {
    const data = directory();
    const window = defineWindow({
      ...{ name: 'w', on: Order as unknown as Observation, key: 'customer', perMs: 6_000 },
      count: true,
    });
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const runtime = await open(data, { rules: [window], unguarded: 'allow' });
    const saved = (): boolean => readdirSync(join(data, 'savepoint')).length > 0;
    runtime.observe(Order, order(1));
    await runtime.flush();
    nowMs += 600_000;
    const visit = { page: 'urn:page:1', visitor: 'ann', seconds: 3 };
    await runtime.apply(Visit, visit, { id: 'a' });
    await nextTurn();
    expect(saved()).toBe(false);
    // The leaf of this one needs the count leaf before it, and then nothing is ahead.
    await runtime.apply(Order, order(2), { id: 'b' });
    await vi.waitFor(() => expect(saved()).toBe(true));
    clock.mockRestore();
    await runtime.close();
  });

  test('killed at any point, they are what the leaves that are left say', async () => {
    let kills = 0;
    let records = 0;
    const property = fc.asyncProperty(
      ruleSet,
      streamOf(40),
      fc.infiniteStream(fc.constantFrom('observe', 'observe', 'observe', 'apply', 'kill')),
      fc.infiniteStream(fc.nat(3)),
      async (set, inputs, hows, turns) => {
        let data = directory();
        let runtime = await open(data, set);
        const left: Runtime[] = [];
        for (const [index, input] of inputs.entries()) {
          const how = hows.next().value;
          if (how === 'kill') {
            // What a killed process leaves is what stands in the files at that moment.
            for (let turn = turns.next().value; turn > 0; turn--) await nextTurn();
            const copy = directory();
            cpSync(data, copy, { recursive: true, filter: (path) => !path.endsWith('lock.sock') });
            left.push(runtime);
            data = copy;
            runtime = await open(data, set);
            kills++;
          }
          if (how === 'apply') void runtime.apply(Order, input, { id: `id-${index}` });
          else runtime.observe(Order, input);
        }
        await runtime.close();
        const report = await replay(data, set);
        expect(report.findings).toEqual([]);
        expect([report.streamed.unavailable, report.unavailable.payload]).toEqual([0, 0]);
        records += report.streamed.records;
        for (const item of left) await item.close();
      },
    );
    await fc.assert(property, { numRuns: runs(24) });
    expect([kills > 0, records > 0]).toEqual([true, true]);
  }, 120_000);
});

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('damage', () => {
  const rules: readonly Rule[] = [];
  const set: RuleSet = { rules, unguarded: 'allow' };

  async function log(): Promise<{ readonly data: string; readonly hash: string }> {
    const data = directory();
    const runtime = await open(data, set);
    runtime.observeMany(Order, [order(1), order(2)]);
    await runtime.close();
    const [count] = await countsIn(data);
    return { data, hash: count!.records! };
  }

  test('lost records are found by verification and by replay', async () => {
    const { data, hash } = await log();
    rmSync(blobPath(data, hash));
    expect(await verifyLog(data, keyring)).toMatchObject({
      ok: false,
      findings: [{ kind: 'blob', message: `${hash} is missing` }],
    });
    expect(await replay(data, set)).toMatchObject({
      ok: false,
      findings: [{ seq: 1, member: 'records', expected: hash }],
    });
  });

  test('changed records too', async () => {
    const { data, hash } = await log();
    writeFileSync(blobPath(data, hash), 'knhk/1/records\n[]');
    expect(await verifyLog(data, keyring)).toMatchObject({ findings: [{ kind: 'blob' }] });
    expect(await replay(data, set)).toMatchObject({ ok: false, findings: [{ member: 'records' }] });
  });

  test('a type with windows is not opened without its records', async () => {
    const data = directory();
    const [windowed] = fc.sample(ruleSet, { numRuns: 1, seed: 5 }) as [RuleSet];
    const runtime = await open(data, { ...windowed, rules: windowed.rules.slice(0, 7) });
    runtime.observe(Order, order(1));
    await runtime.close();
    const [count] = await countsIn(data);
    rmSync(blobPath(data, count!.records!));
    for (const name of readdirSync(join(data, 'savepoint'))) rmSync(join(data, 'savepoint', name));
    const again = open(data, { ...windowed, rules: windowed.rules.slice(0, 7) });
    expect(await codeOf(() => again)).toBe('KNHK_LOG_BLOB');
  });
});
