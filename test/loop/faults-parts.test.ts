import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LoopOptions } from '../../src/loop/options.ts';
import { stages } from '../../src/loop/stages/stages.ts';
import type { Detector, Pattern, Planned, Planner } from '../../src/loop/types.ts';
import type { LogFs } from '../../src/receipts/log/index.ts';
import { controlOf } from '../../src/runtime/control.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import { counterClock } from '../support/runtime.ts';
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
import { fine } from './support.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Something that goes wrong at its n-th call. */
class Fuse {
  readonly #at: number;
  #calls = 0;
  burnt = false;
  /** Set while a test looks at what there is. */
  resting = false;

  constructor(at: number) {
    this.#at = at;
  }

  /** True at the call that goes wrong. */
  burns(): boolean {
    if (this.resting || ++this.#calls !== this.#at) return false;
    this.burnt = true;
    return true;
  }

  /** Throws at the call that goes wrong. */
  check(): undefined {
    if (this.burns()) throw new Error('the fuse burnt');
    return undefined;
  }
}

/** What a plant is opened with, so that one part of it fails when the fuse says so. */
interface Rigged {
  readonly loop?: Partial<LoopOptions>;
  readonly runtime?: Partial<RuntimeOptions>;
  /** Rigs what is open already. */
  readonly arm?: (plant: Plant) => void;
}

interface Part {
  readonly name: string;
  readonly rig: (fuse: Fuse) => Rigged;
  /**
   * What it spoils: the cycle in which it fails; also the one after observations that it failed at;
   * or none, because everything is written by then.
   */
  readonly spoils?: 'round' | 'none';
}

const rounds = 2;
const failing = (fuse: Fuse, planned: () => unknown): Planner => ({
  name: 'raiser',
  plan: (...args) => (fuse.burns() ? (planned() as Planned) : raiser.plan(...args)),
});
const finding = (fuse: Fuse, found: () => unknown): Detector => ({
  name: 'finder',
  detect: (view) => (fuse.burns() ? (found() as Pattern[]) : finder.detect(view)),
});
const broken = (): never => {
  throw new Error('the fuse burnt');
};
const hostile = new Proxy({}, { get: broken, has: broken, ownKeys: broken });

const asked: readonly Part[] = [
  { name: 'a detector', rig: (fuse) => ({ loop: { detectors: [finding(fuse, broken)] } }) },
  {
    name: 'one detector of two',
    rig: (fuse) => ({
      loop: { detectors: [finder, { name: 'other', detect: () => fuse.check() ?? [] }] },
    }),
  },
  {
    name: 'what a detector hears',
    rig: (fuse) => ({
      loop: { detectors: [{ ...finder, observe: () => fuse.check(), save: () => 0 }] },
    }),
    spoils: 'round',
  },
  { name: 'a planner', rig: (fuse) => ({ loop: { planners: [failing(fuse, broken)] } }) },
  {
    name: 'one planner of two',
    rig: (fuse) => ({
      loop: { planners: [raiser, { name: 'other', plan: () => void fuse.check() }] },
    }),
  },
  {
    name: 'a planner that promises',
    rig: (fuse) => ({
      loop: { planners: [failing(fuse, () => Promise.reject(new Error('the fuse burnt')))] },
    }),
  },
  {
    name: 'a measurement',
    rig: (fuse) => ({ loop: { measure: () => fuse.check() ?? fine } }),
  },
  {
    name: 'a measurement of nothing',
    rig: (fuse) => ({ loop: { measure: () => (fuse.burns() ? ({} as typeof fine) : fine) } }),
  },
  {
    name: 'what is told of cycles',
    rig: (fuse) => ({ loop: { onCycle: () => fuse.check() } }),
    spoils: 'none',
  },
  {
    name: 'the sink of alerts',
    rig: (fuse) => ({
      loop: { detectors: [finder, alarmer], onAlert: () => fuse.check() },
    }),
    spoils: 'none',
  },
  {
    name: 'a sink that promises',
    rig: (fuse) => ({
      loop: { detectors: [finder, alarmer], onAlert: async () => fuse.check() },
    }),
    spoils: 'none',
  },
  ...['putBlob', 'together', 'tick', 'entries'].map(
    (name): Part => ({
      name: `${name} of the store`,
      rig: (fuse) => ({
        arm: ({ runtime }) => {
          const log = controlOf(runtime)!.log as unknown as Record<
            string,
            (...a: unknown[]) => unknown
          >;
          const work = log[name]!.bind(log);
          log[name] = (...args) => {
            fuse.check();
            return work(...args);
          };
        },
      }),
    }),
  ),
];

/** What planners and detectors may answer that is no answer. */
const nonsense: readonly (readonly [string, () => unknown])[] = [
  ['a number', () => 7],
  ['an empty object', () => ({})],
  ['a hostile object', () => hostile],
  ['the promise of a hostile object', () => Promise.resolve(hostile)],
  ['a change of nothing', () => ({ change: { kind: 'everything' }, reasoning: 'x' })],
  ['no number', () => change({ value: Number.NaN })],
  ['a function', () => change({ value: () => 60 })],
  ['a member too many', () => change({ force: true })],
  ['another parent', () => ({ ...change({}), parent: '' })],
  ['no reasoning', () => ({ ...change({}), reasoning: undefined })],
  ['an action that is none', () => ({ action: hostile, reasoning: 'x' })],
];
const change = (more: object) => ({
  change: { kind: 'parameter', name: 'high', value: 60, ...more },
  reasoning: 'x',
});

const unfound: readonly (readonly [string, () => unknown])[] = [
  ['nothing', () => undefined],
  ['a number', () => 7],
  ['a list of a hostile object', () => [hostile]],
  ['no recommendation', () => [{ detector: 'finder', kind: 'test' }]],
  ['evidence that is no number', () => [pattern({ evidence: { a: Number.NaN } })]],
  ['evidence that is a text', () => [pattern({ evidence: { name: 'Ann' } })]],
  ['a confidence beyond 1', () => [pattern({ confidence: 2 })]],
  ['seqs that are none', () => [pattern({ seqs: ['a'] })]],
];
const pattern = (more: object) => ({
  ...{ detector: 'finder', kind: 'test', subject: 'raise', confidence: 1 },
  ...{ recommend: 'propose', seqs: [], evidence: {}, ...more },
});

/** Opens, takes some rounds and closes; checks each cycle, and gives what it said is in place. */
async function run(
  data: string,
  fs: LogFs,
  part: Part,
  fuse: Fuse,
): Promise<readonly ToldChange[]> {
  const rigged = part.rig(fuse);
  const told: ToldChange[] = [];
  let plant: Plant;
  try {
    plant = await openPlant({ data, fs, ...rigged.runtime }, rigged.loop);
  } catch (error) {
    if (!fuse.burnt) throw error;
    return told;
  }
  const { runtime, loop } = plant;
  rigged.arm?.(plant);
  for (let round = 0; round < rounds; round++) {
    let isBurnt = fuse.burnt;
    // Where an observation meets the failure, the host is told so, or the loop tells later.
    await applySome(runtime).catch((error) => fuse.burnt || Promise.reject(error));
    if (part.spoils !== 'round') isBurnt = fuse.burnt;
    const before = runtime.snapshot.hash;
    const report = await loop.cycle().catch((error) => {
      if (!fuse.burnt) throw error;
    });
    const receipts = report === undefined ? [] : promotionsIn(report);
    told.push(...receipts);
    const { hash } = runtime.snapshot;
    if (fuse.burnt && !isBurnt && part.spoils !== 'none') {
      expect([hash, receipts], `round ${round}`).toEqual([before, []]);
    } else if (report !== undefined && !fuse.burnt) {
      expect(receipts.map(({ snapshot }) => snapshot)).toEqual([hash]);
    }
    fuse.resting = true;
    expectChain(runtime, told);
    fuse.resting = false;
  }
  await closePlant(plant).catch((error) => fuse.burnt || Promise.reject(error));
  return told;
}

/** Lets a part fail at its first call, then its second, until there are no more. */
async function atEveryCall(part: Part): Promise<number> {
  const { data, newDisk } = memoryPlace();
  for (let call = 1; call < 400; call++) {
    const fuse = new Fuse(call);
    const fs = newDisk();
    try {
      const told = await run(data, fs, part, fuse);
      if (!fuse.burnt) return call - 1;
      await expectAgreement(data, told, fs);
    } catch (error) {
      throw new Error(`call ${call}: ${(error as Error).message}`, { cause: error });
    }
  }
  throw new Error('no end of calls');
}

describe('a cycle in which something fails promotes nothing, and the loop goes on', () => {
  test.each(asked)('$name', async (part) => {
    expect(await atEveryCall(part)).toBeGreaterThanOrEqual(rounds);
  });

  test.each(nonsense)('a planner that answers %s', async (_name, planned) => {
    const rig = (fuse: Fuse): Rigged => ({ loop: { planners: [failing(fuse, planned)] } });
    expect(await atEveryCall({ name: 'nonsense', rig })).toBe(rounds);
  });

  test.each(unfound)('a detector that finds %s', async (_name, found) => {
    const rig = (fuse: Fuse): Rigged => ({ loop: { detectors: [finding(fuse, found)] } });
    expect(await atEveryCall({ name: 'nonsense', rig })).toBe(rounds);
  });
});

describe.each(stages.map((stage) => ({ stage })))('stage $stage.name', ({ stage }) => {
  const judged = stage.judge.bind(stage);
  test.each<[string, () => unknown]>([
    ['throws', broken],
    ['says yes', () => true],
    ['skips', () => ({ verdict: 'skip' })],
  ])('%s: nothing is promoted', async (_name, answer) => {
    const rig = (fuse: Fuse): Rigged => {
      vi.spyOn(stage, 'judge').mockImplementation((...args) =>
        fuse.burns() ? (answer() as ReturnType<typeof judged>) : judged(...args),
      );
      return {};
    };
    expect(await atEveryCall({ name: stage.name, rig })).toBe(rounds);
  });
});

test('a clock that fails at any call', async () => {
  const rig = (fuse: Fuse): Rigged => {
    const clock = counterClock(Date.UTC(2026, 0, 1));
    return { runtime: { clock: { now: () => fuse.check() ?? clock.now() } } };
  };
  expect(await atEveryCall({ name: 'clock', rig })).toBeGreaterThan(rounds);
});
