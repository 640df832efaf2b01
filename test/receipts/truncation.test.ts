import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { memoryFs } from '../../src/testing/index.ts';
import { type Disk, diskOf } from '../support/disk.ts';
import { step } from '../support/effort.ts';
import { appendEpochs, codeOf, keyring, open, temporary } from './support.ts';

const segmentOf = (directory: string, first = 0): string =>
  join(directory, 'seg', `${String(first).padStart(12, '0')}.seg`);

interface Place extends Disk {
  readonly directory: string;
}

function place(): Place {
  const directory = temporary();
  return { directory, ...diskOf(memoryFs({ directories: [directory] })) };
}

// .ci/faults asks for every byte; else every seventh is tried.
const stride = process.env['KNHK_FAULTS'] === 'all' ? 1 : 7 * step(14);

// Every byte takes minutes.
vi.setConfig({ testTimeout: 600_000 });

/** A closed log of three epochs in one segment, and where each of them ends. */
async function oneSegment({ directory, fs }: Place): Promise<number[]> {
  const log = await open(directory, { fs });
  const ends: number[] = [];
  log.onCheckpoint(({ bytes }) => ends.push((ends.at(-1) ?? 0) + bytes));
  await appendEpochs(log, [1, 1, 2]);
  await log.close();
  return ends;
}

describe('a tail cut at every byte of the last epoch', () => {
  test.each([
    { head: true, index: false },
    { head: false, index: false },
    { head: false, index: true },
  ])('with %o', async ({ head, index }) => {
    const at = place();
    const { directory, fs, read, write, remove } = at;
    const [, before, end] = (await oneSegment(at)) as [number, number, number];
    if (!head) remove(join(directory, 'head'));
    const state = index ? read(join(directory, 'index', 'state')) : Buffer.of();
    const good = read(segmentOf(directory));
    for (let length = before; length < end; length += stride) {
      const cut = good.subarray(0, length);
      write(segmentOf(directory), cut);
      write(join(directory, 'index', 'state'), state);
      const report = await verifyLog(directory, keyring, { fs });
      if (head) {
        expect(report.rollback).toBe(true);
        expect(await codeOf(() => open(directory, { fs }))).toBe('KNHK_LOG_ROLLBACK');
        // What is refused is left as it was, for whoever looks into it.
        expect(read(segmentOf(directory)).equals(cut)).toBe(true);
        continue;
      }
      expect(report).toMatchObject({ ok: true, verified_count: 2 });
      expect(report.unsigned_tail.bytes).toBe(length - before);
      const log = await open(directory, { fs });
      expect([log.size, log.recovery.trimmedBytes]).toEqual([2, length - before]);
      expect(log.recovery.trimmedLeaves).toBe(report.unsigned_tail.leaves);
      const isProbed = length % 40 === 0;
      if (isProbed) await appendEpochs(log, [1]);
      await log.close();
      if (isProbed) expect((await verifyLog(directory, keyring, { fs })).verified_count).toBe(3);
      remove(join(directory, 'head'));
    }
  });
});

/** A log of several segments, all sealed but the last one, which is one epoch. */
async function sealedSegments({
  directory,
  fs,
}: Place): Promise<{ firsts: number[]; note: string }> {
  const log = await open(directory, { fs, segmentBytes: 2_000 });
  await appendEpochs(log, [1, 1]);
  await log.seal();
  const note = log.checkpoint as string;
  await appendEpochs(log, [2]);
  await log.close();
  const names = fs.readdirSync(join(directory, 'seg')).sort();
  return { firsts: names.map((name) => Number.parseInt(name, 10)), note };
}

describe('in a log of several segments', () => {
  test('the last one cut at every byte, and removed, is the end of the one before', async () => {
    const at = place();
    const { directory, fs, read, write, remove } = at;
    const { firsts, note } = await sealedSegments(at);
    const [last = 0] = firsts.slice(-1);
    expect(firsts.length).toBeGreaterThan(1);
    const path = segmentOf(directory, last);
    const good = read(path);
    const lastNote = read(join(directory, 'head')).toString();
    for (let length = -1; length < good.length; length += stride) {
      if (length < 0) remove(path);
      else write(path, good.subarray(0, length));
      write(join(directory, 'head'), Buffer.from(lastNote));
      expect(await codeOf(() => open(directory, { fs }))).toBe('KNHK_LOG_ROLLBACK');
      remove(join(directory, 'head'));
      remove(join(directory, 'index', 'state'));
      const seen = await verifyLog(directory, keyring, { fs });
      expect(seen).toMatchObject({ ok: true, verified_count: last, checkpoint: note });
      const since = await verifyLog(directory, keyring, { fs, since: lastNote });
      expect(since).toMatchObject({ ok: false, rollback: true, verified_count: last });
      const log = await open(directory, { fs, segmentBytes: 2_000 });
      expect([log.size, log.recovery.trimmedBytes]).toEqual([last, Math.max(0, length)]);
      await log.close();
    }
  });
  test('an earlier one cut at any byte is damage, which opening leaves alone', async () => {
    const at = place();
    const { directory, fs, read, write, remove } = at;
    const { firsts } = await sealedSegments(at);
    const path = segmentOf(directory, 0);
    const good = read(path);
    remove(join(directory, 'head'));
    const state = read(join(directory, 'index', 'state'));
    for (let length = 0; length < good.length; length += stride) {
      const cut = good.subarray(0, length);
      write(path, cut);
      const report = await verifyLog(directory, keyring, { fs });
      // Where only the epoch's own frame is lost, the next checkpoint still covers its leaves.
      const isCovered = report.ok && report.verified_count === 4;
      const isLocated = (report.findings[0]?.seq ?? 4) <= (firsts[1] as number);
      expect([length, isCovered || isLocated]).toEqual([length, true]);
      for (const isIndexed of [true, false]) {
        if (isIndexed) write(join(directory, 'index', 'state'), state);
        else remove(join(directory, 'index', 'state'));
        expect(await codeOf(() => open(directory, { fs }))).toBe('KNHK_LOG_CORRUPT');
        expect(read(path).equals(cut)).toBe(true);
      }
    }
  });
});
