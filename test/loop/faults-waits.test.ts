import { afterEach, describe, expect, test } from 'vitest';
import type { LoopOptions } from '../../src/loop/options.ts';
import type { Detector } from '../../src/loop/types.ts';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import { codeOf } from '../support/runtime.ts';
import {
  alarmer,
  applySome,
  closePlant,
  expectAgreement,
  expectChain,
  finder,
  memoryPlace,
  openPlant,
  type Plant,
  promotionsIn,
  raiser,
  type ToldChange,
} from './faults-support.ts';

const plants: Plant[] = [];
afterEach(async () => {
  for (const plant of plants.splice(0)) await closePlant(plant).catch(() => {});
});

interface Place {
  readonly data: string;
  readonly fs: LogFs;
}

function place(): Place {
  const { data, newDisk } = memoryPlace();
  return { data, fs: newDisk() };
}

async function open(at: Place, parts: Partial<LoopOptions>): Promise<Plant> {
  const plant = await openPlant(at, parts);
  plants.push(plant);
  return plant;
}

const never = (): Promise<never> => new Promise(() => {});
// Long enough for a starved machine's whole cycle.
const cycleMs = 3_000;

describe('what never answers is not waited for', () => {
  test('a planner: the cycle is cut and promotes nothing', async () => {
    let isMute = true;
    const planners = [
      raiser,
      { ...raiser, name: 'mute', plan: () => (isMute ? never() : undefined) },
    ];
    const at = place();
    const { runtime, loop } = await open(at, { planners, cycleMs });
    await applySome(runtime);
    const before = runtime.snapshot.hash;
    const report = await loop.cycle();
    expect([report.cut, promotionsIn(report)]).toEqual([true, []]);
    expect(runtime.snapshot.hash).toBe(before);
    isMute = false;
    await applySome(runtime);
    expect(promotionsIn(await loop.cycle())).toHaveLength(1);
    expectChain(runtime, []);
  });

  test('a sink of alerts: the promotion stands, the cycle ends with a problem', async () => {
    let isMute = true;
    const onAlert = (): Promise<void> | undefined => (isMute ? never() : undefined);
    const at = place();
    const { runtime, loop } = await open(at, { detectors: [finder, alarmer], onAlert, cycleMs });
    await applySome(runtime);
    const report = await loop.cycle();
    const [problem] = report.problems;
    expect(problem).toMatchObject({ phase: 'execute', name: 'onAlert' });
    expect(promotionsIn(report)).toHaveLength(1);
    isMute = false;
    await applySome(runtime);
    const next = await loop.cycle();
    expect([next.problems, next.alerts.length]).toEqual([[], 1]);
    expectChain(runtime, [...promotionsIn(report), ...promotionsIn(next)]);
  });
});

describe('a detector whose state cannot be', () => {
  const listening: Detector = { ...finder, observe: () => {}, save: () => ({ heard: 1 }) };

  /** Opens, takes one round and closes; gives what is in place then. */
  async function run(at: Place, detector: Detector): Promise<readonly ToldChange[]> {
    const plant = await open(at, { detectors: [detector] });
    await applySome(plant.runtime);
    const told = promotionsIn(await plant.loop.cycle());
    expect(told).toHaveLength(1);
    await closePlant(plant);
    return told;
  }

  const ring: unknown[] = [];
  ring.push(ring);
  test.each<[string, () => unknown]>([
    [
      'a throw',
      () => {
        throw new Error('not now');
      },
    ],
    ['a function', () => () => 1],
    ['a ring', () => ring],
    ['undefined', () => undefined],
  ])('saved (%s): both close, and the log is whole', async (_name, save) => {
    const at = place();
    const told = await run(at, { ...listening, save });
    await expectAgreement(at.data, told, at.fs);
  });

  test('restored: opening says so, and succeeds without that detector', async () => {
    const at = place();
    const told = await run(at, listening);
    const restore = (): never => {
      throw new Error('unknown state');
    };
    const opened = codeOf(async () => open(at, { detectors: [{ ...listening, restore }] }));
    expect(await opened).toContain('unknown state');
    await expectAgreement(at.data, told, at.fs);
  });
});

describe('a loop that turns by itself', () => {
  const every = { everyObservations: 3 };

  test.each<[string, (burns: () => undefined) => Partial<LoopOptions>]>([
    [
      'a detector',
      (burns) => ({ detectors: [{ ...finder, detect: (view) => burns() ?? finder.detect(view) }] }),
    ],
    [
      'a planner',
      (burns) => ({
        planners: [{ ...raiser, plan: (...args) => burns() ?? raiser.plan(...args) }],
      }),
    ],
    ['who is told of cycles', (burns) => ({ onCycle: burns })],
    ['who is told of alerts', (burns) => ({ detectors: [finder, alarmer], onAlert: burns })],
  ])('goes on applying where %s fails every time, and says so in health', async (name, rig) => {
    const at = place();
    let calls = 0;
    let isWell = false;
    const burns = (): undefined => {
      calls++;
      if (!isWell) throw new Error('the fuse burnt');
      return undefined;
    };
    const { runtime } = await open(at, { ...rig(burns), ...every });
    for (let round = 0; round < 3; round++) await applySome(runtime);
    const { settled } = controlOf(runtime)!;
    await settled();
    expect(calls).toBeGreaterThanOrEqual(3);
    const { reasons } = runtime.health();
    expect(reasons.map(({ code }) => code)).toContain('cycle-failed');
    if (!name.startsWith('who')) expect(runtime.snapshot.version).toBe(1);
    isWell = true;
    for (let round = 0; round < 2; round++) await applySome(runtime);
    await settled();
    expect(runtime.health().reasons).toEqual([]);
    expect(runtime.snapshot.version).toBeGreaterThan(1);
    expectChain(runtime, []);
  });
});
