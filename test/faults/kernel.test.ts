import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { logIn } from './frames.ts';
import { keyring } from './keys.ts';
import { canInject, type Ended, hasProgram, runScript, succeeds } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'knhk-kernel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isLong = process.env['KNHK_FAULTS'] === 'all';
const leaves = 12;
const minutes = 60_000;

const words = ({ lines }: Ended, word: string): string[][] =>
  lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.split(' ').slice(1)] : []));

/** What was acknowledged is there, in a log that verifies; nothing was acknowledged too late. */
async function expectSafe(directory: string, ended: Ended): Promise<void> {
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  const failedAt = ended.lines.findIndex((line) => /^(failed|refused) /.test(line));
  const later = ended.lines.slice(failedAt + 1).filter((line) => line.startsWith('leaf '));
  if (failedAt >= 0) expect(later).toEqual([]);
  for (const codes of words(ended, 'failed')) {
    expect(codes).toEqual(['KNHK_LOG_POISONED', 'KNHK_LOG_POISONED']);
    expect(words(ended, 'then')).toEqual([['KNHK_LOG_POISONED']]);
  }
  for (const codes of words(ended, 'refused')) expect(codes).toEqual(['KNHK_LOG_OPEN']);
  for (const [, problem] of words(ended, 'again')) expect(problem).toBe('fine');
  if (!existsSync(join(directory, 'FORMAT'))) return;
  const { hashes } = logIn(directory);
  for (const [seq, hash] of words(ended, 'leaf')) {
    expect(hashes[Number(seq)]?.toString('hex'), ended.lines.join('\n')).toBe(hash);
  }
  const report = await verifyLog(directory, keyring);
  expect(report.findings.filter(({ kind }) => kind !== 'empty')).toEqual([]);
}

interface Injection {
  readonly call: string;
  readonly error: string;
  /** Which of the calls, counted from the first in each thread. */
  readonly nth: readonly number[];
}

const upTo = (count: number): number[] =>
  Array.from({ length: isLong ? count : Math.min(count, 3) }, (_, index) => 1 + index);

const injections: readonly Injection[] = [
  { call: 'fdatasync', error: 'EIO', nth: upTo(8) },
  { call: 'pwrite64', error: 'ENOSPC', nth: upTo(12) },
  { call: 'pwrite64', error: 'EIO', nth: upTo(6) },
  { call: 'fsync', error: 'EIO', nth: upTo(10) },
  { call: 'ftruncate', error: 'EIO', nth: upTo(1) },
];

describe.skipIf(!canInject)('a call that the kernel refuses (strace)', () => {
  test.each(injections)(
    '$call, $error',
    async ({ call, error, nth }) => {
      for (const when of nth) {
        const directory = join(folder, `${call}-${error}-${when}`);
        const options = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`];
        const ended = await runScript('write-child.mjs', [directory, leaves], {
          under: ['strace', ...options, '-e', `inject=${call}:error=${error}:when=${when}`],
          // One thread for all files, so that its calls are counted in order.
          environment: { UV_THREADPOOL_SIZE: '1' },
        });
        await expectSafe(directory, ended);
      }
    },
    10 * minutes,
  );
  test('for ever: nothing is acknowledged at all', async () => {
    const directory = join(folder, 'never');
    const options = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync'];
    const ended = await runScript('write-child.mjs', [directory, leaves], {
      under: ['strace', ...options, '-e', 'inject=fdatasync:error=EIO'],
    });
    await expectSafe(directory, ended);
    expect(words(ended, 'leaf')).toEqual([]);
    expect(words(ended, 'refused').length + words(ended, 'failed').length).toBeGreaterThan(0);
  });
});

const mount = ['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', folder];
const canMount = succeeds(['unshare', '-m', ...mount]);

describe.skipIf(!canMount)('a disk that is full (tmpfs)', () => {
  test.each([160, 200, 260])(
    'of %i KiB: nothing acknowledged is lost, and room is enough to go on',
    async (kib) => {
      const disk = mkdtempSync(join(folder, 'disk-'));
      // The mount is seen by this process and its children alone, so the copy is made inside.
      const script = [
        `mount -t tmpfs -o size=${kib}k none ${disk}`,
        `head -c 60000 /dev/zero > ${disk}/ballast`,
        '"$@"',
        `rm -f ${disk}/log/lock.sock && cp -r ${disk}/log ${disk}-copy`,
      ].join(' && ');
      const ended = await runScript(
        'write-child.mjs',
        [join(disk, 'log'), 400, join(disk, 'ballast')],
        {
          under: ['unshare', '-m', 'sh', '-c', script, 'sh'],
        },
      );
      await expectSafe(join(`${disk}-copy`), ended);
      expect(words(ended, 'failed')).toHaveLength(1);
      expect(words(ended, 'leaf').length).toBeGreaterThan(0);
      const [size = ''] = words(ended, 'again')[0] ?? [];
      expect(words(ended, 'last')).toEqual([[String(Number(size) + 1)]]);
    },
    minutes,
  );
});

describe.skipIf(!hasProgram('fiu-run'))('calls that fail now and then (libfiu)', () => {
  test.each(['posix/io/sync/fdatasync', 'posix/io/rw/pwrite'])(
    '%s',
    async (name) => {
      for (let round = 0; round < (isLong ? 20 : 3); round++) {
        const directory = join(folder, `fiu-${name.replaceAll('/', '-')}-${round}`);
        const ended = await runScript('write-child.mjs', [directory, leaves], {
          under: ['fiu-run', '-x', '-c', `enable_random name=${name},probability=0.1`],
        });
        const isRefused = ended.code !== 0 || ended.stderr !== '';
        expect(isRefused, ended.stderr).toBe(false);
        await expectSafe(directory, ended);
      }
    },
    10 * minutes,
  );
});

describe.skipIf(!hasProgram('faketime'))('a clock that is wrong (faketime)', () => {
  test(
    'one that is set back ten years, and one second: times never run backwards',
    async () => {
      const directory = join(folder, 'clock');
      const years = 10 * 365.25 * 86_400_000;
      const written: number[] = [];
      for (const shift of ['-0', '-10y', '-1s', '+1y', '-0']) {
        const ended = await runScript('write-child.mjs', [directory, 3], {
          under: ['faketime', '-f', shift],
        });
        await expectSafe(directory, ended);
        written.push(Number(words(ended, 'written')[0]?.[0]));
      }
      expect([...written].sort((left, right) => left - right)).toEqual(written);
      const [now = 0, back = 0, , ahead = 0, last = 0] = written;
      expect(back - now).toBeLessThan(years / 10);
      expect(ahead - now).toBeGreaterThan(years / 20);
      // The leaf behind them, and none of the years in between.
      expect(last - ahead).toBeLessThan(years / 1_000);
      expect(last).toBeGreaterThanOrEqual(ahead);
      const report = await verifyLog(directory, keyring);
      expect(report).toMatchObject({ ok: true, retrocausation_violations: 0 });
      // How far the clock was behind at worst is on record.
      expect(Math.abs(report.skew_ms_max / years - 1)).toBeLessThan(0.01);
    },
    minutes,
  );
});
