import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { subjectOf } from '../../src/receipts/log/payload-cipher.ts';
import { createCommitments } from '../../src/receipts/log/secrets.ts';
import { parseCheckpoint } from '../../src/receipts/verify/index.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import {
  failEveryCall,
  type MemoryFs,
  memoryFs,
  seededRandom,
  testRuntime,
} from '../../src/testing/index.ts';
import { runs } from '../support/effort.ts';
import { origin, secret, signer, temporary } from '../support/runtime.ts';
import {
  entriesWith,
  filesOf,
  observations,
  openDesk,
  Purchase,
  purchase,
  rules,
} from './erase-support.ts';
import { framesOfBytes } from './replay-support.ts';

const keyring = { origin, keys: [{ vkey: signer.vkey, from: 0 }] };
const reason = 'GDPR article 17';
const ann = createCommitments(secret).subject('ann');

/** What a host was told. */
interface Told {
  /** Seqs of acknowledged observations, by customer and before or after the erasure. */
  readonly acknowledged: { seq: number; customer: string; isLate: boolean }[];
  erased: boolean;
}

async function scenario(data: string, fs: LogFs): Promise<Told> {
  const told: Told = { acknowledged: [], erased: false };
  let desk: Runtime | undefined;
  const apply = async (index: number, customer: string, isLate: boolean): Promise<void> => {
    const outcome = await desk!.apply(Purchase, purchase(index, customer), { id: `id-${index}` });
    if (!('receipt' in outcome)) throw new Error(outcome.outcome);
    told.acknowledged.push({ seq: outcome.receipt.seq, customer, isLate });
  };
  try {
    desk = await openDesk(data, fs);
    await apply(0, 'ann', false);
    await apply(1, 'bob', false);
    await desk.erase('ann', { reason });
    told.erased = true;
    await apply(2, 'ann', true);
    await apply(3, 'cid', true);
  } catch {
    // Whatever was not acknowledged may have happened or not.
  }
  await desk?.close().catch(() => {});
  return told;
}

/** Opens what is left, and holds it against what was told. */
async function judge(data: string, fs: MemoryFs, told: Told): Promise<void> {
  const desk = await openDesk(data, fs);
  const decision = desk.decide(Purchase, purchase(9, 'ann', 'south'));
  await desk.close();
  const entries = await entriesWith(data, fs);
  // Windows know of her what can still be read, and nothing else.
  const isKnown = entries.some(({ payload }) => payload?.includes('"customer":"ann"'));
  expect('fired' in decision && decision.fired).toEqual(isKnown ? ['often'] : []);
  const erasure = entries.find(({ leaf }) => leaf.kind === 'erase');
  if (told.erased) expect(erasure).toBeDefined();
  for (const { seq, customer, isLate } of told.acknowledged) {
    const isErased = customer === 'ann' && !isLate && erasure !== undefined;
    expect([seq, entries[seq]?.payloadState]).toEqual([seq, isErased ? 'erased' : 'present']);
  }
  if (erasure !== undefined) {
    // What nobody can open is not kept either: the next opening finished the erasure.
    const frames = [...filesOf(fs, data)].flatMap(([path, bytes]) =>
      /\.(seg|pay)$/.test(path) ? framesOfBytes(path, bytes) : [],
    );
    const ofAnn = frames.filter((content) => subjectOf(content) === ann);
    const present = entries.filter(({ subject, payload }) => subject === ann && payload);
    expect(new Set(ofAnn.map((content) => content.toString('hex'))).size).toBe(present.length);
    const savepoints = fs.readdirSync(`${data}/savepoint`);
    expect(savepoints.filter((name) => Number.parseInt(name, 10) <= erasure.seq)).toEqual([]);
  }
  const report = await verifyLog(data, keyring, { fs });
  expect([report.ok, report.verified_count]).toEqual([true, entries.length]);
}

describe('every call to the file system fails once', () => {
  test.each([
    ['EIO', false],
    ['ENOSPC', true],
  ])(
    '%s, from then on: %s; then the power too',
    async (errno, lasting) => {
      vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const data = temporary();
      const met = { begun: 0, erased: 0 };
      const faults = await failEveryCall({
        errno,
        lasting,
        fs: () => memoryFs({ directories: [data] }),
        run: (fs) => scenario(data, fs),
        check: async ({ result, fs, failed, call }) => {
          if (failed === undefined)
            expect([result.acknowledged.length, result.erased]).toEqual([4, true]);
          if (result.acknowledged.length === 2 && !result.erased) met.begun++;
          if (result.erased) met.erased++;
          // What is on the disk, and what a power cut leaves of it.
          const cut = fs.crash({ random: seededRandom(call) });
          await judge(data, cut, result);
          await judge(data, fs.crash(), result);
        },
      });
      expect(faults).toBeGreaterThan(100);
      expect(met.begun).toBeGreaterThan(10);
      expect(met.erased).toBeGreaterThan(10);
      vi.restoreAllMocks();
    },
    300_000,
  );
});

type Op =
  | { readonly kind: 'apply' | 'erase'; readonly customer: string }
  | { readonly kind: 'reopen' | 'crash' };

const customer = fc.constantFrom('ann', 'bob', 'cid');
const ops = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('apply' as const), customer }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('erase' as const), customer }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('reopen' as const, 'crash' as const) }),
    },
  ),
  { minLength: 4, maxLength: 16 },
);

test('restarts and power cuts change no leaf: what is forgotten follows from the log', async () => {
  await fc.assert(
    fc.asyncProperty(ops, async (list: readonly Op[]) => {
      const given = { observations, rules, unguarded: 'allow', encryption: {} } as const;
      const run = async (withBreaks: boolean): Promise<readonly unknown[]> => {
        await using desk = await testRuntime({ ...given, seed: 8 });
        const said: unknown[] = [];
        for (const [index, op] of list.entries()) {
          if (op.kind === 'apply') {
            said.push(await desk.runtime.apply(Purchase, purchase(index, op.customer)));
          } else if (op.kind === 'erase')
            said.push(await desk.runtime.erase(op.customer, { reason }));
          else if (withBreaks) await desk[op.kind]();
        }
        said.push(parseCheckpoint(desk.runtime.checkpoint ?? '')?.root);
        expect((await desk.verify()).ok).toBe(true);
        return said;
      };
      expect(await run(true)).toEqual(await run(false));
    }),
    { numRuns: runs(25) },
  );
});

test('a power cut behind a clean close takes tiles, which are made again', async () => {
  const given = { observations, rules, unguarded: 'allow', encryption: {} } as const;
  await using desk = await testRuntime(given);
  for (let index = 0; index < 300; index++) {
    await desk.runtime.apply(Purchase, purchase(index, index % 2 === 0 ? 'ann' : 'bob'));
  }
  expect(await desk.runtime.erase('ann', { reason })).toMatchObject({ payloads: 150 });
  await desk.reopen();
  await desk.crash();
  await desk.runtime.apply(Purchase, purchase(400, 'cid'));
  expect(await desk.runtime.erase('bob', { reason })).toMatchObject({ payloads: 150 });
  expect(await desk.runtime.erase('cid', { reason })).toMatchObject({ payloads: 1 });
  expect((await desk.verify()).ok).toBe(true);
});
