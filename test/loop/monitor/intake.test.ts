import { describe, expect, it } from 'vitest';
import { Monitor, type MonitorEvent } from '../../../src/loop/monitor/monitor.ts';
import { outcomes } from '../../../src/loop/monitor/type-places.ts';
import type { TypeHandle } from '../../../src/loop/monitor/type-state.ts';
import type { FieldView, TypeView } from '../../../src/loop/view.ts';
import { generator } from '../support/view.ts';
import { document, eventOf, monitorOf, start } from './events.ts';

const types = ['reading.taken', 'order.placed', 'undeclared', 'another'];

/** Events of which many more wait than are folded at once, of types whose fields come and go. */
function longStream(seed: number, length: number): MonitorEvent[] {
  const random = generator(seed);
  const below = (count: number): number => Math.floor(random() * count);
  let at = start;
  return Array.from({ length }, (_, seq) => {
    // A pane is 200 ms long: the next one comes after some hundred, or some thousand events.
    at += below(1_000) === 0 ? 150 : 0;
    const type = types[below(types.length)]!;
    const data: Record<string, unknown> = { level: random(), size: below(4), items: below(9) };
    if (below(3) === 0) data['amount'] = `${below(100)}.5`;
    if (below(5) === 0) data['weight'] = below(4) === 0 ? 'heavy' : below(50);
    if (seq > 1_000) data[`late-${below(seq / 500)}`] = seq;
    const outcome = below(4) > 0 ? 'idle' : outcomes[below(outcomes.length)]!;
    const erased = below(20) === 0;
    const event = { seq, at: at - below(3), type, data: erased ? {} : data, outcome };
    return eventOf(erased ? { ...event, erased } : event);
  });
}

/** What a monitor knows that was looked at before the events with these numbers. */
function stateAfter(
  events: readonly MonitorEvent[],
  cycle: number,
  looks: (seq: number) => boolean,
  handles?: ReadonlyMap<string, TypeHandle>,
): string {
  const monitor = monitorOf();
  for (const event of events) {
    if (looks(event.seq)) JSON.stringify(monitor);
    if (event.seq % cycle === cycle - 1) monitor.closeCycle();
    if (event.seq % 1_777 === 0) {
      monitor.count({ seq: event.seq, type: 'counted', observed: 3, at: event.at });
    }
    monitor.observe(event, handles?.get(event.type));
  }
  return JSON.stringify(monitor);
}

describe('observations that wait', () => {
  it.each([1, 2, 3])('give what each at its turn gives, however many they are: %i', (seed) => {
    const events = longStream(seed, 9_000);
    const random = generator(seed);
    for (const cycle of [700, 2_500, 100_000]) {
      const late = stateAfter(events, cycle, () => false);
      expect(stateAfter(events, cycle, () => random() < 0.02) === late).toBe(true);
      // The first thousand one by one.
      expect(stateAfter(events, cycle, (seq) => seq < 1_000) === late).toBe(true);
    }
  });

  it('are the same where their types were looked up before', () => {
    const events = longStream(4, 5_000);
    const handles = new Map(types.map((type) => [type, { track: undefined } as TypeHandle]));
    const looked = stateAfter(events, 900, () => false, handles);
    expect(looked === stateAfter(events, 900, () => false)).toBe(true);
    expect([...handles.values()].map(({ track }) => track?.type)).toEqual(types);
  });

  it('count as the others beyond the bound of types, also by a handle', () => {
    const monitor = new Monitor(document, { types: 1 });
    const handle: TypeHandle = { track: undefined };
    monitor.observe(eventOf({ seq: 0, type: 'known', data: {} }));
    for (const seq of [1, 2]) monitor.observe(eventOf({ seq, type: 'more', data: {} }), handle);
    expect(monitor.view().type('*')).toMatchObject({ total: 2 });
    expect(handle.track?.type).toBe('*');
  });

  it('are folded before there is no room for them', () => {
    const monitor = monitorOf();
    for (let seq = 0; seq < 5_000; seq++) monitor.observe(eventOf({ seq, at: start, data: {} }));
    const type = monitor.view().type('reading.taken')!;
    expect([type.total, type.count]).toEqual([5_000, 5_000]);
    expect(type.samples('idle')).toEqual([4_992, 4_993, 4_994, 4_995, 4_996, 4_997, 4_998, 4_999]);
  });

  it('are folded before there is no room for their types', () => {
    const monitor = monitorOf();
    const names = Array.from({ length: 1_000 }, (_, index) => `type-${index}`);
    // The first round finds the fields, and so folds each by itself.
    for (const [seq, type] of [...names, ...names].entries()) {
      monitor.observe(eventOf({ seq, type, data: { level: seq } }));
    }
    const view = monitor.view();
    expect([...view.types()].map(({ type }) => type)).toEqual(names);
    for (const [index, type] of names.entries()) {
      expect(view.type(type)!.samples('idle')).toEqual([index, index + 1_000]);
      expect(view.field(type, 'level')!.numbersNow).toMatchObject({ count: 2, min: index });
    }
  });

  it('are folded before there is no room for their numbers', () => {
    const names = Array.from({ length: 64 }, (_, index) => `number-${index}`);
    const monitor = monitorOf();
    for (let seq = 0; seq < 200; seq++) {
      const data = Object.fromEntries(names.map((name, index) => [name, index + seq]));
      monitor.observe(eventOf({ seq, type: 'wide', data }));
    }
    for (const [index, field] of names.entries()) {
      const { numbersNow } = monitor.view().field('wide', field)!;
      const { count, min, max } = numbersNow!;
      expect([count, min, max]).toEqual([200, index, index + 199]);
    }
  });
});

describe('a view of a type or field that somebody keeps', () => {
  const asked: readonly (readonly [string, (type: TypeView) => unknown, unknown])[] = [
    ['count', ({ count }) => count, 2],
    ['total', ({ total }) => total, 2],
    ['latest', ({ latest }) => latest, 2],
    ['firstAt', ({ firstAt }) => firstAt, start],
    ['lastAt', ({ lastAt }) => lastAt, start + 1],
    ['gapMs', ({ gapMs }) => gapMs, { mean: 1, longest: 1 }],
    ['outcomes', ({ outcomes: { idle } }) => idle, 2],
    ['totals', ({ totals: { idle } }) => idle, 2],
    ['panes', (type) => type.panes().at(-1), 2],
    ['samples', (type) => type.samples('idle'), [0, 1]],
  ];

  it.each(asked)('tells of what was observed since: %s', (_what, ask, expected) => {
    const monitor = monitorOf();
    monitor.observe(eventOf({ seq: 0, data: { level: 1 } }));
    const type = monitor.view().type('reading.taken')!;
    monitor.observe(eventOf({ seq: 1, data: { level: 3 } }));
    expect(ask(type)).toEqual(expected);
  });

  const fieldAsked: readonly (readonly [string, (field: FieldView) => unknown, unknown])[] = [
    ['present', ({ present }) => present, 2],
    ['presentNow', ({ presentNow }) => presentNow, 2],
    ['absent', ({ absent }) => absent, 1],
    ['absentNow', ({ absentNow }) => absentNow, 1],
    ['numbersNow', ({ numbersNow }) => numbersNow?.count, 2],
    ['least', ({ numbersNow }) => numbersNow?.min, 1],
    ['greatest', ({ numbersNow }) => numbersNow?.max, 3],
    ['mean', ({ numbersNow }) => numbersNow?.mean, 2],
  ];

  it.each(fieldAsked)('tells of what was read since: %s', (_what, ask, expected) => {
    const monitor = monitorOf();
    monitor.observe(eventOf({ seq: 0, data: { level: 1 } }));
    const field = monitor.view().field('reading.taken', 'level')!;
    monitor.observe(eventOf({ seq: 1, data: { level: 3 } }));
    monitor.observe(eventOf({ seq: 2, data: {} }));
    expect(ask(field)).toBe(expected);
  });
});
