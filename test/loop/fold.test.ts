import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookRateDetector } from '../../src/loop/detectors/hook-rate.ts';
import type { Loop } from '../../src/loop/loop.ts';
import { openLoop } from '../../src/loop/open.ts';
import { parameterPlanner } from '../../src/loop/planners/parameter.ts';
import type { Detector } from '../../src/loop/types.ts';
import { channels } from '../../src/runtime/channels.ts';
import type { Health } from '../../src/runtime/health.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { generator } from '../support/numbers.ts';
import { entriesOf, temporary } from '../support/runtime.ts';
import { applyLevels, fine, openDesk, Reading, reading } from './support.ts';

const total = 600;
const every = 50;

/** Levels whose spread changes twice, so that the loop has something to find each time. */
const levels = ((): number[] => {
  const random = generator(5);
  return Array.from({ length: total }, (_, index) =>
    index < 200 ? random(80) : index < 400 ? 20 + random(70) : random(75),
  );
})();

const detector = hookRateDetector({ historyMin: 2, expectedMin: 5, deviations: 1.5, ratio: 1.3 });

interface Desk {
  readonly runtime: Runtime;
  readonly loop: Loop;
}

async function open(data: string, detectors: readonly Detector[] = [detector]): Promise<Desk> {
  const runtime = await openDesk({ data });
  const planners = [parameterPlanner()];
  const given = {
    detectors,
    planners,
    autonomy: 'promote',
    bake: false,
    everyObservations: every,
  } as const;
  return { runtime, loop: await openLoop({ runtime, ...given, measure: () => fine }) };
}

async function close({ runtime, loop }: Desk): Promise<void> {
  await loop.close();
  await runtime.close();
}

const directory = (): string => join(temporary(), 'data');

/** Everything in the log: a leaf's hash is that of its bytes. */
async function leavesOf(data: string): Promise<string[]> {
  return (await entriesOf(data)).map(({ leaf, hash }) => `${leaf.kind} ${hash}`);
}

const promotionsIn = (leaves: readonly string[]): number =>
  leaves.filter((leaf) => leaf.startsWith('promote')).length;

/** What the newest savepoint holds of the loop. */
function savedState(data: string): unknown {
  const newest = readdirSync(join(data, 'savepoint')).sort().at(-1)!;
  const { state } = JSON.parse(readFileSync(join(data, 'savepoint', newest), 'utf8'));
  return JSON.parse(state).more.loop;
}

/** Takes away what was saved beside the log, so that opening has to fold all of it. */
function forget(data: string): void {
  for (const name of ['savepoint', 'index']) rmSync(join(data, name), { recursive: true });
}

/** The loop's state as it was kept, and as the log alone gives it. */
async function expectFoldOfLog(data: string, detectors?: readonly Detector[]): Promise<void> {
  const kept = savedState(data);
  forget(data);
  await close(await open(data, detectors));
  expect(savedState(data)).toEqual(kept);
}

const uninterrupted = (async (): Promise<{ leaves: string[]; state: unknown }> => {
  const data = directory();
  const desk = await open(data);
  await applyLevels(desk.runtime, levels);
  await close(desk);
  return { leaves: await leavesOf(data), state: savedState(data) };
})();

describe('the state of the loop', () => {
  it('is what the log alone gives, and the run below promotes several times', async () => {
    const { leaves } = await uninterrupted;
    expect(promotionsIn(leaves)).toBe(3);
    const data = directory();
    const desk = await open(data);
    await applyLevels(desk.runtime, levels);
    await close(desk);
    await expectFoldOfLog(data);
    expect(await leavesOf(data)).toEqual(leaves);
  });

  it.each([
    ['kept', 1],
    ['kept', 2],
    ['kept', 3],
    ['deleted', 4],
    ['deleted', 5],
    ['deleted', 6],
    ['kept or deleted', 7],
    ['kept or deleted', 8],
  ])('with savepoint and index %s, stops leave the same leaves (seed %i)', async (what, seed) => {
    const expected = await uninterrupted;
    const random = generator(seed);
    const data = directory();
    const stops: number[] = [];
    for (let done = 0; done < total; ) {
      const desk = await open(data);
      // Every third stop falls on a cycle, where a promotion may just have been made.
      const step = 1 + random(120);
      const next = stops.length % 3 === 0 ? Math.ceil((done + 1) / every) * every : done + step;
      const end = Math.min(total, next);
      await applyLevels(desk.runtime, levels.slice(done, end), done);
      await close(desk);
      if (what === 'deleted' || (what !== 'kept' && random(2) === 0)) forget(data);
      stops.push(end);
      done = end;
    }
    expect(stops.length).toBeGreaterThan(4);
    expect(await leavesOf(data), `stops at ${stops}`).toEqual(expected.leaves);
    forget(data);
    await close(await open(data));
    expect(savedState(data), `stops at ${stops}`).toEqual(expected.state);
  });

  it('has a cycle that was due when the log ended run at opening', async () => {
    const expected = (await uninterrupted).leaves;
    const due = expected.findIndex((leaf) => leaf.startsWith('config'));
    const data = directory();
    // Without a loop nothing takes the turn that is due after the last of these.
    const alone = await openDesk({ data });
    await applyLevels(alone, levels.slice(0, due - 1));
    await alone.close();
    expect(await leavesOf(data)).toEqual(expected.slice(0, due));
    const desk = await open(data);
    const next = expected.findIndex((leaf, at) => at > due && leaf.startsWith('apply'));
    expect(desk.runtime.health().size).toBe(next);
    await applyLevels(desk.runtime, levels.slice(due - 1), due - 1);
    await close(desk);
    expect(await leavesOf(data)).toEqual(expected);
  });

  it('takes in what was applied while the loop was closed', async () => {
    const expected = (await uninterrupted).leaves;
    const data = directory();
    const first = await open(data);
    await applyLevels(first.runtime, levels.slice(0, 120), 0);
    await first.loop.close();
    await applyLevels(first.runtime, levels.slice(120, 140), 120);
    await first.runtime.close();
    const second = await open(data);
    await applyLevels(second.runtime, levels.slice(140), 140);
    await close(second);
    expect(await leavesOf(data)).toEqual(expected);
    await expectFoldOfLog(data);
  });

  it('is the same where a cycle fails, which ends as cycles do', async () => {
    const failing: Detector = {
      name: 'fails once',
      detect: (view) => {
        if (view.cycle === 2) throw new Error('out of order');
        return detector.detect(view);
      },
    };
    const data = directory();
    const desk = await open(data, [failing]);
    const raised: string[] = [];
    const listen = (message: unknown): void => {
      for (const { code } of (message as Health).reasons) raised.push(code);
    };
    channels.health.subscribe(listen);
    await applyLevels(desk.runtime, levels);
    channels.health.unsubscribe(listen);
    expect(raised).toEqual(['cycle-failed']);
    // The next cycle went well, so the reason is gone.
    expect(desk.runtime.health().reasons).toEqual([]);
    await close(desk);
    expect(promotionsIn(await leavesOf(data))).toBeGreaterThanOrEqual(1);
    await expectFoldOfLog(data, [failing]);
  });

  it('follows a promotion before any observation that comes after it', async () => {
    const data = directory();
    const { runtime, loop } = await open(data);
    await applyLevels(runtime, levels.slice(0, 20));
    // From here on sizes are compared with a parameter, so that the monitor has to keep them.
    const when = [{ op: 'gt', left: { field: 'size' }, right: { param: 'high' } }] as const;
    const change = { kind: 'conditions', hook: 'note-size', when } as const;
    const promotion = loop.propose({ change, reasoning: 'sizes matter' });
    // The rules are others before the promotion is durable.
    while (runtime.snapshot.version === 1) await new Promise((turn) => setImmediate(turn));
    const waiting = [20, 21, 22].map((n) => runtime.apply(Reading, reading(n, 10, 60 + n)));
    expect((await promotion).verdict).toBe('promote');
    await Promise.all(waiting);
    await close({ runtime, loop });
    expect(JSON.stringify(savedState(data))).toContain('[80,81,82]');
    await expectFoldOfLog(data);
  });
});
