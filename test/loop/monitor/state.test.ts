import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Monitor } from '../../../src/loop/monitor/monitor.ts';
import { runs } from '../../support/effort.ts';
import {
  document,
  eventOf,
  monitorAfter,
  monitorOf,
  type Step,
  start,
  streams,
  take,
  tight,
} from './events.ts';

const stateOf = (monitor: Monitor): unknown => JSON.parse(JSON.stringify(monitor));

/** All that detectors can see, copied. */
function seen(monitor: Monitor): unknown {
  const view = monitor.view();
  const types = [...view.types()].map((type) => ({
    ...{ type: type.type, count: type.count, total: type.total, subjects: type.subjects },
    ...{ outcomes: { ...type.outcomes }, totals: { ...type.totals }, panes: type.panes() },
    ...{ gapMs: type.gapMs, failed: type.samples('failed'), times: [type.firstAt, type.lastAt] },
  }));
  const fields = [...view.fields()].map((field) => ({
    ...{ type: field.type, field: field.field, drift: field.drift },
    ...{ present: field.present, absent: field.absent, anomaly: field.anomaly },
    ...{ presentNow: field.presentNow, absentNow: field.absentNow },
    mean: [field.numbers?.mean, field.numbers?.deviation, field.numbersNow?.mean],
    quantiles: [0, 0.1, 0.5, 0.99, 1].map((share) => field.numbers?.quantile(share)),
    texts: [field.texts?.distinct, field.texts?.heavy, field.texts?.novel],
  }));
  return { cycle: view.cycle, open: view.open, now: view.now, types, fields };
}

describe("the monitor's state", () => {
  it('is the same after it was written and read anywhere on the way', () => {
    fc.assert(
      fc.property(streams, fc.nat(80), (steps, where) => {
        const live = monitorAfter(steps);
        const first = monitorAfter(steps.slice(0, where));
        const second = monitorOf();
        second.restore(stateOf(first));
        for (const step of steps.slice(where)) take(second, step);
        expect(JSON.stringify(second)).toBe(JSON.stringify(live));
        expect(seen(second)).toEqual(seen(live));
      }),
      { numRuns: runs(200) },
    );
  });

  it('knows one zero, because JSON does', () => {
    const monitor = monitorOf();
    monitor.observe(eventOf({ seq: 0, data: { level: -0 } }));
    monitor.closeCycle();
    const restored = monitorOf();
    restored.restore(stateOf(monitor));
    for (const one of [monitor, restored]) {
      const numbers = one.view().field('reading.taken', 'level')!.numbers!;
      expect([numbers.min, numbers.max, numbers.mean, numbers.quantile(0.5)]).toEqual([0, 0, 0, 0]);
    }
  });

  it('does not depend on whether somebody looked', () => {
    fc.assert(
      fc.property(streams, (steps) => {
        const watched = monitorOf();
        for (const step of steps) {
          take(watched, step);
          seen(watched);
        }
        expect(JSON.stringify(watched)).toBe(JSON.stringify(monitorAfter(steps)));
      }),
      { numRuns: runs(60) },
    );
  });

  it('is bounded, whatever comes', () => {
    const monitor = monitorOf({ types: 8, fields: 12, texts: 16, heavy: 4, panes: 10 });
    const sizes: number[] = [];
    for (let seq = 0; seq < 40_000; seq++) {
      const data = {
        [`field${seq % 500}`]: `text ${seq}`,
        level: seq * 1.1 ** (seq % 900),
        size: -seq,
      };
      const type = `type${seq % 300}`;
      const subject = `urn:subject:${seq}`;
      monitor.observe(eventOf({ seq, type, data, subject, at: start + 977 * seq }));
      if (seq % 1_000 === 999) monitor.closeCycle();
      if (seq % 10_000 === 9_999) sizes.push(JSON.stringify(monitor).length);
    }
    expect([...monitor.view().types()]).toHaveLength(9);
    expect([...monitor.view().fields()].length).toBeLessThanOrEqual(12);
    // Of 9 types and 12 fields the largest parts are a sketch of 1 KiB and two histograms each.
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    expect(sizes.at(-1)! / sizes[1]!).toBeLessThan(1.2);
  });

  it('of the first version is read: hooks go on, types and fields begin anew', () => {
    const open = {
      observed: { 'reading.taken': 7 },
      fired: { raise: 2 },
      samples: { raise: [3, 4] },
      ...{ failed: 1, total: 8, first: 1, last: 9 },
    };
    const history = { raise: { fired: [5], observed: [50] } };
    const recent = { 'reading.taken level': { next: 2, values: [80, 81] } };
    const monitor = monitorOf();
    monitor.restore({ cycle: 3, open, history, recent, uncounted: { 'reading.taken': 4 } });
    const view = monitor.view();
    expect(view.open).toEqual({
      observed: { 'reading.taken': 7 },
      fired: { raise: 2 },
      seqs: [1, 9],
    });
    expect(view.samples('raise')).toEqual([3, 4]);
    expect(view.history('raise')).toEqual([{ fired: 5, observed: 50 }]);
    expect(view.recent('reading.taken', 'level')).toEqual([80, 81]);
    expect([monitor.cycle, monitor.observed, monitor.failed]).toEqual([3, 8, 1]);
    // Four of the six were heard of one by one.
    monitor.count({ seq: 10, type: 'reading.taken', observed: 6 });
    expect(monitor.view().open.observed).toEqual({ 'reading.taken': 9 });
  });

  it('of a later version or of none is refused', () => {
    for (const saved of [null, {}, { v: 3, open: {} }, { v: 1, open: {} }]) {
      expect(() => monitorOf().restore(saved)).toThrow('KNHK_LOOP_STATE');
    }
  });

  it('begins with an empty window where its panes are others now, and keeps the rest', () => {
    const steps: Step[] = [0, 1, 2].map((seq) => ({
      event: eventOf({ seq, data: { level: seq } }),
    }));
    const other = new Monitor(document, { ...tight, panes: 4 });
    other.restore(stateOf(monitorAfter(steps)));
    const type = other.view().type('reading.taken')!;
    expect([type.count, type.total]).toEqual([0, 3]);
    expect(type.panes()).toEqual([0, 0, 0, 0]);
    other.observe(eventOf({ seq: 3 }));
    expect(other.view().type('reading.taken')!.count).toBe(1);
  });

  it('merges times into a type that it knew nothing of', () => {
    const merged = monitorOf();
    const at = start + 500;
    merged.merge(monitorAfter([0, 10].map((seq) => ({ event: eventOf({ seq, at: at + seq }) }))));
    const { firstAt, lastAt, gapMs } = merged.view().type('reading.taken')!;
    expect([firstAt, lastAt, gapMs]).toEqual([at, at + 10, { mean: 10, longest: 10 }]);
  });

  it('merges to what one monitor would know of both streams', () => {
    fc.assert(
      fc.property(streams, streams, (one, two) => {
        // Cycles, and so what is before and now, are each monitor's own.
        const left = one.filter((step) => !('close' in step));
        const right = two.filter((step) => !('close' in step));
        const bounds = { ...tight, texts: 1_000, heavy: 64 };
        const merged = monitorAfter(left, bounds);
        merged.merge(monitorAfter(right, bounds));
        const turned = monitorAfter(right, bounds);
        turned.merge(monitorAfter(left, bounds));
        const both = monitorAfter([...left, ...right], bounds);
        for (const each of [merged, turned]) expectSameKnowledge(each, both);
      }),
      { numRuns: runs(120) },
    );
  });
});

/** Compares what no order decides: counts of all time, extremes, quantiles, texts. */
function expectSameKnowledge(merged: Monitor, both: Monitor): void {
  const [found, expected] = [merged.view(), both.view()];
  expect(found.open.observed).toEqual(expected.open.observed);
  for (const type of expected.types()) {
    const mine = found.type(type.type)!;
    expect({ ...mine.totals }).toEqual({ ...type.totals });
    expect([mine.total, mine.firstAt <= mine.lastAt]).toEqual([type.total, true]);
    expect(mine.subjects).toBe(type.subjects);
    expect(mine.lastAt).toBe(type.lastAt);
  }
  for (const field of expected.fields()) {
    const mine = found.field(field.type, field.field)!;
    expect([mine.present, mine.absent]).toEqual([field.present, field.absent]);
    const { numbersNow: now, texts } = field;
    if (now !== undefined) {
      const { count, min, max, mean } = mine.numbersNow!;
      expect([count, min, max]).toEqual([now.count, now.min, now.max]);
      expect(Math.abs(mean - now.mean)).toBeLessThanOrEqual(1e-9 * Math.max(max, -min, 0));
    }
    expect(mine.texts?.distinct).toBe(texts?.distinct);
    const byHash = (view: typeof texts): unknown =>
      view === undefined ? undefined : new Map(view.heavy.map(({ hash, count }) => [hash, count]));
    expect(byHash(mine.texts)).toEqual(byHash(texts));
  }
}
