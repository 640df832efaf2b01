import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeployBody } from '../../src/receipts/verify/leaf-types.ts';
import { action } from '../../src/rules/actions.ts';
import type { Rule } from '../../src/rules/catalogue.ts';
import { applyChange } from '../../src/rules/changes.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { always, Order, order, Visit } from '../support/ops.ts';
import { ruleSet, streamOf } from '../support/rulesets.ts';
import { codeOf, counterClock, entriesOf, openTest, temporary } from '../support/runtime.ts';

const observations = [Order, Visit] as unknown as Observation[];
const most = (value = 10, max = 20): Rule =>
  defineParameter({ name: 'most', kind: 'integer', value, min: 0, max });
const hook = always(({ data, parameters }) => [
  action('ship', { target: data.customer, most: parameters['most'] as number }),
]);
const stages = Array.from({ length: 7 }, () => 'pass' as const);

const control = (runtime: Runtime): Control => controlOf(runtime) as Control;

/** Sets the parameter `most` as the loop would, with a leaf. */
async function promote(runtime: Runtime, value: number): Promise<void> {
  const snapshot = control(runtime).snapshot();
  await control(runtime).promote({
    kind: 'promote',
    parent: snapshot.hash,
    document: applyChange(snapshot.document, { kind: 'parameter', name: 'most', value }),
    proposal: 'a'.repeat(64),
    stages,
  });
}

async function kinds(data: string): Promise<string[]> {
  return (await entriesOf(data)).map(({ leaf }) => leaf.kind);
}

describe('deploys', () => {
  const open = (data: string, rules: readonly Rule[]): Promise<Runtime> =>
    openTest({ data, observations, rules, unguarded: 'allow' });

  test('one leaf for a changed catalogue, none for an unchanged one', async () => {
    const data = join(temporary(), 'data');
    const versions: number[] = [];
    for (const rules of [
      [most(), hook],
      [hook, most()],
      [most(11), hook],
      [most(11), hook],
    ]) {
      const runtime = await open(data, rules);
      versions.push(runtime.snapshot.version);
      expect(runtime.deployed === undefined).toBe(versions.at(-2) === runtime.snapshot.version);
      await runtime.close();
    }
    expect(versions).toEqual([1, 1, 2, 2]);
    expect(await kinds(data)).toEqual(['deploy', 'deploy']);
    const snapshots = (await entriesOf(data)).map(({ leaf }) => leaf as DeployBody);
    expect(snapshots[1]?.parent).toBe(snapshots[0]?.snapshot);
  });

  test('promoted values outlive restarts and changes of other rules', async () => {
    const data = join(temporary(), 'data');
    let runtime = await open(data, [most(), hook]);
    await promote(runtime, 15);
    expect(runtime.parameters).toEqual({ most: 15 });
    const { snapshot } = runtime;
    await runtime.close();
    runtime = await open(data, [most(), hook]);
    expect([runtime.parameters, runtime.snapshot]).toEqual([{ most: 15 }, snapshot]);
    expect(runtime.deployed).toBeUndefined();
    await runtime.close();
    runtime = await open(data, [most(), always(() => [], 'other')]);
    expect(runtime.parameters).toEqual({ most: 15 });
    expect(runtime.deployed?.dropped).toEqual([]);
    await runtime.close();
    runtime = await open(data, [most(10, 14), hook]);
    expect(runtime.parameters).toEqual({ most: 10 });
    const dropped = [{ kind: 'parameter', name: 'most', reason: 'changed' }];
    expect(runtime.deployed?.dropped).toEqual(dropped);
    await runtime.close();
    expect(await kinds(data)).toEqual(['deploy', 'promote', 'deploy', 'deploy']);
    expect((await entriesOf(data)).at(-1)?.leaf).toMatchObject({ dropped });
  });

  test('a promotion for another snapshot is stale; leaves after it name the new one', async () => {
    const data = join(temporary(), 'data');
    const runtime = await open(data, [most(), hook]);
    const stale = control(runtime).snapshot();
    const before = await runtime.apply(Order, order(1));
    await promote(runtime, 12);
    const again = {
      kind: 'promote' as const,
      parent: stale.hash,
      document: stale.document,
      proposal: 'b'.repeat(64),
      stages,
    };
    expect(await codeOf(() => control(runtime).promote(again))).toBe('KNHK_RUNTIME_STALE');
    const after = await runtime.apply(Order, order(2));
    expect(before).toMatchObject({ actions: [{ data: { most: 10 } }] });
    expect(after).toMatchObject({
      actions: [{ data: { most: 12 } }],
      receipt: { snapshot: runtime.snapshot.hash },
    });
    await runtime.close();
    expect(await kinds(data)).toEqual(['deploy', 'apply', 'promote', 'apply']);
  });
});

type Loss = (data: string) => void;
const remove =
  (...names: string[]): Loss =>
  (data) => {
    for (const name of names) {
      for (const file of readdirSync(join(data, name))) rmSync(join(data, name, file));
    }
  };

describe('windows and budgets after a restart are what they were before', () => {
  test.each<[string, Loss]>([
    ['with the savepoint', () => {}],
    ['without savepoints', remove('savepoint')],
    ['without the index', remove('index')],
    ['without both', remove('savepoint', 'index')],
  ])('%s', async (_name, lose) => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(ruleSet, streamOf(40), fc.nat(39), async (set, inputs, at) => {
        const data = join(temporary(), 'data');
        const clock = counterClock();
        const options = { data, clock, observations, ...set };
        const straight = await openTest({ ...options, data: join(temporary(), 'other') });
        for (const input of inputs) await straight.apply(Order, input);
        const first = await openTest(options);
        for (const input of inputs.slice(0, at)) await first.apply(Order, input);
        await first.close();
        lose(data);
        const second = await openTest(options);
        for (const input of inputs.slice(at)) await second.apply(Order, input);
        for (const input of inputs) {
          const expected = straight.explain(Order, input);
          expect(second.explain(Order, input)).toEqual(expected);
          compared++;
        }
        expect(second.lastAt).toBe(straight.lastAt);
        expect(second.health().applied).toBe(straight.health().applied);
        await second.close();
        await straight.close();
      }),
      { numRuns: 6 },
    );
    expect(compared).toBeGreaterThan(20);
  });

  test('and after a crash: a copy of the directory taken while it was open', async () => {
    const [set] = fc.sample(ruleSet, { numRuns: 1, seed: 21 });
    const [inputs] = fc.sample(streamOf(40), { numRuns: 1, seed: 22 });
    const data = join(temporary(), 'data');
    const runtime = await openTest({ data, observations, ...set! });
    for (const input of inputs!) await runtime.apply(Order, input);
    const copy = join(temporary(), 'copy');
    cpSync(data, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    const other = await openTest({ data: copy, observations, ...set! });
    for (const input of inputs!) {
      expect(other.explain(Order, input)).toEqual(runtime.explain(Order, input));
      expect((await other.apply(Order, input)).outcome).toBe('duplicate');
    }
    expect(other.lastAt).toBe(runtime.lastAt);
    await other.close();
    await runtime.close();
  });

  test('opening and closing adds no leaf, however often', async () => {
    const data = join(temporary(), 'data');
    for (let round = 0; round < 4; round++) {
      const runtime = await openTest({ data, observations, rules: [hook, most()] });
      if (round === 0) await runtime.apply(Order, order(1));
      expect(runtime.health().size).toBe(2);
      await runtime.close();
    }
  });
});

test('what a host saves beside the savepoint comes back, and only from a savepoint', async () => {
  const data = join(temporary(), 'data');
  const options = { data, observations, rules: [hook, most()] };
  const found: unknown[] = [];
  for (let round = 0; round < 4; round++) {
    if (round === 3) remove('savepoint')(data);
    const runtime = await openTest(options);
    found.push(control(runtime).saved('loop'));
    // In the second round nobody asks for it to be saved: what was there is kept.
    if (round !== 1) control(runtime).savepoint('loop', () => ({ round }));
    await runtime.close();
  }
  expect(found).toEqual([undefined, { round: 0 }, { round: 0 }, undefined]);
});
