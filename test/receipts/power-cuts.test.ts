import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogFs } from '../../src/receipts/log/index.ts';
import {
  type CrashOptions,
  failingFs,
  type MemoryFs,
  memoryFs,
  seededRandom,
} from '../../src/testing/index.ts';
import { step } from '../support/effort.ts';
import { expectKept, leavesOfUse, type Told, toldNothing, useLog } from './faults-support.ts';
import { temporary } from './support.ts';

// .ci/faults asks for every call and more outcomes of each; else every eleventh call is tried,
// beginning elsewhere in each test.
const isWhole = process.env['KNHK_FAULTS'] === 'all';
const stride = isWhole ? 1 : step(97) === 1 ? 11 : 97;
const seeds = isWhole ? 4 : 1;
const callsMin = 250;
const minutes = 60_000;

/** What may be left of one moment: nothing unsynced, and chosen by chance at both sector sizes. */
function outcomesOf(call: number): readonly CrashOptions[] {
  const chosen = Array.from({ length: seeds }, (_, seed) =>
    [512, 4_096].map((sectorBytes) => {
      return { sectorBytes, random: seededRandom(100_000 * (seed + 1) + call) };
    }),
  );
  return [{}, ...chosen.flat()];
}

/** A directory that has to be made, but on the machine's disk, where its lock lies. */
function placeOfLog(): string {
  const directory = join(temporary(), 'log');
  mkdirSync(directory);
  return directory;
}

interface Cut {
  readonly directory: string;
  readonly call: number;
  /** The disk underneath, on which nothing fails. */
  readonly disk: MemoryFs;
  readonly told: Told;
}

/**
 * Runs a use of a log for each call that something happens at, and hands on what it was told. The
 * number of calls is found by a run without failures.
 */
async function atEachCall(
  offset: number,
  failing: { readonly lasting: boolean; readonly tornBytes: number },
  check: (cut: Cut) => Promise<void>,
  run: (directory: string, fs: LogFs) => Promise<Told> = useLog,
): Promise<void> {
  const directory = placeOfLog();
  // Only the folder above is there from the start.
  const newDisk = (): MemoryFs => memoryFs({ directories: [dirname(directory)] });
  const sound = failingFs({ fs: newDisk() });
  const whole = await run(directory, sound);
  expect(whole.leaves.size).toBeGreaterThanOrEqual(leavesOfUse);
  expect(sound.calls).toBeGreaterThan(callsMin);
  for (let call = 1 + (offset % stride); call <= sound.calls; call += stride) {
    const disk = newDisk();
    try {
      const told = await run(directory, failingFs({ fs: disk, call, ...failing }));
      await check({ directory, call, disk, told });
    } catch (error) {
      throw new Error(`call ${call}: ${error}`, { cause: error });
    }
  }
}

const death = { lasting: true, tornBytes: 700 };

async function expectKeptAfterEach(cut: Cut, most = Number.POSITIVE_INFINITY): Promise<void> {
  const { directory, call, disk, told } = cut;
  for (const outcome of outcomesOf(call).slice(0, most)) {
    await expectKept(directory, disk.crash(outcome), told);
  }
}

describe('the power is cut', () => {
  test(
    'at each call: whatever is left, nothing acknowledged is lost',
    () => atEachCall(0, death, (cut) => expectKeptAfterEach(cut)),
    30 * minutes,
  );
  test(
    'again while the log is opened after a cut',
    () =>
      atEachCall(3, death, async ({ directory, call, disk, told }) => {
        const random = seededRandom(call);
        const [low = 0] = random(1);
        const second = disk.crash({ random });
        // The calls of the second start, each of them now and then.
        await useLog(directory, failingFs({ fs: second, call: 1 + (low % 120), ...death }), told);
        await expectKept(directory, second.crash({ random }), told);
      }),
    30 * minutes,
  );
});

describe('something goes wrong, the log is used on, and then the power is cut', () => {
  test(
    'a process dies: what it left unsynced is made durable by the next one',
    () =>
      atEachCall(5, death, async (cut) => {
        await useLog(cut.directory, cut.disk, cut.told);
        await expectKeptAfterEach(cut, 2);
      }),
    30 * minutes,
  );
  test(
    'one call fails, and the same process goes on',
    () =>
      atEachCall(
        7,
        { lasting: false, tornBytes: 100 },
        (cut) => expectKeptAfterEach(cut, 2),
        async (directory, fs) => {
          const told = await useLog(directory, fs, toldNothing());
          return useLog(directory, fs, told);
        },
      ),
    30 * minutes,
  );
});
