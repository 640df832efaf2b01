import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCommitments, verifyLog } from '../../src/receipts/log/index.ts';
import type { Keyring } from '../../src/receipts/verify/index.ts';
import { runDesk } from '../examples/desk.ts';
import { generator } from '../support/numbers.ts';
import { leavesIn, readFrames, segmentsOf } from './frames.ts';

const preload = new URL('./hold-fdatasync.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'knhk-kill-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const roundsMin = 50;
// The rounds are paced to need a few more than that; a machine may make smaller epochs.
const roundsPlanned = 54;
const roundsMax = 120;
const limit = 20_000;
const minutes = 60_000;
const argumentsFor = (data: string): string[] => [
  ...['--limit', String(limit), '--data', data, '--deterministic', '--json', '--acks', '3'],
];

/** The secret that the example uses where it has to be deterministic. */
const commitments = createCommitments(new Uint8Array(32).fill(2));
const hashOfId = (id: string): string => commitments.id('flight.departed', id);

/** Hashed ids of the observations that were decided in these leaves; a cycle's leaves have none. */
const appliedIn = (leaves: readonly Buffer[]): string[] =>
  leaves.flatMap((leaf) => {
    const { kind, id } = JSON.parse(leaf.toString('utf8')) as { kind: string; id?: string };
    return kind === 'apply' ? [id!] : [];
  });

/** Reads what is new in a log of one segment, as it lies there after a kill. */
class LogWatch {
  readonly ids = new Set<string>();
  /** Ids of the last whole epoch among those that the last reading found. */
  newest: readonly string[] = [];
  readonly #data: string;
  #end = 0;
  leaves = 0;

  constructor(data: string) {
    this.#data = data;
  }

  /** Adds the ids of leaves in whole epochs since the last reading. */
  read(): void {
    const [file, ...more] = segmentsOf(this.#data);
    expect(more).toEqual([]);
    const { leaves, newest, end } = readFrames(readFileSync(file!), this.#end);
    for (const id of appliedIn(leaves)) this.ids.add(id);
    this.newest = appliedIn(newest);
    this.leaves += leaves.length;
    this.#end = end;
  }
}

interface Round {
  /** Number of the sync that is held, from 1. */
  readonly holdAt: number;
  /** Kill after so many acknowledgements that no run gave before, or where the sync is held. */
  readonly newAcks: number;
}

/** Runs until it is killed; says whether a sync was being held then, and what was acknowledged. */
async function killedRun(
  data: string,
  { holdAt, newAcks }: Round,
  known: number,
): Promise<{ readonly held: boolean; readonly acks: readonly string[] }> {
  let held = false;
  const run = await runDesk(argumentsFor(data), {
    node: ['--import', preload],
    environment: { KNHK_HOLD: String(holdAt) },
    onMark: (child) => {
      held = true;
      // Time enough for an acknowledgement that must not come to be seen.
      setTimeout(() => child.kill('SIGKILL'), 20);
    },
    onAcks: (child, count) => {
      if (count >= known + newAcks) child.kill('SIGKILL');
    },
  });
  expect(run.signal, run.stderr).toBe('SIGKILL');
  return { held, acks: run.acks };
}

describe('a process that is killed again and again', () => {
  it(
    'loses nothing it acknowledged, and ends with the leaves of an undisturbed run',
    async () => {
      const random = generator(19_700_101);
      const data = join(folder, 'killed');
      const watch = new LogWatch(data);
      const acknowledged = new Set<string>();
      let rounds = 0;
      let heldRounds = 0;
      let untold = 0;
      for (; rounds < roundsMax && watch.leaves < limit; rounds++) {
        const ahead = watch.leaves > (limit * rounds) / roundsPlanned;
        // Whoever is ahead of the plan gets as far as its first sync, so that rounds are left over.
        // Near the end four syncs may not be left, and a run that is not held would end by itself.
        const nearEnd = limit - watch.leaves < 2_048;
        const holdAt = ahead || nearEnd ? 1 : 1 + random(4);
        const newAcks = random(4) > 0 ? Number.POSITIVE_INFINITY : 1 + random(300);
        const { held, acks } = await killedRun(data, { holdAt, newAcks }, acknowledged.size);
        if (held) heldRounds++;
        watch.read();
        const fresh = acks.filter((id) => !acknowledged.has(hashOfId(id)));
        for (const id of fresh) acknowledged.add(hashOfId(id));
        const lost = fresh.filter((id) => !watch.ids.has(hashOfId(id)));
        expect(lost, `round ${rounds}: acknowledged and not in the log`).toEqual([]);
        // The epoch whose sync was held is written whole, and nobody was told of it.
        if (!held) continue;
        expect(watch.newest.filter((id) => acknowledged.has(id))).toEqual([]);
        untold += watch.newest.length;
      }
      expect(rounds).toBeGreaterThanOrEqual(roundsMin);
      expect(heldRounds).toBeGreaterThanOrEqual(rounds / 2);
      expect(heldRounds).toBeLessThan(rounds);
      // Epochs of a deploy or of a cycle have no observation, but not all are of those.
      expect(untold).toBeGreaterThan(0);

      const last = await runDesk(argumentsFor(data));
      expect(last).toMatchObject({ code: 0, signal: null });
      const { verified } = JSON.parse(last.stdout) as { verified: { ok: boolean; total: number } };
      expect(verified.ok).toBe(true);
      const keyring = JSON.parse(readFileSync(join(`${data}.keys`, 'keyring.json'), 'utf8'));
      const report = await verifyLog(data, keyring as Keyring);
      expect(report).toMatchObject({ ok: true, findings: [], total_count: verified.total });

      const undisturbed = join(folder, 'undisturbed');
      expect((await runDesk(argumentsFor(undisturbed))).code).toBe(0);
      const leaves = leavesIn(data);
      const expected = leavesIn(undisturbed);
      expect(leaves.length).toBe(expected.length);
      expect(leaves.findIndex((leaf, index) => leaf !== expected[index])).toBe(-1);
      const ids = new Set(leaves.map((leaf) => (JSON.parse(leaf) as { id?: string }).id));
      expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
      // The rest are the deploy's leaf and those of cycles.
      const applied = expected.filter((leaf) => leaf.includes('"kind":"apply"'));
      expect(last.acks.length).toBe(applied.length);
    },
    15 * minutes,
  );
});
