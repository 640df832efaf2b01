import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { brokenInvariants, type Measurements } from '../../src/loop/measurements.ts';
import { openLoop } from '../../src/loop/open.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { defaultSlo } from '../../src/rules/slo.ts';
import type { RuntimeOptions } from '../../src/runtime/open.ts';
import { eq, gte } from '../../src/terms/conditions.ts';
import { integer, iri } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { openTest } from '../support/runtime.ts';
import { scripted } from '../support/scripted-kernel.ts';
import { sampled } from './tally-support.ts';

vi.mock('../../src/kernel/native.ts', async (original) => {
  const { scriptedNative } = await import('../support/scripted-kernel.ts');
  return scriptedNative(original);
});

const Step = defineObservation('step.made', {
  class: 'https://example.com/t#Step',
  subject: 'step',
  fields: { step: iri(), a: integer(), b: integer() },
});
const act = { type: 'note', target: 'x' };
const high = defineHook({ name: 'high', on: Step, when: [gte('a', 90), gte('b', 90)], act });
const steps = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ step: `urn:step:${n}`, a: n % 80, b: 1 }));

const open = (options: Partial<RuntimeOptions> = {}) =>
  openTest({ observations: [Step as unknown as Observation], rules: [high], ...options });

beforeEach(() => {
  scripted.loads = 0;
  // Of two facts each: 3 ticks a fact, and 5 more for what is read and stored.
  scripted.begin([6]);
  scripted.storing = 10;
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => void vi.unstubAllEnvs());

describe('the kernel', () => {
  it('is not loaded because telemetry collects or a loop measures', async () => {
    await using runtime = await open();
    runtime.decide(Step, steps(1)[0]!);
    await runtime.apply(Step, steps(1)[0]!);
    await using loop = await openLoop({
      ...{ runtime, detectors: [], planners: [], autonomy: 'observe' },
    });
    expect(loop.measure().tickCompliancePercent).toBeNull();
    await loop.cycle();
    const { ticks } = sampled();
    expect(ticks).toMatchObject({
      ...{ measurable: 0, unmeasurable: 0, hot: 0, compliancePercent: null },
      ...{ classes: { R1: 1, W1: 1, C1: 1 }, source: { counter: 'none' } },
    });
    expect(scripted.loads).toBe(0);
    runtime.observe(Step, steps(1)[0]!);
    expect(scripted.loads).toBe(1);
    await runtime.flush();
    expect(sampled().ticks).toMatchObject({ unmeasurable: 1, hot: 1, source: { counter: 'tsc' } });
  });

  it('is loaded at once where an engine is asked for', async () => {
    await using runtime = await open({ engine: 'u64' });
    expect(scripted.loads).toBe(1);
    expect(runtime.engine.name).toBe('u64');
  });
});

describe('what telemetry is told of ticks', () => {
  it('is what ticks() says', async () => {
    await using runtime = await open();
    runtime.observeMany(Step, steps(64 * 3 + 5));
    for (const step of steps(64)) runtime.observe(Step, step);
    await runtime.flush();
    runtime.decide(Step, steps(1)[0]!);
    const told = sampled().ticks;
    const { source, ...ticks } = runtime.ticks();
    expect(told).toMatchObject(ticks);
    expect(source.counter).toBe(told.source.counter);
    expect(ticks).toMatchObject({
      ...{ measurable: 4, within: 4, unmeasurable: 1, hot: 64 * 4 + 5, compliancePercent: 100 },
      evaluated: { count: 4, sum: 12 },
      appended: { count: 3, sum: 24 },
      classes: { R1: 64 * 4 + 6, W1: 0, C1: 0 },
    });
  });

  it('counts what fires as warm, too', async () => {
    await using runtime = await open();
    const fires = steps(64).map((step, n) => (n < 7 ? { ...step, a: 90, b: 99 } : step));
    runtime.observeMany(Step, fires);
    await runtime.flush();
    expect(sampled().ticks.classes).toEqual({ R1: 64, W1: 7, C1: 0 });
  });

  it('counts what many rules park, by reason', async () => {
    const rules = Array.from({ length: 300 }, (_, n) =>
      defineHook({ name: `h${n}`, on: Step, when: [eq('a', n + 100)], act }),
    );
    await using runtime = await open({ rules });
    runtime.observeMany(Step, steps(70));
    await runtime.flush();
    const { parked, classes, hot } = sampled().ticks;
    expect({ parked, classes, hot }).toEqual({
      ...{ parked: { groups: 70 }, classes: { R1: 0, W1: 70, C1: 0 }, hot: 0 },
    });
  });
});

describe('a loop that measures this process', () => {
  it('judges streamed batches by ticks since it looked last', async () => {
    await using runtime = await open();
    await using loop = await openLoop({
      ...{ runtime, detectors: [], planners: [], autonomy: 'observe' },
    });
    const measured = async (count: number): Promise<Measurements> => {
      runtime.observeMany(Step, steps(count));
      await runtime.flush();
      return { ...loop.measure(), cpuPercent: 1, loopDelayP99Ms: 1, rssBytes: 1, operationNs: 1 };
    };
    const good = await measured(128);
    expect(good.tickCompliancePercent).toBe(100);
    expect(brokenInvariants(good, defaultSlo)).toEqual([]);
    // One batch of four takes 9 ticks a fact.
    scripted.begin([18, 6]);
    const bad = await measured(256);
    expect(bad.tickCompliancePercent).toBe(75);
    expect(brokenInvariants(bad, defaultSlo)).toEqual(['Q4 tickCompliancePercent: 75 < 99']);
    // Too few for the counter: no pass, what was measured in ns is judged instead.
    const few = await measured(9);
    expect(few.tickCompliancePercent).toBeNull();
    const slow = { ...few, operationNs: 101 };
    expect(brokenInvariants(slow, defaultSlo)).toEqual(['Q4 operationNs: 101 > 100']);
    const unknown = { ...few, operationNs: null };
    expect(brokenInvariants(unknown, defaultSlo)).toHaveLength(1);
  });
});
