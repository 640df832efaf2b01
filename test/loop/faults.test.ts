import { describe, expect, test, vi } from 'vitest';
import type { LoopOptions } from '../../src/loop/options.ts';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { failingFs } from '../../src/testing/index.ts';
import {
  applySome,
  closePlant,
  expectAgreement,
  memoryPlace,
  openPlant,
  type Plant,
  promotionsIn,
  type ToldChange,
} from './faults-support.ts';
import { setHigh } from './support.ts';

interface Used {
  /** What the loop said is in place. */
  readonly told: readonly ToldChange[];
  readonly codes: ReadonlySet<string>;
}

/** Uses a loop in every way until it fails, and says what it was told. */
async function useLoop(data: string, fs: LogFs, parts: Partial<LoopOptions>): Promise<Used> {
  const told: ToldChange[] = [];
  const codes = new Set<string>();
  const note = (error: unknown): void =>
    void codes.add((error as { readonly code?: string }).code ?? String(error));
  let plant: Plant;
  try {
    plant = await openPlant({ data, fs }, parts);
  } catch (error) {
    note(error);
    return { told, codes };
  }
  const { runtime, loop } = plant;
  for (let round = 0; round < 2; round++) {
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

interface Way {
  readonly name: string;
  readonly errno: string;
  readonly lasting: boolean;
  readonly parts: Partial<LoopOptions>;
  /** Changes that the loop puts in place and says so, where nothing fails. */
  readonly told: number;
  /** Rounds until the next change is in place. */
  readonly roundsMax: number;
}

const ways: readonly Way[] = [
  // A promotion in each round, one by the host, a rollback of it.
  { name: 'promoted', errno: 'EIO', lasting: false, parts: {}, told: 4, roundsMax: 1 },
  { name: 'promoted', errno: 'ENOSPC', lasting: true, parts: {}, told: 4, roundsMax: 1 },
  {
    name: 'taken back by the loop itself',
    ...{ errno: 'EIO', lasting: false, told: 4, roundsMax: 1 },
    parts: { bake: { observations: 3, criteria: [{ outcome: 'acted', maxPercent: 0 }] } },
  },
  {
    name: 'tried by a canary',
    ...{ errno: 'EIO', lasting: false, told: 1, roundsMax: 6 },
    parts: { canary: { steps: [{ percent: 90, observations: 2 }] } },
  },
];

// .ci/faults asks for every call; else every eleventh is tried, beginning elsewhere each time.
const stride = process.env['KNHK_FAULTS'] === 'all' ? 1 : 11;

describe('a call to the file system fails', () => {
  test.each(ways.map((way, offset) => ({ ...way, offset })))(
    'while changes are $name: $errno, from then on: $lasting',
    async ({ errno, lasting, parts, told: most, roundsMax, offset }) => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const met = new Set<string>();
      const { data, newDisk } = memoryPlace();
      const sound = failingFs({ fs: newDisk() });
      const whole = await useLoop(data, sound, parts);
      expect([whole.told.length, [...whole.codes]]).toEqual([most, []]);
      expect(sound.calls).toBeGreaterThan(200);
      for (let call = 1 + (offset % stride); call <= sound.calls; call += stride) {
        const fs = newDisk();
        const failing = failingFs({ fs, call, errno, lasting });
        try {
          const { told, codes } = await useLoop(data, failing, parts);
          for (const code of codes) met.add(code);
          await expectAgreement(data, told, fs, { parts, roundsMax });
        } catch (error) {
          throw new Error(`call ${call}, ${failing.failed}: ${error}`, { cause: error });
        }
      }
      // What a host sees has a code of the library, or is what the system says of a reading.
      const foreign = [...met].filter((code) => !/^KNHK_(LOG|LOOP)_/.test(code));
      expect(foreign.filter((code) => code !== errno)).toEqual([]);
      expect(met).toContain('KNHK_LOG_POISONED');
      warned.mockRestore();
    },
    600_000,
  );
});
