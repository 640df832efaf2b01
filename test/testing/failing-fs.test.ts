import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogFs } from '../../src/receipts/log/fs.ts';
import {
  failEveryCall,
  failingFs,
  type LogFsOperation,
  memoryFs,
} from '../../src/testing/index.ts';
import { codeOf, temporary } from '../support/runtime.ts';

const bytes = new TextEncoder().encode('abcdef');

describe('a failing file system', () => {
  test('fails the call that was named, once, with its code', async () => {
    const fs = failingFs({ fs: memoryFs(), call: 2, errno: 'EROFS' });
    const fd = fs.openSync('/file', 'w+');
    expect(fs.failed).toBeUndefined();
    expect(await codeOf(() => fs.writeSync(fd, bytes, 0, 6, 0))).toBe('EROFS');
    expect(fs.fstatSync(fd).size).toBe(0);
    expect(fs.writeSync(fd, bytes, 0, 6, 0)).toBe(6);
    expect([fs.failed, fs.calls]).toEqual(['writeSync', 4]);
  });
  test('fails for good where that is asked', async () => {
    const fs = failingFs({ fs: memoryFs(), call: 2, lasting: true });
    const fd = fs.openSync('/file', 'w+');
    for (let index = 0; index < 3; index++) {
      expect(await codeOf(() => fs.fsyncSync(fd))).toBe('EIO');
    }
    expect(await codeOf(() => fs.openSync('/other', 'w'))).toBe('EIO');
    expect(fs.failed).toBe('fsyncSync');
  });
  test('tears no more out of an array than was to be written', async () => {
    const disk = memoryFs();
    const fs = failingFs({ fs: disk, call: 1, operations: ['writeSync'], tornBytes: 99 });
    const fd = fs.openSync('/file', 'w+');
    expect(await codeOf(() => fs.writeSync(fd, bytes, 0, 2, 0))).toBe('EIO');
    expect(disk.statSync('/file')?.size).toBe(2);
  });
  test('counts by operation, and fails only those that were chosen', async () => {
    const fs = failingFs({ fs: memoryFs(), call: 2, operations: ['fsyncSync', 'unlinkSync'] });
    const fd = fs.openSync('/file', 'w+');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    expect(await codeOf(() => fs.unlinkSync('/file'))).toBe('EIO');
    const operations: LogFsOperation[] = ['openSync', 'closeSync', 'unlinkSync', 'write'];
    expect(operations.map((name) => fs.callsOf(name))).toEqual([1, 1, 1, 0]);
    expect(fs.calls).toBe(2);
  });
  test('leaves closing alone unless it is chosen', async () => {
    const fs = failingFs({ fs: memoryFs(), call: 1, operations: ['closeSync'] });
    const fd = fs.openSync('/file', 'w+');
    expect(await codeOf(() => fs.closeSync(fd))).toBe('EIO');
    const usual = failingFs({ fs: memoryFs() });
    usual.closeSync(usual.openSync('/file', 'w+'));
    expect([usual.calls, usual.callsOf('closeSync')]).toEqual([1, 1]);
  });
  test('answers a failing write later, after a part of it arrived', async () => {
    const path = join(temporary(), 'file');
    const fs = failingFs({ call: 1, operations: ['write', 'fdatasync'], tornBytes: 4 });
    const fd = fs.openSync(path, 'w+');
    fs.writeSync(fd, bytes, 0, 2, 0);
    const order: unknown[] = [];
    await new Promise<void>((done) => {
      fs.write(fd, bytes, 1, 5, 2, (error, written) => {
        order.push((error as { code?: string } | null)?.code, written);
        done();
      });
      order.push('asked');
    });
    fs.closeSync(fd);
    expect(order).toEqual(['asked', 'EIO', 0]);
    expect(readFileSync(path, 'utf8')).toBe('abbcde');
  });
  test('takes counts from 0 on', async () => {
    expect(await codeOf(() => failingFs({ call: -1 }))).toBe('KNHK_RUNTIME_OPTION');
    expect(await codeOf(() => failingFs({ tornBytes: 0.5 }))).toBe('KNHK_RUNTIME_OPTION');
  });
});

describe('failing every call', () => {
  /** Writes two files; says which of them it was told are there. */
  const writeTwo = (fs: LogFs): string[] => {
    const done: string[] = [];
    for (const name of ['/a', '/b']) {
      try {
        const fd = fs.openSync(name, 'w');
        fs.writeSync(fd, bytes, 0, 6, 0);
        done.push(name);
      } catch {}
    }
    return done;
  };
  test('fails each call in its turn and ends with a sound run', async () => {
    const runs: unknown[] = [];
    const faults = await failEveryCall({
      fs: () => memoryFs(),
      run: writeTwo,
      check: ({ result, call, failed, fs }) => {
        for (const name of result) expect(fs.statSync(name)?.size).toBe(6);
        runs.push([call, failed, result.join()]);
      },
    });
    expect(faults).toBe(4);
    expect(runs).toEqual([
      [1, 'openSync', '/b'],
      [2, 'writeSync', '/b'],
      [3, 'openSync', '/a'],
      [4, 'writeSync', '/a'],
      [5, undefined, '/a,/b'],
    ]);
  });
  test('says at which call an invariant broke', async () => {
    const work = failEveryCall({
      fs: () => memoryFs(),
      run: writeTwo,
      check: ({ result }) => {
        if (!result.includes('/b')) throw new Error('b is lost');
      },
    });
    await expect(work).rejects.toThrow('call 3 (openSync): b is lost');
  });
  test('passes on what the scenario throws, and gives up in the end', async () => {
    const thrown = failEveryCall({
      fs: () => memoryFs(),
      run: (fs) => void fs.readdirSync('/'),
      check: () => {},
    });
    await expect(thrown).rejects.toThrow('call 1 (readdirSync): EIO: injected');
    const endless = failEveryCall({
      fs: () => memoryFs(),
      runsMax: 3,
      run: (fs) => void writeTwo(fs),
      check: () => {},
    });
    expect(await codeOf(() => endless)).toBe('KNHK_RUNTIME_OPTION');
  });
});
