import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCommitments, openLog } from '../../src/receipts/log/index.ts';
import type { ApplyBody, LeafBody } from '../../src/receipts/verify/leaf-types.ts';
import { action } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineBudget, defineWindow } from '../../src/rules/windows.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { ReplayReport } from '../../src/runtime/replay-types.ts';
import type { Payload } from '../../src/runtime/restore.ts';
import { exceeds, gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { always, Order, order, ship, Visit } from '../support/ops.ts';
import { rfc8785 } from '../support/rfc8785.ts';
import { entriesOf, openTest, origin, secret, signer, temporary } from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const given = { observations, unguarded: 'allow' } as const;

/** A closed log of three orders of one customer, the n-th of amount n, promoted before the last. */
async function written(rules: readonly Rule[]): Promise<string> {
  const data = join(temporary(), 'data');
  const runtime = await openTest({ ...given, data, rules });
  for (const n of [1, 2]) await runtime.apply(Order, order(n, { amount: n }));
  const control = controlOf(runtime) as Control;
  const { hash: parent, document } = control.snapshot();
  const proposal = control.log.putBlob('proposal', '{}');
  const stages = Array.from({ length: 7 }, () => 'pass' as const);
  await control.promote({ kind: 'promote', parent, document, proposal, stages });
  await runtime.apply(Order, order(3, { amount: 3 }));
  await runtime.close();
  return data;
}

interface Forgery {
  readonly body: LeafBody;
  readonly payload?: Payload | undefined;
}
type Edit = (forgery: Forgery, seq: number) => Forgery | readonly Forgery[];

/** A log as somebody with all keys would write it, with other leaves. */
async function forged(from: string, edit: Edit): Promise<string> {
  const to = join(temporary(), 'data');
  const commitments = createCommitments(secret);
  const log = await openLog({ directory: to, origin, signer, clock: { now: () => 9_000 } });
  cpSync(join(from, 'blob'), join(to, 'blob'), { recursive: true });
  for (const { leaf, payload: text, seq } of await entriesOf(from)) {
    const { v: _v, seq: _seq, time: _time, prev: _prev, ...body } = leaf;
    const stored = text === undefined ? undefined : (JSON.parse(text) as Payload);
    const edited = edit({ body: body as LeafBody, payload: stored }, seq);
    for (const { body: next, payload } of 'length' in edited ? edited : [edited]) {
      if (payload === undefined || next.kind !== 'apply') {
        log.append(next, log.tick());
        continue;
      }
      const salted = commitments.salted(payload.id);
      const observation = salted.commit('observation', rfc8785(payload.record));
      const report =
        payload.report === undefined
          ? {}
          : { report: salted.commit('report', rfc8785(payload.report)) };
      log.append({ ...next, observation, ...report }, log.tick(), rfc8785(payload));
    }
  }
  await log.close();
  return to;
}

const replay = (data: string, rules: readonly Rule[], from = 0): Promise<ReplayReport> =>
  replayLog({ ...given, data, secret, rules, from });

const applied = ({ body }: Forgery): ApplyBody => body as ApplyBody;

test('what is written again unchanged is the same', async () => {
  const data = await forged(await written([ship]), (leaf) => leaf);
  expect(await replay(data, [ship])).toMatchObject({ ok: true, same: 3, findings: [] });
});

describe('a leaf that was forged with all keys', () => {
  const findingOf = async (seq: number, edit: (leaf: Forgery) => Forgery) => {
    const data = await forged(await written([ship]), (leaf, at) =>
      at === seq ? edit(leaf) : leaf,
    );
    const report = await replay(data, [ship]);
    expect(report).toMatchObject({ ok: false, total: 3, same: 2, different: 1 });
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]?.seq).toBe(seq);
    return report.findings[0];
  };

  test('names a type that its rules do not declare', async () => {
    const type = 'f'.repeat(64);
    const finding = await findingOf(2, (leaf) => ({ ...leaf, body: { ...applied(leaf), type } }));
    expect(finding).toMatchObject({ member: 'type', got: type });
  });

  test('holds a record that its declaration cannot read', async () => {
    const finding = await findingOf(1, ({ body, payload }) => {
      const record = payload!.record;
      const fields = { ...(record.fields as object), more: 1 };
      return { body, payload: { ...payload!, record: { ...record, fields } } };
    });
    expect(finding).toMatchObject({ member: 'record', expected: 'a record of order.placed' });
  });

  test('is called invalid where there are no shapes', async () => {
    const finding = await findingOf(2, (leaf) => ({
      body: { ...applied(leaf), outcome: 'invalid' },
      payload: { ...leaf.payload!, report: [] },
    }));
    expect(finding).toEqual({
      ...{ seq: 2, member: 'outcome', expected: 'invalid' },
      got: 'no shapes, or no report of what violates them',
    });
  });

  test('follows rules that are no longer in force', async () => {
    const data = await written([ship]);
    const leaves = await entriesOf(data);
    const [first, second] = [0, 3].map((seq) => (leaves[seq]!.leaf as ApplyBody).snapshot);
    const finding = await findingOf(4, (leaf) => ({
      ...leaf,
      body: { ...applied(leaf), snapshot: first as string },
    }));
    expect(finding).toMatchObject({ member: 'snapshot', got: `current is ${second}` });
  });

  test('is quoted at some length only', async () => {
    const long = always(({ data }) => [
      action('ship', { target: 'x'.repeat(500), amount: data.amount }),
    ]);
    const other = always(({ data }) => [
      action('ship', { target: 'y'.repeat(500), amount: data.amount }),
    ]);
    const { findings } = await replay(await written([long]), [other]);
    const proposed = findings.find(({ member }) => member === 'proposed');
    expect(proposed?.expected).toMatch(/^\[.*x\.\.\.$/);
    expect(proposed?.expected).toHaveLength(403);
    expect(proposed?.got).toMatch(/^\[.*y\.\.\.$/);
  });
});

describe('leaves that do not say what they changed', () => {
  const on = Order as unknown as Observation;
  const seen = defineWindow({ name: 'seen', on, key: 'customer', perMs: 60_000, count: true });
  const often = defineHook({
    ...{ name: 'often', on: Order, when: [gte(seen, 1)], act: { type: 'call', target: 'x' } },
  });
  const left = defineBudget({ name: 'left', on: 'ship', key: 'target', perMs: 60_000, max: 9 });
  const cap = defineGuard({ name: 'cap', on: 'ship', deny: [exceeds(left)] });

  /** The log with one more leaf before the last order. */
  const withLeaf = async (rules: readonly Rule[], extra: LeafBody): Promise<string> =>
    forged(await written(rules), (leaf, seq) => {
      if (seq !== 4) return leaf;
      const { body } = leaf;
      const { snapshot } = body as ApplyBody;
      return [{ body: extra.kind === 'count' ? { ...extra, snapshot } : extra }, leaf];
    });
  const snapshot = 'a'.repeat(64);
  const counted: LeafBody = {
    ...{ kind: 'count', type: Order.hash, snapshot, observed: 3, firstAt: 1, lastAt: 2, fired: [] },
  };
  const approved: LeafBody = {
    ...{
      kind: 'approve',
      of: { seq: 1, action: 0 },
      approver: 'ann',
      verdict: 'allow',
      expires: 9,
    },
  };

  test.each([
    ['counts of the type make its windows unknown', [seen, often], counted, 1],
    ['counts of another type leave them known', [seen, often], { ...counted, type: Visit.hash }, 0],
    ['counts leave budgets known', [ship, left, cap], counted, 0],
    ['an approval makes budgets unknown', [ship, left, cap], approved, 1],
    ['an approval leaves windows known', [seen, often], approved, 0],
  ] as const)('%s', async (_, rules, extra, payload) => {
    const data = await withLeaf(rules, extra);
    const report = await replay(data, rules);
    expect(report).toMatchObject({ total: 3, same: 3 - payload, findings: [] });
    expect(report.unavailable).toEqual({ code: 0, payload, erased: 0 });
    // Without the leaves before there is no fold that could miss anything.
    expect(await replay(data, rules, 4)).toMatchObject({ ok: true, total: 1, same: 1 });
  });
});
