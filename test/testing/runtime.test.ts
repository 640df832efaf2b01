import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Observation } from '../../src/terms/observation.ts';
import {
  seededRandom,
  seededSecret,
  type TestRuntimeOptions,
  testRuntime,
} from '../../src/testing/index.ts';
import { Order, order, ship } from '../support/ops.ts';
import { codeOf, temporary } from '../support/runtime.ts';

const options: TestRuntimeOptions = {
  observations: [Order as unknown as Observation],
  rules: [ship],
  unguarded: 'allow',
};

describe('a test runtime', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporary();
    vi.stubEnv('TMPDIR', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  test('leaves nothing behind, however it is closed', async () => {
    const desk = await testRuntime(options);
    expect(readdirSync(folder)).toHaveLength(1);
    await desk.close();
    expect(readdirSync(folder)).toEqual([]);
    await (await testRuntime(options))[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual([]);
  });
  test('leaves nothing behind where it cannot be opened', async () => {
    const work = testRuntime({ ...options, rules: [ship, ship] });
    expect(await codeOf(() => work)).toBe('KNHK_RULES_DUPLICATE');
    expect(readdirSync(folder)).toEqual([]);
  });
  test('says what it fixed', async () => {
    const desk = await testRuntime({ ...options, seed: 7 });
    expect(desk.clock.now()).toBe(Date.UTC(2026, 0, 1));
    expect(desk.secret).toEqual(seededSecret(7));
    expect(desk.keyring).toEqual({
      origin: 'example.com/test',
      keys: [{ vkey: desk.signer.vkey, from: 0 }],
    });
    await desk.close();
  });
  test('is another runtime over the same log after opening again', async () => {
    const desk = await testRuntime(options);
    const before = desk.runtime;
    await before.apply(Order, order(1));
    expect(await desk.reopen()).toBe(desk.runtime);
    expect(before.health().status).toBe('closed');
    expect(desk.runtime.health()).toMatchObject({ status: 'ok', size: 2 });
    await desk.close();
  });
  test('keeps what it acknowledged through power cuts, whatever else chance keeps', async () => {
    const desk = await testRuntime(options);
    for (let seed = 0; seed < 20; seed++) {
      await desk.runtime.apply(Order, order(2 * seed));
      const pending = desk.runtime.apply(Order, order(2 * seed + 1)).catch(() => {});
      await desk.crash({ random: seededRandom(seed) });
      await pending;
      const again = await desk.runtime.apply(Order, order(2 * seed));
      expect(again.outcome).toBe('duplicate');
    }
    expect((await desk.verify()).ok).toBe(true);
    await desk.close();
  });
});
