import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { type LogFs, nodeFs } from '../../src/receipts/log/fs.ts';
import { expectCode } from '../../src/testing/case.ts';
import { memoryFs } from '../../src/testing/index.ts';
import { temporary } from '../support/runtime.ts';

const bytes = new Uint8Array(4);

/** A file and a directory at the same places of both file systems. */
function both(): readonly (readonly [LogFs, string])[] {
  const real = temporary();
  mkdirSync(join(real, 'folder'));
  writeFileSync(join(real, 'file'), 'text');
  const memory = memoryFs({ directories: ['/d'] });
  memory.mkdirSync('/d/folder');
  const fd = memory.openSync('/d/file', 'w+');
  memory.writeSync(fd, utf8('text'), 0, 4, 0);
  memory.closeSync(fd);
  return [
    [nodeFs, real],
    [memory, '/d'],
  ];
}

const calls: Readonly<Record<string, (fs: LogFs, at: string) => unknown>> = {
  'a name below a file': (fs, at) => fs.openSync(join(at, 'file', 'x', 'y'), 'r'),
  'a new name below a file': (fs, at) => fs.openSync(join(at, 'file', 'x'), 'w+'),
  'names of a file': (fs, at) => fs.readdirSync(join(at, 'file')),
  'names of nothing': (fs, at) => fs.readdirSync(join(at, 'none')),
  'bytes of a directory': (fs, at) =>
    fs.readSync(fs.openSync(join(at, 'folder'), 'r'), bytes, 0, 4, 0),
  'a directory opened to be written': (fs, at) => fs.openSync(join(at, 'folder'), 'r+'),
  'a file moved onto a directory': (fs, at) => fs.renameSync(join(at, 'file'), join(at, 'folder')),
  'nothing moved': (fs, at) => fs.renameSync(join(at, 'none'), join(at, 'other')),
  'a directory made where a file is': (fs, at) => fs.mkdirSync(join(at, 'file')),
  'a directory made below a file': (fs, at) => fs.mkdirSync(join(at, 'file', 'x')),
  'a file opened anew that is there': (fs, at) => fs.openSync(join(at, 'file'), 'wx+'),
  'a file written that was opened to be read': (fs, at) =>
    fs.writeSync(fs.openSync(join(at, 'file'), 'r'), bytes, 0, 4, 0),
  'a file that was closed': (fs, at) => {
    const fd = fs.openSync(join(at, 'file'), 'r');
    fs.closeSync(fd);
    return fs.fstatSync(fd);
  },
};

function codeOf(call: () => unknown): unknown {
  try {
    call();
    return 'no error';
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

describe('a file system in memory refuses what the machine’s refuses', () => {
  test.each(Object.entries(calls))('%s', (_, call) => {
    const [real, memory] = both().map(([fs, at]) => codeOf(() => call(fs, at)));
    expect(real).toMatch(/^E[A-Z]+$/);
    expect(memory).toBe(real);
  });

  test('and words that it does not know', () => {
    const fs = memoryFs({ directories: ['/d'] });
    expect(codeOf(() => fs.openSync('/d/file', 'a+'))).toBe('EINVAL');
  });

  test('its root is a directory', () => {
    const fs = memoryFs({ directories: ['/d'] });
    expect(fs.fstatSync(fs.openSync('/', 'r')).isDirectory()).toBe(true);
    expect(codeOf(() => fs.openSync('/', 'r+'))).toBe('EISDIR');
  });
});

describe('a law that wants an error of a code', () => {
  test('says what came in its place', async () => {
    const throwing = (error: unknown) => () => {
      throw error;
    };
    await expectCode('it', 'A', throwing({ code: 'A' }));
    const wanted = 'it: expected an error of code A, got ';
    for (const [work, got] of [
      [() => 1, 'no error'],
      [throwing({ code: 'B' }), 'B'],
      [throwing(null), 'null'],
      [() => Promise.reject(new Error('odd')), 'odd'],
    ] as const) {
      await expect(expectCode('it', 'A', work)).rejects.toThrow(wanted);
      await expect(expectCode('it', 'A', work)).rejects.toThrow(got);
    }
  });
});
