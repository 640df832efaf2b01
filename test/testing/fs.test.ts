import { describe, test } from 'vitest';
import type { LogFs } from '../../src/receipts/log/fs.ts';
import { nodeFs } from '../../src/receipts/log/index.ts';
import { failingFs, fsConformance, memoryFs } from '../../src/testing/index.ts';
import { temporary } from '../support/runtime.ts';
import { type Broken, expectAllCaught, expectCaught, failuresOf } from './conformance.ts';

const memory = (): LogFs => memoryFs({ directories: ['/tests'] });

describe.each([
  ['the machine', () => fsConformance(nodeFs, temporary())],
  ['memory', () => fsConformance(memory(), '/tests')],
  ['a failing one that does not fail', () => fsConformance(failingFs(), temporary())],
  ['one that failed once', () => fsConformance(memoryFs().crash(), '/made')],
])('the file system of %s', (_name, suite) => {
  test('conforms', async () => {
    const failures = await failuresOf(suite());
    if (failures.size > 0) throw new Error([...failures].join('\n'));
  });
});

const lost = (): undefined => undefined;

const broken: readonly Broken<LogFs>[] = [
  {
    defect: 'a file made by reading',
    caughtBy: 'reading needs a file that is there',
    make: (fs) => ({
      ...fs,
      openSync: (path, flags) => fs.openSync(path, fs.statSync(path) ? flags : 'w'),
    }),
  },
  {
    defect: 'w that keeps the bytes',
    caughtBy: 'w makes a file, and empties one that is there',
    make: (fs) => ({
      ...fs,
      openSync: (path, flags) => fs.openSync(path, fs.statSync(path) ? 'r+' : flags),
    }),
  },
  {
    defect: 'wx that takes an existing file',
    caughtBy: 'wx makes a file and refuses one that is there',
    make: (fs) => ({
      ...fs,
      openSync: (path, flags) => fs.openSync(path, flags.replace('x', '')),
    }),
  },
  {
    defect: 'r+ that empties',
    caughtBy: 'r+ keeps what is there and writes into it',
    make: (fs) => ({
      ...fs,
      openSync: (path, flags) => fs.openSync(path, flags.replace('r+', 'w+')),
    }),
  },
  {
    defect: 'reading that allows writing',
    caughtBy: 'a file opened for reading cannot be written',
    make: (fs) => ({
      ...fs,
      openSync: (path, flags) => fs.openSync(path, flags === 'r' ? 'r+' : flags),
    }),
  },
  {
    defect: 'a read beyond the end',
    caughtBy: 'reading stops at the end of the file',
    make: (fs) => ({
      ...fs,
      readSync: (fd, bytes, offset, length, at) => {
        fs.readSync(fd, bytes, offset, length, at);
        return length;
      },
    }),
  },
  {
    defect: 'a write that ignores its place',
    caughtBy: 'a write beyond the end leaves zeros',
    make: (fs) => ({
      ...fs,
      writeSync: (fd, bytes, offset, length) => fs.writeSync(fd, bytes, offset, length, 0),
    }),
  },
  {
    defect: 'truncating that never cuts',
    caughtBy: 'truncating cuts, and lengthens with zeros',
    make: (fs) => ({
      ...fs,
      ftruncateSync: (fd, length) => fs.ftruncateSync(fd, Math.max(length, fs.fstatSync(fd).size)),
    }),
  },
  {
    defect: 'a write that answers at once',
    caughtBy: 'write and fdatasync answer later, with the count',
    make: (fs) => ({
      ...fs,
      write: (fd, bytes, offset, length, at, done) =>
        done(null, fs.writeSync(fd, bytes, offset, length, at)),
    }),
  },
  {
    defect: 'a write that hides its error',
    caughtBy: 'write and fdatasync answer with their errors',
    make: (fs) => ({
      ...fs,
      write: (fd, bytes, offset, length, at, done) =>
        fs.write(fd, bytes, offset, length, at, (_error, written) => done(null, written)),
    }),
  },
  {
    defect: 'a sync that empties',
    caughtBy: 'syncs of files and directories are taken',
    make: (fs) => ({ ...fs, fsyncSync: lost, fdatasyncSync: (fd) => fs.ftruncateSync(fd, 0) }),
  },
  {
    defect: 'stat that calls all a file',
    caughtBy: 'stat tells files from directories, and from nothing',
    make: (fs) => ({
      ...fs,
      statSync: (path) => {
        const found = fs.statSync(path);
        return found === undefined ? found : { size: found.size, isDirectory: () => false };
      },
    }),
  },
  {
    defect: 'mkdir that takes a file for a directory',
    caughtBy: 'directories are made with those above them, again is nothing',
    make: (fs) => ({
      ...fs,
      mkdirSync: (path) => (fs.statSync(path) === undefined ? fs.mkdirSync(path) : undefined),
    }),
  },
  {
    defect: 'a listing that forgets',
    caughtBy: 'a directory lists all its names',
    make: (fs) => ({ ...fs, readdirSync: (path) => fs.readdirSync(path).slice(1) }),
  },
  {
    defect: 'renaming that keeps the old name',
    caughtBy: 'renaming replaces, and an open file goes on',
    make: (fs) => ({
      ...fs,
      renameSync: (from, to) => {
        fs.renameSync(from, to);
        fs.closeSync(fs.openSync(from, 'w'));
      },
    }),
  },
  {
    defect: 'removing that does not mind',
    caughtBy: 'what is not there cannot be renamed or removed',
    make: (fs) => ({
      ...fs,
      unlinkSync: (path) => (fs.statSync(path) === undefined ? undefined : fs.unlinkSync(path)),
    }),
  },
  {
    defect: 'removing that does nothing',
    caughtBy: 'a removed file is gone by name',
    make: (fs) => ({ ...fs, unlinkSync: lost }),
  },
  {
    defect: 'a type that is no number',
    caughtBy: 'the type of a file system is a number',
    make: (fs) => ({ ...fs, fileSystemType: () => Number.NaN }),
  },
];

describe('a broken file system', () => {
  expectCaught(broken, (make) => fsConformance(make(memory()), '/tests'));
  test('is caught by every case of the suite', () => {
    expectAllCaught(fsConformance(memory(), '/tests'), broken);
  });
});
