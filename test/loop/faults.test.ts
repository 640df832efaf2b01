import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { failEveryCall, memoryFs } from '../../src/testing/index.ts';
import { temporary } from '../support/runtime.ts';
import {
  applySome,
  closePlant,
  expectAgreement,
  openPlant,
  type Plant,
  promotionsIn,
  type ToldChange,
} from './faults-support.ts';
import { setHigh } from './support.ts';

const rounds = 2;
/** A promotion in each round, one by the host, a rollback of it. */
const changesOfUse = rounds + 2;

interface Used {
  /** What the loop said is in place. */
  readonly told: readonly ToldChange[];
  readonly codes: ReadonlySet<string>;
}

/** Uses a loop in every way until it fails, and says what it was told. */
async function useLoop(data: string, fs: LogFs): Promise<Used> {
  const told: ToldChange[] = [];
  const codes = new Set<string>();
  const note = (error: unknown): void =>
    void codes.add((error as { readonly code?: string }).code ?? String(error));
  let plant: Plant;
  try {
    plant = await openPlant({ data, fs });
  } catch (error) {
    note(error);
    return { told, codes };
  }
  const { runtime, loop } = plant;
  for (let round = 0; round < rounds; round++) {
    await applySome(runtime).catch(note);
    await loop.cycle().then((report) => told.push(...promotionsIn(report)), note);
  }
  await applySome(runtime).catch(note);
  const host = { change: setHigh(65), reasoning: 'the host says so' };
  await loop.propose(host).then(({ receipt }) => receipt && told.push(receipt), note);
  await loop.rollback().then((receipt) => told.push(receipt), note);
  await closePlant(plant).catch(note);
  return { told, codes };
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
      // On the machine's own disk lies only the lock, a socket.
      const data = join(temporary(), 'data');
      mkdirSync(data);
      const faults = await failEveryCall({
        ...{ errno, lasting },
        fs: () => memoryFs({ directories: [dirname(data)] }),
        run: (fs) => useLoop(data, fs),
        check: async ({ result: { told, codes }, failed, fs }) => {
          if (failed === undefined) expect([told.length, [...codes]]).toEqual([changesOfUse, []]);
          for (const code of codes) met.add(code);
          await expectAgreement(data, told, fs);
        },
      });
      expect(faults).toBeGreaterThan(100);
      // What a host sees has a code of the library, or is what the system says of a reading.
      expect([...met].filter((code) => !/^KNHK_(LOG|LOOP)_/.test(code) && code !== errno)).toEqual(
        [],
      );
      expect(met).toContain('KNHK_LOG_POISONED');
      warned.mockRestore();
    },
    300_000,
  );
});
