import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { standardDetectors } from '../../../src/loop/detectors/standard.ts';
import { openLoop } from '../../../src/loop/open.ts';
import type { LoopOptions } from '../../../src/loop/options.ts';
import { hookUsePlanner } from '../../../src/loop/planners/hook-use.ts';
import type { CycleReport, Pattern } from '../../../src/loop/types.ts';
import { temporary } from '../../support/runtime.ts';
import { applyLevels, fine, openDesk } from '../support.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const perCycle = 40;
const cycles = 8;
/** Levels that fire `raise` on every fifth reading, and in the last cycle on every one. */
const levelsOf = (cycle: number): number[] =>
  Array.from({ length: perCycle }, (_, index) => (cycle === cycles || index % 5 === 0 ? 60 : 10));

const options = (): Omit<LoopOptions, 'runtime'> => ({
  detectors: standardDetectors({
    hookUse: { observedMin: 5 * perCycle },
    // A reading comes each minute: slots of 10, periods of an hour.
    seasonal: { slotMs: 600_000, periodMs: 3_600_000, countMin: 5, ratio: 1, falseAlarms: 1 },
    hookRate: { expectedMin: 5 },
  }),
  planners: [hookUsePlanner()],
  autonomy: 'promote',
  measure: () => fine,
});

/** Runs all cycles over one log, closing and opening everything after some of them. */
async function run(reopenAfter: readonly number[]): Promise<readonly CycleReport[]> {
  const data = join(temporary(), 'data');
  const reports: CycleReport[] = [];
  let runtime = await openDesk({ data });
  let loop = await openLoop({ runtime, ...options() });
  for (let cycle = 1; cycle <= cycles; cycle++) {
    await applyLevels(runtime, levelsOf(cycle), (cycle - 1) * perCycle);
    if (reopenAfter.includes(cycle)) {
      await loop.close();
      await runtime.close();
      runtime = await openDesk({ data });
      loop = await openLoop({ runtime, ...options() });
    }
    reports.push(await loop.cycle());
  }
  closers.push(
    () => loop.close(),
    () => runtime.close(),
  );
  return reports;
}

describe('the standard detectors in a loop', () => {
  it('lead to a promotion that switches off a hook that never fires', async () => {
    const reports = await run([]);
    const found = reports.flatMap(({ patterns, cycle }) =>
      patterns.map(({ kind, subject }) => `${cycle} ${kind} ${subject}`),
    );
    expect(found).toContain('5 hook-never note-size');
    expect(found).toContain('8 hook-rate raise');
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
    const [proposal] = reports[4]!.proposals;
    expect(proposal).toMatchObject({
      verdict: 'promote',
      proposal: { planner: 'hook-use', change: { kind: 'switch', name: 'note-size' } },
    });
  });

  it('find the same where everything was closed and opened in between', async () => {
    const patterns = (reports: readonly CycleReport[]): readonly Pattern[] =>
      reports.flatMap((report) => report.patterns);
    const whole = patterns(await run([]));
    // What the seasonal detector says rests on all that it has heard since the beginning.
    const said = whole.filter(({ kind }) => kind === 'season').map(({ evidence }) => evidence);
    expect(said.at(-1)).toMatchObject({ count: 10, expected: 10, periods: 4 });
    expect(patterns(await run([2, 5, 7]))).toEqual(whole);
  });
});
