import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenCount } from '../../examples/flights/broken.ts';
import { leavesIn, segmentsOf } from '../faults/frames.ts';
import { expectGolden } from '../golden.ts';
import { type Run, runDesk, type WatchedRun } from './desk.ts';

const folder = mkdtempSync(join(tmpdir(), 'knhk-flights-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const minutes = 60_000;
const limit = 200_000;
const data = join(folder, 'long');
const fixed = ['--deterministic', '--json'] as const;

interface Cycle {
  readonly patterns: readonly { readonly subject: string }[];
  readonly proposals: readonly {
    readonly verdict: string;
    readonly change: { readonly value: number };
  }[];
}
interface Summary {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly fired: Readonly<Record<string, number>>;
  readonly receipts: number;
  readonly applied: number;
  readonly version: number;
  readonly parameters: { readonly lateMinutes: number };
  readonly cycles: readonly Cycle[];
  readonly outcomesOfChanges: readonly { readonly outcome: string; readonly reason: string }[];
  readonly verified: { readonly ok: boolean; readonly total: number; readonly verified: number };
}
const summaryOf = (run: Run): Summary => JSON.parse(run.stdout) as Summary;
/** Lists of plain values on one line, as the repository's formatter keeps the golden file. */
const formatted = (json: string): string =>
  json.replace(/\[\s+([^[\]{}]+?)\s+\]/g, (_, items: string) => `[${items.replace(/\s+/g, ' ')}]`);
const bytesOf = (directory: string): Buffer =>
  Buffer.concat(segmentsOf(directory).map((file) => readFileSync(file)));

let long: WatchedRun;
let control: WatchedRun;
beforeAll(async () => {
  const size = ['--limit', String(limit)];
  [long, control] = await Promise.all([
    runDesk([...size, '--data', data, ...fixed]),
    runDesk([...size, '--data', join(folder, 'control'), ...fixed, '--shuffle-delays']),
  ]);
}, 10 * minutes);

describe('the operations desk over 200,000 flights', () => {
  it('decides, learns and proves what the golden file says', () => {
    expect(long).toMatchObject({ code: 0 });
    expectGolden('test/golden/flights-200000.json', formatted(long.stdout));
  });

  it('finds that holds became rarer, promotes a new value, and all of it verifies', () => {
    const { cycles, parameters, version, receipts, verified, applied } = summaryOf(long);
    const promoted = cycles.filter(({ proposals }) =>
      proposals.some(({ verdict }) => verdict === 'promote'),
    );
    expect(promoted).toHaveLength(2);
    expect(promoted[0]!.patterns[0]!.subject).toBe('hold-connections');
    expect(parameters.lateMinutes).not.toBe(45);
    // Of the two the injected one is taken back.
    expect(version).toBe(4);
    // A leaf for each applied record and each cycle; the deploy; for each of the two changes what
    // was considered, promoted, and how it turned out; the rollback.
    expect(receipts).toBe(applied + cycles.length + 1 + 2 * 3 + 1);
    expect(verified).toEqual({ ok: true, total: receipts, verified: receipts });
  });

  it('takes an injected mistake back by itself, because more is denied', () => {
    const { outcomesOfChanges, cycles, parameters } = summaryOf(long);
    expect(outcomesOfChanges.map(({ outcome }) => outcome)).toEqual(['kept', 'withdrawn']);
    expect(outcomesOfChanges[1]!.reason).toMatch(/^denied: /);
    const [kept] = cycles.flatMap(({ proposals }) => proposals);
    expect(parameters.lateMinutes).toBe(kept!.change.value);
  });

  it('finds nothing in the control run, whose delays are dealt out anew', () => {
    expect(control).toMatchObject({ code: 0 });
    const { cycles, parameters, version, verified, applied } = summaryOf(control);
    expect(cycles.length).toBe(summaryOf(long).cycles.length);
    expect(cycles.flatMap(({ patterns }) => patterns)).toEqual([]);
    expect([parameters.lateMinutes, version, verified.ok]).toEqual([45, 1, true]);
    expect(applied).toBeGreaterThan(0.9 * limit);
  });

  it(
    'recognises every observation when it runs again, and adds no leaf',
    async () => {
      const before = bytesOf(data);
      const again = await runDesk(['--limit', String(limit), '--data', data, ...fixed]);
      expect(again).toMatchObject({ code: 0 });
      const { outcomes, fired, receipts, applied, cycles, version } = summaryOf(again);
      const first = summaryOf(long);
      // Unreadable records have no receipt, so they are read and refused again.
      const unreadable = limit + brokenCount(limit) - applied;
      expect(unreadable).toBe(20);
      expect(outcomes).toEqual({ duplicate: applied, invalid: unreadable });
      expect([receipts, applied, version]).toEqual([first.receipts, first.applied, first.version]);
      expect(fired).toEqual({});
      expect(cycles).toEqual([]);
      expect(bytesOf(data).equals(before)).toBe(true);
    },
    5 * minutes,
  );

  it(
    'stopped by Ctrl-C goes on where it was: the same leaves',
    async () => {
      const stopped = join(folder, 'stopped');
      const args = ['--limit', '30000', '--data', stopped, ...fixed, '--acks', '3'];
      let sent = false;
      const first = await runDesk(args, {
        onAcks: (child, count) => {
          if (count < 12_000 || sent) return;
          sent = true;
          child.kill('SIGINT');
        },
      });
      expect(first.code).toBe(130);
      expect(first.stderr).toContain('interrupted');
      const leaves = leavesIn(stopped).length;
      // Everything acknowledged is there, and nothing that was not asked for any more.
      const cycles = Math.floor(first.acks.length / 10_000);
      expect(leaves).toBe(first.acks.length + 1 + cycles);
      expect(leaves).toBeLessThan(25_000);
      const second = await runDesk(args);
      expect(second.code).toBe(0);
      expect(summaryOf(second).verified.ok).toBe(true);
      const expected = leavesIn(data);
      const got = leavesIn(stopped);
      expect(got.length).toBeGreaterThan(30_000);
      expect(got.findIndex((leaf, index) => leaf !== expected[index])).toBe(-1);
    },
    5 * minutes,
  );
});

describe('the operations desk', () => {
  it('runs with keys and clock of its own, and tells people what happened', async () => {
    const plain = join(folder, 'plain');
    const run = await runDesk(['--limit', '8000', '--data', plain]);
    expect(run).toMatchObject({ code: 0 });
    for (const text of [
      ...['outcome', 'acted', 'hold-connections', 'deny by hold-length', 'latency'],
      ...['validated, hot', 'conforming, by rows of the kernel'],
      ...['terms: $.delayMinutes', 'shapes: origin', 'verified', 'ok: true', 'lateMinutes'],
      ...['signature failures', 'declared to the loop', plain, 'npx knhk receipts verify-chain'],
    ]) {
      expect(run.stdout).toContain(text);
    }
    expect(run.stderr).toContain('flights  100%  8,002 of 8,002');
    expect(`${run.stdout}${run.stderr}`).not.toContain('\u001b');
  });

  it('says in use where another one holds the directory, and leaves it alone', async () => {
    const shared = join(folder, 'shared');
    const args = ['--limit', '20000', '--data', shared, ...fixed];
    let second: Promise<WatchedRun> | undefined;
    const first = await runDesk([...args, '--acks', '3'], {
      onAcks: () => {
        second ??= runDesk(args);
      },
    });
    const refused = await second!;
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('KNHK_LOG_LOCKED');
    expect(refused.stderr).toContain(shared);
    expect(refused.stderr).not.toContain('node:internal');
    expect(refused.stdout).toBe('');
    expect(first.code).toBe(0);
    expect(summaryOf(first).verified.ok).toBe(true);
  });

  it('exits 2 with usage where it is asked for nonsense', async () => {
    for (const args of [['--limit', '0'], ['--limit', 'many'], ['--speed']]) {
      const { code, stderr, stdout } = await runDesk(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('usage: npm start');
    }
  });
});
