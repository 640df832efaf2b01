import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeSigner, openKeys, verifyLog } from '../../src/receipts/log/index.ts';
import { type Keyring, parseKeyring } from '../../src/receipts/verify/keyring.ts';
import { openRuntime, type RuntimeOptions } from '../../src/runtime/open.ts';
import { replayLog } from '../../src/runtime/replay.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { failingFs, fixedClock } from '../../src/testing/index.ts';
import { Order, order, ship, Visit } from '../support/ops.ts';
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
const options = { observations, rules: [ship], unguarded: 'allow' } as const;
const fresh = nodeSigner({ name: origin, privateKey: new Uint8Array(32).fill(31) });
const day = 86_400_000;

/** A runtime that finds its keys beside the data, as a host's does. */
const beside = (data: string, more: Partial<RuntimeOptions> = {}): Promise<Runtime> =>
  openRuntime({ origin, data, shapesThreads: 0, ...options, ...more });

const keyringOf = (data: string): Keyring =>
  parseKeyring(readFileSync(join(`${data}.keys`, 'keyring.json'), 'utf8'));

async function applied(runtime: Runtime, first: number, count: number): Promise<void> {
  for (let number = first; number < first + count; number++) {
    expect((await runtime.apply(Order, order(number))).outcome).toBe('acted');
  }
}

describe('rotateKey', () => {
  test('makes a key beside the data, and everything goes on through restarts', async () => {
    const data = join(temporary(), 'data');
    const runtime = await beside(data);
    await applied(runtime, 0, 2);
    // What is applied meanwhile is answered.
    const meanwhile = [10, 11].map((number) => runtime.apply(Order, order(number)));
    const changed = await runtime.rotateKey({ overlap: 6 });
    expect((await Promise.all(meanwhile)).map(({ outcome }) => outcome)).toEqual([
      'acted',
      'acted',
    ]);
    expect(keyringOf(data)).toEqual(changed);
    await runtime.close();
    for (const first of [20, 30]) {
      const again = await beside(data);
      await applied(again, first, 4);
      await again.close();
    }
    const report = await verifyLog(data, keyringOf(data));
    expect(report).toMatchObject({ ok: true, total_count: 14, verified_count: 14 });
    const replayed = await replayLog({ data, secret: readSecret(data), ...options });
    expect(replayed).toMatchObject({ ok: true, total: 12, same: 12 });
    expect(readdirSync(`${data}.keys`).filter((name) => name.endsWith('.key'))).toHaveLength(2);
  });

  test('takes a signer of the host, who stores the keyring', async () => {
    const data = join(temporary(), 'data');
    const saved: Keyring[] = [];
    const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
    const saveKeyring = async (next: Keyring): Promise<void> => void saved.push(next);
    const runtime = await openTest({ ...options, data, keyring, saveKeyring });
    await applied(runtime, 0, 1);
    const changed = await runtime.rotateKey({ signer: fresh, overlap: 1 });
    expect(saved).toEqual([changed]);
    await applied(runtime, 1, 1);
    await runtime.close();
    const next = { ...options, data, signer: fresh, keyring: changed, saveKeyring };
    const both = await openTest({ ...next, signers: [signer] });
    await applied(both, 2, 1);
    await both.close();
    expect((await verifyLog(data, changed)).ok).toBe(true);
    // The old keyring says nothing of the new key.
    expect(await codeOf(() => openTest({ ...options, data, keyring }))).toBe('KNHK_LOG_SIGNATURE');
  });

  test('makes a key where the host found its own', async () => {
    const data = join(temporary(), 'data');
    const keys = openKeys(`${data}.elsewhere`, { origin });
    const runtime = await openRuntime({ origin, data, shapesThreads: 0, ...options, ...keys });
    const changed = await runtime.rotateKey({ overlap: 0 });
    await runtime.close();
    const again = openKeys(`${data}.elsewhere`, { origin });
    expect(again.keyring).toEqual(changed);
    const after = await openRuntime({ origin, data, shapesThreads: 0, ...options, ...again });
    await applied(after, 0, 1);
    await after.close();
    expect((await verifyLog(data, changed)).ok).toBe(true);
    expect(existsSync(`${data}.keys`)).toBe(false);
  });

  test('of a runtime without keys of its own needs a signer', async () => {
    const data = join(temporary(), 'data');
    for (const given of [{ signer, secret }, { signer }]) {
      const runtime = await openTest({ ...options, data, ...given, secret });
      await expect(runtime.rotateKey()).rejects.toMatchObject({
        code: 'KNHK_RUNTIME_OPTION',
        details: { where: 'rotateKey, signer' },
      });
      await runtime.close();
    }
    const alone = join(temporary(), 'data');
    const runtime = await beside(alone, { signer });
    expect(await codeOf(() => runtime.rotateKey())).toBe('KNHK_RUNTIME_OPTION');
    await runtime.close();
    expect(await entriesOf(data)).toHaveLength(1);
  });

  test('is refused where nothing can be appended', async () => {
    const runtime = await openTest(options);
    runtime.freeze();
    expect(await codeOf(() => runtime.rotateKey({ signer: fresh }))).toBe('KNHK_RUNTIME_FROZEN');
    runtime.unfreeze();
    expect(await codeOf(() => runtime.rotateKey({ signer }))).toBe('KNHK_LOG_ROTATION');
    await runtime.close();
    expect(await codeOf(() => runtime.rotateKey({ signer: fresh }))).toBe('KNHK_RUNTIME_CLOSED');
  });

  test('says what the disk said where a key cannot be written', async () => {
    const data = join(temporary(), 'data');
    await (await beside(data)).close();
    let isBroken = false;
    const sound = failingFs();
    const fs = Object.create(sound, {
      fsyncSync: {
        value: (fd: number) => {
          if (isBroken) throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
          sound.fsyncSync(fd);
        },
      },
    });
    const runtime = await beside(data, { fs });
    isBroken = true;
    expect(await codeOf(() => runtime.rotateKey())).toBe('KNHK_LOG_OPEN');
    isBroken = false;
    // Nothing was begun.
    await runtime.rotateKey();
    await runtime.close();
    expect(keyringOf(data).keys).toHaveLength(2);
  });
});

function readSecret(data: string): Uint8Array {
  return new Uint8Array(readFileSync(join(`${data}.keys`, 'secret')));
}

describe('the age of the key that signs', () => {
  test.each([
    [undefined, 90],
    [0.5, 0.5],
  ])('with %s days at most is told once it is over', async (keyMaxAgeDays, days) => {
    const clock = fixedClock(1_000);
    const data = join(temporary(), 'data');
    const more = { clock, ...(keyMaxAgeDays === undefined ? {} : { keyMaxAgeDays }) };
    const runtime = await beside(data, more);
    clock.set(1_000 + days * day);
    expect(runtime.health().status).toBe('ok');
    runtime.freeze();
    clock.set(1_001 + days * day);
    expect(runtime.health()).toMatchObject({ status: 'failing' });
    // The oldest comes first.
    expect(runtime.health().reasons.map(({ code, since }) => [code, since])).toEqual([
      ['frozen', 1_000 + days * day],
      ['key-old', 1_000 + days * day],
    ]);
    runtime.unfreeze();
    expect(runtime.health()).toMatchObject({ status: 'degraded' });
    expect(runtime.health().reasons[0]?.message).toBe(
      `the signing key is ${Math.floor(days)} days old: rotate it`,
    );
    await runtime.rotateKey();
    expect(runtime.health()).toMatchObject({ status: 'ok', reasons: [] });
    await runtime.close();
  });

  test('is asked of the key that is active alone, and known only to the keyring', async () => {
    const clock = fixedClock(1_000);
    const runtime = await openTest({ ...options, clock });
    clock.set(1_000 * day);
    expect(runtime.health().status).toBe('ok');
    await runtime.close();
    // Where nobody knows it the clock is not read: leaves stay what they were.
    const timesAfter = async (looks: number): Promise<readonly number[]> => {
      const data = join(temporary(), 'data');
      const counted = await openTest({ ...options, data, clock: counterClock(0) });
      for (let look = 0; look < looks; look++) counted.health();
      await counted.apply(Visit, { page: 'urn:page:1', visitor: 'ann', seconds: 3 });
      await counted.close();
      return (await entriesOf(data)).map(({ leaf }) => leaf.time);
    };
    expect(await timesAfter(9)).toEqual(await timesAfter(0));
  });

  test.each([0, -1, Number.NaN, '90' as never])('%s days is no age', async (keyMaxAgeDays) => {
    expect(await codeOf(() => openTest({ ...options, keyMaxAgeDays }))).toBe('KNHK_RUNTIME_OPTION');
  });
});
