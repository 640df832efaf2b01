import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkLog } from '../../src/receipts/log/fsck.ts';
import { type LogFs, nodeFs, verifyLog } from '../../src/receipts/log/index.ts';
import { retainLog } from '../../src/receipts/log/retain.ts';
import { loadSegmentIndex, saveSegmentIndex } from '../../src/receipts/log/segment-index.ts';
import { deployed, diskWith, failCalls, faults, filesBelow, hashesBelow } from './copy-support.ts';
import { appendEpochs, codeOf, keyring, open, origin, signer, temporary } from './support.ts';

/** A closed log of 303 leaves: segments sealed, full and partial tiles, documents, a savepoint. */
async function written(sealing = true): Promise<string> {
  const directory = join(temporary(), 'log');
  const log = await open(directory, { segmentBytes: 60_000, sealing: false });
  await deployed(log, 'first');
  await appendEpochs(log, [100, 100, 100]);
  await log.saveSavepoint('{}');
  if (sealing) await log.seal();
  await appendEpochs(log, [2]);
  await log.close();
  return directory;
}

// Directories do not outlive the test that made them: bytes do.
const whole = filesBelow(await written());

/** A copy of the log to be damaged. */
function copyOf(files = whole): string {
  const directory = join(temporary(), 'log');
  for (const [path, hex] of files) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), Buffer.from(hex, 'hex'));
  }
  return directory;
}

const found = async (directory: string): Promise<readonly (string | number | null)[][]> => {
  const { ok, findings } = await checkLog(directory, { keyring });
  expect(ok).toBe(findings.length === 0);
  for (const { cause, todo } of findings) expect([cause, todo]).not.toContain('');
  return findings.map(({ file, seq }) => [file, seq]);
};

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] as number) ^ 1;
  writeFileSync(path, bytes);
};

const seconds = (directory: string): string =>
  readdirSync(join(directory, 'seg')).sort()[1]!.slice(0, 12);

describe('a whole log', () => {
  test('has nothing amiss, and is as it was', async () => {
    const directory = copyOf();
    const before = hashesBelow(directory);
    const report = await checkLog(directory, { keyring });
    expect(report).toMatchObject({ ok: true, findings: [], rebuilt: 0 });
    expect(report.verified).toMatchObject({ ok: true, total_count: 303 });
    const count = (folder: string): number => readdirSync(join(directory, folder)).length;
    expect(report.files).toEqual({
      segments: count('seg'),
      payloads: count('payload'),
      blobs: 2,
      savepoints: 1,
    });
    expect(report.files.payloads).toBeGreaterThan(2);
    expect(hashesBelow(directory)).toEqual(before);
  });
  test('may be open, unsealed, without its derived files, or after retention', async () => {
    const directory = copyOf();
    const held = await open(directory);
    expect(await found(directory)).toEqual([]);
    const options = { keyring, rebuild: true };
    expect(await codeOf(() => checkLog(directory, options))).toBe('KNHK_LOG_LOCKED');
    await held.close();
    rmSync(join(directory, 'index'), { recursive: true });
    rmSync(join(directory, 'tile'), { recursive: true });
    expect(await found(directory)).toEqual([]);
    const archive = join(temporary(), 'archive');
    const clock = { now: () => 200 * 86_400_000 };
    const report = await retainLog(directory, { keyring, signer, archive, clock });
    expect(report.payloads.length).toBeGreaterThan(2);
    expect(await found(directory)).toEqual([]);
    expect(await found(await written(false))).toEqual([]);
  });
});

describe('is found and located', () => {
  test('a receipt that was changed', async () => {
    const directory = copyOf();
    const name = seconds(directory);
    flip(join(directory, 'seg', `${name}.seg`), 100);
    const [[file, seq]] = (await found(directory)) as [[string, number]];
    expect([file, seq]).toEqual([`seg/${name}.seg`, Number(name)]);
  });
  test('a payload that was changed, moved or lost, and a table', async () => {
    const name = seconds(copyOf());
    const file = `payload/${name}.pay`;
    const damages: ((path: string) => void)[] = [
      (path) => flip(path, 20),
      (path) => flip(path, -9),
      (path) => flip(path, -1),
      (path) => writeFileSync(path, ''),
      (path) => unlinkSync(path),
    ];
    for (const [index, damage] of damages.entries()) {
      const directory = copyOf();
      damage(join(directory, file));
      expect(await found(directory), String(index)).toEqual([[file, Number(name)]]);
    }
    const directory = copyOf();
    cpSync(join(directory, file), join(directory, 'payload', '000000999999.pay'));
    expect(await found(directory)).toEqual([['payload/000000999999.pay', null]]);
  });
  test('a payload behind the last leaf of its segment', async () => {
    const directory = copyOf();
    const file = `payload/${seconds(directory)}.pay`;
    const first = join(directory, file);
    const bytes = readFileSync(first);
    // The table's last row, with its checksum made right again.
    const count = bytes.readUInt32LE(bytes.length - 16);
    const table = bytes.length - 16 - 8 * count;
    bytes.writeUInt32LE(5_000, bytes.length - 16 - 8);
    const { crc32 } = await import('node:zlib');
    bytes.writeUInt32LE(crc32(bytes.subarray(table, bytes.length - 12)), bytes.length - 12);
    writeFileSync(first, bytes);
    expect(await found(directory)).toEqual([[file, Number(seconds(directory)) + 5_000]]);
  });
  test('a document, a savepoint, head, and what is no file of a log', async () => {
    const directory = copyOf();
    const blob = [...filesBelow(join(directory, 'blob')).keys()][0] as string;
    flip(join(directory, 'blob', blob), 12);
    expect(await found(directory)).toEqual([[`blob/${blob}`, 0]]);
    const other = copyOf();
    mkdirSync(join(other, 'blob', 'ab'), { recursive: true });
    const name = `blob/ab/ab${'0'.repeat(62)}`;
    writeFileSync(join(other, name), 'x');
    flip(join(other, 'savepoint', '000000000301.json'), 10);
    writeFileSync(join(other, 'head'), 'torn');
    writeFileSync(join(other, 'notes.txt'), 'mine');
    writeFileSync(join(other, 'seg', '000000000000.seg.tmp'), 'half');
    expect(await found(other)).toEqual([
      [name, null],
      ['savepoint/000000000301.json', 301],
      ['head', null],
      ['notes.txt', null],
      ['seg/000000000000.seg.tmp', null],
    ]);
    rmSync(join(other, 'head'));
    expect(await found(other)).toContainEqual(['head', null]);
  });
  test('an index and a tile that say something else, and --rebuild makes them again', async () => {
    const directory = copyOf();
    const name = seconds(directory);
    flip(join(directory, 'index', 'state'), 50);
    flip(join(directory, 'index', `${name}.idx`), 50);
    flip(join(directory, 'tile', '0', '000'), 50);
    unlinkSync(join(directory, 'tile', 'entries', '000'));
    const findings = await found(directory);
    expect(findings.map(([file]) => file).sort()).toEqual(
      ['index/state', `index/${name}.idx`, 'tile/0/000', 'tile/entries/000'].sort(),
    );
    const report = await checkLog(directory, { keyring, rebuild: true });
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(report.rebuilt).toBe(report.files.segments - 1);
    for (const [path, bytes] of filesBelow(directory)) {
      if (path !== 'index/state') expect(bytes === whole.get(path), path).toBe(true);
    }
    const again = await open(directory);
    expect(again.size).toBe(303);
    expect(again.prove(150).length).toBeGreaterThan(100);
    await appendEpochs(again, [3]);
    await again.seal();
    await again.close();
    expect(await found(directory)).toEqual([]);
    expect(await verifyLog(directory, keyring)).toMatchObject({ ok: true, verified_count: 306 });
  });
  test('--rebuild keeps the subjects that it cannot name', async () => {
    const directory = copyOf();
    const first = Number(seconds(directory));
    const index = loadSegmentIndex(nodeFs, directory, first)!;
    const rows = { ...index.rows, subjects: Uint32Array.of(7, 8, 9) };
    saveSegmentIndex(nodeFs, directory, { ...index, rows });
    expect(await found(directory)).toEqual([]);
    expect((await checkLog(directory, { keyring, rebuild: true })).ok).toBe(true);
    const after = loadSegmentIndex(nodeFs, directory, first)!;
    expect(after.rows).toEqual(rows);
    // Those of a damaged index are lost.
    flip(join(directory, 'index', `${seconds(directory)}.idx`), 50);
    expect((await checkLog(directory, { keyring, rebuild: true })).ok).toBe(true);
    expect(loadSegmentIndex(nodeFs, directory, first)!.rows).toEqual(index.rows);
  });
  test('an index that hashes right and says something else', async () => {
    const directory = copyOf();
    const name = seconds(directory);
    const other = join(temporary(), 'log');
    const wrong = await open(other, { segmentBytes: 60_000, sealing: false });
    await appendEpochs(wrong, [100, 100, 100]);
    await wrong.seal();
    await wrong.close();
    const index = `index/${readdirSync(join(other, 'seg')).sort()[1]!.slice(0, 12)}.idx`;
    writeFileSync(join(directory, 'index', `${name}.idx`), readFileSync(join(other, index)));
    expect(await found(directory)).toEqual([[`index/${name}.idx`, Number(name)]]);
  });
  test('a log that is not whole cannot be rebuilt over its damage', async () => {
    const directory = copyOf();
    flip(join(directory, 'seg', `${seconds(directory)}.seg`), 100);
    const rebuilt = () => checkLog(directory, { keyring, rebuild: true });
    expect(await codeOf(rebuilt)).toBe('KNHK_LOG_CORRUPT');
    expect(await codeOf(() => checkLog(temporary(), { keyring }))).toBe('KNHK_LOG_OPEN');
  });
  test('a log that lost its end', async () => {
    const directory = copyOf();
    const last = readdirSync(join(directory, 'seg')).sort().at(-1) as string;
    writeFileSync(join(directory, 'seg', last), '');
    expect(await found(directory)).toContainEqual(['head', 301]);
    const empty = join(temporary(), 'log');
    await (await open(empty)).close();
    expect(await found(empty)).toEqual([['head', 0]]);
  });
  test('a document of retention that is damaged', async () => {
    const directory = copyOf();
    const held = await open(directory);
    const detail = held.putBlob('retention', '{"blobs":[],"payloads":[]}');
    const body = { kind: 'config', actor: 'a', resource: origin, action: 'retain' } as const;
    await held.append({ ...body, outcome: 'success', detail }, held.tick()).durable;
    await held.close();
    writeFileSync(join(directory, 'blob', detail.slice(0, 2), detail), 'rot');
    expect(await found(directory)).toEqual([[`blob/${detail.slice(0, 2)}/${detail}`, 303]]);
  });
});

test.each(faults)(
  '$errno, stride $stride: rebuilding touches nothing that counts',
  async (fault) => {
    const directory = await (async () => {
      const path = join(temporary(), 'log');
      const small = await open(path, { segmentBytes: 3_000, sealing: false });
      await appendEpochs(small, [2, 2, 2]);
      await small.seal();
      await small.close();
      return path;
    })();
    const files = filesBelow(directory);
    const lasting = (fs: LogFs): readonly (readonly [string, string])[] =>
      [...filesBelow(directory, fs)].filter(([path]) => !/^(index|tile)\//.test(path));
    await failCalls(fault, {
      newDisk: () => diskWith({ [directory]: files }),
      run: (fs) => codeOf(() => checkLog(directory, { keyring, rebuild: true, fs })),
      check: async ({ fs }) => {
        expect(lasting(fs)).toEqual(lasting(nodeFs));
        const held = await open(directory, { fs });
        expect(held.size).toBe(6);
        await held.close();
      },
    });
  },
);
