import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { quantile } from '../../src/cli/bench-figures.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { temporary } from '../support/runtime.ts';
import { jsonLines, knhk, spawned } from './support.ts';

const expected = [
  ['decide, 3 conditions, median', 'ns'],
  ['decide, 3 conditions, p99 of blocks of 64', 'ns'],
  ['apply, durable receipts, no shapes', 'receipts/s'],
  ['SHA-256 of 256 B', 'us'],
  ['Ed25519 signature of 128 B', 'us'],
  ['append of 300 B and fdatasync', 'ms'],
];

afterEach(() => void vi.restoreAllMocks());

function bench(...more: string[]) {
  const folder = temporary();
  const machine = { temporary: () => folder };
  const words = ['bench', '--seconds', '0', ...more];
  return { folder, ran: knhk(words, { machine }) };
}

describe('bench', () => {
  test('measures every figure, each a line of JSON, and leaves nothing behind', async () => {
    const { folder, ran } = bench('--json');
    const { code, out, err } = await ran;
    expect([code, err]).toEqual([0, '']);
    const lines = jsonLines(out);
    expect(lines.map(({ figure, unit }) => [figure, unit])).toEqual(expected);
    const rest = { topic: 'self', peer: null, ratio: null, goal: null, met: null };
    for (const line of lines) {
      expect(line).toMatchObject(rest);
      expect(line['value']).toBeGreaterThan(0);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is a table for people, the values to the right', async () => {
    const { folder, ran } = bench();
    const { code, out, err } = await ran;
    expect([code, err.startsWith(`measuring in ${folder}`)]).toEqual([0, true]);
    const [head, ...rows] = out.trimEnd().split('\n') as [string, ...string[]];
    expect(head).toMatch(/^FIGURE +VALUE {2}UNIT$/);
    expect(rows).toHaveLength(expected.length);
    const end = head.indexOf('VALUE') + 'VALUE'.length;
    for (const row of rows) expect(row.slice(0, end)).toMatch(/ [0-9.e-]+$/);
  });

  test('uses the file system of --data, beside the directory and not in it', async () => {
    const data = join(temporary(), 'data');
    mkdirSync(data);
    const watched: string[] = [];
    const real = fs.openSync;
    vi.spyOn(fs, 'openSync').mockImplementation((path, ...more) => {
      watched.push(String(path));
      return real(path, ...more);
    });
    expect((await bench('--data', data).ran).code).toBe(0);
    expect(watched.some((path) => path.startsWith(join(data, '..', 'knhk-bench-')))).toBe(true);
    expect(watched.filter((path) => path.startsWith(join(data, '/')))).toEqual([]);
    const absent = join(data, 'not', 'yet');
    expect((await bench('--data', absent).ran).code).toBe(0);
    expect(existsSync(join(data, 'not'))).toBe(false);
    expect(readdirSync(data)).toEqual([]);
  });

  const mounted = '/dev/shm';
  const isMounted = existsSync(mounted) && statSync(mounted).dev !== statSync('/dev').dev;
  test.skipIf(!isMounted)('uses a mounted --data itself: above it is another disk', async () => {
    const spied = vi.spyOn(fs, 'openSync');
    expect((await bench('--data', mounted).ran).code).toBe(0);
    const paths = spied.mock.calls.map(([path]) => String(path));
    expect(paths.some((path) => path.startsWith(`${mounted}/knhk-bench-`))).toBe(true);
    expect(readdirSync(mounted).filter((name) => name.startsWith('knhk-bench-'))).toEqual([]);
  });

  test('finds a machine whose disk writes something else, and measures nothing then', async () => {
    const real = fs.writeSync as (...words: unknown[]) => number;
    const lying = (fd: number, bytes: Uint8Array, from: number, length: number, at: number) => {
      // What is appended to a file that is there: receipts, and nothing that opening reads first.
      if (at === 0 || length < 500) return real(fd, bytes, from, length, at);
      const other = Uint8Array.from(bytes);
      const middle = from + (length >> 1);
      other[middle] = (other[middle] as number) ^ 1;
      return real(fd, other, from, length, at);
    };
    vi.spyOn(fs, 'writeSync').mockImplementation(lying as unknown as typeof fs.writeSync);
    const { folder, ran } = bench('--json');
    const { code, out, err } = await ran;
    expect([code, out]).toEqual([1, '']);
    expect(JSON.parse(err)).toMatchObject({ code: 'ERROR', expected: 'receipts that verify' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('finds a machine whose disk fails', async () => {
    vi.spyOn(fs, 'fdatasync').mockImplementation(((_fd: number, done: (e: Error) => void) => {
      done(new Error('EIO'));
    }) as unknown as typeof fs.fdatasync);
    const { code, out, err } = await bench().ran;
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('this machine does not do its work');
  });

  test('finds a machine that decides wrongly', async () => {
    const real = Runtime.prototype.applyAll;
    vi.spyOn(Runtime.prototype, 'applyAll').mockImplementation(async function* (
      this: Runtime,
      ...words: Parameters<typeof real>
    ) {
      for await (const outcome of real.apply(this, words)) {
        yield { ...outcome, outcome: 'idle' } as typeof outcome;
      }
    } as typeof real);
    const { code, err } = await bench().ran;
    expect([code, err.trimEnd().split('\n').at(-1)]).toEqual([
      1,
      'knhk: this machine does not do its work: outcome idle in place of acted',
    ]);
  });

  test('runs from what is built', () => {
    const { code, out } = spawned(['bench', '--seconds', '0', '--json']);
    expect([code, jsonLines(out).length]).toEqual([0, expected.length]);
  });

  test.skipIf(process.platform === 'win32')('cleans up when it is interrupted', async () => {
    const folder = temporary();
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const child = spawn(process.execPath, [main, 'bench', '--seconds', '60'], {
      env: { ...process.env, TMPDIR: folder },
    });
    await once(child.stderr, 'data');
    expect(readdirSync(folder)).toHaveLength(1);
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a quantile is one of the values', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([1, 2], 0.99)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0)).toBe(1);
  expect(quantile([7], 0.99)).toBe(7);
  // As numbers, not as text.
  expect(quantile([10, 9, 100], 0.5)).toBe(10);
});
