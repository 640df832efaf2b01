import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/kernel/engine.ts';
import { loadNative, type NativeKernel } from '../../src/kernel/native.ts';
import { passOf } from '../../src/kernel/pass.ts';
import { batchMin, TickMeter, type TickSample, tickBudget } from '../../src/kernel/ticks.ts';
import { engines } from './engines.ts';

const gigahertz = 2.5e9;

/** A counter that moves when it is told to, and by `step` with every reading. */
class Scripted {
  now = 1_000;
  calibrations = 0;
  readonly engine: Engine;

  constructor({ hz = 0, empty = 26, step = 1, chain = 40_000, moves = true } = {}) {
    const kernel: NativeKernel = {
      features: () => 1,
      bind: () => () => {},
      counter: () => {
        if (moves) this.now += step;
        return moves ? this.now : 0;
      },
      counterHz: () => hz,
      emptyRegion: () => {
        this.calibrations++;
        return empty;
      },
      chain: () => chain,
    };
    this.engine = { kernel, report: { name: 'u64', others: [] } };
  }

  meter(nowMs?: () => number): TickMeter {
    return new TickMeter(this.engine, nowMs);
  }
}

const noKernel: Engine = { kernel: undefined, report: { name: 'portable', others: [] } };

/** What a run leaves in the control words. */
function ran(ticks: number): Uint32Array {
  const control = new Uint32Array(64);
  control[2] = ticks % 2 ** 32;
  control[3] = Math.floor(ticks / 2 ** 32);
  return control;
}

/** One batch of one pass: observations, facts of each, counts that it took. */
function batch(meter: TickMeter, count: number, facts: number, ticks: number): TickSample {
  meter.pass(ran(ticks), count, facts);
  meter.batch(count, 1, 0);
  return meter.sample();
}

const verdicts = ({ measurable, within, unmeasurable, hot }: TickSample): readonly number[] => [
  measurable,
  within,
  unmeasurable,
  hot,
];

describe('a batch', () => {
  test('is amortised over its facts, the empty region taken off', () => {
    const sample = batch(new Scripted().meter(), 64, 8, 26 + 64 * 8 * 3);
    expect(sample.evaluated).toMatchObject({ count: 1, sum: 3 });
    expect(sample.appended.count).toBe(0);
    expect(verdicts(sample)).toEqual([1, 1, 0, 64]);
  });

  test('takes the empty region off once for each pass', () => {
    const meter = new Scripted({ empty: 100 }).meter();
    for (const facts of [8, 8, 1]) meter.pass(ran(100 + 64 * facts * 2), 64, facts);
    meter.batch(64, 3, 0);
    expect(meter.sample().evaluated).toMatchObject({ count: 1, sum: 2 });
  });

  test('of 8 ticks per fact is within, one count more is not', () => {
    const { engine } = new Scripted();
    const over = 26 + 64 * 5 * tickBudget;
    expect(verdicts(batch(new TickMeter(engine), 64, 5, over))).toEqual([1, 1, 0, 64]);
    expect(verdicts(batch(new TickMeter(engine), 64, 5, over + 1))).toEqual([1, 0, 0, 64]);
  });

  test('below the empty region took nothing', () => {
    const { evaluated } = batch(new Scripted().meter(), 64, 8, 25);
    expect(evaluated).toMatchObject({ count: 1, sum: 0, min: 0 });
  });

  test('counts beyond 32 bits', () => {
    const { evaluated } = batch(new Scripted().meter(), 1_024, 8, 26 + 5 * 2 ** 32);
    expect(evaluated.sum).toBe((5 * 2 ** 32) / 8_192);
  });

  test('starts from nothing, whether the one before was measured or not', () => {
    const meter = new Scripted().meter();
    batch(meter, 64, 8, 26 + 512 * 7);
    batch(meter, 3, 8, 1_000_000);
    expect(batch(meter, 64, 4, 26 + 256 * 1).evaluated).toMatchObject({ count: 2, sum: 8, min: 1 });
  });

  test('goes to the bucket that its ticks per fact close', () => {
    const meter = new Scripted({ empty: 0 }).meter();
    for (const ticks of [0, 0.25, 0.251, 1, 8, 8.5, 128, 129])
      batch(meter, 1_000, 1, ticks * 1_000);
    const { evaluated } = meter.sample();
    const upTo = (bound: number): number => evaluated.counts[evaluated.bounds.indexOf(bound)]!;
    expect([0.25, 0.5, 1, 8, 10, 128].map(upTo)).toEqual([2, 1, 1, 1, 1, 1]);
    expect(evaluated.counts.at(-1)).toBe(1);
    expect(evaluated.bounds).toContain(tickBudget);
  });
});

describe('a batch that cannot be measured', () => {
  const expectNone = (sample: TickSample, count: number): void => {
    expect(verdicts(sample)).toEqual([0, 0, 1, count]);
    expect([sample.evaluated.count, sample.appended.count]).toEqual([0, 0]);
  };

  test('has fewer than 64 observations', () => {
    expectNone(batch(new Scripted().meter(), batchMin - 1, 8, 26), batchMin - 1);
    expect(batch(new Scripted().meter(), batchMin, 8, 26).measurable).toBe(1);
  });

  test('has no facts: nothing is read of a type without hooks', () => {
    expectNone(batch(new Scripted().meter(), 64, 0, 26), 64);
  });

  test.each([
    [65, 4, 0],
    [87, 3, 1],
    [64, 4, 0],
    [64, 8, 1],
  ])(
    'is short for a counter of 24 MHz: %i observations of %i facts',
    (count, facts, measurable) => {
      // A count is 104 ticks there: 260 facts are too few, 261 enough.
      const sample = batch(new Scripted({ hz: 24e6, empty: 0 }).meter(), count, facts, 2);
      expect(verdicts(sample)).toEqual([measurable, measurable, 1 - measurable, count]);
      const ticks = (2 * gigahertz) / 24e6 / (count * facts);
      expect(sample.evaluated.sum).toBeCloseTo(measurable * ticks, 9);
    },
  );

  test('is short for a counter of large steps', () => {
    const facts = 64 * 8;
    const most = 0.05 * tickBudget * facts;
    expectNone(batch(new Scripted({ empty: 0, step: Math.ceil(most) }).meter(), 64, 8, 26), 64);
    const sample = batch(new Scripted({ empty: 0, step: Math.floor(most) }).meter(), 64, 8, 26);
    expect(sample.measurable).toBe(1);
  });

  test('is not one whose readings are far apart because they are called for', () => {
    // Two readings next to each other are 26 apart: no step is longer.
    const sample = batch(new Scripted({ empty: 26, step: 156 }).meter(), 64, 5, 26);
    expect(sample.measurable).toBe(1);
    expect(batch(new Scripted({ empty: 999, step: 1 }).meter(), 64, 5, 26).measurable).toBe(1);
  });

  test('has passes whose steps add up', () => {
    const measured = (passes: number): number => {
      const meter = new Scripted({ empty: 100, step: 100 }).meter();
      for (let pass = 0; pass < passes; pass++) meter.pass(ran(0), 64, 6 / passes);
      meter.batch(64, passes, 0);
      return meter.sample().measurable;
    };
    expect([1, 2].map(measured)).toEqual([1, 0]);
  });

  test('has no kernel to measure it', () => {
    const meter = new TickMeter(noKernel);
    expect(meter.start()).toBe(0);
    const sample = batch(meter, 1_024, 8, 0);
    expectNone(sample, 1_024);
    expect(sample.source).toEqual({
      counter: 'none',
      hz: undefined,
      coreRatio: undefined,
      emptyRegion: 0,
    });
  });

  test('has a processor without a counter', () => {
    let ms = 0;
    const scripted = new Scripted({ moves: false, empty: 0, chain: 0 });
    const meter = scripted.meter(() => ms);
    ms = 1_000;
    const sample = batch(meter, 1_024, 8, 0);
    expectNone(sample, 1_024);
    expect(sample.source).toEqual({
      counter: 'none',
      hz: undefined,
      coreRatio: undefined,
      emptyRegion: 0,
    });
  });
});

describe('a batch that came at once', () => {
  /** 64 observations of 8 facts: counts to take them in, counts to evaluate them. */
  function many(appending: number, evaluating: number): TickSample {
    const scripted = new Scripted({ empty: 26, step: 1 });
    const meter = scripted.meter();
    const started = meter.start();
    // The reading at the end moves the counter by one.
    scripted.now += appending + evaluating + 25;
    meter.pass(ran(26 + evaluating), 64, 8);
    meter.batch(64, 1, started);
    return meter.sample();
  }

  test('is measured from its start, and its evaluation apart', () => {
    const { evaluated, appended } = many(512 * 2, 512);
    expect(evaluated).toMatchObject({ count: 1, sum: 1 });
    expect(appended).toMatchObject({ count: 1, sum: 3 });
  });

  test('is judged by its evaluation, as one that was taken in apart', () => {
    expect(verdicts(many(512 * 60, 512 * 8))).toEqual([1, 1, 0, 64]);
    expect(verdicts(many(0, 512 * 8 + 1))).toEqual([1, 0, 0, 64]);
  });

  test('below the empty region took nothing', () => {
    expect(many(-2_000, 0).appended).toMatchObject({ count: 1, sum: 0 });
  });
});

describe('the source', () => {
  test('TSC: core ratio by the chain, hertz once 50 ms have passed', () => {
    let ms = 7;
    const scripted = new Scripted({ step: 0, empty: 30, chain: 20_000 });
    const meter = scripted.meter(() => ms);
    const { source } = meter.sample();
    expect(source).toEqual({ counter: 'tsc', hz: undefined, coreRatio: 1.5, emptyRegion: 30 });
    scripted.now += 150_000_000;
    ms += 49.9;
    expect(meter.sample().source.hz).toBeUndefined();
    ms = 57;
    expect(meter.sample().source.hz).toBe(3e9);
  });

  test('cntvct: hertz are known at once, the core ratio is not', () => {
    const { source } = new Scripted({ hz: 24e6, empty: 1 }).meter(() => 0).sample();
    expect(source).toEqual({ counter: 'cntvct', hz: 24e6, coreRatio: undefined, emptyRegion: 1 });
  });

  test('a chain that took no time says nothing of the core', () => {
    expect(new Scripted({ chain: 0 }).meter().sample().source.coreRatio).toBeUndefined();
  });

  test('is calibrated once for a kernel', () => {
    const scripted = new Scripted();
    for (let opened = 0; opened < 3; opened++) scripted.meter();
    expect(scripted.calibrations).toBe(1);
  });

  test('a counter that runs backwards, or stands, has a step of one', () => {
    for (const step of [-5, 0]) {
      const sample = batch(new Scripted({ empty: 0, step }).meter(), 64, 8, 26);
      expect(sample.measurable).toBe(1);
    }
  });
});

describe('what was parked', () => {
  test('is counted by reason, and what was not is no reason', () => {
    const meter = new TickMeter(noKernel);
    meter.park('groups', 3);
    meter.park('windows', 1);
    meter.park('groups', 61);
    meter.park('passes', 0);
    expect(meter.sample()).toMatchObject({ parked: { groups: 64, windows: 1 }, hot: 0 });
    expect(Object.keys(meter.sample().parked)).toEqual(['groups', 'windows']);
    expect(meter.sample().unmeasurable).toBe(0);
  });
});

const { kernel } = loadNative();

describe.skipIf(kernel === undefined)('the prebuilt kernel (skipped where there is none)', () => {
  const lanes = [...Array(64).keys()];

  test.each(engines.filter((engine) => engine.kernel !== undefined))(
    '$report.name measures a batch, in the bounds of any machine',
    (engine) => {
      let ms = 0;
      const meter = new TickMeter(engine, () => ms);
      const pass = passOf({ lanes, words: 2, columns: [] }, engine);
      const started = meter.start();
      pass.control[0] = 1_024;
      pass.run();
      meter.pass(pass.control, 1_024, 8);
      meter.batch(1_024, 1, started);
      ms = 100;
      const { source, evaluated, appended, measurable } = meter.sample();
      const isTsc = process.arch === 'x64';
      expect(source.counter).toBe(isTsc ? 'tsc' : 'cntvct');
      expect(source.emptyRegion).toBeGreaterThanOrEqual(0);
      expect(source.emptyRegion).toBeLessThan(10_000);
      if (isTsc) {
        expect(source.coreRatio).toBeGreaterThan(0.3);
        expect(source.coreRatio).toBeLessThan(5);
      }
      expect(measurable).toBe(1);
      expect(evaluated.sum).toBeGreaterThan(0);
      expect(appended.sum).toBeGreaterThanOrEqual(evaluated.sum);
    },
  );

  test('hertz are those of a processor', async () => {
    const meter = new TickMeter(engines.at(-1)!);
    await new Promise((resolve) => setTimeout(resolve, 80));
    const { hz } = meter.sample().source;
    expect(hz).toBeGreaterThan(process.arch === 'x64' ? 1e8 : 1e6);
    expect(hz).toBeLessThan(1e10);
  });
});
