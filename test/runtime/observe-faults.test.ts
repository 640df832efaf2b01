import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { type LogFs, nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import type { Outcome, Receipt } from '../../src/runtime/outcome.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { gte } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { failEveryCall } from '../../src/testing/index.ts';
import { Order, type OrderInput, order } from '../support/ops.ts';
import { codeOf, entriesOf, openTest, origin, signer, temporary } from '../support/runtime.ts';

const observations = [Order as unknown as Observation];
const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const big = defineHook({
  ...{ name: 'big', version: '1', on: Order, when: [gte('amount', 100)], run: () => [] },
});

const rounds = 3;
const perRound = 6;

interface Result {
  readonly told: readonly (readonly [Outcome, unknown])[];
  readonly codes: readonly string[];
  /** Codes that flush() rejected with. */
  readonly flushed: readonly string[];
  readonly taken: number;
}

/** Streams in rounds, flushes after each, and closes. */
async function scenario(data: string, fs: LogFs, evidence: 'counts' | 'records'): Promise<Result> {
  const told: (readonly [Outcome, unknown])[] = [];
  const codes: string[] = [];
  const flushed: string[] = [];
  let taken = 0;
  const onOutcome = (outcome: Outcome, input: unknown): void => void told.push([outcome, input]);
  const given = { data, fs, observations, rules: [big], streaming: { evidence, onOutcome } };
  let runtime: Runtime;
  try {
    runtime = await openTest({ ...given, epochLeaves: 4, segmentBytes: 4_096 });
  } catch (error) {
    return { told, codes: [(error as { code: string }).code], flushed, taken };
  }
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < perRound; at++) {
      const index = round * perRound + at;
      const input = order(index, { amount: at % 2 === 0 ? 100 : 1 });
      const code = await codeOf(() => runtime.observe(Order, input));
      if (code === undefined) taken++;
      else codes.push(code);
    }
    const code = await codeOf(() => runtime.flush());
    if (code !== undefined) flushed.push(code);
    if (code !== undefined) expect(runtime.health().status).toBe('failing');
  }
  const code = await codeOf(() => runtime.close());
  if (code !== undefined) codes.push(code);
  return { told, codes, flushed, taken };
}

test.each([
  ['EIO', false, 'counts'],
  ['ENOSPC', true, 'counts'],
  ['EIO', false, 'records'],
] as const)(
  'every call fails once: %s, from then on: %s, %s',
  async (errno, lasting, evidence) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const met = new Set<string>();
    let rejected = 0;
    let data = '';
    const faults = await failEveryCall({
      ...{ errno, lasting },
      run: (fs) => {
        data = join(temporary(), 'data');
        return scenario(data, fs, evidence);
      },
      check: async ({ result, failed }) => {
        const { told, codes, flushed, taken } = result;
        for (const code of [...codes, ...flushed]) met.add(code);
        const fired = (rounds * perRound) / 2;
        if (failed === undefined) {
          expect([told.length, codes, flushed]).toEqual([fired, [], []]);
        }
        rejected += flushed.length > 0 ? 1 : 0;
        // Whoever was not told of all that was taken has heard of an error.
        if (told.length < fired && taken > 0) expect(codes.length + flushed.length).not.toBe(0);
        // Opening again mends the end of the log; nothing that was told of is lost.
        const again = await openTest({ data, observations, rules: [big] });
        await again.close();
        expect((await verifyLog(data, keyring)).ok).toBe(true);
        const hashes = (await entriesOf(data)).map(({ hash }) => hash);
        for (const [outcome] of told) {
          const { receipt } = outcome as { readonly receipt: Receipt };
          expect(hashes[receipt.seq]).toBe(receipt.hash);
        }
      },
    });
    expect(faults).toBeGreaterThan(40);
    expect([...met].filter((item) => !item.startsWith('KNHK_LOG_'))).toEqual([]);
    expect(rejected).toBeGreaterThan(0);
    warned.mockRestore();
  },
  300_000,
);

test('records that cannot be stored are kept until they can; flush says why', async () => {
  let broken = false;
  const fs: LogFs = {
    ...nodeFs,
    renameSync: (from, to) => {
      if (broken && to.includes('blob')) {
        throw Object.assign(new Error('EIO: no'), { code: 'EIO' });
      }
      nodeFs.renameSync(from, to);
    },
  };
  const data = join(temporary(), 'data');
  const streaming = { evidence: 'records' } as const;
  const runtime = await openTest({ data, fs, observations, rules: [big], streaming });
  broken = true;
  // Each leaf is cut where its records are 16 MiB, and the first cannot be written.
  const customer = 'x'.repeat(8_192);
  let taken = 0;
  const more = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const input: OrderInput = order(index, { customer });
      if (runtime.observe(Order, input) === 'observed') taken++;
    }
  };
  more(2_040);
  expect(await codeOf(() => runtime.flush())).toBe('KNHK_LOG_OPEN');
  expect(await codeOf(() => runtime.flush())).toBeUndefined();
  broken = false;
  more(1);
  await runtime.close();
  const leaves = (await entriesOf(data)).map(({ leaf }) => leaf);
  const counted = leaves.flatMap((leaf) => (leaf.kind === 'count' ? [leaf.observed] : []));
  // What was observed while nothing could be kept any more was refused by flush(), not counted.
  expect(counted.length).toBe(2);
  expect(counted[0]! + counted[1]!).toBeLessThanOrEqual(taken);
  expect(counted[1]).toBe(1);
});
