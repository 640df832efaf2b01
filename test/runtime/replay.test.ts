import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { action, defineAction } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { applyChange } from '../../src/rules/changes.ts';
import { allow, defineGuard, deny } from '../../src/rules/guards.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { ReplayOptions, ReplayReport } from '../../src/runtime/replay-types.ts';
import { gt, gte, param } from '../../src/terms/conditions.ts';
import { instant, integer, iri, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { always, Order, type OrderInput, order, ship, Visit } from '../support/ops.ts';
import { ruleSet, streamOf } from '../support/rulesets.ts';
import { codeOf, openTest, origin, secret, signer, temporary } from '../support/runtime.ts';
import { editPayloads, segmentOf } from './replay-support.ts';

const observations = [Order, Visit] as unknown as Observation[];
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const all = (count: number): Partial<ReplayReport> => ({
  ok: true,
  total: count,
  same: count,
  different: 0,
  unavailable: { code: 0, payload: 0, erased: 0 },
  findings: [],
  findingsDropped: 0,
});

type Set = Pick<ReplayOptions, 'rules'> & Partial<ReplayOptions>;
const replay = (data: string, set: Set): Promise<ReplayReport> =>
  replayLog({ data, secret, observations, unguarded: 'allow', ...set });

/** A closed log of orders under some rules. */
async function written(rules: readonly Rule[], inputs: readonly OrderInput[]): Promise<string> {
  const data = join(temporary(), 'data');
  const runtime = await openTest({ data, observations, rules, unguarded: 'allow' });
  for await (const _ of runtime.applyAll(Order, inputs));
  await runtime.close();
  return data;
}

const orders = (count: number): OrderInput[] =>
  Array.from({ length: count }, (_, index) => order(index, { amount: index }));

describe('a whole log', () => {
  test('of any rules and stream is the same again, windows and budgets too', async () => {
    await fc.assert(
      fc.asyncProperty(ruleSet, streamOf(30), async (set, inputs) => {
        const data = join(temporary(), 'data');
        const runtime = await openTest({ data, observations, ...set });
        for await (const _ of runtime.applyAll(Order, inputs));
        // A writer beside it does not matter.
        const report = await replay(data, { ...set, keyring });
        await runtime.close();
        expect(report).toMatchObject({ ...all(inputs.length), snapshots: 1 });
        expect(report.verified?.ok).toBe(true);
        expect(await replay(data, set)).toEqual(report.verified && omitVerified(report));
      }),
      { numRuns: 25 },
    );
  });

  test('with every outcome, a promotion, a deploy and a sector', async () => {
    const data = join(temporary(), 'data');
    const rules = mixedRules(10);
    const sectors = [Sale] as unknown as Observation[];
    const open = (set: readonly Rule[]) =>
      openTest({ data, observations: sectors, rules: set, shapes, unguarded: 'allow' });
    let runtime = await open(rules);
    const outcomes: string[] = [];
    const take = async (amount: number, options = {}): Promise<void> => {
      const sale = `https://example.com/sale/${outcomes.length}`;
      const { outcome } = await runtime.apply(Sale, { sale, shop: 'mill', amount }, options);
      outcomes.push(outcome);
    };
    for (const amount of [1, 20, 40, 50, 60, -1]) await take(amount, { trace: `t-${amount}` });
    const control = controlOf(runtime) as Control;
    const { hash, document } = control.snapshot();
    await control.promote({
      kind: 'promote',
      parent: hash,
      document: applyChange(document, { kind: 'parameter', name: 'most', value: 5 }),
      proposal: 'a'.repeat(64),
      stages: Array.from({ length: 7 }, () => 'pass' as const),
    });
    await take(7, { principal: 'ann', at: 5 });
    await runtime.close();
    runtime = await open([...rules, defineWindow(seen)]);
    await take(8, { id: 'last' });
    await runtime.close();
    expect(outcomes).toEqual([
      'idle',
      'acted',
      'pending',
      'denied',
      'failed',
      'invalid',
      'acted',
      'acted',
    ]);
    const report = await replay(data, { rules, observations: sectors });
    expect(report).toMatchObject({ ...all(8), snapshots: 3 });
    expect(await replay(data, { rules, observations: sectors, from: 3, to: 8 })).toMatchObject(
      all(5),
    );
  });
});

function omitVerified({ verified: _, ...report }: ReplayReport): ReplayReport {
  return report;
}

const Sale = defineObservation('sale.made', {
  class: 'https://example.com/test#Sale',
  subject: 'sale',
  sectorField: 'shop',
  fields: { sale: iri(), shop: string(), amount: integer() },
});
const seen = { name: 'seen', on: Sale, key: 'shop', perMs: 6_000, count: true } as const;

const shapes = `
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix t: <https://example.com/test#> .
  t:SaleShape a sh:NodeShape ; sh:targetClass t:Sale ;
    sh:property [ sh:path t:amount ; sh:minInclusive 0 ] .
`;

function mixedRules(most: number): Rule[] {
  return [
    defineParameter({ name: 'most', kind: 'integer', value: most, min: 0, max: 100 }),
    defineHook({
      name: 'big',
      version: '1',
      on: Sale,
      when: [gte('amount', param('most'))],
      run: ({ data }) => {
        if (data.amount === 60) throw new Error('sixty');
        return [action('call', { target: data.shop, amount: data.amount })];
      },
    }),
    defineAction('call', { fields: { amount: integer() } }),
    defineGuard({ name: 'ask', on: 'call', requireApproval: [gte('amount', 40)] }),
    defineGuard({ name: 'never', on: 'call', deny: [gte('amount', 50)] }),
  ];
}

describe('the code given', () => {
  const ten = ({ data }: { data: { customer: string; amount: number } }) =>
    data.amount > 3 ? [action('ship', { target: data.customer, boxes: 10 })] : [];
  const twenty = ({ data }: { data: { customer: string; amount: number } }) =>
    data.amount > 3 ? [action('ship', { target: data.customer, boxes: 20 })] : [];
  const bulk = (run: typeof ten, version?: string): Rule =>
    defineHook({
      name: 'bulk',
      on: Order,
      when: [gte('amount', 2)],
      run,
      ...(version === undefined ? {} : { version }),
    });

  test('edited, without a version, is not the code of the log', async () => {
    const data = await written([bulk(ten)], orders(8));
    const report = await replay(data, { rules: [bulk(twenty)] });
    // Amounts 0 and 1 fire nothing, so they need no code.
    expect(report).toMatchObject({ same: 2, different: 0, unavailable: { code: 6 }, ok: true });
    expect(await replay(data, { rules: [] })).toMatchObject({ same: 2, unavailable: { code: 6 } });
  });

  test('edited under an unchanged version differs exactly where an output changed', async () => {
    const data = await written([bulk(ten, '1')], orders(8));
    const report = await replay(data, { rules: [bulk(twenty, '1')] });
    expect(report).toMatchObject({ total: 8, same: 4, different: 4, ok: false });
    expect(report.findings.map(({ seq, member }) => [seq, member])).toEqual(
      [5, 6, 7, 8].flatMap((seq) => [
        [seq, 'actions'],
        [seq, 'proposed'],
      ]),
    );
    expect(report.findings[0]?.expected).toContain('"boxes":10');
    expect(report.findings[0]?.got).toContain('"boxes":20');
  });

  test('of a guard counts too', async () => {
    const guard = (check: () => ReturnType<typeof deny>): Rule =>
      defineGuard({ name: 'gate', on: 'ship', check });
    const rules = [bulk(ten, '1'), guard(() => deny('no'))];
    const data = await written(rules, orders(8));
    expect(await replay(data, { rules })).toMatchObject(all(8));
    const other = [bulk(ten, '1'), guard(() => allow() as ReturnType<typeof deny>)];
    expect(await replay(data, { rules: other })).toMatchObject({
      same: 4,
      different: 0,
      unavailable: { code: 4 },
    });
  });

  test('includes declarations of observations and actions', async () => {
    const Ship = (extra: object) =>
      defineAction('ship', { fields: { amount: integer(), ...extra } });
    const cap = defineGuard({ name: 'cap', on: 'ship', deny: [gt('amount', 5)] });
    const rules = [ship, Ship({}), cap];
    const data = await written(rules, orders(8));
    expect(await replay(data, { rules })).toMatchObject(all(8));
    const unavailable = { same: 0, different: 0, unavailable: { code: 8 }, ok: false };
    const changed = [ship, Ship({ boxes: integer() }), cap];
    expect(await replay(data, { rules: changed })).toMatchObject(unavailable);
    expect(await replay(data, { rules: [ship] })).toMatchObject(unavailable);
    const NewOrder = defineObservation('order.placed', {
      class: 'https://example.com/test#Order',
      subject: 'order',
      time: 'at',
      fields: { order: iri(), at: instant() },
    }) as unknown as Observation;
    const report = await replay(data, { rules: [Ship({}), cap], observations: [NewOrder] });
    expect(report).toMatchObject(unavailable);
  });
});

describe('missing payloads', () => {
  const counted = defineWindow({ name: 'n', on: Order, key: 'customer', perMs: 600, count: true });

  test('are unavailable, and so are windows from there on', async () => {
    const data = await written([ship, counted], orders(8));
    editPayloads(data, (content, seq) => (seq === 4 ? undefined : content));
    const report = await replay(data, { rules: [ship, counted] });
    expect(report).toMatchObject({ same: 3, different: 0, unavailable: { payload: 5 }, ok: true });
    // One receipt needs no fold: its payload holds the values that were used.
    const rest = await replay(data, { rules: [ship, counted], from: 5 });
    expect(rest).toMatchObject(all(4));
  });

  test('of a type without windows concern themselves alone', async () => {
    const data = await written([ship], orders(8));
    editPayloads(data, (content, seq) => (seq === 4 ? undefined : content));
    expect(await replay(data, { rules: [ship] })).toMatchObject({
      same: 7,
      unavailable: { payload: 1 },
    });
    editPayloads(data, () => undefined);
    expect(await replay(data, { rules: [ship] })).toMatchObject({ same: 0, ok: false });
  });
});

describe('misuse and absence', () => {
  const rules: readonly Rule[] = [ship];
  test.each<[string, Partial<ReplayOptions>, string]>([
    ['no directory', { data: '' }, 'KNHK_RUNTIME_OPTION'],
    ['a directory without a log', { data: temporary() }, 'KNHK_LOG_OPEN'],
    ['a short secret', { secret: new Uint8Array(31) }, 'KNHK_LOG_KEYS'],
    ['a secret as text', { secret: 'x' as unknown as Uint8Array }, 'KNHK_RUNTIME_OPTION'],
    ['a negative from', { from: -1 }, 'KNHK_RUNTIME_OPTION'],
    ['a to below from', { from: 3, to: 2 }, 'KNHK_RUNTIME_OPTION'],
    ['rules that contradict themselves', { rules: [ship, ship] }, 'KNHK_RULES_DUPLICATE'],
  ])('%s', async (_name, change, code) => {
    const data = await written(rules, orders(1));
    expect(await codeOf(() => replay(data, { rules, ...change }))).toBe(code);
  });

  test('a log of another format version is refused', async () => {
    const data = await written(rules, orders(1));
    writeFileSync(join(data, 'FORMAT'), `knhk receipt log\nformat 2\norigin ${origin}\n`);
    expect(await codeOf(() => replay(data, { rules }))).toBe('KNHK_LOG_FORMAT');
  });

  test('an abort ends it', async () => {
    const data = await written(rules, orders(1));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(replay(data, { rules, signal })).rejects.toThrow('enough');
  });

  test('replay writes nothing', async () => {
    const data = await written(rules, orders(3));
    const before = readdirSync(data, { recursive: true }).sort();
    await replay(data, { rules, keyring });
    expect(readdirSync(data, { recursive: true }).sort()).toEqual(before);
    expect(existsSync(segmentOf(data))).toBe(true);
  });

  test('a snapshot that the log has lost is a finding at each leaf that names it', async () => {
    const data = await written(rules, orders(2));
    rmSync(join(data, 'blob'), { recursive: true });
    const report = await replay(data, { rules });
    expect(report).toMatchObject({ total: 2, different: 2, snapshots: 0, ok: false });
    expect(report.findings.map(({ seq, member }) => [seq, member])).toEqual([
      [0, 'snapshot'],
      [1, 'snapshot'],
      [2, 'snapshot'],
    ]);
  });

  test('an empty range proves nothing', async () => {
    const data = await written([always(() => [])], orders(1));
    expect(await replay(data, { rules: [], from: 7 })).toMatchObject({ total: 0, ok: false });
  });
});
