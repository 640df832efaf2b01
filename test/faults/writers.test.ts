import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { keyring } from './keys.ts';
import { type Child, canInject, type Ended, runScript } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'knhk-writers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isLong = Number(process.env['KNHK_KILL_ROUNDS'] ?? 0) >= 1_000;
const many = 20;

/** What a process that wants the log is told to do, as its lines come in. */
type Steps = (child: Child, line: string) => void;

const want = (directory: string, wait: boolean, steps: Steps): Promise<Ended> =>
  runScript('hold-child.mjs', [directory, ...(wait ? ['wait'] : [])], {
    onLine: (child, line) => steps(child, line.split(' ')[0]!),
  });

const answers = (ended: readonly Ended[]): string[] =>
  ended.map(({ lines, stderr }) => lines.at(-1) ?? stderr).sort();

/** Lets many processes open a log in the same moment; gives what each of them was told. */
async function race(directory: string): Promise<string[]> {
  const waiting: Child[] = [];
  const answered: Child[] = [];
  const all = Array.from({ length: many }, () =>
    want(directory, true, (child, word) => {
      (word === 'ready' ? waiting : answered).push(child);
      if (waiting.length === many && word === 'ready')
        for (const one of waiting) one.stdin.write('go\n');
      // Nobody closes before everybody was answered.
      if (answered.length === many) for (const one of answered) one.stdin.end();
    }),
  );
  return answers(await Promise.all(all));
}

const refused = 'refused KNHK_LOG_LOCKED';

/** A process that holds the log and is killed. */
async function killedHolder(directory: string): Promise<void> {
  const ended = await want(directory, false, (child) => child.kill('SIGKILL'));
  expect(ended).toMatchObject({ signal: 'SIGKILL', lines: ['got 1'] });
}

describe('of many processes that open a log at once, exactly one gets it', () => {
  test.each(Array.from({ length: isLong ? 20 : 2 }, (_, round) => round))(
    'round %i',
    async (round) => {
      const directory = join(folder, `race-${round}`);
      // Every second time behind a process that was killed.
      const isStale = round % 2 === 1;
      if (isStale) await killedHolder(directory);
      const leaves = isStale ? 2 : 1;
      expect(await race(directory)).toEqual([`got ${leaves}`, ...Array(many - 1).fill(refused)]);
      const report = await verifyLog(directory, keyring);
      expect(report).toMatchObject({ ok: true, verified_count: leaves });
    },
  );
});

test('a process that is stopped keeps its log', async () => {
  const directory = join(folder, 'stopped');
  let second: Promise<Ended> | undefined;
  const first = want(directory, false, (child, word) => {
    if (word !== 'got') return;
    child.kill('SIGSTOP');
    second = want(directory, false, (other) => {
      other.stdin.end();
      child.kill('SIGCONT');
      child.stdin.end();
    });
  });
  expect((await first).lines).toEqual(['got 1']);
  expect((await second)?.lines).toEqual([refused]);
  const third = await want(directory, false, (child) => child.stdin.end());
  expect(third.lines).toEqual(['got 2']);
});

/** Whether somebody has bound a socket in a log directory. */
const isBound = (directory: string): boolean =>
  existsSync(directory) && readdirSync(directory).some((name) => /^l-.*|\.sock$/.test(name));

test.skipIf(!canInject)(
  'one that is slow between binding its socket and listening is not taken for a dead one',
  async () => {
    const directory = join(folder, 'slow');
    const options = ['-f', '-o', '/dev/null', '-e', 'trace=listen'];
    const slow = runScript('hold-child.mjs', [directory], {
      under: ['strace', ...options, '-e', 'inject=listen:delay_enter=2000000'],
      onLine: (child) => child.stdin.end(),
    });
    while (!isBound(directory)) await new Promise((done) => setTimeout(done, 5));
    const fast = want(directory, false, (child) => void slow.then(() => child.stdin.end()));
    expect(answers(await Promise.all([slow, fast]))).toEqual(['got 1', refused]);
  },
);
