import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Loop } from '../../src/loop/loop.ts';
import { LiveMeter } from '../../src/loop/measurements.ts';
import { openLoop } from '../../src/loop/open.ts';
import type { LoopOptions } from '../../src/loop/options.ts';
import type { CycleReport } from '../../src/loop/types.ts';
import { defineHook } from '../../src/rules/hooks.ts';
import { channels } from '../../src/runtime/channels.ts';
import { type Control, controlOf } from '../../src/runtime/control.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { gte } from '../../src/terms/conditions.ts';
import { segmentPath } from '../receipts/verify-logs.ts';
import { linked, Order, Visit } from '../support/ops.ts';
import { temporary } from '../support/runtime.ts';
import { applyLevels, fine, openDesk, Reading, reading, setHigh } from './support.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0).reverse()) await close();
});

const quiet = { detectors: [], planners: [], autonomy: 'promote', bake: false } as const;

async function looped(options: Partial<LoopOptions> = {}, desk = {}) {
  const runtime = await openDesk(desk);
  closers.push(() => runtime.close());
  const loop = await openLoop({ runtime, ...quiet, ...options });
  closers.push(() => loop.close());
  return { runtime, loop, control: controlOf(runtime) as Control };
}

const noBatches = { measurable: 0, within: 0 };
const counts = { observed: 8, failed: 2, warmP95Ms: 7, ticks: noBatches, findings: 0 };
const hook = defineHook({
  ...{ name: 'one', on: Order, when: [gte('amount', 3)], act: { type: 'a', target: 'b' } },
});

describe('what this process measures', () => {
  function metered(snapshot = linked([hook])) {
    let now = 1_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const used = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 });
    const meter = new LiveMeter();
    closers.push(() => meter.close());
    const measured = (ms: number, cpuMs: number, of = counts) => {
      now += ms;
      used.mockReturnValue({ user: 600 * cpuMs, system: 400 * cpuMs });
      return meter.measure(of, snapshot);
    };
    return { used, measured };
  }

  test('is processor time over the time since the last call, memory and shares', () => {
    vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(123_456);
    const { used, measured } = metered();
    expect(measured(2_000, 500)).toMatchObject({
      ...{ cpuPercent: 25, rssBytes: 123_456, errorPercent: 25, warmP95Ms: 7 },
      ...{ retrocausationViolations: 0, violationsActedUpon: 0, tickCompliancePercent: null },
    });
    expect(measured(500, 500).cpuPercent).toBe(100);
    // The clock stands still: what cannot be divided by counts as a millisecond.
    expect(measured(0, 1).cpuPercent).toBe(100);
    expect(used).toHaveBeenCalledWith(expect.objectContaining({ user: 300_000 }));
  });

  test('is no share of errors where nothing was observed', () => {
    const { measured } = metered();
    expect(measured(1, 1, { ...counts, observed: 0, failed: 0 }).errorPercent).toBe(0);
  });

  test('is what verification in the background has found', () => {
    const { measured } = metered();
    const { retrocausationViolations } = measured(1, 1, { ...counts, findings: 1 });
    expect(retrocausationViolations).toBe(1);
  });

  test('is the share of batches within 8 ticks since the last call, null without any', () => {
    const { measured } = metered();
    const percent = (measurable: number, within: number) => {
      const { tickCompliancePercent, operationNs } = measured(1, 1, {
        ...{ ...counts, ticks: { measurable, within } },
      });
      // What stands in for ticks is measured in any case.
      expect(operationNs).not.toBeNull();
      return tickCompliancePercent;
    };
    expect([percent(0, 0), percent(8, 6), percent(8, 6)]).toEqual([null, 75, null]);
    expect([percent(9, 7), percent(13, 7), percent(13, 7)]).toEqual([100, 0, null]);
  });

  test('is ns per fact of the type that reads most, null without any condition', () => {
    let reads = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => 10 * reads++);
    const meter = new LiveMeter();
    closers.push(() => meter.close());
    // Between the two readings around 4,096 runs over one column lie 10 ms.
    expect(meter.measure(counts, linked([hook])).operationNs).toBe(10e6 / 4_096);
    const two = defineHook({
      ...{ name: 'two', on: Order, act: { type: 'a', target: 'b' } },
      when: [gte('amount', 3), gte('weight', 1)],
    });
    const visits = defineHook({
      ...{ name: 'visits', on: Visit, when: [gte('seconds', 3)], act: { type: 'a', target: 'b' } },
    });
    const snapshot = linked([hook, two, visits]);
    expect(meter.measure(counts, snapshot).operationNs).toBe(10e6 / 4_096 / 2);
    expect(meter.measure(counts, linked([])).operationNs).toBeNull();
  });
});

describe('a loop without measurements of its own', () => {
  test('judges by this process, in cycles and for proposals of the host', async () => {
    const detect = vi.fn(() => []);
    const { runtime, loop } = await looped({ detectors: [{ name: 'd', detect }] });
    await applyLevels(runtime, [10, 20]);
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(2 ** 40);
    expect(loop.measure()).toMatchObject({ rssBytes: 2 ** 40, errorPercent: 0, warmP95Ms: null });
    const plan = { change: setHigh(60), reasoning: 'why not' };
    const refused = await loop.propose(plan);
    expect(refused.stages[1]).toMatchObject({
      ...{ name: 'invariants', code: 'KNHK_LOOP_INVARIANT' },
      message: expect.stringContaining('Q5 rssBytes: 1099511627776 > '),
    });
    expect(refused.verdict).toBe('reject');
    const given = await loop.propose(plan, { measurements: fine });
    expect(given.verdict).toBe('promote');
    const before = rss.mock.calls.length;
    await loop.cycle();
    expect(rss.mock.calls.length).toBe(before + 1);
    expect(detect).toHaveBeenCalledOnce();
  });

  test('knows that its log no longer verifies', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    closers.push(() => vi.useRealTimers());
    const data = join(temporary(), 'data');
    const { runtime, loop } = await looped({}, { data, verification: { freeze: false } });
    await applyLevels(runtime, [10, 20, 30, 40, 60]);
    expect(loop.measure().retrocausationViolations).toBe(0);
    const path = segmentPath(data, 0);
    const bytes = readFileSync(path);
    bytes[3_000] = bytes[3_000]! ^ 1;
    writeFileSync(path, bytes);
    vi.advanceTimersByTime(61_000);
    expect(runtime.health().status).toBe('degraded');
    expect(loop.measure().retrocausationViolations).toBe(1);
  });

  test('knows how long batches of shapes take', async () => {
    // Of an inverse path no row knows: the engine is asked.
    const shapes = compileShapes(`@prefix sh: <http://www.w3.org/ns/shacl#> .
      <urn:s> a sh:NodeShape ; sh:targetClass <${Reading.class}> ;
        sh:property [ sh:path [ sh:inversePath <urn:p> ] ; sh:maxCount 0 ] .`).text;
    const { runtime, loop, control } = await looped({}, { shapes });
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 3;
      return now;
    });
    for (let n = 0; n < 20; n++) await runtime.apply(Reading, reading(n, 1));
    vi.restoreAllMocks();
    const p95Ms = control.warmP95Ms() as number;
    expect(p95Ms % 3).toBe(0);
    expect(p95Ms).toBeGreaterThan(0);
    expect(loop.measure().warmP95Ms).toBe(p95Ms);
  });
});

test('a report of each cycle is published, of a skipped one too', async () => {
  const heard: unknown[] = [];
  const listen = (message: unknown): void => void heard.push(message);
  channels.cycle.subscribe(listen);
  closers.push(() => channels.cycle.unsubscribe(listen));
  const { runtime, loop } = await looped({ measure: () => fine });
  const reports: CycleReport[] = [await loop.cycle()];
  await applyLevels(runtime, [10]);
  reports.push(await loop.cycle());
  expect(heard).toEqual(reports);
  expect(reports.map(({ skipped }) => skipped)).toEqual([true, false]);
});

test('a due cycle that fails at opening lets go of the runtime', async () => {
  const data = join(temporary(), 'data');
  const first = await openDesk({ data });
  await applyLevels(first, [10, 20]);
  await first.close();
  const runtime = await openDesk({ data });
  closers.push(() => runtime.close());
  const open = (onCycle: NonNullable<LoopOptions['onCycle']>): Promise<Loop> =>
    openLoop({ runtime, ...quiet, onCycle, everyObservations: 2, measure: () => fine });
  const broken = (): never => {
    throw new Error('out of order');
  };
  await expect(open(broken)).rejects.toThrow('out of order');
  // Were the loop still there, its failing cycle would show in health.
  await applyLevels(runtime, [30, 40], 2);
  expect(runtime.health()).toMatchObject({ status: 'ok', applied: 4 });
  const loop = await open(() => {});
  closers.push(() => loop.close());
});
