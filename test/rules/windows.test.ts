import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WindowState } from '../../src/rules/windowState.ts';
import { defineWindow, type WindowDeclaration, type WindowSpec } from '../../src/rules/windows.ts';
import { gte, neq } from '../../src/terms/conditions.ts';
import { integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import type { Data } from '../../src/terms/read.ts';
import { runs } from '../support/effort.ts';
import { codeOf } from '../support/errors.ts';

const Event = defineObservation('event.seen', {
  class: 'https://example.com/test#Event',
  subject: 'event',
  fields: {
    event: iri(),
    key: string(),
    value: optional(integer()),
    tag: optional(string()),
  },
}) as unknown as Observation;

interface Step {
  readonly data: Data;
  readonly at: number;
}

const panesOf = 60;

/** A window from its meaning alone: every event is kept, every read counts from the start. */
class Model {
  readonly #spec: WindowSpec;
  readonly #keysMax: number;
  #events: { key: string; time: number; data: Data }[] = [];
  readonly #newest = new Map<string, number>();
  #recent: string[] = [];

  constructor(spec: WindowSpec, keysMax: number) {
    this.#spec = spec;
    this.#keysMax = keysMax;
  }

  advance(data: Data, at: number): void {
    const key = String(data['key']);
    if (this.#spec.where.length > 0 && (data['tag'] === undefined || data['tag'] === 'skip'))
      return;
    if (!this.#recent.includes(key) && this.#recent.length === this.#keysMax) {
      const oldest = this.#recent.shift() as string;
      this.#events = this.#events.filter((event) => event.key !== oldest);
      this.#newest.delete(oldest);
    }
    this.#recent = [...this.#recent.filter((other) => other !== key), key];
    const time = Math.max(at, this.#newest.get(key) ?? at);
    this.#newest.set(key, time);
    this.#events.push({ key, time, data });
  }

  read(key: string, at: number): number | undefined {
    const { aggregate, perMs = panesOf } = this.#spec;
    const all = this.#events.filter((event) => event.key === key);
    const number = (data: Data): number | undefined => data['value'] as number | undefined;
    if ('consecutive' in aggregate) {
      let run = 0;
      for (const { data } of all) run = (number(data) ?? -1) >= 2 ? run + 1 : 0;
      return run;
    }
    const pane = (time: number): number => Math.floor(time / (perMs / panesOf));
    const now = pane(Math.max(at, this.#newest.get(key) ?? at));
    const alive = all.filter(({ time }) => pane(time) > now - panesOf);
    if ('count' in aggregate) return alive.length;
    const tags = alive.flatMap(({ data }) => data['tag'] ?? []);
    if ('distinct' in aggregate) return new Set(tags).size;
    const values = alive.flatMap(({ data }) => number(data) ?? []);
    if ('sum' in aggregate) return values.reduce((total, value) => total + value, 0);
    return values.length === 0 ? undefined : Math.max(...values);
  }
}

const aggregates: Record<string, Partial<WindowDeclaration>> = {
  count: { count: true },
  sum: { sum: 'value' },
  max: { max: 'value' },
  distinct: { distinct: 'tag' },
  consecutive: { consecutive: gte('value', 2) },
};
const keys = ['a', 'b', 'c', '__proto__'];

const step: fc.Arbitrary<Step> = fc
  .record({
    key: fc.constantFrom(...keys),
    value: fc.option(fc.integer({ min: -3, max: 5 }), { nil: undefined }),
    tag: fc.option(fc.constantFrom('x', 'y', 'z', 'skip'), { nil: undefined }),
    // Mostly close to a boundary of panes of 10 ms, so that spans end exactly there.
    at: fc.oneof(
      fc.integer({ min: -150, max: 150 }).map((n) => n * 10),
      fc.integer({ min: -150, max: 150 }).map((n) => n * 10 - 1),
      fc.integer({ min: -2_000, max: 2_000 }),
    ),
  })
  .map(({ at, key, value, tag }) => ({
    at,
    data: {
      event: 'urn:e:1',
      key,
      ...(value === undefined ? {} : { value }),
      ...(tag === undefined ? {} : { tag }),
    },
  }));

function windowOf(kind: string, where: boolean): WindowSpec {
  return defineWindow({
    name: 'w',
    on: Event,
    key: 'key',
    ...(kind === 'consecutive' ? {} : { perMs: 600 }),
    ...(where ? { where: [neq('tag', 'skip')] } : {}),
    ...aggregates[kind],
  }).spec;
}

/** Steps as they come, or in the order of their times: both late and punctual streams. */
const stream = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), fc.boolean())
  .map(([steps, sorted]) =>
    sorted ? [...steps].sort((left, right) => left.at - right.at) : steps,
  );

describe.each(Object.keys(aggregates))('%s', (kind) => {
  test.each([
    ['all keys kept', 100, false],
    ['all keys kept, where', 100, true],
    ['two keys at most', 2, false],
    ['one key at most, where', 1, true],
  ])('equals the model: %s', (_name, keysMax, where) => {
    const spec = windowOf(kind, where);
    let nonzero = 0;
    fc.assert(
      fc.property(stream, fc.nat(60), fc.integer({ min: -10, max: 700 }), (steps, cut, later) => {
        let state = new WindowState(spec, Event.fields, keysMax);
        const model = new Model(spec, keysMax);
        steps.forEach(({ data, at }, index) => {
          if (index === cut) {
            // What a savepoint keeps is JSON; afterwards the fold goes on as if nothing was.
            const saved: unknown = JSON.parse(JSON.stringify(state.toJSON()));
            state = new WindowState(spec, Event.fields, keysMax);
            state.restore(saved as ReturnType<WindowState['toJSON']>);
          }
          for (const key of keys) {
            for (const time of [at, at + later]) {
              const expected = model.read(key, time);
              if (expected !== 0 && expected !== undefined) nonzero++;
              expect(state.read(key, time)).toBe(expected);
            }
          }
          state.advance(data, at);
          model.advance(data, at);
        });
      }),
      { numRuns: runs(120) },
    );
    expect(nonzero).toBeGreaterThan(100);
  });
});

test('panes are aligned to 0: an event leaves with its pane, 60 panes later', () => {
  const state = new WindowState(windowOf('count', false), Event.fields);
  const data = { event: 'urn:e:1', key: 'a' };
  state.advance(data, 19);
  expect([state.read('a', 19), state.read('a', 609)]).toEqual([1, 1]);
  expect(state.read('a', 610)).toBe(0);
  const other = new WindowState(windowOf('count', false), Event.fields);
  other.advance(data, 20);
  expect([other.read('a', 619), other.read('a', 620)]).toEqual([1, 0]);
});

test('sums stop at the largest exact integer', () => {
  const state = new WindowState(windowOf('sum', false), Event.fields);
  const most = Number.MAX_SAFE_INTEGER;
  for (const at of [0, 0, 10]) state.advance({ event: 'urn:e:1', key: 'a', value: most }, at);
  expect(state.read('a', 10)).toBe(most);
});

test('distinct stops counting at its limit', () => {
  const state = new WindowState(windowOf('distinct', false), Event.fields);
  for (let index = 0; index < 5_000; index++) {
    state.advance({ event: 'urn:e:1', key: 'a', tag: `t${index}` }, 0);
  }
  expect(state.read('a', 0)).toBe(4_096);
});

describe('declarations', () => {
  const base = { name: 'w', on: Event, key: 'key', perMs: 600 } as const;
  test.each<[string, string, () => unknown]>([
    ['no aggregate', 'KNHK_RULES_WINDOW', () => defineWindow(base)],
    ['two', 'KNHK_RULES_WINDOW', () => defineWindow({ ...base, count: true, sum: 'value' })],
    [
      'a key that is no field',
      'KNHK_RULES_WINDOW',
      () => defineWindow({ ...base, key: 'no', count: true }),
    ],
    [
      'an inherited key',
      'KNHK_RULES_WINDOW',
      () => defineWindow({ ...base, key: 'valueOf', count: true }),
    ],
    ['a sum of text', 'KNHK_RULES_WINDOW', () => defineWindow({ ...base, sum: 'tag' })],
    [
      'a span that panes do not divide',
      'KNHK_RULES_WINDOW',
      () => defineWindow({ ...base, perMs: 61, count: true }),
    ],
    ['a span of 0', 'KNHK_RULES_WINDOW', () => defineWindow({ ...base, perMs: 0, count: true })],
    [
      'no span',
      'KNHK_RULES_WINDOW',
      () => defineWindow({ name: 'w', on: Event, key: 'key', count: true }),
    ],
    [
      'a span of a run',
      'KNHK_RULES_WINDOW',
      () => defineWindow({ ...base, consecutive: gte('value', 1) }),
    ],
    [
      'a parameter',
      'KNHK_RULES_WINDOW',
      () => defineWindow({ ...base, count: true, where: [gte('value', { param: 'p' })] }),
    ],
    [
      'a condition on no field',
      'KNHK_TERMS_CONDITION',
      () => defineWindow({ ...base, count: true, where: [gte('no', 1)] }),
    ],
    [
      'a name with a hyphen',
      'KNHK_TERMS_NAME',
      () => defineWindow({ ...base, name: 'a-b', count: true }),
    ],
    [
      'no observation',
      'KNHK_RULES_WINDOW',
      () => defineWindow({ ...base, on: 'event.seen' as never, count: true }),
    ],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(code);
  });
});
