import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { canonical, hashOf } from '../../src/base/canonical.ts';
import { putBlob } from '../../src/receipts/log/blobs.ts';
import {
  listSegments,
  makeDirectory,
  readAt,
  readFile,
  replaceFile,
  segmentName,
  syncName,
  writeAll,
} from '../../src/receipts/log/files.ts';
import { type LogFs, nodeFs } from '../../src/receipts/log/fs.ts';
import { HeadWriter, readHead } from '../../src/receipts/log/head.ts';
import { loadIndex, saveIndex } from '../../src/receipts/log/index-file.ts';
import { loadSavepoint, saveSavepoint } from '../../src/receipts/log/savepoints.ts';
import { parseCheckpoint } from '../../src/receipts/verify/checkpoint.ts';
import { trustKeys } from '../../src/receipts/verify/keyring.ts';
import {
  appendEpochs,
  fakeHash,
  keyring,
  open,
  origin,
  otherSigner,
  temporary,
} from './support.ts';

/** A file system that tells which calls were made, and may change their answers. */
function watched(change: Partial<LogFs> = {}): { fs: LogFs; calls: string[] } {
  const calls: string[] = [];
  const names = [
    'openSync',
    'closeSync',
    'fsyncSync',
    'mkdirSync',
    'renameSync',
    'writeSync',
    'ftruncateSync',
  ] as const;
  const base = { ...nodeFs, ...change } as unknown as Record<
    string,
    (...given: unknown[]) => unknown
  >;
  const fs = { ...base };
  for (const name of names) {
    fs[name] = (...given) => {
      const [first, second] = given;
      const path = typeof first === 'string' ? first : '';
      const flags = name === 'openSync' ? ` ${second as string}` : '';
      calls.push(`${name} ${path}${flags}`.trim());
      return base[name]!(...given);
    };
  }
  return { fs: fs as unknown as LogFs, calls };
}

/** A closed log in three segments, with the note of each epoch. */
async function threeSegments(): Promise<{ directory: string; notes: string[] }> {
  const directory = temporary();
  const notes: string[] = [];
  const log = await open(directory, { segmentBytes: 4_000, sealing: false });
  log.onCheckpoint(({ note }) => notes.push(note));
  await appendEpochs(log, [2, 1, 3, 1, 2]);
  await log.close();
  expect(readdirSync(join(directory, 'seg')).length).toBeGreaterThan(1);
  return { directory, notes };
}

describe('the saved index', () => {
  const load = (directory: string, of = origin, idsMax = 100) =>
    loadIndex(nodeFs, directory, of, idsMax);

  test('is the state of the log', async () => {
    const { directory, notes } = await threeSegments();
    const log = await open(directory, { segmentBytes: 4_000, sealing: false });
    const { lastHash, lastTime } = log;
    const ids = Array.from({ length: 9 }, (_, at) => log.findId(fakeHash(`id ${at}`)));
    await log.close();
    const state = load(directory)!;
    expect(ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(ids.map((_, at) => state.ids.candidates(fakeHash(`id ${at}`)))).toEqual(
      ids.map((at) => [at]),
    );
    expect([state.index.size, state.index.epochs, state.ids.count, state.tree.size]).toEqual([
      9, 5, 9, 9,
    ]);
    expect([state.hash, state.time, state.note]).toEqual([lastHash, lastTime, notes[4]]);
    expect(toHex(state.tree.root())).toBe(toHex(parseCheckpoint(state.note)!.root));
    expect(state.index.segments).toEqual(listSegments(nodeFs, join(directory, 'seg')));
    expect([0, 1, 2, 3, 4].map((at) => state.index.at(at).count)).toEqual([2, 1, 3, 1, 2]);
    const path = join(directory, 'index', 'state');
    const before = readFileSync(path);
    saveIndex(nodeFs, directory, origin, state);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('is believed only if all of it agrees with the log', async () => {
    const { directory, notes } = await threeSegments();
    const path = join(directory, 'index', 'state');
    const good = readFileSync(path);
    expect(load(directory)).toBeDefined();
    expect(load(directory, 'example.com/other')).toBeUndefined();
    expect(load(directory, origin, 9)).toBeDefined();
    const lineEnd = good.indexOf(10);
    const header = JSON.parse(good.subarray(0, lineEnd).toString()) as Record<string, unknown>;
    const digested = (body: Buffer): Buffer => {
      const crc = Buffer.alloc(4);
      if (endianness() === 'LE') crc.writeUInt32LE(crc32(body));
      else crc.writeUInt32BE(crc32(body));
      return Buffer.concat([body, crc]);
    };
    const withHeader = (change: object): Buffer => {
      const line = canonical({ ...header, ...change });
      const fill = ' '.repeat(7 - (Buffer.byteLength(line) % 8));
      return digested(
        Buffer.concat([Buffer.from(`${line}${fill}\n`), good.subarray(lineEnd + 1, -4)]),
      );
    };
    expect(withHeader({}).equals(good)).toBe(true);
    const tree = header['tree'] as { size: number; roots: string[] };
    const segments = header['segments'] as number[];
    const bad: Readonly<Record<string, Buffer>> = {
      empty: Buffer.alloc(0),
      'a digest alone': digested(Buffer.alloc(0)),
      'no header': digested(Buffer.from('{\n')),
      'a version': withHeader({ v: 1 }),
      'an origin': withHeader({ origin: 'example.com/other' }),
      'a byte order': withHeader({ byteOrder: 'big' === header['byteOrder'] ? 'little' : 'big' }),
      'an epoch more': withHeader({ epochs: 6 }),
      'an epoch less': withHeader({ epochs: 4 }),
      'more ids than slots for them': withHeader({ ids: 769 }),
      'a slot more': withHeader({ slots: 3 * 1_024 + 1 }),
      'a hash more': withHeader({ hashes: 10 * 32 }),
      'a hash less': digested(
        Buffer.concat([
          withHeader({ hashes: 8 * 32 }).subarray(0, -36 - 12_288),
          good.subarray(-12_292, -4),
        ]),
      ),
      'sealed leaves that are not there': withHeader({ sealed: header['tree'] }),
      'a sealed tree that is none': withHeader({ sealed: { size: 1, roots: [] } }),
      'a tree that is none': withHeader({ tree: { ...tree, roots: [] } }),
      'another tree': withHeader({ tree: { ...tree, roots: tree.roots.map(() => fakeHash('x')) } }),
      'an earlier note': withHeader({ note: notes[3] }),
      'no note': withHeader({ note: '' }),
      'another last hash': withHeader({ hash: fakeHash('x') }),
      'another segment': withHeader({ segments: [...segments.slice(0, -1), 1] }),
      'a byte more': digested(Buffer.concat([good.subarray(0, -4), Buffer.alloc(1)])),
      'a byte less': digested(good.subarray(0, -5)),
      'a leaf less in the log': withHeader({ tree: { size: 8, roots: [tree.roots[0]] } }),
    };
    for (const [name, bytes] of Object.entries(bad)) {
      writeFileSync(path, bytes);
      expect(load(directory), name).toBeUndefined();
    }
    for (const at of [0, lineEnd, good.length - 5, good.length - 4, good.length - 1]) {
      const flipped = Buffer.from(good);
      flipped[at]! ^= 1;
      writeFileSync(path, flipped);
      expect(load(directory), `byte ${at}`).toBeUndefined();
    }
    rmSync(path);
    expect(load(directory)).toBeUndefined();
    writeFileSync(path, good);
    expect(load(directory)).toBeDefined();
    rmSync(join(directory, 'seg', segmentName(segments.at(-1)!)));
    expect(load(directory)).toBeUndefined();
  });
});

describe('head', () => {
  const trusted = trustKeys(keyring);
  test('is read, missing or unreadable', async () => {
    const { directory, notes } = await threeSegments();
    const path = join(directory, 'head');
    expect(readHead(nodeFs, directory, trusted)).toMatchObject({
      kind: 'read',
      checkpoint: { size: 9 },
    });
    const others = trustKeys({ origin, keys: [{ vkey: otherSigner.vkey, from: 0 }] });
    expect(readHead(nodeFs, directory, others)).toEqual({ kind: 'unreadable' });
    expect(readHead(nodeFs, directory, { ...trusted, origin: 'other' })).toEqual({
      kind: 'unreadable',
    });
    for (const bytes of [
      Buffer.of(0xff),
      Buffer.alloc(0),
      Buffer.from(notes[4]!.replace('\n9\n', '\n8\n')),
    ]) {
      writeFileSync(path, bytes);
      expect(readHead(nodeFs, directory, trusted)).toEqual({ kind: 'unreadable' });
    }
    rmSync(path);
    expect(readHead(nodeFs, directory, trusted)).toEqual({ kind: 'missing' });
  });

  test('is written over itself, and cut only where it was longer', () => {
    const directory = temporary();
    const path = join(directory, 'head');
    const { fs, calls } = watched();
    const writer = new HeadWriter(fs, directory);
    for (const note of ['a\u00e9', 'longer', 'sixsix', 'x']) {
      writer.write(note);
      expect(readFileSync(path, 'utf8')).toBe(note);
    }
    writer.close();
    expect(calls.filter((call) => !call.startsWith('writeSync'))).toEqual([
      `openSync ${path} wx+`,
      'ftruncateSync',
      'closeSync',
    ]);
    const again = new HeadWriter(nodeFs, directory);
    again.write('');
    again.close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });
});

describe('files', () => {
  test('short writes and short reads are gone on with, an empty write is an error', () => {
    const path = join(temporary(), 'file');
    const small: Partial<LogFs> = {
      writeSync: (fd, bytes, offset, length, at) =>
        nodeFs.writeSync(fd, bytes, offset, Math.min(2, length), at),
      readSync: (fd, bytes, offset, length, at) =>
        nodeFs.readSync(fd, bytes, offset, Math.min(3, length), at),
    };
    const { fs } = watched(small);
    const fd = fs.openSync(path, 'w+');
    writeAll(fs, fd, Buffer.from('0123456789'), 4);
    expect(readAt(fs, fd, 7, 5).toString()).toBe('1234567');
    expect(readAt(fs, fd, 99, 5).toString()).toBe('123456789');
    expect(readAt(fs, fd, 0, 5).toString()).toBe('');
    fs.closeSync(fd);
    expect(readFile(fs, path)?.toString('latin1')).toBe('\0\0\0\x000123456789');
    for (const taken of [0, -1]) {
      const full = watched({ writeSync: () => taken }).fs;
      expect(() => writeAll(full, 0, Buffer.from('x'), 0)).toThrow('the file system took no bytes');
    }
    expect(readFile(nodeFs, `${path}.none`)).toBeUndefined();
  });

  test('a file is replaced whole: written aside, synced, renamed, its name synced', () => {
    const directory = temporary();
    const path = join(directory, 'file');
    const { fs, calls } = watched();
    replaceFile(fs, path, Buffer.from('new'));
    expect(calls).toEqual([
      `openSync ${path}.tmp wx`,
      'writeSync',
      'fsyncSync',
      'closeSync',
      `renameSync ${path}.tmp`,
      `openSync ${directory} r`,
      'fsyncSync',
      'closeSync',
    ]);
    const failing = watched({
      fsyncSync: () => {
        throw new Error('EIO');
      },
    });
    expect(() => replaceFile(failing.fs, path, Buffer.from('newer'))).toThrow('EIO');
    expect(failing.calls).toEqual([
      `openSync ${path}.tmp wx`,
      'writeSync',
      'fsyncSync',
      'closeSync',
    ]);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('what is read is closed, whatever happens', () => {
    const path = join(temporary(), 'file');
    writeFileSync(path, 'x');
    const { fs, calls } = watched({
      readSync: () => {
        throw new Error('EIO');
      },
    });
    expect(() => readFile(fs, path)).toThrow('EIO');
    expect(calls).toEqual([`openSync ${path} r`, 'closeSync']);
  });

  test('each directory that is made is synced into the one above, the outermost first', () => {
    const parent = temporary();
    const { fs, calls } = watched();
    makeDirectory(fs, join(parent, 'a', 'b'));
    const sync = (path: string): string[] => [`openSync ${path} r`, 'fsyncSync', 'closeSync'];
    expect(calls).toEqual([
      `mkdirSync ${join(parent, 'a', 'b')}`,
      ...sync(parent),
      ...sync(join(parent, 'a')),
    ]);
    calls.length = 0;
    makeDirectory(fs, join(parent, 'a'));
    expect(calls).toEqual([]);
    syncName(fs, join(parent, 'a'));
    expect(calls).toEqual(sync(parent));
  });

  test('a parent that may not be opened is not insisted on, another error is', () => {
    const refusing = (code: string): LogFs =>
      watched({
        openSync: () => {
          throw Object.assign(new Error(code), { code });
        },
      }).fs;
    for (const code of ['EACCES', 'EPERM']) syncName(refusing(code), '/x/y');
    expect(() => syncName(refusing('EIO'), '/x/y')).toThrow('EIO');
  });

  test('segments are those files that are called so, by number', () => {
    const directory = temporary();
    const names = [
      '000000000010.seg',
      '000000000002.seg',
      '1000000000010.seg',
      '00000000001.seg',
      '000000000003.seg.tmp',
      'x',
    ];
    for (const name of names) writeFileSync(join(directory, name), '');
    const reversed = {
      ...nodeFs,
      readdirSync: () => ['000000000010.seg', 'x', '000000000002.seg', '000000000011.seg'],
    };
    expect(listSegments(nodeFs, directory)).toEqual([2, 10]);
    expect(listSegments(reversed as unknown as LogFs, directory)).toEqual([2, 10, 11]);
    expect([segmentName(0), segmentName(123_456)]).toEqual([
      '000000000000.seg',
      '000000123456.seg',
    ]);
  });

  test('a blob is written once, its folder made once, and both names are synced each time', () => {
    const directory = temporary();
    mkdirSync(join(directory, 'blob'));
    const { fs, calls } = watched();
    const hash = putBlob(fs, directory, 'test', '"a"');
    const folder = join(directory, 'blob', hash.slice(0, 2));
    expect(calls[0]).toBe(`mkdirSync ${folder}`);
    const opened = (): string[] => calls.filter((call) => call.startsWith('openSync'));
    const synced = [`openSync ${folder} r`, `openSync ${join(directory, 'blob')} r`];
    expect(opened()).toEqual([`openSync ${join(folder, hash)}.tmp wx`, ...synced]);
    calls.length = 0;
    expect(putBlob(fs, directory, 'test', '"a"')).toBe(hash);
    expect(opened()).toEqual(synced);
    expect(calls.some((call) => call.startsWith('write'))).toBe(false);
    calls.length = 0;
    rmSync(join(folder, hash));
    putBlob(fs, directory, 'test', '"a"');
    expect(calls[0]).toBe(`openSync ${join(folder, hash)}.tmp wx`);
  });
});

describe('savepoints', () => {
  test('the newest one that belongs to a checkpoint of this log', async () => {
    const { directory, notes } = await threeSegments();
    const folder = join(directory, 'savepoint');
    const noteAt = (size: number) => notes.find((note) => parseCheckpoint(note)!.size === size);
    const load = (of = noteAt) => loadSavepoint(nodeFs, directory, of);
    expect(load()).toBeUndefined();
    saveSavepoint(nodeFs, directory, notes[0]!, '{"n":0}');
    saveSavepoint(nodeFs, directory, notes[2]!, '{"n":2}');
    expect(readdirSync(folder).sort()).toEqual(['000000000002.json', '000000000006.json']);
    expect(load()).toStrictEqual({ size: 6, state: '{"n":2}' });
    // Another history, or none, at the newest one: the one before serves.
    expect(load((size) => (size === 6 ? notes[3] : noteAt(size)))).toStrictEqual({
      size: 2,
      state: '{"n":0}',
    });
    expect(load((size) => (size === 6 ? undefined : noteAt(size)))).toMatchObject({ size: 2 });
    const path = join(folder, '000000000006.json');
    const good = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const root = toHex(parseCheckpoint(notes[2]!)!.root);
    const content = { size: 6, root, state: '{"n":2}' };
    expect(good).toEqual({ ...content, v: 1, hash: hashOf('savepoint', content) });
    const rehashed = (change: object): object => {
      const { v: _, hash: __, ...rest } = { ...good, ...change } as Record<string, unknown>;
      return { ...rest, v: 1, hash: hashOf('savepoint', rest) };
    };
    for (const bad of [
      { ...good, v: 2 },
      { ...good, hash: fakeHash('x') },
      { ...good, state: '{"n":3}' },
      rehashed({ size: '6' }),
      rehashed({ root: 6 }),
      rehashed({ state: 6 }),
      null,
      [],
      7,
    ]) {
      writeFileSync(path, JSON.stringify(bad));
      expect(load(), JSON.stringify(bad)).toMatchObject({ size: 2 });
    }
    for (const bytes of [Buffer.of(0xff), Buffer.from('{')]) {
      writeFileSync(path, bytes);
      expect(load()).toMatchObject({ size: 2 });
    }
    writeFileSync(join(folder, '1000000000006.json'), JSON.stringify(good));
    writeFileSync(join(folder, '000000000006.json.tmp'), JSON.stringify(good));
    expect(load()).toMatchObject({ size: 2 });
  });

  test('ten are kept', async () => {
    const directory = temporary();
    const notes: string[] = [];
    const log = await open(directory);
    log.onCheckpoint(({ note }) => notes.push(note));
    await appendEpochs(
      log,
      Array.from({ length: 12 }, () => 1),
    );
    await log.close();
    for (const note of notes) saveSavepoint(nodeFs, directory, note, '{}');
    const names = readdirSync(join(directory, 'savepoint')).sort();
    expect(names).toHaveLength(10);
    expect([names[0], names[9]]).toEqual(['000000000003.json', '000000000012.json']);
  });
});
