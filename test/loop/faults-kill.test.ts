import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyLog } from '../../src/receipts/log/index.ts';
import { type Ended, runScript } from '../faults/processes.ts';
import { entriesOf, origin, signer, temporary } from '../support/runtime.ts';

const minute = 60_000;
// test/loop/faults.test.ts stops at every call within one process; here some of those before the
// swap are enough, unless .ci/faults asks for all.
const stride = process.env['KNHK_FAULTS'] === 'all' ? 1 : 13;
// A turn that promotes makes about a hundred calls; far beyond that something is wrong.
const callsMax = 1_000;

interface Told {
  /** Size of the log, snapshot and parameter `high` at each opening. */
  readonly opened: (readonly [size: number, snapshot: string, high: number])[];
  readonly promoted: (readonly [seq: number, hash: string])[];
  readonly died: string[];
}

function listen(told: Told, { lines }: Ended): void {
  for (const line of lines) {
    const [word, first, second, third] = line.split(' ');
    if (word === 'opened') told.opened.push([Number(first), second!, Number(third)]);
    if (word === 'promote') told.promoted.push([Number(first), second!]);
    if (word === 'died') told.died.push(`${first} ${second} ${third}`);
    expect(['opened', 'died', 'promote', 'closed'], line).toContain(word);
  }
}

test(
  'killed at any call of a turn that promotes: log and rules in force agree after a restart',
  async () => {
    const data = join(temporary(), 'data');
    const told: Told = { opened: [], promoted: [], died: [] };
    /** True where the process died of it. */
    const run = async (since: string, call: number, when: string): Promise<boolean> => {
      const args = [data, since, call, when];
      const ended = await runScript('../loop/faults-kill-child.mjs', args);
      expect(ended.code ?? 0, ended.stderr).toBe(0);
      listen(told, ended);
      expect(ended.signal).toBe(ended.lines.at(-1) === 'closed' ? null : 'SIGKILL');
      return ended.signal !== null;
    };
    for (let call = 1; call < callsMax; call += stride) {
      if (!(await run('turn', call, 'before'))) break;
    }
    for (let call = 1; call < callsMax; call++) {
      if (!(await run('swap', call, 'before'))) break;
      // Once more where the call is answered later: killed when it is done and nobody knows yet.
      const isAnswered = / (write|fdatasync) /.test(told.died.at(-1)!);
      if (isAnswered) expect(await run('swap', call, 'after')).toBe(true);
    }
    // Between the swap and its receipt lie the write of the leaf and its sync.
    const between = ['before writeSync', 'before fdatasync', 'after fdatasync'];
    expect(told.died).toEqual(expect.arrayContaining(between.map((death) => `${death} swapped`)));
    expect(told.died.some((death) => death.endsWith(' not-yet'))).toBe(true);
    expect(await run('turn', 0, 'before')).toBe(false);

    const entries = await entriesOf(data);
    const now: { snapshot: string; changes: number }[] = [];
    let snapshot = '';
    let changes = 0;
    for (const { leaf } of entries) {
      if (leaf.kind === 'promote') {
        expect(leaf.parent).toBe(snapshot);
        changes++;
      }
      if (leaf.kind === 'promote' || leaf.kind === 'deploy') ({ snapshot } = leaf);
      now.push({ snapshot, changes });
    }
    // Every promotion raises by one, so the parameter counts those that are in the log.
    const opened = told.opened.map(([size, is, high]) => [size, is, high - 50]);
    const expected = told.opened.map(([size]) => {
      const at = now[size - 1]!;
      return [size, at.snapshot, at.changes];
    });
    expect(opened).toEqual(expected);
    for (const [seq, hash] of told.promoted) expect(entries[seq]?.hash).toBe(hash);
    // Some that nobody was told of are in force all the same: they were durable.
    expect(changes).toBeGreaterThan(told.promoted.length);
    const report = await verifyLog(data, { origin, keys: [{ vkey: signer.vkey, from: 0 }] });
    expect([report.ok, report.findings]).toEqual([true, []]);
  },
  10 * minute,
);
