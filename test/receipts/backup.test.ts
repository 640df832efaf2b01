import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backupLog } from '../../src/receipts/log/backup.ts';
import { storedCopy, viewOf } from '../../src/receipts/log/copy-view.ts';
import { type LogFs, nodeFs, type ReceiptLog, verifyLog } from '../../src/receipts/log/index.ts';
import { PayloadWriter, payloadPath } from '../../src/receipts/log/payload-file.ts';
import { parseCheckpoint } from '../../src/receipts/verify/index.ts';
import { memoryFs } from '../../src/testing/index.ts';
import {
  cutPower,
  diskWith,
  failCalls,
  faults,
  filesBelow,
  hashesBelow,
  interrupted,
  recorded,
} from './copy-support.ts';
import {
  appendEpochs,
  applyBody,
  codeOf,
  keyring,
  open,
  origin,
  otherSigner,
  temporary,
} from './support.ts';

const clock = { now: () => 5_000 };
const options = { keyring, clock };

/** A closed log of a deploy whose blobs are stored, three epochs and a savepoint. */
async function smallLog(directory: string = join(temporary(), 'log')): Promise<string> {
  const log = await open(directory, { segmentBytes: 3_000, sealing: false });
  await deploy(log, 'first');
  await appendEpochs(log, [2, 3, 1]);
  await log.saveSavepoint('{"saved":1}');
  await log.close();
  return directory;
}

async function deploy(log: ReceiptLog, name: string): Promise<void> {
  const snapshot = log.putBlob('snapshot', JSON.stringify(name));
  const catalogue = log.putBlob('rules', JSON.stringify(name));
  const body = { kind: 'deploy', snapshot, parent: null, catalogue, dropped: [] } as const;
  await log.append(body, log.tick()).durable;
}

async function more(directory: string, epochs: readonly number[]): Promise<void> {
  const log = await open(directory, { segmentBytes: 3_000, sealing: false });
  await appendEpochs(log, epochs);
  await log.close();
}

const hashesOf = async (directory: string, fs: LogFs = nodeFs): Promise<string[]> => {
  const log = await open(directory, { fs, sealing: false });
  const hashes = [...log.entries()].map(({ hash }) => hash);
  await log.close();
  return hashes;
};

describe('a backup', () => {
  test('holds what the log holds, verifies by itself, and knows what it did', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    const report = await backupLog(directory, to, options);
    expect(report).toMatchObject({ ok: true, size: 7, findings: [] });
    expect(report.checkpoint).toBe(readFileSync(join(directory, 'head'), 'utf8'));
    const source = filesBelow(directory);
    const copy = filesBelow(to);
    for (const derived of ['index/state', 'tile']) source.delete(derived);
    for (const own of ['manifest.json', 'COPY']) expect(copy.delete(own)).toBe(true);
    for (const [path, bytes] of copy) expect(bytes, path).toBe(source.get(path));
    const needed = [...source.keys()].filter((path) => !/^(tile|index)\//.test(path));
    expect([...copy.keys()].sort()).toEqual(needed.sort());
    expect([report.files, report.copiedFiles]).toEqual([copy.size, copy.size]);
    const bytes = [...copy.values()].reduce((sum, hex) => sum + hex.length / 2, 0);
    expect([report.bytes, report.copiedBytes]).toEqual([bytes, bytes]);
    expect(await verifyLog(to, keyring)).toMatchObject({ ok: true, verified_count: 7 });
    expect(JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8'))).toMatchObject({
      ...{ v: 1, kind: 'backup', origin, time: 5_000, checkpoint: report.checkpoint },
    });
  });
  test('copies only what is new the next time, and drops what the log dropped', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    await backupLog(directory, to, options);
    expect(await backupLog(directory, to, options)).toMatchObject({ copiedFiles: 0, size: 7 });
    await more(directory, [2, 4, 4, 1]);
    rmSync(join(directory, 'savepoint', '000000000007.json'));
    const report = await backupLog(directory, to, options);
    expect(report).toMatchObject({ ok: true, size: 18 });
    // The first segment was complete before: only what came later, and `head`.
    const first = filesBelow(to).get('seg/000000000000.seg')!;
    expect(report.copiedBytes).toBeLessThan(report.bytes - first.length / 2);
    expect(filesBelow(join(to, 'savepoint')).size).toBe(0);
    expect(await hashesOf(to)).toEqual(await hashesOf(directory));
  });
  test('takes a segment again whose payloads were split off, and them with it', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    await backupLog(directory, to, options);
    const seg = join(directory, 'seg', '000000000000.seg');
    const before = readFileSync(seg);
    split(directory, seg);
    expect(readFileSync(seg).length).toBeLessThan(before.length);
    const report = await backupLog(directory, to, options);
    expect(report).toMatchObject({ ok: true, copiedFiles: 2 });
    expect(readFileSync(join(to, 'seg', '000000000000.seg'))).toEqual(readFileSync(seg));
    expect(readFileSync(payloadPath(to, 0))).toEqual(readFileSync(payloadPath(directory, 0)));
    // Retention removed them: so does the next backup.
    rmSync(payloadPath(directory, 0));
    expect(await backupLog(directory, to, options)).toMatchObject({ ok: true, copiedFiles: 0 });
    expect(nodeFs.statSync(payloadPath(to, 0))).toBeUndefined();
  });
  test('ends at head, whatever stands behind it', async () => {
    const directory = await smallLog();
    const head = readFileSync(join(directory, 'head'));
    await more(directory, [2]);
    writeFileSync(join(directory, 'head'), head);
    const to = join(temporary(), 'backup');
    expect(await backupLog(directory, to, options)).toMatchObject({ ok: true, size: 7 });
    // Without one, everything that is complete counts, and is synced first.
    rmSync(join(directory, 'head'));
    let syncs = 0;
    const fs: LogFs = {
      ...nodeFs,
      fdatasyncSync: (fd) => {
        syncs++;
        nodeFs.fdatasyncSync(fd);
      },
    };
    expect(await backupLog(directory, to, { ...options, fs })).toMatchObject({ ok: true, size: 9 });
    expect(syncs).toBe(1);
  });
  test('of a log that went back or another way is no backup, and the old one stays', async () => {
    const directory = await smallLog();
    const other = await smallLog();
    const to = join(temporary(), 'backup');
    await more(directory, [3]);
    await backupLog(directory, to, options);
    const whole = hashesBelow(to);
    const kinds = async (source: string) => {
      const report = await backupLog(source, to, options);
      expect(report.ok).toBe(false);
      expect(hashesBelow(to)['manifest.json']).toBe(whole['manifest.json']);
      return report.findings.map(({ kind }) => kind);
    };
    expect(await kinds(other)).toContain('rollback');
    const log = await open(other, { segmentBytes: 3_000 });
    for (let at = 0; at < 5; at++) await log.append(applyBody(`b${at}`), log.tick()).durable;
    await log.close();
    expect(await kinds(other)).toContain('fork');
    // What the manifest lists is still all there.
    const { manifest, stored } = storedCopy(nodeFs, to)!;
    const fs = viewOf(nodeFs, to, stored);
    expect(await verifyLog(to, keyring, { fs })).toMatchObject({ ok: true, verified_count: 10 });
    expect(parseCheckpoint(manifest.checkpoint)?.size).toBe(10);
    expect(await backupLog(directory, to, options)).toMatchObject({ ok: true, size: 10 });
    expect(without(hashesBelow(to), 'manifest.json')).toEqual(without(whole, 'manifest.json'));
  });
  test('of a damaged log does not count', async () => {
    const directory = await smallLog();
    const seg = join(directory, 'seg', '000000000000.seg');
    const bytes = readFileSync(seg);
    bytes[300] = (bytes[300] as number) ^ 1;
    writeFileSync(seg, bytes);
    const to = join(temporary(), 'backup');
    const report = await backupLog(directory, to, options);
    expect(report.ok).toBe(false);
    expect(report.findings.length).toBeGreaterThan(0);
    expect(storedCopy(nodeFs, to)).toBeUndefined();
  });
  test('that reads back otherwise than it was written does not count', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    const fs: LogFs = {
      ...nodeFs,
      renameSync: (from, place) => {
        nodeFs.renameSync(from, place);
        if (place.includes('savepoint')) writeFileSync(place, 'rot');
      },
    };
    const report = await backupLog(directory, to, { ...options, fs });
    expect(report.findings).toEqual([
      { seq: 0, kind: 'copy', message: expect.stringContaining('savepoint/000000000007.json') },
    ]);
    expect(storedCopy(nodeFs, to)).toBeUndefined();
  });
});

const without = (files: Record<string, string>, path: string): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));

/** Splits the payloads of a segment off, as sealing does. */
function split(directory: string, path: string): void {
  const bytes = readFileSync(path);
  mkdirSync(join(directory, 'payload'), { recursive: true });
  const writer = new PayloadWriter(nodeFs, directory, 0);
  const rest: Buffer[] = [];
  let seq = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = at + 12 + bytes.readUInt32LE(at);
    const frame = bytes.subarray(at, end);
    if (bytes[at + 4] === 1) writer.add(seq, frame);
    else rest.push(frame);
    if (bytes[at + 4] === 2) seq++;
    at = end;
  }
  writer.place();
  writeFileSync(path, Buffer.concat(rest));
}

describe('what may not be', () => {
  test('a target that is something else', async () => {
    const directory = await smallLog();
    const backup = (to: string, from = directory) => codeOf(() => backupLog(from, to, options));
    const full = temporary();
    writeFileSync(join(full, 'letter'), 'dear');
    expect(await backup(full)).toBe('KNHK_LOG_COPY');
    expect(await backup(directory)).toBe('KNHK_LOG_COPY');
    expect(await backup(join(directory, 'backup'))).toBe('KNHK_LOG_COPY');
    expect(await backup(join(directory, '..'))).toBe('KNHK_LOG_COPY');
    const marked = temporary();
    writeFileSync(join(marked, 'COPY'), `knhk archive\nformat 1\norigin ${origin}\n`);
    expect(await backup(marked)).toBe('KNHK_LOG_COPY');
    expect(await backup(`${directory}-backup`)).toBeUndefined();
  });
  test('a source that is no log of the keyring', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    const origins = { ...keyring, origin: 'example.com/other' };
    expect(await codeOf(() => backupLog(directory, to, { keyring: origins }))).toBe(
      'KNHK_LOG_FORMAT',
    );
    expect(await codeOf(() => backupLog(temporary(), to, options))).toBe('KNHK_LOG_OPEN');
    const unknown = { origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] };
    expect((await backupLog(directory, to, { keyring: unknown })).ok).toBe(false);
    const empty = join(temporary(), 'log');
    await (await open(empty)).close();
    expect(await codeOf(() => backupLog(empty, to, options))).toBe('KNHK_LOG_ROLLBACK');
    await more(empty, [1]);
    rmSync(join(empty, 'seg', '000000000000.seg'));
    expect(await codeOf(() => backupLog(empty, to, options))).toBe('KNHK_LOG_COPY');
  });
  test('a damaged manifest is never guessed at', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    await backupLog(directory, to, options);
    const path = join(to, 'manifest.json');
    const good = JSON.parse(readFileSync(path, 'utf8')) as { files: object[] };
    const [file] = good.files;
    const bad = [
      ...['', '[]', '{}', { ...good, v: 2 }, { ...good, kind: 'copy' }, { ...good, origin: 1 }],
      ...[
        { ...good, time: 0.5 },
        { ...good, files: {} },
        { ...good, checkpoint: null },
      ],
      ...[
        { ...file, path: '../x' },
        { ...file, sha256: 'A' },
        { ...file, bytes: '1' },
        null,
        { ...file, payloads: false },
      ].map((item) => ({ ...good, files: [item] })),
      { ...good, files: [file, file] },
    ];
    for (const value of bad) {
      writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
      expect(await codeOf(() => backupLog(directory, to, options))).toBe('KNHK_LOG_COPY');
    }
    writeFileSync(path, JSON.stringify(good));
    expect(await backupLog(directory, to, options)).toMatchObject({ copiedFiles: 0 });
  });
  test('two runs at once', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    const runs = [0, 1].map(() => codeOf(() => backupLog(directory, to, options)));
    expect((await Promise.all(runs)).sort()).toEqual(['KNHK_LOG_LOCKED', undefined]);
  });
  test('an abort leaves the copy before it', async () => {
    const directory = await smallLog();
    const to = join(temporary(), 'backup');
    const stopped = { ...options, signal: AbortSignal.abort(new Error('stop')) };
    await expect(backupLog(directory, to, stopped)).rejects.toThrow('stop');
    expect(storedCopy(nodeFs, to)).toBeUndefined();
  });
});

describe('beside a writer', () => {
  test('any interleaving gives a verified prefix that was durable', async () => {
    const directory = join(temporary(), 'log');
    const to = join(temporary(), 'backup');
    const roots = [directory, to].map((path) => join(path, '..'));
    mkdirSync(directory);
    mkdirSync(to);
    const disk = memoryFs({ directories: roots });
    const { fs, changes } = recorded(disk);
    const durable: { readonly changes: number; readonly size: number }[] = [];
    const log = await open(directory, { fs, segmentBytes: 3_000 });
    log.onCheckpoint(({ size }) => durable.push({ changes: changes.length, size }));
    await deploy(log, 'first');
    await appendEpochs(log, [1, 2]);
    const begun = changes.length;
    await appendEpochs(log, [3, 1]);
    await log.saveSavepoint('{}');
    await deploy(log, 'second');
    await appendEpochs(log, [4, 2, 1, 5]);
    const hashes = [...log.entries()].map(({ hash }) => hash);
    await log.close();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 60 }),
        fc.boolean(),
        async (steps, isTwice) => {
          const replay = memoryFs({ directories: roots });
          let done = 0;
          const advance = (count: number): void => {
            for (const end = Math.min(changes.length, done + count); done < end; done++) {
              changes[done]!(replay);
            }
          };
          advance(begun);
          let call = 0;
          const both = interrupted(replay, () => advance(steps[call++ % steps.length]!));
          for (let run = 0; run < (isTwice ? 2 : 1); run++) {
            const known = done;
            const report = await backupLog(directory, to, { ...options, fs: both });
            expect(report.findings).toEqual([]);
            const at = (count: number): number =>
              durable.findLast((epoch) => epoch.changes <= count)?.size ?? 0;
            // Durable when it was copied, and no older than what was durable at the start.
            expect(report.size).toBeLessThanOrEqual(at(done + 3));
            expect(report.size).toBeGreaterThanOrEqual(at(known) - 5);
            const found = await verifyLog(to, keyring, { fs: replay });
            expect([found.ok, found.verified_count]).toEqual([true, report.size]);
            expect(await copied(to, replay)).toEqual(hashes.slice(0, report.size));
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** The leaves of a copy, read from a copy of it. */
async function copied(to: string, fs: LogFs): Promise<string[]> {
  const place = join(temporary(), 'log');
  for (const [path, hex] of filesBelow(to, fs)) {
    mkdirSync(join(place, path, '..'), { recursive: true });
    writeFileSync(join(place, path), Buffer.from(hex, 'hex'));
  }
  return hashesOf(place);
}

describe('what goes wrong on the way', () => {
  /** A log, and a backup of its first half, to be put on many disks. */
  async function halfBackedUp() {
    const directory = join(temporary(), 'log');
    const to = join(temporary(), 'backup');
    for (const path of [directory, to]) mkdirSync(path);
    const disk = memoryFs({ directories: [directory, to] });
    const log = await open(directory, { fs: disk, segmentBytes: 3_000 });
    await deploy(log, 'first');
    await appendEpochs(log, [2, 3]);
    await backupLog(directory, to, { ...options, fs: disk });
    await appendEpochs(log, [3, 4]);
    await log.saveSavepoint('{}');
    await log.close();
    const source = filesBelow(directory, disk);
    const contents = { [directory]: source, [to]: filesBelow(to, disk) };
    return { directory, to, source, newDisk: () => diskWith(contents) };
  }

  /** Leaves of the copy that counts; it has to verify. */
  async function counting(to: string, disk: LogFs): Promise<number> {
    const { manifest, stored } = storedCopy(disk, to)!;
    const report = await verifyLog(to, keyring, { fs: viewOf(disk, to, stored) });
    const size = parseCheckpoint(manifest.checkpoint)?.size;
    expect([report.findings, report.verified_count]).toEqual([[], size]);
    return report.verified_count;
  }

  test.each(faults)('$errno, stride $stride: the log stays, a whole copy counts', async (fault) => {
    const { directory, to, source, newDisk } = await halfBackedUp();
    const seen = new Set<number>();
    const count = await failCalls(fault, {
      newDisk,
      run: (fs) => codeOf(async () => expectOk(await backupLog(directory, to, { ...options, fs }))),
      check: async ({ result, fs, call }) => {
        const size = await counting(to, fs);
        seen.add(size);
        if (result === undefined) expect(size).toBe(13);
        if (call % 5 > 0) return;
        expect(filesBelow(directory, fs)).toEqual(source);
        const report = await backupLog(directory, to, { ...options, fs });
        expect([report.ok, await counting(to, fs)]).toEqual([true, 13]);
        const left = Object.keys(hashesBelow(to, fs)).filter((path) => /next|new$/.test(path));
        expect(left).toEqual([]);
      },
    });
    expect(count).toBeGreaterThan(10);
    expect(seen).toContain(6);
  });

  test('the power goes at every call: a whole copy counts', async () => {
    const { directory, to, newDisk } = await halfBackedUp();
    const seen = new Set<number>();
    await cutPower(3, {
      newDisk,
      run: (fs) => codeOf(() => backupLog(directory, to, { ...options, fs })),
      check: async (fs, call) => {
        seen.add(await counting(to, fs));
        if (call % 7 > 0) return;
        const report = await backupLog(directory, to, { ...options, fs });
        expect([report.ok, report.size]).toEqual([true, 13]);
      },
    });
    expect([...seen].sort()).toEqual([13, 6]);
  });
});

function expectOk({ ok }: { readonly ok: boolean }): void {
  if (!ok) throw new Error('not verified');
}
