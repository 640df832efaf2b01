import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomes } from '../../../src/loop/monitor/type-places.ts';
import type { OutcomeCounts, TypeView } from '../../../src/loop/view.ts';
import type { LeafOutcome } from '../../../src/receipts/verify/leaf-types.ts';
import { runs } from '../../support/effort.ts';
import { eventOf, monitorAfter, monitorOf, type Step, start, streams } from './events.ts';

const paneMs = 200;
const panes = 5;

/** One observation as an oracle keeps it: by the pane that was newest when it came. */
interface Kept {
  readonly seq: number | undefined;
  readonly at: number;
  readonly pane: number;
  readonly outcome: LeafOutcome;
}

const none: OutcomeCounts = { acted: 0, pending: 0, denied: 0, idle: 0, invalid: 0, failed: 0 };

function countsOf(kept: readonly Kept[]): OutcomeCounts {
  const counts: Record<string, number> = { ...none };
  for (const { outcome } of kept) counts[outcome]!++;
  return counts as unknown as OutcomeCounts;
}

/** Keeps everything, and counts when it is asked. */
function oracle(steps: readonly Step[]): {
  readonly types: ReadonlyMap<string, readonly Kept[]>;
  readonly newest: number;
} {
  const types = new Map<string, Kept[]>();
  let now = Number.NEGATIVE_INFINITY;
  const keep = (type: string, at: number, outcome: LeafOutcome, seq?: number): void => {
    now = Math.max(now, at);
    const kept = types.get(type) ?? [];
    types.set(type, kept);
    kept.push({ seq, at, pane: Math.floor(now / paneMs), outcome });
  };
  for (const step of steps) {
    if ('event' in step) {
      const { type, at, outcome, seq } = step.event;
      keep(type, at, outcome, seq);
    } else if ('count' in step) {
      const { type, observed, at } = step.count;
      for (let index = 0; index < observed; index++) keep(type, at!, 'idle');
    }
  }
  return { types, newest: Math.floor(now / paneMs) };
}

function expectCounts(view: TypeView, kept: readonly Kept[], newest: number): void {
  const inWindow = kept.filter(({ pane }) => pane > newest - panes);
  expect(view.count).toBe(inWindow.length);
  expect(view.total).toBe(kept.length);
  expect({ ...view.outcomes }).toEqual(countsOf(inWindow));
  expect({ ...view.totals }).toEqual(countsOf(kept));
  const byPane = Array.from({ length: panes }, (_, index) => newest - panes + 1 + index);
  const inPane = byPane.map((pane) => kept.filter((each) => each.pane === pane).length);
  expect(view.panes()).toEqual(inPane);
  expect(view.latest).toBe(inPane.at(-1)! + inPane.at(-2)!);
  for (const outcome of outcomes) {
    const seqs = kept.filter((each) => each.outcome === outcome && each.seq !== undefined);
    expect(view.samples(outcome)).toEqual(seqs.slice(-8).map(({ seq }) => seq));
  }
  expect(view.firstAt).toBe(kept[0]!.at);
  expect(view.lastAt).toBe(Math.max(...kept.map(({ at }) => at)));
}

describe('what the monitor knows of types', () => {
  it('is what keeping everything gives', () => {
    fc.assert(
      fc.property(streams, (steps) => {
        const view = monitorAfter(steps).view();
        const { types, newest } = oracle(steps);
        expect([...view.types()].map(({ type }) => type)).toEqual([...types.keys()]);
        for (const [type, kept] of types) expectCounts(view.type(type)!, kept, newest);
      }),
      { numRuns: runs(300) },
    );
  });

  it('counts in the window also where time began before 1970', () => {
    const monitor = monitorOf();
    for (const at of [-1_000, -999, -1, 0, 1]) monitor.observe(eventOf({ seq: 0, at }));
    // The newest pane begins at 0, so the window does at -800.
    expect(monitor.view().type('reading.taken')!.panes()).toEqual([0, 0, 0, 1, 2]);
    expect(monitor.view().now).toBe(1);
  });

  it('forgets gaps slowly, and keeps the longest', () => {
    const monitor = monitorOf();
    const times = [0, 10, 20, 30, 5_030, 5_040];
    times.forEach((at, seq) => {
      monitor.observe(eventOf({ seq, at: start + at }));
    });
    const { mean, longest } = monitor.view().type('reading.taken')!.gapMs;
    expect(longest).toBe(5_000);
    expect(mean).toBeCloseTo(5_040 / 5, 6);
    for (let n = 1; n <= 1_000; n++) {
      monitor.observe(eventOf({ seq: 5 + n, at: start + 5_040 + 7 * n }));
    }
    expect(monitor.view().type('reading.taken')!.gapMs.mean).toBeCloseTo(7, 2);
    expect(monitor.view().type('reading.taken')!.gapMs.longest).toBe(5_000);
  });

  it('spreads a count leaf over the time since the type was last seen', () => {
    const monitor = monitorOf();
    monitor.observe(eventOf({ seq: 0, at: start }));
    monitor.count({ seq: 1, type: 'reading.taken', observed: 50, at: start + 500 });
    expect(monitor.view().type('reading.taken')!.gapMs).toEqual({ mean: 10, longest: 10 });
    expect(monitor.view().open.observed).toEqual({ 'reading.taken': 51 });
  });

  it('counts different subjects, about', () => {
    const monitor = monitorOf();
    for (let seq = 0; seq < 6_000; seq++) {
      monitor.observe(eventOf({ seq, subject: `urn:sensor:${seq % 2_000}` }));
    }
    const { subjects } = monitor.view().type('reading.taken')!;
    expect(Math.abs(subjects - 2_000) / 2_000).toBeLessThan(0.1);
  });

  it('tells so many types apart, and counts all further ones as one', () => {
    const monitor = monitorOf({ types: 3 });
    for (let seq = 0; seq < 1_000; seq++) {
      monitor.observe(eventOf({ seq, type: `t${seq % 100}`, data: { level: 1 } }));
    }
    const types = [...monitor.view().types()].map(({ type, total }) => [type, total]);
    expect(types).toEqual([
      ['t0', 10],
      ['t1', 10],
      ['t2', 10],
      ['*', 970],
    ]);
    expect(monitor.view().field('*', 'level')).toBeUndefined();
    expect(monitor.view().open.observed['*']).toBe(970);
  });
});
