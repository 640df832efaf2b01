import { describe, expect, it } from 'vitest';
import { standardDetectors } from '../../../src/loop/detectors/standard.ts';
import { Monitor, type MonitorEvent } from '../../../src/loop/monitor/monitor.ts';
import type { Detector, Pattern } from '../../../src/loop/types.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import { poisson } from '../support/streams.ts';
import { generator } from '../support/view.ts';
import { Reading, rules } from '../support.ts';

const { document } = catalogueOf({ observations: [Reading], rules });
const minute = 60_000;
const minutesPerCycle = 10;

/** How the stream departs from what is usual, from a minute on. */
interface Planted {
  readonly from: number;
  /** Observations of `order.placed` per minute. */
  readonly orders?: number;
  /** Share of orders with an outcome. */
  readonly share?: Partial<Record<'failed' | 'invalid' | 'denied', number>>;
  readonly amount?: (amount: number) => number;
  readonly currency?: string;
  readonly note?: number;
  /** How often `raise` fires. */
  readonly raise?: number;
}

const usual: Planted = { from: 0, orders: 20, note: 0.9, raise: 0.4 };

/** Runs detectors over hours of readings and orders, a cycle every ten minutes. */
function run(
  seed: number,
  minutes: number,
  planted: Planted = usual,
  detectors: readonly Detector[] = standardDetectors(),
): Map<string, Pattern[]> {
  const random = generator(seed);
  const monitor = new Monitor(document, {}, [Reading]);
  const found = new Map<string, Pattern[]>();
  let seq = 0;
  const observe = (event: Omit<MonitorEvent, 'seq' | 'time'>): void => {
    const full = { seq: seq++, time: event.at, ...event };
    monitor.observe(full);
    for (const detector of detectors) detector.observe?.(full);
  };
  for (let now = 0; now < minutes; now++) {
    const mode = { ...usual, ...(now >= planted.from ? planted : {}) };
    const at = (index: number): number => now * minute + index;
    for (let index = poisson(random, 15); index > 0; index--) {
      const data = { level: Math.floor(100 * random()), size: 3 };
      const shares = { raise: mode.raise!, 'note-size': 0.5, stop: 0.4 };
      const fired = Object.entries(shares).flatMap(([hook, share]) =>
        random() < share ? [hook] : [],
      );
      const outcome = fired.length > 0 ? 'acted' : 'idle';
      observe({ at: at(index), type: 'reading.taken', data, fired, outcome });
    }
    for (let index = poisson(random, mode.orders!); index > 0; index--) {
      observe({ at: at(index), fired: [], type: 'order.placed', ...order(random, mode) });
    }
    if ((now + 1) % minutesPerCycle !== 0) continue;
    const view = monitor.view();
    for (const pattern of detectors.flatMap((detector) => detector.detect(view))) {
      found.set(pattern.kind, [...(found.get(pattern.kind) ?? []), pattern]);
    }
    monitor.closeCycle();
  }
  return found;
}

function order(
  random: () => number,
  mode: Planted,
): Pick<MonitorEvent, 'data' | 'subject' | 'outcome'> {
  const { failed = 0.01, invalid = 0.01, denied = 0.02 } = mode.share ?? {};
  const drawn = random();
  const outcome =
    drawn < failed
      ? 'failed'
      : drawn < failed + invalid
        ? 'invalid'
        : drawn < failed + invalid + denied
          ? 'denied'
          : 'idle';
  const normal = Math.sqrt(-2 * Math.log1p(-random())) * Math.cos(2 * Math.PI * random());
  const amount = 100 + 15 * normal;
  const currency = ['EUR', 'CHF', 'GBP'][Math.floor(3 * random())]!;
  const subject = `urn:customer:${Math.floor(200 * random())}`;
  const isOdd = mode.currency !== undefined && random() < 0.2;
  const data = {
    amount: mode.amount?.(amount) ?? amount,
    currency: isOdd ? mode.currency : currency,
    ...(random() < mode.note! ? { note: 5 } : {}),
  };
  return { data, subject, outcome };
}

const hours = 60;

describe('the standard detectors over the monitor', () => {
  it('find nothing in hours of a stream that stays as it is', () => {
    for (let seed = 1; seed <= 3; seed++) {
      // How rare the monitor's own alarms are is for the tests of the series to say.
      const found = run(seed, 10 * hours, usual, standardDetectors({ series: false }));
      expect([...found.keys()], `seed ${seed}`).toEqual([]);
    }
  });

  it.each<[string, string, Partial<Planted>]>([
    ['burst', 'order.placed', { orders: 200 }],
    ['failed-spike', 'order.placed', { share: { failed: 0.2 } }],
    ['invalid-spike', 'order.placed', { share: { invalid: 0.2 } }],
    ['denied-spike', 'order.placed', { share: { denied: 0.2 } }],
    ['silence', 'order.placed', { orders: 0 }],
    ['drift', 'order.placed amount', { amount: (amount) => amount + 30 }],
    ['range-novelty', 'order.placed amount', { amount: (amount) => 20 * amount }],
    ['text-novelty', 'order.placed currency', { currency: 'XTS' }],
    ['schema-drift', 'order.placed note', { note: 0.3 }],
    ['series-anomaly', 'order.placed amount', { amount: (amount) => 20 * amount }],
    ['hook-rate', 'raise', { raise: 0.8 }],
    ['hook-rate', 'raise', { raise: 0.05 }],
  ])('find %s of %s where it is planted, at once', (kind, subject, planted) => {
    for (let seed = 11; seed <= 12; seed++) {
      const from = 8 * hours;
      const found = run(seed, from + minutesPerCycle, { ...planted, from });
      expect([...found.keys()], `seed ${seed}`).toContain(kind);
      for (const pattern of found.get(kind)!) expect(pattern.subject).toBe(subject);
      expect(found.get(kind)![0]!.confidence).toBeGreaterThan(0.9);
    }
  });

  it('find what is unusual for the time of day only', () => {
    // Ten minutes of each hour are busy; in the eleventh hour they are not.
    const detectors = standardDetectors({
      seasonal: { slotMs: 10 * minute, periodMs: 60 * minute },
    });
    const found = run(5, 6 * hours + 20, { from: 6 * hours, orders: 6 }, detectors);
    expect(found.get('season')).toMatchObject([
      { subject: 'order.placed', direction: 'less', evidence: { periods: 5 } },
    ]);
  });

  it('find hooks that have become dead', () => {
    const found = run(6, 14 * hours, { from: 2 * hours, raise: 0 });
    expect(found.get('hook-rate')?.[0]).toMatchObject({ subject: 'raise', direction: 'less' });
  });
});
