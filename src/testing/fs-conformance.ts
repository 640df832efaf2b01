import { join } from 'node:path';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { readFile, syncDirectory, writeAll } from '../receipts/log/files.ts';
import type { LogFs } from '../receipts/log/fs.ts';
import { type ConformanceCase, expectCode, expectEqual, expectThat } from './case.ts';

type Law = (fs: LogFs, directory: string) => void | Promise<void>;

/** Writes a new file and closes it. */
function put(fs: LogFs, path: string, text: string): void {
  const fd = fs.openSync(path, 'w', 0o600);
  writeAll(fs, fd, utf8(text), 0);
  fs.closeSync(fd);
}

function textOf(fs: LogFs, path: string): string | undefined {
  const bytes = readFile(fs, path);
  return bytes === undefined ? undefined : fromUtf8(bytes);
}

/** Opens a file, does something, closes it. */
function using<Value>(fs: LogFs, path: string, flags: string, work: (fd: number) => Value): Value {
  const fd = fs.openSync(path, flags, 0o600);
  try {
    return work(fd);
  } finally {
    fs.closeSync(fd);
  }
}

const openLaws: Readonly<Record<string, Law>> = {
  'reading needs a file that is there': async (fs, directory) => {
    for (const flags of ['r', 'r+']) {
      await expectCode(flags, 'ENOENT', () => fs.openSync(join(directory, 'none'), flags));
    }
  },
  'w makes a file, and empties one that is there': (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'long');
    put(fs, path, 'no');
    expectEqual('content', textOf(fs, path), 'no');
  },
  'wx makes a file and refuses one that is there': async (fs, directory) => {
    const path = join(directory, 'file');
    fs.closeSync(fs.openSync(path, 'wx', 0o600));
    for (const flags of ['wx', 'wx+']) {
      await expectCode(flags, 'EEXIST', () => fs.openSync(path, flags));
    }
  },
  'r+ keeps what is there and writes into it': (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'abcdef');
    using(fs, path, 'r+', (fd) => fs.writeSync(fd, utf8('xXY'), 1, 2, 2));
    expectEqual('content', textOf(fs, path), 'abXYef');
  },
  'a file opened for reading cannot be written': async (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'a');
    const fd = fs.openSync(path, 'r');
    await expectCode('writeSync', 'EBADF', () => fs.writeSync(fd, utf8('b'), 0, 1, 0));
    fs.closeSync(fd);
    await expectCode('a closed one', 'EBADF', () => fs.fstatSync(fd));
  },
};

const byteLaws: Readonly<Record<string, Law>> = {
  'reading stops at the end of the file': (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'abc');
    const bytes = utf8('......');
    const counts = using(fs, path, 'r', (fd) => [
      fs.readSync(fd, bytes, 1, 5, 1),
      fs.readSync(fd, bytes, 0, 6, 3),
      fs.readSync(fd, bytes, 0, 6, 99),
    ]);
    expectEqual('bytes read', counts, [2, 0, 0]);
    expectEqual('content', fromUtf8(bytes), '.bc...');
  },
  'a write beyond the end leaves zeros': (fs, directory) => {
    const path = join(directory, 'file');
    using(fs, path, 'w+', (fd) => fs.writeSync(fd, utf8('z'), 0, 1, 3));
    expectEqual('content', textOf(fs, path), '\0\0\0z');
  },
  'truncating cuts, and lengthens with zeros': (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'abcdef');
    const sizes = using(fs, path, 'r+', (fd) =>
      [2, 4].map((length) => {
        fs.ftruncateSync(fd, length);
        return fs.fstatSync(fd).size;
      }),
    );
    expectEqual('sizes', sizes, [2, 4]);
    expectEqual('content', textOf(fs, path), 'ab\0\0');
  },
  'write and fdatasync answer later, with the count': async (fs, directory) => {
    const path = join(directory, 'file');
    const fd = fs.openSync(path, 'w+', 0o600);
    const order: (string | number)[] = [];
    await new Promise<void>((done) => {
      fs.write(fd, utf8('abcd'), 1, 2, 0, (error, written) => {
        order.push(error === null ? written : error.message);
        fs.fdatasync(fd, (fault) => {
          order.push(fault === null ? 'synced' : fault.message);
          done();
        });
      });
      order.push('asked');
    });
    fs.closeSync(fd);
    expectEqual('what happened', order, ['asked', 2, 'synced']);
    expectEqual('content', textOf(fs, path), 'bc');
  },
  'write and fdatasync answer with their errors': async (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'a');
    const fd = fs.openSync(path, 'r');
    const writing = new Promise<void>((done, refuse) => {
      fs.write(fd, utf8('b'), 0, 1, 0, (error) => (error === null ? done() : refuse(error)));
    });
    await expectCode('write', 'EBADF', () => writing);
    fs.closeSync(fd);
    const syncing = new Promise<void>((done, refuse) => {
      fs.fdatasync(fd, (error) => (error === null ? done() : refuse(error)));
    });
    await expectCode('fdatasync', 'EBADF', () => syncing);
  },
  'syncs of files and directories are taken': (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'a');
    using(fs, path, 'r+', (fd) => {
      fs.fsyncSync(fd);
      fs.fdatasyncSync(fd);
    });
    syncDirectory(fs, directory);
    expectEqual('content', textOf(fs, path), 'a');
  },
};

const nameLaws: Readonly<Record<string, Law>> = {
  'stat tells files from directories, and from nothing': (fs, directory) => {
    put(fs, join(directory, 'file'), 'abc');
    const file = fs.statSync(join(directory, 'file'));
    expectEqual('a file', [file?.size, file?.isDirectory()], [3, false]);
    expectEqual('a directory', fs.statSync(directory)?.isDirectory(), true);
    expectEqual('nothing', fs.statSync(join(directory, 'none')), undefined);
  },
  'directories are made with those above them, again is nothing': async (fs, directory) => {
    const deep = join(directory, 'a', 'b');
    fs.mkdirSync(deep);
    put(fs, join(deep, 'file'), '');
    fs.mkdirSync(deep);
    expectEqual('names', fs.readdirSync(deep), ['file']);
    expectEqual('names above', fs.readdirSync(directory), ['a']);
    await expectCode('a file in the way', 'EEXIST', () => fs.mkdirSync(join(deep, 'file')));
  },
  'a directory lists all its names': async (fs, directory) => {
    for (const name of ['b', 'a', 'c']) put(fs, join(directory, name), name);
    expectEqual('names', fs.readdirSync(directory).sort(), ['a', 'b', 'c']);
    await expectCode('no directory', 'ENOENT', () => fs.readdirSync(join(directory, 'none')));
  },
  'renaming replaces, and an open file goes on': (fs, directory) => {
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
    put(fs, to, 'old');
    put(fs, from, 'new');
    using(fs, from, 'r+', (fd) => {
      fs.renameSync(from, to);
      fs.writeSync(fd, utf8('N'), 0, 1, 0);
    });
    expectEqual('content', textOf(fs, to), 'New');
    expectEqual('names', fs.readdirSync(directory), ['to']);
  },
  'what is not there cannot be renamed or removed': async (fs, directory) => {
    const [none, other] = [join(directory, 'none'), join(directory, 'other')];
    await expectCode('renameSync', 'ENOENT', () => fs.renameSync(none, other));
    await expectCode('unlinkSync', 'ENOENT', () => fs.unlinkSync(none));
    await expectCode('openSync', 'ENOENT', () => fs.openSync(join(none, 'file'), 'w'));
  },
  'a removed file is gone by name': (fs, directory) => {
    const path = join(directory, 'file');
    put(fs, path, 'a');
    fs.unlinkSync(path);
    expectEqual('names', fs.readdirSync(directory), []);
  },
  'the type of a file system is a number': (fs, directory) => {
    const type = fs.fileSystemType(directory);
    expectThat(Number.isSafeInteger(type), 'fileSystemType', 'an integer', type);
  },
};

/**
 * What a log relies on in a file system, as cases for any test framework.
 *
 * @param fs The file system under test.
 * @param directory An empty directory in it; each case makes one of its own there.
 * @example
 * const disk = memoryFs({ directories: ['/tests'] });
 * for (const { run } of fsConformance(disk, '/tests')) await run();
 */
export function fsConformance(fs: LogFs, directory: string): ConformanceCase[] {
  const laws = Object.entries({ ...openLaws, ...byteLaws, ...nameLaws });
  return laws.map(([name, law], index) => ({
    name,
    run: async () => {
      const own = join(directory, `fs-${index}`);
      fs.mkdirSync(own);
      await law(fs, own);
    },
  }));
}
