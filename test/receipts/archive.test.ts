import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archiveLog } from '../../src/receipts/log/archive.ts';
import { storedCopy, viewOf } from '../../src/receipts/log/copy-view.ts';
import { listSegments } from '../../src/receipts/log/files.ts';
import { type LogFs, nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { deployed, diskWith, failCalls, faults, filesBelow, hashesBelow } from './copy-support.ts';
import { appendEpochs, codeOf, keyring, open, origin, temporary } from './support.ts';

const clock = { now: () => 90_000 };
const options = { keyring, clock };

/** A closed log whose leaves are of 1000, 1001, ...; three leaves or so in a segment. */
async function smallLog(isSealed = true): Promise<string> {
  const directory = join(temporary(), 'log');
  const log = await open(directory, { segmentBytes: 3_000, sealing: false });
  await deployed(log, 'first');
  await appendEpochs(log, [2, 2]);
  await deployed(log, 'second');
  await appendEpochs(log, [2]);
  if (isSealed) await log.seal();
  await log.close();
  return directory;
}

const firstsOf = (directory: string): number[] => listSegments(nodeFs, join(directory, 'seg'));

test('what is old is copied, in whole segments from the first one on, and verifies', async () => {
  const directory = await smallLog();
  const before = filesBelow(directory);
  const to = join(temporary(), 'archive');
  const [, second, third] = firstsOf(directory) as [number, number, number];
  const report = await archiveLog(directory, to, { ...options, before: 1_000 + third });
  expect(report).toMatchObject({ ok: true, size: third, findings: [] });
  expect(filesBelow(directory)).toEqual(before);
  const { manifest } = storedCopy(nodeFs, to)!;
  const paths = manifest.files.map(({ path }) => path).filter((path) => !/^blob/.test(path));
  const names = [0, second].map((first) => String(first).padStart(12, '0'));
  expect(paths).toEqual([
    ...['FORMAT', 'head', ...names.map((name) => `payload/${name}.pay`)],
    ...names.map((name) => `seg/${name}.seg`),
  ]);
  for (const { path } of manifest.files) {
    if (path !== 'head') expect(filesBelow(to).get(path), path).toBe(before.get(path));
  }
  expect(await verifyLog(to, keyring)).toMatchObject({ ok: true, verified_count: third });
  // One millisecond earlier the second segment is too young.
  const less = join(temporary(), 'archive');
  const early = await archiveLog(directory, less, { ...options, before: 999 + third });
  expect(early).toMatchObject({ ok: true, size: second });
});

test('nothing is old enough, and the segment in hand never is', async () => {
  const directory = await smallLog(false);
  const to = join(temporary(), 'archive');
  const nothing = { ok: true, files: 0, size: 0, checkpoint: '' };
  expect(await archiveLog(directory, to, { ...options, before: 0 })).toMatchObject(nothing);
  expect(storedCopy(nodeFs, to)).toBeUndefined();
  const all = await archiveLog(directory, to, { ...options, before: 1e9 });
  expect(all.size).toBe(firstsOf(directory).at(-1));
  expect(await codeOf(() => archiveLog(directory, to, { ...options, before: 0.5 }))).toBe(
    'KNHK_LOG_COPY',
  );
});

test('an archive only grows, and goes on from what it holds', async () => {
  const directory = await smallLog();
  const to = join(temporary(), 'archive');
  const third = firstsOf(directory)[2] as number;
  await archiveLog(directory, to, { ...options, before: 1e9 });
  const whole = hashesBelow(to);
  // A smaller wish takes nothing away.
  const report = await archiveLog(directory, to, { ...options, before: 1_000 + third });
  expect(report).toMatchObject({ ok: true, copiedFiles: 0 });
  expect(hashesBelow(to)).toEqual(whole);
  // Nor does what the log has lost since.
  rmSync(join(directory, 'payload'), { recursive: true });
  await archiveLog(directory, to, { ...options, before: 1e9 });
  expect(hashesBelow(to)).toEqual(whole);
});

test('payloads that were archived inside a segment stay when the log has none', async () => {
  const directory = await smallLog(false);
  const to = join(temporary(), 'archive');
  await archiveLog(directory, to, { ...options, before: 1e9 });
  const first = 'seg/000000000000.seg';
  const full = readFileSync(join(to, first));
  const log = await open(directory, { segmentBytes: 3_000 });
  await log.seal();
  await log.close();
  rmSync(join(directory, 'payload', '000000000000.pay'));
  expect((await archiveLog(directory, to, { ...options, before: 1e9 })).ok).toBe(true);
  expect(readFileSync(join(to, first)).equals(full)).toBe(true);
  // The others were split since, and their payloads lie beside them now.
  const second = String(firstsOf(directory)[1]).padStart(12, '0');
  const pay = `payload/${second}.pay`;
  expect(readFileSync(join(to, pay)).equals(readFileSync(join(directory, pay)))).toBe(true);
});

test('what a leaf names has to be there, unless a later one says that it was removed', async () => {
  const directory = await smallLog();
  const log = await open(directory);
  const { snapshot } = log.read(0).leaf as { snapshot: string };
  const body = { kind: 'config', actor: 'a', resource: origin, outcome: 'success' } as const;
  rmSync(join(directory, 'blob', snapshot.slice(0, 2), snapshot));
  const third = firstsOf(directory)[2] as number;
  const into = async () =>
    archiveLog(directory, join(temporary(), 'archive'), { ...options, before: 1_000 + third });
  const missing = [{ seq: 0, kind: 'blob', message: `${snapshot} is missing` }];
  expect(await into()).toMatchObject({ ok: false, findings: missing });
  const detail = log.putBlob('retention', JSON.stringify({ blobs: [snapshot], payloads: [] }));
  await log.append({ ...body, action: 'other', detail }, log.tick()).durable;
  expect((await into()).ok).toBe(false);
  await log.append({ ...body, action: 'retain', detail }, log.tick()).durable;
  expect(await into()).toMatchObject({ ok: true, findings: [] });
  await log.close();
});

test('an archive of another kind or log is refused, a damaged log is not archived', async () => {
  const directory = await smallLog();
  const to = join(temporary(), 'archive');
  await archiveLog(directory, to, { ...options, before: 1e9 });
  const other = { origin: 'example.com/other', keys: keyring.keys };
  const wrong = () => archiveLog(directory, to, { keyring: other, before: 1e9 });
  expect(await codeOf(wrong)).toBe('KNHK_LOG_FORMAT');
  const path = join(directory, 'seg', '000000000000.seg');
  const bytes = readFileSync(path);
  bytes[200] = (bytes[200] as number) ^ 1;
  writeFileSync(path, bytes);
  const fresh = join(temporary(), 'archive');
  expect((await archiveLog(directory, fresh, { ...options, before: 1e9 })).ok).toBe(false);
  expect(storedCopy(nodeFs, fresh)).toBeUndefined();
});

test.each(faults)(
  '$errno, stride $stride: the log stays, a whole archive counts',
  async (fault) => {
    const directory = await smallLog();
    const to = join(temporary(), 'archive');
    const third = firstsOf(directory)[2] as number;
    const half = await archiveLog(directory, to, { ...options, before: 1_000 + third });
    const source = filesBelow(directory);
    const contents = { [directory]: source, [to]: filesBelow(to) };
    const all = { ...options, before: 1e9 };
    const full = firstsOf(directory).at(-1) as number;
    const countingSize = async (fs: LogFs): Promise<number> => {
      const { stored } = storedCopy(fs, to)!;
      const report = await verifyLog(to, keyring, { fs: viewOf(fs, to, stored) });
      expect(report.findings).toEqual([]);
      return report.verified_count;
    };
    const count = await failCalls(fault, {
      newDisk: () => diskWith(contents),
      run: (fs) =>
        codeOf(async () => {
          const { ok } = await archiveLog(directory, to, { ...all, fs });
          if (!ok) throw new Error('not verified');
        }),
      check: async ({ result, fs, call }) => {
        const size = await countingSize(fs);
        expect([half.size, full]).toContain(size);
        if (result === undefined) expect(size).toBe(full);
        if (call % 5 > 0) return;
        expect(filesBelow(directory, fs)).toEqual(source);
        expect((await archiveLog(directory, to, { ...all, fs })).ok).toBe(true);
        expect(await countingSize(fs)).toBe(full);
      },
    });
    expect(count).toBeGreaterThan(10);
  },
);
