import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Loop } from '../../src/loop/loop.ts';
import { openLoop } from '../../src/loop/open.ts';
import { getBlob } from '../../src/receipts/log/blobs.ts';
import { nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { defineParameter, type Rule } from '../../src/rules/index.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { codeOf, entriesOf, origin, signer, temporary } from '../support/runtime.ts';
import { applyLevels, fine, openDesk, Reading, reading, rules, setHigh } from './support.ts';

let opened: { readonly runtime: Runtime; readonly loop: Loop } | undefined;
const close = async (): Promise<void> => {
  await opened?.loop.close();
  await opened?.runtime.close();
  opened = undefined;
};
afterEach(close);

/** Opens runtime and loop over a directory, with these rules. */
async function open(
  data: string,
  list: readonly Rule[] = rules,
): Promise<{ readonly runtime: Runtime; readonly loop: Loop }> {
  await close();
  const runtime = await openDesk({ data, rules: list });
  const measure = () => fine;
  const given = { detectors: [], planners: [], autonomy: 'promote', bake: false, measure } as const;
  opened = { runtime, loop: await openLoop({ runtime, ...given }) };
  return opened;
}

const directory = (): string => join(temporary(), 'data');
const kindsOf = async (data: string): Promise<string[]> =>
  (await entriesOf(data)).map(({ leaf }) => leaf.kind);
const promote = async (loop: Loop, value: number): Promise<void> => {
  const { verdict } = await loop.propose({ change: setHigh(value), reasoning: 'for the test' });
  expect(verdict).toBe('promote');
};

/** The rules with another parameter `high`. */
const withHigh = (value: number, min: number, max: number): readonly Rule[] =>
  rules.map((rule) =>
    rule.kind === 'parameter' && rule.name === 'high'
      ? defineParameter({ name: 'high', kind: 'integer', value, min, max })
      : rule,
  );

describe('a rollback by hand', () => {
  it('leaves a log that verifies, with what its leaf names', async () => {
    const data = directory();
    const { loop, runtime } = await open(data);
    const to = runtime.snapshot.hash;
    await promote(loop, 60);
    const from = runtime.snapshot.hash;
    await loop.rollback();
    await close();
    const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
    expect(await verifyLog(data, keyring)).toMatchObject({ ok: true, verified_count: 5 });
    const { leaf } = (await entriesOf(data))[4]!;
    const named = getBlob(nodeFs, data, (leaf as { readonly proposal: string }).proposal);
    expect(named).toEqual({ kind: 'rollback', text: JSON.stringify({ from, to }) });
  });

  it('goes back to the parent by default, as a new snapshot with its rules', async () => {
    const data = directory();
    const { runtime, loop } = await open(data);
    const { rules: before, hash } = runtime.snapshot;
    await promote(loop, 60);
    const promoted = runtime.snapshot;
    const receipt = await loop.rollback();
    expect(receipt.snapshot).toBe(runtime.snapshot.hash);
    expect(runtime.snapshot).toMatchObject({ version: 3, rules: before });
    expect(runtime.snapshot.hash).not.toBe(hash);
    expect(await runtime.apply(Reading, reading(0, 55))).toMatchObject({ outcome: 'acted' });
    await close();
    const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
    expect(leaves[4]).toMatchObject({ kind: 'rollback', parent: promoted.hash });
    expect(leaves[5]).toMatchObject({ kind: 'apply', snapshot: receipt.snapshot });
  });

  it('goes to any snapshot since the last deploy', async () => {
    const { runtime, loop } = await open(directory());
    const names = [runtime.snapshot];
    for (const value of [55, 60, 65]) {
      await promote(loop, value);
      names.push(runtime.snapshot);
    }
    for (const [target, value] of [
      [1, 55],
      [0, 50],
      [3, 65],
    ] as const) {
      await loop.rollback(names[target]!.hash);
      expect(runtime.parameters['high']).toBe(value);
      expect(runtime.snapshot.rules).toBe(names[target]!.rules);
    }
    expect(runtime.snapshot.version).toBe(7);
  });

  it('is refused to the current snapshot, an unknown one, or beyond the last deploy', async () => {
    const data = directory();
    const first = await open(data);
    const beyond = first.runtime.snapshot.hash;
    await promote(first.loop, 60);
    const { runtime, loop } = await open(data, withHigh(40, 0, 80));
    const deployed = runtime.snapshot.hash;
    expect(runtime.deployed?.receipt.snapshot).toBe(deployed);
    for (const target of [undefined, deployed, beyond, 'f'.repeat(64)]) {
      expect(await codeOf(() => loop.rollback(target)), target).toBe('KNHK_LOOP_ROLLBACK');
    }
    await promote(loop, 45);
    expect(await codeOf(() => loop.rollback(beyond))).toBe('KNHK_LOOP_ROLLBACK');
    await loop.rollback();
    expect(runtime.parameters['high']).toBe(40);
  });
});

describe('a promoted value', () => {
  it('is kept by an unchanged catalogue, without a leaf', async () => {
    const data = directory();
    await promote((await open(data)).loop, 60);
    const before = opened!.runtime.snapshot;
    const { runtime } = await open(data, [...rules].reverse());
    expect(runtime.deployed).toBeUndefined();
    expect(runtime.snapshot).toEqual(before);
    expect(runtime.parameters['high']).toBe(60);
    await close();
    expect(await kindsOf(data)).toEqual(['deploy', 'config', 'promote']);
  });

  it('is kept by a deploy that changes something else, in one leaf', async () => {
    const data = directory();
    await promote((await open(data)).loop, 60);
    const before = opened!.runtime.snapshot;
    const extra = defineParameter({ name: 'extra', kind: 'integer', value: 1 });
    const { runtime } = await open(data, [...rules, extra]);
    expect(runtime.deployed?.dropped).toEqual([]);
    expect(runtime.parameters).toMatchObject({ high: 60, extra: 1 });
    expect(runtime.snapshot.version).toBe(before.version + 1);
    expect(await runtime.apply(Reading, reading(0, 55))).toMatchObject({ outcome: 'idle' });
    await open(data, [...rules, extra]);
    await close();
    expect(await kindsOf(data)).toEqual(['deploy', 'config', 'promote', 'deploy', 'apply']);
  });

  it.each([
    ['its value', withHigh(49, 0, 100)],
    ['its range', withHigh(50, 0, 99)],
    ['its range, which the value has left', withHigh(50, 0, 55)],
  ])('is dropped and listed where the deploy changes %s', async (_what, changed) => {
    const data = directory();
    await promote((await open(data)).loop, 60);
    const { runtime } = await open(data, changed);
    const dropped = [{ kind: 'parameter', name: 'high', reason: 'changed' }];
    expect(runtime.deployed?.dropped).toEqual(dropped);
    expect(runtime.parameters['high']).toBeLessThan(60);
    await close();
    const { leaf } = (await entriesOf(data)).at(-1)!;
    expect(leaf).toMatchObject({ kind: 'deploy', dropped });
  });

  it('is dropped and listed where the deploy removes the parameter', async () => {
    const data = directory();
    const spare = defineParameter({ name: 'unused', kind: 'integer', value: 1 });
    const { loop } = await open(data, [...rules, spare]);
    const change = { kind: 'parameter', name: 'unused', value: 2 } as const;
    expect((await loop.propose({ change, reasoning: 'so' })).verdict).toBe('promote');
    const { runtime } = await open(data);
    const dropped = [{ kind: 'parameter', name: 'unused', reason: 'removed' }];
    expect(runtime.deployed?.dropped).toEqual(dropped);
  });

  it('that was rolled back is not promoted again by a restart', async () => {
    const data = directory();
    const { loop } = await open(data);
    await promote(loop, 60);
    await loop.rollback();
    await applyLevels(opened!.runtime, [10]);
    const { runtime } = await open(data);
    expect(runtime.parameters['high']).toBe(50);
    expect(runtime.snapshot.version).toBe(3);
  });
});
