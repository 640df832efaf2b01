import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { type LogFs, nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import type { Receipt } from '../../src/runtime/outcome.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { failEveryCall } from '../../src/testing/index.ts';
import { Order, order, ship } from '../support/ops.ts';
import { codeOf, entriesOf, openTest, origin, signer, temporary } from '../support/runtime.ts';

const observations = [Order as unknown as Observation];
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };

const open = (data: string, fs: LogFs = nodeFs): Promise<Runtime> =>
  openTest({
    data,
    fs,
    observations,
    rules: [ship],
    unguarded: 'allow',
    epochLeaves: 4,
    segmentBytes: 4_096,
  });

const rounds = 4;
const perRound = 5;
const total = rounds * perRound;
const idOf = (index: number): string => `id-${index}`;

/** Opens, applies in rounds and closes; gives what was acknowledged and every code met. */
async function scenario(
  data: string,
  fs: LogFs,
): Promise<{ acknowledged: Map<string, Receipt>; codes: Set<string> }> {
  const acknowledged = new Map<string, Receipt>();
  const codes = new Set<string>();
  const note = (error: unknown): void =>
    void codes.add((error as { readonly code?: string }).code ?? String(error));
  let runtime: Runtime;
  try {
    runtime = await open(data, fs);
  } catch (error) {
    note(error);
    return { acknowledged, codes };
  }
  for (let round = 0; round < rounds; round++) {
    const work = Array.from({ length: perRound }, async (_, at) => {
      const index = round * perRound + at;
      const outcome = await runtime.apply(Order, order(index), { id: idOf(index) });
      if (outcome.outcome !== 'acted') throw new Error(outcome.outcome);
      // Whoever is told that an action left may rely on its leaf.
      expect(runtime.health().durableSize).toBeGreaterThan(outcome.receipt.seq);
      acknowledged.set(idOf(index), outcome.receipt);
    });
    for (const result of await Promise.allSettled(work)) {
      if (result.status === 'rejected') note(result.reason);
    }
  }
  const { status } = runtime.health();
  if (codes.size > 0) expect(status).toBe('failing');
  await runtime.close().catch(note);
  return { acknowledged, codes };
}

/** Nothing acknowledged is lost, nothing is applied twice, and the log verifies. */
async function expectWhole(
  data: string,
  acknowledged: ReadonlyMap<string, Receipt>,
  where: string,
): Promise<void> {
  const runtime = await open(data);
  const indices = Array.from({ length: total }, (_, index) => index);
  const outcomes = await Promise.all(
    indices.map((index) => runtime.apply(Order, order(index), { id: idOf(index) })),
  );
  for (const index of indices) {
    const before = acknowledged.get(idOf(index));
    if (before === undefined)
      expect(outcomes[index]?.outcome, where).toMatch(/^(acted|duplicate)$/);
    else expect(outcomes[index], where).toMatchObject({ outcome: 'duplicate', receipt: before });
  }
  await runtime.close();
  const entries = await entriesOf(data);
  const applied = entries.flatMap(({ leaf }) => (leaf.kind === 'apply' ? [leaf.id] : []));
  expect([applied.length, new Set(applied).size], where).toEqual([total, total]);
  const report = await verifyLog(data, keyring);
  expect([report.ok, report.verified_count], where).toEqual([true, entries.length]);
}

describe('every call to the file system fails once', () => {
  test.each([
    ['EIO', false],
    ['ENOSPC', true],
  ])(
    '%s, from then on: %s',
    async (errno, lasting) => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const met = new Set<string>();
      let lossless = 0;
      let data = '';
      const faults = await failEveryCall({
        errno,
        lasting,
        run: (fs) => {
          data = join(temporary(), 'data');
          return scenario(data, fs);
        },
        check: async ({ result: { acknowledged, codes }, call, failed }) => {
          if (failed === undefined) expect([acknowledged.size, [...codes]]).toEqual([total, []]);
          else if (acknowledged.size === total) lossless++;
          for (const item of codes) met.add(item);
          await expectWhole(data, acknowledged, `call ${call}`);
        },
      });
      expect(faults).toBeGreaterThan(60);
      // Every failure that a host sees has a code of the library.
      expect([...met].filter((item) => !item.startsWith('KNHK_LOG_'))).toEqual([]);
      expect(met).toContain('KNHK_LOG_POISONED');
      expect(met).toContain('KNHK_LOG_OPEN');
      expect(lossless).toBeGreaterThan(0);
      warned.mockRestore();
    },
    300_000,
  );
});

test('a savepoint that cannot be written is a warning: the log is whole without it', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const fs: LogFs = {
    ...nodeFs,
    openSync: (path, flags) => {
      if (path.includes('savepoint/')) throw new Error('gone');
      return nodeFs.openSync(path, flags);
    },
  };
  const data = join(temporary(), 'data');
  const { acknowledged, codes } = await scenario(data, fs);
  expect([acknowledged.size, [...codes]]).toEqual([total, []]);
  expect(warned).toHaveBeenCalled();
  warned.mockRestore();
  await expectWhole(data, acknowledged, 'without a savepoint');
});

describe('a poisoned log', () => {
  test('refuses everything, says so in health, and decide goes on', async () => {
    let broken = false;
    const fs: LogFs = {
      ...nodeFs,
      fdatasync: (fd, done) =>
        broken ? setImmediate(done, new Error('gone')) : nodeFs.fdatasync(fd, done),
    };
    const data = join(temporary(), 'data');
    const runtime = await open(data, fs);
    await runtime.apply(Order, order(0));
    broken = true;
    const work = Array.from({ length: 9 }, (_, at) =>
      codeOf(() => runtime.apply(Order, order(at + 1))),
    );
    expect(new Set(await Promise.all(work))).toEqual(new Set(['KNHK_LOG_POISONED']));
    broken = false;
    expect(await codeOf(() => runtime.apply(Order, order(99)))).toBe('KNHK_LOG_POISONED');
    expect(runtime.health()).toMatchObject({
      status: 'failing',
      reasons: [{ code: 'log-failed' }],
      durableSize: 2,
      inFlight: 0,
    });
    expect(runtime.decide(Order, order(1))).toMatchObject({ outcome: 'acted' });
    const all = async (): Promise<void> => {
      for await (const _ of runtime.applyAll(Order, [order(1)]));
    };
    expect(await codeOf(all)).toBe('KNHK_LOG_POISONED');
    await runtime.close();
    const again = await open(data);
    expect(await again.apply(Order, order(0))).toMatchObject({ outcome: 'duplicate' });
    expect(await again.apply(Order, order(99))).toMatchObject({ outcome: 'acted' });
    await again.close();
  });
});

const nobody = 65_534;

test('a directory that cannot be written', async () => {
  const directory = temporary();
  chmodSync(directory, 0o555);
  // The superuser may write anywhere, so there the test is nobody for a moment.
  const asRoot = process.geteuid?.() === 0;
  if (asRoot) process.seteuid?.(nobody);
  try {
    expect(await codeOf(() => open(join(directory, 'data')))).toBe('KNHK_LOG_OPEN');
  } finally {
    if (asRoot) process.seteuid?.(0);
    chmodSync(directory, 0o700);
  }
});

test('a read-only file system', async () => {
  const data = join(temporary(), 'data');
  const runtime = await open(data);
  await runtime.apply(Order, order(0));
  await runtime.close();
  const readOnly = (): never => {
    throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
  };
  const fs: LogFs = {
    ...nodeFs,
    openSync: (path, flags, mode) =>
      flags === 'r' ? nodeFs.openSync(path, flags, mode) : readOnly(),
    mkdirSync: readOnly,
    renameSync: readOnly,
    unlinkSync: readOnly,
    ftruncateSync: readOnly,
  };
  expect(await codeOf(() => open(data, fs))).toBe('KNHK_LOG_OPEN');
  const again = await open(data);
  expect(again.health().size).toBe(2);
  await again.close();
});
