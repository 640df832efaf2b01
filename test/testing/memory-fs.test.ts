import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { readFile, replaceFile, syncDirectory } from '../../src/receipts/log/files.ts';
import type { LogFs } from '../../src/receipts/log/fs.ts';
import { memoryFs, seededRandom } from '../../src/testing/index.ts';
import { codeOf } from '../support/runtime.ts';

/** Writes a file; syncs what is named. */
function put(fs: LogFs, path: string, text: string, ...syncs: readonly ('file' | 'names')[]): void {
  const fd = fs.openSync(path, fs.statSync(path) === undefined ? 'w+' : 'r+');
  fs.writeSync(fd, utf8(text), 0, text.length, 0);
  if (syncs.includes('file')) fs.fdatasyncSync(fd);
  fs.closeSync(fd);
  if (syncs.includes('names')) syncDirectory(fs, '/d');
}

const textOf = (fs: LogFs, path: string): string | undefined => {
  const bytes = readFile(fs, path);
  return bytes === undefined ? undefined : fromUtf8(bytes);
};

const disk = (): ReturnType<typeof memoryFs> => memoryFs({ directories: ['/d'] });

describe('a crash', () => {
  test('keeps bytes that were synced in files whose names were, and nothing else', () => {
    const fs = disk();
    put(fs, '/d/both', 'both', 'file', 'names');
    put(fs, '/d/names', 'names', 'names');
    put(fs, '/d/file', 'file', 'file');
    const after = fs.crash();
    expect(after.readdirSync('/d')).toEqual(['both', 'names']);
    expect([textOf(after, '/d/both'), textOf(after, '/d/names')]).toEqual(['both', '']);
  });
  test('takes back what was written or cut after the last sync', () => {
    const fs = disk();
    put(fs, '/d/over', 'old', 'file', 'names');
    put(fs, '/d/cut', 'whole', 'file', 'names');
    put(fs, '/d/over', 'newer');
    const fd = fs.openSync('/d/cut', 'r+');
    fs.ftruncateSync(fd, 1);
    expect([textOf(fs, '/d/over'), textOf(fs, '/d/cut')]).toEqual(['newer', 'w']);
    const after = fs.crash();
    expect([textOf(after, '/d/over'), textOf(after, '/d/cut')]).toEqual(['old', 'whole']);
  });
  test('keeps a sync that cut the file', () => {
    const fs = disk();
    put(fs, '/d/cut', 'whole', 'file', 'names');
    const fd = fs.openSync('/d/cut', 'r+');
    fs.ftruncateSync(fd, 1);
    fs.fsyncSync(fd);
    expect(textOf(fs.crash(), '/d/cut')).toBe('w');
  });
  test('takes back names that were removed, renamed or made without a sync', () => {
    const fs = disk();
    put(fs, '/d/removed', 'a', 'file');
    put(fs, '/d/from', 'b', 'file', 'names');
    fs.unlinkSync('/d/removed');
    fs.renameSync('/d/from', '/d/to');
    fs.mkdirSync('/d/sub');
    expect(fs.readdirSync('/d')).toEqual(['sub', 'to']);
    expect(fs.crash().readdirSync('/d')).toEqual(['from', 'removed']);
    expect(memoryFs().crash().readdirSync('/')).toEqual([]);
  });
  test('finds a replaced file either old or new', () => {
    const fs = disk();
    replaceFile(fs, '/d/file', utf8('old'));
    replaceFile(fs, '/d/file', utf8('new'));
    expect(textOf(fs.crash(), '/d/file')).toBe('new');
    expect(fs.crash().readdirSync('/d')).toEqual(['file']);
  });
  test('ends everything on the old disk, and starts a new one that may crash again', async () => {
    const fs = disk();
    put(fs, '/d/file', 'a', 'file', 'names');
    const fd = fs.openSync('/d/file', 'r+');
    const written = new Promise<Error | null>((done) => {
      fs.write(fd, utf8('b'), 0, 1, 0, (error) => done(error));
    });
    const after = fs.crash();
    expect(await written).toMatchObject({ code: 'EIO' });
    const calls: (() => unknown)[] = [
      () => fs.fstatSync(fd),
      () => fs.statSync('/d'),
      () => fs.openSync('/d/file', 'r'),
      () => fs.readdirSync('/d'),
      () => fs.mkdirSync('/e'),
      () => fs.renameSync('/d/file', '/d/other'),
      () => fs.unlinkSync('/d/file'),
      () => fs.fileSystemType('/d'),
      () => fs.closeSync(fd),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('EIO');
    expect(textOf(after, '/d/file')).toBe('a');
    put(after, '/d/file', 'c', 'file');
    expect(textOf(after.crash(), '/d/file')).toBe('c');
  });
});

describe('a crash with randomness', () => {
  const sector = (letter: string): string => letter.repeat(512);
  /** One file of three sectors, all of them overwritten and one added without a sync. */
  const crashed = (seed: number): string => {
    const fs = disk();
    put(fs, '/d/file', sector('a').repeat(3), 'file', 'names');
    put(fs, '/d/file', sector('b').repeat(4));
    const after = fs.crash({ random: seededRandom(seed) });
    return (textOf(after, '/d/file') ?? '').replace(/(.)\1{511}/gs, '$1');
  };
  const outcomes = new Set(Array.from({ length: 200 }, (_, seed) => crashed(seed)));
  test('keeps or loses each sector and the length by themselves', () => {
    const three = ['aaa', 'aab', 'aba', 'abb', 'baa', 'bab', 'bba', 'bbb'];
    const longer = three.flatMap((text) => [`${text}\0`, `${text}b`]);
    expect([...outcomes].sort()).toEqual([...three, ...longer].sort());
  });
  test('is the same for the same bytes', () => {
    expect(crashed(5)).toBe(crashed(5));
  });
  test('leaves the length that was, the new one, or one at an edge between them', () => {
    const lengths = (sectorBytes: number, from: number, to: number): number[] => {
      const found = Array.from({ length: 200 }, (_, seed) => {
        const fs = disk();
        put(fs, '/d/file', 'a'.repeat(from), 'file', 'names');
        const fd = fs.openSync('/d/file', 'r+');
        if (to < from) fs.ftruncateSync(fd, to);
        else put(fs, '/d/file', 'b'.repeat(to));
        return fs.crash({ random: seededRandom(seed), sectorBytes }).statSync('/d/file')!.size;
      });
      return [...new Set(found)].sort((left, right) => left - right);
    };
    expect(lengths(512, 100, 1_200)).toEqual([100, 512, 1_024, 1_200]);
    expect(lengths(4_096, 100, 1_200)).toEqual([100, 1_200]);
    expect(lengths(512, 1_200, 100)).toEqual([100, 512, 1_024, 1_200]);
  });
  test('tears at sectors of the size that it is told', () => {
    const seen = Array.from({ length: 100 }, (_, seed) => {
      const fs = disk();
      put(fs, '/d/file', 'a'.repeat(8_192), 'file', 'names');
      put(fs, '/d/file', 'b'.repeat(8_192));
      const after = fs.crash({ random: seededRandom(seed), sectorBytes: 4_096 });
      return (textOf(after, '/d/file') ?? '').replace(/(.)\1{4095}/gs, '$1');
    });
    expect([...new Set(seen)].sort()).toEqual(['aa', 'ab', 'ba', 'bb']);
    expect(() => disk().crash({ sectorBytes: 0 })).toThrow(
      expect.objectContaining({ code: 'KNHK_RUNTIME_OPTION' }),
    );
  });
  test('leaves a sector as any write since the sync left it, however many there were', () => {
    const seen = (writes: number): Set<string> =>
      new Set(
        Array.from({ length: 400 }, (_, seed) => {
          const fs = disk();
          put(fs, '/d/file', 'old', 'file', 'names');
          for (let at = 1; at <= writes; at++) put(fs, '/d/file', `${at}`.padStart(3, '0'));
          return textOf(fs.crash({ random: seededRandom(seed) }), '/d/file') ?? '';
        }),
      );
    expect([...seen(3)].sort()).toEqual(['001', '002', '003', 'old']);
    const late = seen(200);
    expect(late.size).toBeLessThanOrEqual(65);
    expect(late.has('200')).toBe(true);
  });
  test('keeps or loses each name by itself', () => {
    const fs = disk();
    for (const name of ['/d/a', '/d/b']) put(fs, name, 'x', 'file');
    const seen = Array.from({ length: 80 }, (_, seed) =>
      fs
        .crash({ random: seededRandom(seed) })
        .readdirSync('/d')
        .join(),
    );
    expect([...new Set(seen)].sort()).toEqual(['', 'a', 'a,b', 'b']);
  });
  test('may leave one file with two names where it was moved, and it stays one', () => {
    const fs = memoryFs({ directories: ['/d', '/e'] });
    put(fs, '/d/file', 'a', 'file', 'names');
    fs.renameSync('/d/file', '/e/file');
    const twice = Array.from({ length: 40 }, (_, seed) =>
      fs.crash({ random: seededRandom(seed) }),
    ).find((after) => after.statSync('/d/file') && after.statSync('/e/file'));
    expect(twice).toBeDefined();
    put(twice as LogFs, '/d/file', 'b');
    expect(textOf(twice as LogFs, '/e/file')).toBe('b');
  });
});
