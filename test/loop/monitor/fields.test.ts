import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Monitor } from '../../../src/loop/monitor/monitor.ts';
import { textHash } from '../../../src/loop/monitor/text-hash.ts';
import { seriesAnomaly } from '../../../src/loop/series/anomaly.ts';
import type { FieldView } from '../../../src/loop/view.ts';
import { runs } from '../../support/effort.ts';
import { eventOf, monitorAfter, monitorOf, type Step, start, streams, tight } from './events.ts';

type Cycle = readonly Record<string, unknown>[];

/** What each cycle could read of a type's conforming observations, the open one last. */
function cyclesOf(steps: readonly Step[], type: string): readonly Cycle[] {
  const cycles: Record<string, unknown>[][] = [[]];
  for (const step of steps) {
    if ('close' in step) cycles.push([]);
    if (!('event' in step)) continue;
    const { event } = step;
    if (event.type !== type || event.outcome === 'invalid' || event.erased === true) continue;
    cycles.at(-1)!.push({ ...event.data });
  }
  return cycles;
}

function valuesIn(cycles: readonly Cycle[], field: string): unknown[] {
  return cycles.flatMap((cycle) => cycle.map((data) => data[field])).filter((v) => v !== undefined);
}

function expectNumbers(view: FieldView, before: readonly number[], now: readonly number[]): void {
  const { numbers, numbersNow } = view;
  expect([numbers!.count, numbersNow!.count]).toEqual([before.length, now.length]);
  for (const [figures, values] of [
    [numbers!, before],
    [numbersNow!, now],
  ] as const) {
    if (values.length === 0) continue;
    expect(figures.min).toBe(Math.min(...values));
    expect(figures.max).toBe(Math.max(...values));
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    const scale = Math.max(...values.map(Math.abs));
    expect(Math.abs(figures.mean - mean)).toBeLessThanOrEqual(1e-12 * values.length * scale);
  }
  const sorted = [...before].sort((one, two) => one - two);
  for (const share of before.length === 0 ? [] : [0.01, 0.5, 0.9]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
    expect(Math.abs(numbers!.quantile(share) - exact)).toBeLessThanOrEqual(Math.abs(exact) / 100);
  }
}

describe('what the monitor knows of fields', () => {
  it('is what keeping everything gives', () => {
    fc.assert(
      fc.property(streams, (steps) => {
        const view = monitorAfter(steps, { ...tight, texts: 100, heavy: 100 }).view();
        for (const type of ['order.placed', 'undeclared']) {
          const cycles = cyclesOf(steps, type);
          const before = cycles.slice(0, -1);
          const open = cycles.slice(-1);
          for (const field of ['amount', 'items', 'country', 'gift', 'tags']) {
            const found = view.field(type, field);
            const [earlier, now] = [valuesIn(before, field), valuesIn(open, field)];
            if (found === undefined) {
              expect([...earlier, ...now]).toEqual([]);
              continue;
            }
            const read = cycles.flat().length;
            expect(found.present).toBe(earlier.length + now.length);
            expect(found.absent).toBe(read - found.present);
            expect(found.presentNow).toBe(now.length);
            expect(found.absentNow).toBe(open.flat().length - now.length);
            expectContent(found, earlier, now);
          }
        }
      }),
      { numRuns: runs(200) },
    );
  });

  it('has the spread of numbers', () => {
    const monitor = monitorOf();
    [2, 4, 4, 4, 5, 5, 7, 9].forEach((level, seq) => {
      monitor.observe(eventOf({ seq, data: { level } }));
    });
    monitor.closeCycle();
    const spread = (): unknown => {
      const { numbers } = monitor.view().field('reading.taken', 'level')!;
      return [numbers!.mean, numbers!.deviation];
    };
    expect(spread()).toEqual([5, 2]);
    // Another cycle with the same spread about another mean: 5 and 9 are each 2 from theirs.
    [6, 8, 8, 8, 9, 9, 11, 13].forEach((level, seq) => {
      monitor.observe(eventOf({ seq, data: { level } }));
    });
    monitor.closeCycle();
    expect(spread()).toEqual([7, Math.sqrt(8)]);
  });

  it('holds numbers from both ends of the range', () => {
    const monitor = monitorOf();
    const values = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MAX_VALUE, 1];
    values.forEach((level, seq) => {
      monitor.observe(eventOf({ seq, data: { level } }));
    });
    const other = monitorOf();
    other.restore(JSON.parse(JSON.stringify(monitor)));
    for (const each of [monitor, other]) {
      each.closeCycle();
      const { numbers } = each.view().field('reading.taken', 'level')!;
      expect([numbers!.count, numbers!.min, numbers!.max]).toEqual([4, ...values.slice(1, 3)]);
      expect(numbers!.mean).toBeGreaterThan(0);
      expect(numbers!.mean).toBeLessThan(Number.MAX_VALUE / 2);
    }
  });

  it('lists no subjects and no persons, and no times', () => {
    const monitor = monitorOf();
    const data = { order: 'urn:order:1', customer: 'Ada', placed: 5, country: 'FR' };
    monitor.observe(eventOf({ seq: 1, type: 'order.placed', data, subject: 'urn:order:1' }));
    const view = monitor.view();
    for (const field of ['order', 'customer', 'placed', 'tags']) {
      const { texts, numbers, present } = view.field('order.placed', field)!;
      expect([texts, numbers]).toEqual([undefined, undefined]);
      expect(present).toBe(field === 'tags' ? 0 : 1);
    }
    expect(view.type('order.placed')!.subjects).toBe(1);
    const saved = JSON.stringify(monitor);
    for (const text of ['Ada', 'urn:order:1', 'FR']) expect(saved).not.toContain(text);
    expect(view.field('order.placed', 'country')!.texts!.heavy).toEqual([
      { hash: textHash('FR'), count: 1, error: 0 },
    ]);
  });

  it('knows what is new until too much is', () => {
    const monitor = monitorOf({ texts: 5 });
    const see = (seq: number, country: string): void => {
      monitor.observe(eventOf({ seq, type: 'order.placed', data: { country } }));
    };
    const novel = (): unknown => monitor.view().field('order.placed', 'country')!.texts!.novel;
    ['US', 'FR', 'US'].forEach((country, seq) => {
      see(seq, country);
    });
    expect(novel()).toEqual({ count: 2, seqs: [0, 1] });
    monitor.closeCycle();
    see(3, 'FR');
    expect(novel()).toEqual({ count: 0, seqs: [] });
    see(4, 'JP');
    see(5, 'JP');
    expect(novel()).toEqual({ count: 1, seqs: [4] });
    // Five are told apart; the sixth shows that there are too many.
    see(6, 'C6');
    see(7, 'C7');
    expect(novel()).toEqual({ count: 3, seqs: [4, 6, 7] });
    see(8, 'C8');
    expect(novel()).toEqual({ count: 0, seqs: [] });
    for (let seq = 8; seq < 40; seq++) see(seq, `C${seq}`);
    expect(novel()).toEqual({ count: 0, seqs: [] });
    const { distinct } = monitor.view().field('order.placed', 'country')!.texts!;
    expect(Math.abs(distinct - 37)).toBeLessThan(3);
    monitor.closeCycle();
    see(40, 'new');
    expect(novel()).toEqual({ count: 0, seqs: [] });
  });

  it.each([
    [3, 4],
    [8, 8],
    [16, 1],
    [16, 16],
    [17, 2],
    [2, 17],
    [40, 30],
  ])('has the same quantiles of %i and %i numbers merged, and over cycles', (one, two) => {
    const values = Array.from({ length: one + two }, (_, n) => 1.5 ** ((n * 7) % 23));
    const hear = (monitor: Monitor, from: number, to: number): Monitor => {
      for (let seq = from; seq < to; seq++) {
        monitor.observe(eventOf({ seq, data: { level: values[seq] } }));
      }
      return monitor;
    };
    const merged = hear(monitorOf(), 0, one);
    merged.merge(hear(monitorOf(), one, one + two));
    const apart = hear(monitorOf(), 0, one);
    apart.closeCycle();
    hear(apart, one, one + two);
    const together = hear(monitorOf(), 0, one + two);
    const sorted = [...values].sort((left, right) => left - right);
    for (const monitor of [merged, apart, together]) {
      monitor.closeCycle();
      const { numbers } = monitor.view().field('reading.taken', 'level')!;
      for (const share of [0.001, 0.25, 0.5, 0.75, 1]) {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
        const off = Math.abs(numbers!.quantile(share) - exact) / exact;
        expect(off, `${share}`).toBeLessThanOrEqual(1 / 128);
      }
    }
  });

  it('scores so many numeric fields as series, with the highest score of the cycle', () => {
    const data = (n: number): Record<string, number> => ({ level: n % 7, size: n % 5 });
    const series = seriesAnomaly();
    const scores = Array.from({ length: 400 }, (_, seq) => {
      return series.update(seq === 350 ? 90 : seq % 7, start + 1_000 * seq);
    });
    const best = Math.max(...scores.slice(300));
    expect(best).toBe(scores[350]);
    const monitor = monitorOf({ series: 1 });
    for (let seq = 0; seq < 400; seq++) {
      if (seq === 300) monitor.closeCycle();
      const at = start + 1_000 * seq;
      const level = seq === 350 ? 90 : seq % 7;
      monitor.observe(eventOf({ seq, at, data: { ...data(seq), level } }));
    }
    const field = (name: string): FieldView => monitor.view().field('reading.taken', name)!;
    expect(field('level').anomaly).toEqual({ score: best, seq: 350 });
    // A field that no double can be squared of is left alone, as is what is beyond the bound.
    expect(field('size').anomaly).toBeUndefined();
    monitor.observe(eventOf({ seq: 401, data: { level: 1e301, size: 1e301 } }));
    const other = monitorOf({ series: 0 });
    other.restore(JSON.parse(JSON.stringify(monitor)));
    for (const each of [monitor, other]) {
      each.closeCycle();
      expect(each.view().field('reading.taken', 'level')!.anomaly).toBeUndefined();
      each.observe(eventOf({ seq: 402, at: start + 402_000, data: { level: 500 } }));
    }
    expect(JSON.stringify(other)).toBe(JSON.stringify(monitor));
    expect(field('level').anomaly!.seq).toBe(402);
  });

  it('refuses bounds that are none', () => {
    const wrong = [
      ...[{ windowMs: 0 }, { panes: 1_441 }, { types: 0 }, { fields: -1 }, { texts: 1.5 }],
      ...[{ heavy: Number.NaN }, { series: -1 }],
    ];
    for (const bounds of wrong) expect(() => monitorOf(bounds)).toThrow('KNHK_LOOP_OPTION');
    // A window is made of whole panes.
    const view = monitorOf({ windowMs: 100, panes: 60 }).view();
    expect([view.paneMs, view.windowMs]).toEqual([2, 120]);
  });
});

function expectContent(
  found: FieldView,
  earlier: readonly unknown[],
  now: readonly unknown[],
): void {
  if (found.field === 'items' || (found.field === 'amount' && found.type === 'order.placed')) {
    expectNumbers(found, earlier.map(Number), now.map(Number));
  } else if (found.field === 'tags') {
    expect([found.numbers, found.texts]).toEqual([undefined, undefined]);
  } else {
    const all = [...earlier, ...now].map(String);
    const isNew = new Set(now.map(String).filter((text) => !earlier.map(String).includes(text)));
    expect(found.texts!.distinct).toBe(new Set(all).size);
    expect(found.texts!.novel.count).toBe(isNew.size);
    const heavy = new Map(found.texts!.heavy.map(({ hash, count }) => [hash, count]));
    for (const text of new Set(all)) {
      expect(heavy.get(textHash(text))).toBe(all.filter((each) => each === text).length);
    }
  }
}
