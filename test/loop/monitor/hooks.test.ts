import { describe, expect, it } from 'vitest';
import { Monitor } from '../../../src/loop/monitor/monitor.ts';
import { catalogueOf } from '../../../src/rules/catalogue.ts';
import type { RulesDocument } from '../../../src/rules/document.ts';
import { generator } from '../support/view.ts';
import { Reading, rules } from '../support.ts';

const { document } = catalogueOf({ observations: [Reading], rules });

const perCycle = 1_000;
const base = { type: 'reading.taken', at: 1_000, time: 1_000 };

/** Observes one cycle in which the hook `raise` fires with a probability, and leaves it open. */
function observeCycle(monitor: Monitor, random: () => number, rate: number, first: number): void {
  for (let index = 0; index < perCycle; index++) {
    const fired = random() < rate ? ['raise'] : [];
    const event = { ...base, seq: first + index, data: { level: 1 } };
    monitor.observe({ ...event, fired, outcome: fired.length > 0 ? 'acted' : 'idle' });
  }
}

describe('the monitor', () => {
  const filled = (cycles: number): Monitor => {
    const monitor = new Monitor(document);
    const random = generator(7);
    for (let cycle = 0; cycle < cycles; cycle++) {
      observeCycle(monitor, random, 0.1, cycle * perCycle);
      monitor.closeCycle();
    }
    return monitor;
  };

  it('keeps 64 cycles, 4,096 values and 8 samples, however long it runs', () => {
    const monitor = filled(70);
    observeCycle(monitor, generator(8), 0.5, 0);
    const view = monitor.view();
    expect(view.cycle).toBe(71);
    expect(view.history('raise')).toHaveLength(64);
    expect(view.recent('reading.taken', 'level')).toHaveLength(4_096);
    expect(view.samples('raise')).toHaveLength(8);
  });

  it('forgets the oldest cycle and the oldest value first', () => {
    const monitor = new Monitor(document);
    const event = { ...base, outcome: 'idle' } as const;
    for (let seq = 0; seq < 4_100; seq++) {
      monitor.observe({ ...event, seq, data: { level: seq }, fired: [] });
    }
    const levels = [...monitor.view().recent('reading.taken', 'level')];
    expect(Math.min(...levels)).toBe(4);
    expect(Math.max(...levels)).toBe(4_099);
    for (let cycle = 0; cycle < 65; cycle++) {
      monitor.closeCycle();
      const fired = cycle === 0 ? ['raise'] : [];
      monitor.observe({ ...event, seq: cycle, data: { level: 1 }, fired });
    }
    monitor.closeCycle();
    expect(monitor.view().history('raise')).toHaveLength(64);
    expect(monitor.view().history('raise')[0]).toEqual({ fired: 0, observed: 1 });
  });

  it('does not count what violated its shapes, but counts failures', () => {
    const monitor = new Monitor(document);
    const event = { ...base, seq: 1, data: { level: 1 }, fired: [] };
    monitor.observe({ ...event, outcome: 'invalid' });
    monitor.observe({ ...event, outcome: 'failed' });
    expect(monitor.view().open.observed).toEqual({ 'reading.taken': 1 });
    expect([monitor.observed, monitor.failed]).toEqual([2, 1]);
  });

  it('starts a new history for hooks whose rules changed, and for no others', () => {
    const changed = (change: Partial<RulesDocument>): readonly number[] => {
      const monitor = filled(5);
      monitor.follow({ ...document, ...change });
      return ['raise', 'note-size', 'stop'].map((hook) => monitor.view().history(hook).length);
    };
    const high = { ...document.parameters['high']!, value: 60 };
    const spare = { ...document.parameters['spare']!, value: 6 };
    expect(changed({})).toEqual([5, 5, 5]);
    expect(changed({ parameters: { ...document.parameters, high } })).toEqual([0, 5, 5]);
    expect(changed({ parameters: { ...document.parameters, spare } })).toEqual([5, 5, 5]);
    expect(changed({ switches: ['note-size'] })).toEqual([5, 0, 5]);
    expect(changed({ shapes: 'a'.repeat(64) })).toEqual([0, 0, 0]);
    const hooks = document.hooks.map((hook) =>
      hook.name === 'stop' ? { ...hook, hash: 'b'.repeat(64) } : hook,
    );
    expect(changed({ hooks })).toEqual([5, 5, 0]);
  });

  it('is the same after its state was written and read', () => {
    const monitor = filled(5);
    observeCycle(monitor, generator(9), 0.3, 9_000);
    const other = new Monitor(document);
    other.restore(JSON.parse(JSON.stringify(monitor)));
    for (const each of [monitor, other]) observeCycle(each, generator(10), 0.2, 10_000);
    expect(JSON.stringify(other)).toBe(JSON.stringify(monitor));
    expect(other.view().open).toEqual(monitor.view().open);
  });
});
