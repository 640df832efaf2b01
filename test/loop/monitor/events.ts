import fc from 'fast-check';
import {
  Monitor,
  type MonitorCount,
  type MonitorEvent,
} from '../../../src/loop/monitor/monitor.ts';
import type { MonitorOptions } from '../../../src/loop/monitor/options.ts';
import { outcomes } from '../../../src/loop/monitor/type-places.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import {
  boolean,
  decimal,
  defineObservation,
  instant,
  integer,
  iri,
  list,
  number,
  type Observation,
  optional,
  string,
} from '../../../src/terms/index.ts';
import { Reading, rules } from '../support.ts';

export const { document } = catalogueOf({ observations: [Reading], rules });

/** A type with a field of each kind. */
const Order = defineObservation('order.placed', {
  class: 'https://example.com/test#Order',
  subject: 'order',
  time: 'placed',
  personal: 'customer',
  fields: {
    order: iri(),
    customer: string(),
    placed: instant(),
    amount: decimal(),
    items: integer(),
    weight: optional(number()),
    country: optional(string()),
    gift: boolean(),
    tags: list(string()),
  },
});

const observations: readonly Observation[] = [Reading, Order] as unknown as Observation[];

/** What happens to a monitor. */
export type Step =
  | { readonly event: MonitorEvent }
  | { readonly count: MonitorCount }
  | { readonly close: true };

export const start = Date.UTC(2026, 0, 1);

/** An ordinary event; what is not given is the same in all. */
export function eventOf(given: Partial<MonitorEvent> & { readonly seq: number }): MonitorEvent {
  return {
    ...{ time: start, at: start + given.seq, type: 'reading.taken', data: {}, fired: [] },
    outcome: 'idle',
    ...given,
  };
}

const orderData = fc.record(
  {
    amount: fc.integer({ min: 0, max: 10_000 }).map((cents) => `${cents / 100}`),
    items: fc.integer({ min: -5, max: 50 }),
    weight: fc.double({ noNaN: true, noDefaultInfinity: true }),
    country: fc.constantFrom('US', 'FR', 'DE', 'JP', 'CN', 'BR'),
    gift: fc.boolean(),
    tags: fc.constant(Object.freeze(['a'])),
  },
  { requiredKeys: ['amount', 'items', 'gift', 'tags'] },
);

const readingData = fc.record({ level: fc.nat(100), size: fc.nat(3) });

const observed = fc
  .record({
    // Mostly forwards, at times late, at times far ahead.
    gap: fc.oneof(
      { weight: 8, arbitrary: fc.nat(400) },
      fc.integer({ min: -900, max: 0 }),
      fc.nat(20_000),
    ),
    outcome: fc.constantFrom(...outcomes),
    subject: fc.nat(20).map((n) => `urn:subject:${n}`),
    fired: fc.subarray(['raise', 'stop', 'note-size']),
    erased: fc.boolean(),
  })
  .chain((given) =>
    fc.oneof(
      orderData.map((data) => ({ ...given, type: 'order.placed', data })),
      readingData.map((data) => ({ ...given, type: 'reading.taken', data })),
      orderData.map((data) => ({ ...given, type: 'undeclared', data })),
    ),
  );

/** Streams of events, counts of streamed ones, and ends of cycles. */
export const streams: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: observed },
      fc.record({ observed: fc.integer({ min: 1, max: 30 }), gap: fc.nat(300) }),
      fc.constant('close' as const),
    ),
    { maxLength: 80 },
  )
  .map((given) => {
    let now = start;
    return given.map((item, seq): Step => {
      if (item === 'close') return { close: true };
      const at = now + item.gap;
      now = Math.max(now, at);
      if ('observed' in item) {
        return { count: { seq, type: 'reading.taken', observed: item.observed, at } };
      }
      const { gap: _, erased, ...event } = item;
      // One in eight has lost its payload.
      const gone = erased && seq % 4 === 0 ? { data: {}, subject: undefined, erased } : {};
      return { event: { seq, time: start + seq, at, ...event, ...gone } };
    });
  });

export const tight: MonitorOptions = { windowMs: 1_000, panes: 5, texts: 4, heavy: 3 };

export function monitorOf(options: MonitorOptions = tight): Monitor {
  return new Monitor(document, options, observations);
}

export function take(monitor: Monitor, step: Step): void {
  if ('event' in step) monitor.observe(step.event);
  else if ('count' in step) monitor.count(step.count);
  else monitor.closeCycle();
}

/** A monitor that all of it happened to. */
export function monitorAfter(steps: readonly Step[], options?: MonitorOptions): Monitor {
  const monitor = monitorOf(options);
  for (const step of steps) take(monitor, step);
  return monitor;
}
