import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type LogFs, nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { failEveryCall } from '../../src/testing/index.ts';
import { appendEpochs, applyBody, codeOf, keyring, open, temporary } from './support.ts';

const segmentOf = (directory: string): string => join(directory, 'seg', '000000000000.seg');

/** A closed log of three epochs, and where each of them ends. */
async function smallLog(
  directory: string = temporary(),
  fs: LogFs = nodeFs,
): Promise<{ directory: string; ends: number[]; hashes: string[] }> {
  const log = await open(directory, { fs });
  const ends: number[] = [];
  log.onCheckpoint(({ bytes }) => ends.push((ends.at(-1) ?? 0) + bytes));
  await appendEpochs(log, [1, 1, 2]);
  const hashes = [...log.entries()].map(({ hash }) => hash);
  await log.close();
  return { directory, ends, hashes };
}

const mutating = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'fdatasyncSync',
  'ftruncateSync',
  'mkdirSync',
  'renameSync',
  'write',
  'fdatasync',
] as const;

interface Acknowledged {
  readonly seq: number;
  readonly hash: string;
}

/** Everything a log does to its files; returns what was acknowledged. */
async function scenario(directory: string, fs: LogFs): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  const log = await open(directory, { fs, segmentBytes: 3_000 });
  try {
    for (let round = 0; round < 4; round++) {
      log.putBlob('test', `{"round":${round}}`);
      const appended = [0, 1, 2].map((at) => log.append(applyBody(`${round} ${at}`), log.tick()));
      await Promise.all(
        appended.map(({ seq, hash, durable }) =>
          durable.then(() => acknowledged.push({ seq, hash })),
        ),
      );
      if (round === 2) await log.saveSavepoint('{"round":2}');
    }
  } catch (error) {
    const { code } = error as { code: string };
    if (log.failure !== undefined) {
      expect(code).toBe('KNHK_LOG_POISONED');
      expect(await codeOf(() => log.append(applyBody('later'), log.tick()))).toBe(code);
      expect(await codeOf(() => log.flush())).toBe(code);
      expect((log.failure.cause as Error).message).toContain('injected');
      expect(log.durableSize).toBe(acknowledged.length);
    }
  } finally {
    await log.close().catch(() => {});
  }
  return acknowledged;
}

describe('every file system call fails once', () => {
  // .ci/faults asks for both; what is done about them is the same.
  const errnos = process.env['KNHK_FAULTS'] === 'all' ? ['EIO', 'ENOSPC'] : ['ENOSPC'];
  test.each(errnos)(
    '%s',
    async (errno) => {
      let poisoned = 0;
      let directory = '';
      const faults = await failEveryCall({
        errno,
        operations: mutating,
        // The bytes may have arrived in part before the call failed.
        tornBytes: 100,
        run: async (fs) => {
          directory = join(temporary(), 'log');
          try {
            return await scenario(directory, fs);
          } catch (error) {
            expect((error as { code: string }).code).toBe('KNHK_LOG_OPEN');
            return undefined;
          }
        },
        check: async ({ result, failed }) => {
          if (failed === undefined) expect(result).toHaveLength(12);
          else if (result !== undefined && result.length < 12) poisoned++;
          const log = await open(directory, { segmentBytes: 3_000 });
          for (const { seq, hash } of result ?? []) expect(log.read(seq).hash).toBe(hash);
          const before = log.size;
          await appendEpochs(log, [2]);
          await log.close();
          const report = await verifyLog(directory, keyring);
          expect([report.ok, report.verified_count]).toEqual([true, before + 2]);
        },
      });
      expect(faults).toBeGreaterThan(40);
      expect(poisoned).toBeGreaterThan(8);
    },
    600_000,
  );
});

test('all waiting promises of a poisoned log reject, and nobody has to listen', async () => {
  let fail = false;
  const fs: LogFs = {
    ...nodeFs,
    fdatasync: (fd, done) =>
      fail ? setImmediate(done, new Error('gone')) : nodeFs.fdatasync(fd, done),
  };
  const directory = temporary();
  const log = await open(directory, { fs });
  await appendEpochs(log, [1]);
  fail = true;
  const promises = Array.from({ length: 600 }, (_, index) => {
    return log.append(applyBody(`x${index}`), log.tick()).durable;
  });
  const results = await Promise.allSettled(new Set(promises));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect([log.durableSize, log.checkpoint?.split('\n')[1]]).toEqual([1, '1']);
  expect(log.read(0).seq).toBe(0);
  await log.close();
  const again = await open(directory);
  // The failed epoch may have reached the disk whole; then it is kept, as nothing contradicts it.
  expect([1, 257]).toContain(again.size);
  await again.close();
});

test('a signer that fails or signs wrongly poisons the log and nothing is written', async () => {
  const { signer } = await import('./support.ts');
  const broken = [
    () => Promise.reject(new Error('vault is sealed')),
    () => new Uint8Array(64),
    () => new Uint8Array(3),
    () => {
      throw new Error('vault is gone');
    },
  ];
  for (const sign of broken) {
    const directory = temporary();
    const log = await open(directory, { signer: { vkey: signer.vkey, sign } });
    const { durable } = log.append(applyBody('a'), log.tick());
    expect(await codeOf(() => durable)).toBe('KNHK_LOG_POISONED');
    await log.close();
    expect(readFileSync(segmentOf(directory))).toHaveLength(0);
  }
});

test('short writes are completed, a write of nothing poisons', async () => {
  const short: LogFs = {
    ...nodeFs,
    writeSync: (fd, bytes, offset, length, at) =>
      nodeFs.writeSync(fd, bytes, offset, Math.min(length, 7), at),
  };
  const directory = temporary();
  const log = await open(directory, { fs: short });
  await appendEpochs(log, [3, 2]);
  await log.close();
  expect(await verifyLog(directory, keyring)).toMatchObject({ ok: true, verified_count: 5 });
  const stuck: LogFs = { ...nodeFs, writeSync: () => 0 };
  const next = await open(directory, { fs: stuck });
  const { durable } = next.append(applyBody('x'), next.tick());
  expect(await codeOf(() => durable)).toBe('KNHK_LOG_POISONED');
  await next.close();
});

test('holes in the very last epoch are trimmed if head does not know it', async () => {
  const { directory, ends } = await smallLog();
  rmSync(join(directory, 'index', 'state'));
  const [first, before] = ends as [number, number];
  // The head of an earlier epoch: a power cut took the sync of the last one.
  const log = await open(join(temporary(), 'log'));
  await appendEpochs(log, [1, 1]);
  writeFileSync(join(directory, 'head'), log.checkpoint as string);
  await log.close();
  const good = readFileSync(segmentOf(directory));
  writeFileSync(segmentOf(directory), Buffer.from(good).fill(0, before + 10, before + 522));
  const again = await open(directory);
  expect([again.size, again.recovery.trimmedBytes]).toEqual([2, good.length - before]);
  await again.close();
  // The same holes one epoch earlier are damage, whatever head says.
  rmSync(join(directory, 'index', 'state'));
  rmSync(join(directory, 'head'));
  writeFileSync(segmentOf(directory), Buffer.from(good).fill(0, first + 10, first + 200));
  expect(await codeOf(() => open(directory))).toBe('KNHK_LOG_CORRUPT');
});

test('a power cut keeps any of the last write: every choice of 512-byte sectors', async () => {
  const { directory, ends } = await smallLog();
  const [, before, end] = ends as [number, number, number];
  const log = await open(join(temporary(), 'log'));
  await appendEpochs(log, [1, 1]);
  const oldHead = log.checkpoint as string;
  await log.close();
  const good = readFileSync(segmentOf(directory));
  const sectors = Math.ceil(end / 512) - Math.floor(before / 512);
  for (let kept = 0; kept < 2 ** sectors; kept++) {
    const torn = Buffer.from(good);
    for (let sector = 0; sector < sectors; sector++) {
      const start = (Math.floor(before / 512) + sector) * 512;
      const from = Math.max(before, start);
      if ((kept & (1 << sector)) === 0) torn.fill(0, from, Math.min(end, start + 512));
    }
    writeFileSync(segmentOf(directory), torn);
    writeFileSync(join(directory, 'head'), oldHead);
    rmSync(join(directory, 'index', 'state'), { force: true });
    const again = await open(directory);
    expect(again.size, `kept ${kept.toString(2)}`).toBe(kept === 2 ** sectors - 1 ? 4 : 2);
    await again.close();
  }
});
