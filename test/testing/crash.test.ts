import { describe, expect, test } from 'vitest';
import { type LogFs, verifyLog } from '../../src/receipts/log/index.ts';
import {
  failEveryCall,
  fixedClock,
  type MemoryFs,
  memoryFs,
  openLog,
  type ReceiptLog,
  seededRandom,
  seededSigner,
} from '../../src/testing/index.ts';
import { applyBody } from '../receipts/support.ts';
import { temporary } from '../support/runtime.ts';

const origin = 'example.com/ops';
const { signer, keyring } = seededSigner({ name: origin, seed: 1 });

const open = (directory: string, fs: LogFs): Promise<ReceiptLog> =>
  openLog({ directory, origin, signer, clock: fixedClock(1_000, 1), fs, segmentBytes: 3_000 });

interface Told {
  readonly hashes: Map<number, string>;
  readonly blobs: Set<string>;
  savepoint: number;
}

/** Everything that a log does to its files; says what it was told is durable. */
async function scenario(directory: string, fs: LogFs): Promise<Told> {
  const told: Told = { hashes: new Map(), blobs: new Set(), savepoint: 0 };
  let log: ReceiptLog | undefined;
  try {
    log = await open(directory, fs);
    for (let round = 0; round < 4; round++) {
      told.blobs.add(log.putBlob('test', `{"round":${round}}`));
      for (const name of [`${round} a`, `${round} b`, `${round} c`]) {
        const { seq, hash, durable } = log.append(applyBody(name), log.tick());
        durable.then(
          () => told.hashes.set(seq, hash),
          () => {},
        );
      }
      await log.flush();
      if (round !== 2) continue;
      await log.saveSavepoint('state');
      told.savepoint = log.size;
    }
  } catch {
    // The power is gone; what was told before is what counts.
  }
  await log?.close().catch(() => {});
  return told;
}

/** What a start after the cut finds: all that was told, in a log that verifies and goes on. */
async function expectKept(directory: string, fs: MemoryFs, told: Told): Promise<void> {
  const log = await open(directory, fs);
  for (const [seq, hash] of told.hashes) expect(log.read(seq).hash).toBe(hash);
  for (const hash of told.blobs) expect(log.getBlob(hash)).toBeDefined();
  expect(log.loadSavepoint()?.size ?? 0).toBeGreaterThanOrEqual(told.savepoint);
  const { size } = log;
  await log.append(applyBody('after'), log.tick()).durable;
  await log.close();
  const report = await verifyLog(directory, keyring, { fs });
  expect([report.ok, report.verified_count]).toEqual([true, size + 1]);
}

describe('a power cut at every call of a log', () => {
  test.each([
    ['nothing else survives', undefined],
    ['chance decides what else survives', 1],
  ])('keeps what was acknowledged; %s', async (_name, seed) => {
    const directory = temporary();
    const faults = await failEveryCall({
      fs: () => memoryFs({ directories: [directory] }),
      lasting: true,
      tornBytes: 700,
      run: (fs) => scenario(directory, fs),
      check: async ({ result, fs, call, failed }) => {
        if (failed === undefined) expect(result.hashes.size).toBe(12);
        const random = seed === undefined ? {} : { random: seededRandom(1_000 * seed + call) };
        await expectKept(directory, fs.crash(random), result);
      },
    });
    expect(faults).toBeGreaterThan(100);
  });
});

const lies: readonly (readonly [string, (fs: LogFs) => Partial<LogFs>])[] = [
  ['epochs', () => ({ fdatasync: (_fd, done) => void setImmediate(done, null) })],
  [
    'files',
    (fs) => ({
      fsyncSync: (fd) => (fs.fstatSync(fd).isDirectory() ? fs.fsyncSync(fd) : undefined),
    }),
  ],
  [
    'names',
    (fs) => ({
      fsyncSync: (fd) => (fs.fstatSync(fd).isDirectory() ? undefined : fs.fsyncSync(fd)),
    }),
  ],
];

describe('a log that only seems to sync', () => {
  test.each(lies)('its %s is found out', async (_name, lie) => {
    const directory = temporary();
    const work = failEveryCall({
      fs: () => memoryFs({ directories: [directory] }),
      lasting: true,
      run: (fs) => scenario(directory, { ...fs, ...lie(fs) }),
      check: ({ result, fs }) => expectKept(directory, fs.crash(), result),
    });
    await expect(work).rejects.toThrow(/^call \d+ \(/);
  });
});
