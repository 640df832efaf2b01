import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookRateDetector } from '../../src/loop/detectors/hook-rate.ts';
import type { Loop } from '../../src/loop/loop.ts';
import { openLoop } from '../../src/loop/open.ts';
import { parameterPlanner } from '../../src/loop/planners/parameter.ts';
import type { CycleReport, Detector } from '../../src/loop/types.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { generator } from '../support/numbers.ts';
import { entriesOf, temporary } from '../support/runtime.ts';
import { fine, openDesk, Reading, reading } from './support.ts';

const total = 1_200;
const every = 40;

const levels = ((): number[] => {
  const random = generator(9);
  return Array.from({ length: total }, (_, index) =>
    index < 500 ? random(80) : index < 900 ? 20 + random(70) : random(75),
  );
})();

const rates = hookRateDetector({ historyMin: 2, expectedMin: 5, deviations: 1.5, ratio: 1.3 });

interface Desk {
  readonly runtime: Runtime;
  readonly loop: Loop;
  readonly reports: CycleReport[];
}

async function open(data: string, detectors: readonly Detector[] = [rates]): Promise<Desk> {
  const runtime = await openDesk({ data });
  const reports: CycleReport[] = [];
  const loop = await openLoop({
    ...{ runtime, detectors, planners: [parameterPlanner()], autonomy: 'promote', bake: false },
    ...{ everyObservations: every, measure: () => fine },
    onCycle: (report) => void reports.push(report),
  });
  return { runtime, loop, reports };
}

async function close({ runtime, loop }: Desk): Promise<void> {
  await runtime.flush();
  await loop.close();
  await runtime.close();
}

/** Streams levels, and flushes where there is no room or the cut says so. */
async function stream(
  runtime: Runtime,
  from: number,
  to: number,
  isCut: (index: number) => boolean,
): Promise<void> {
  for (let index = from; index < to; index++) {
    const input = reading(index, levels[index]!);
    while (runtime.observe(Reading, input) === 'full') await runtime.flush();
    if (isCut(index)) await runtime.flush();
  }
}

const leavesOf = async (data: string): Promise<string[]> =>
  (await entriesOf(data)).map(({ leaf, hash }) => `${leaf.kind} ${hash}`);

function savedState(data: string): unknown {
  const newest = readdirSync(join(data, 'savepoint')).sort().at(-1)!;
  const { state } = JSON.parse(readFileSync(join(data, 'savepoint', newest), 'utf8'));
  return JSON.parse(state).more.loop;
}

function forget(data: string): void {
  for (const name of ['savepoint', 'index']) rmSync(join(data, name), { recursive: true });
}

const directory = (): string => join(temporary(), 'data');

const alone = (async (): Promise<{ leaves: string[]; data: string; reports: CycleReport[] }> => {
  const data = directory();
  const desk = await open(data);
  await stream(desk.runtime, 0, total, () => true);
  await close(desk);
  return { leaves: await leavesOf(data), data, reports: desk.reports };
})();

describe('a loop over a stream', () => {
  it('knows how many fired nothing: every cycle has all that was streamed in it', async () => {
    const { reports, leaves } = await alone;
    const applied = leaves.filter((leaf) => leaf.startsWith('apply')).length;
    expect(reports.length).toBe(Math.floor(applied / every));
    const seen: (readonly [number, number])[] = [];
    const watch: Detector = {
      name: 'watch',
      detect: ({ open: { observed, fired } }) => {
        seen.push([observed[Reading.type] ?? 0, fired['raise'] ?? 0]);
        return [];
      },
    };
    const desk = await open(directory(), [watch]);
    await stream(desk.runtime, 0, total, () => false);
    await close(desk);
    // Nothing is promoted here, so all rates follow from the levels.
    const expected: (readonly [number, number])[] = [];
    let since = 0;
    let fired = 0;
    for (const level of levels) {
      since++;
      if (level >= 50) fired++;
      if (fired < every) continue;
      expected.push([since, fired]);
      since = 0;
      fired = 0;
    }
    expect(seen).toEqual(expected);
  });

  it.each([1, 7, 64, 65, 1_000])('does the same with a flush every %i', async (step) => {
    const { leaves } = await alone;
    expect(leaves.filter((leaf) => leaf.startsWith('promote')).length).toBeGreaterThan(0);
    const data = directory();
    const desk = await open(data);
    await stream(desk.runtime, 0, total, (index) => index % step === step - 1);
    await close(desk);
    expect(await leavesOf(data)).toEqual(leaves);
  });

  it('has the state that the log alone gives, wherever it was stopped', async () => {
    const data = directory();
    for (const [from, to] of [
      [0, 333],
      [333, 700],
      [700, total],
    ] as const) {
      const desk = await open(data);
      await stream(desk.runtime, from, to, () => false);
      await close(desk);
      // Closing the runtime counts what was streamed since; the next opening takes it in.
      await close(await open(data));
      const kept = savedState(data);
      forget(data);
      await close(await open(data));
      expect(savedState(data)).toEqual(kept);
    }
  });

  it('counts at a cycle that the host runs', async () => {
    const data = directory();
    const { runtime, loop } = await open(data);
    await stream(runtime, 0, 20, () => false);
    await runtime.flush();
    expect((await loop.cycle()).observed).toBe(20);
    expect(await loop.cycle()).toMatchObject({ skipped: true });
    const { size } = runtime.health();
    await loop.cycle();
    expect(runtime.health().size).toBe(size);
    await loop.close();
    await runtime.close();
  });
});
