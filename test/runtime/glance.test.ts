import { describe, expect, test } from 'vitest';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { defineWindow, type Window } from '../../src/rules/windows.ts';
import type { Decision } from '../../src/runtime/outcome.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import {
  type ConditionDraft,
  eq,
  gte,
  isIn,
  lt,
  lte,
  neq,
  observed,
  present,
} from '../../src/terms/conditions.ts';
import {
  boolean,
  decimal,
  instant,
  integer,
  iri,
  number,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { openTest } from '../support/runtime.ts';

/** A field of every kind, so that conditions read more columns than have a load of their own. */
const Sample = defineObservation('sample.taken', {
  class: 'https://example.com/test#Sample',
  subject: 'sample',
  fields: {
    sample: iri(),
    count: integer(),
    level: number(),
    sealed: boolean(),
    label: string(),
    colour: oneOf(['red', 'green', 'blue', 'cyan', 'pink', 'grey']),
    site: iri(),
    price: decimal(),
    taken: instant(),
    note: optional(string()),
  },
});

const input = {
  sample: 'urn:sample:1',
  count: 1,
  level: 0.5,
  sealed: false,
  label: 'plain',
  colour: 'grey',
  site: 'urn:site:0',
  price: '0.10',
  taken: '2026-01-01T00:00:00Z',
};

const names = 'abcde'.split('').map((letter) => `urn:site:${letter}`);

const conditions: Readonly<Record<string, ConditionDraft>> = {
  count: gte('count', 10),
  level: lt('level', 0),
  sealed: eq('sealed', true),
  label: isIn('label', ['x', 'y']),
  colour: isIn('colour', ['red', 'green', 'blue', 'cyan', 'pink']),
  site: isIn('site', names),
  price: gte('price', '5.00'),
  taken: gte('taken', '2026-06-01T00:00:00Z'),
  note: present('note'),
};

const hookOn = (name: string, when: readonly ConditionDraft[]): Hook =>
  defineHook({ name, on: Sample, when, act: { type: 'mark', target: name } });

const open = (rules: readonly (Hook | Window | ReturnType<typeof defineGuard>)[]) =>
  openTest({ observations: [Sample as unknown as Observation], rules, unguarded: 'allow' });

const fired = (decision: Decision): readonly string[] =>
  'fired' in decision ? decision.fired : ['unreadable'];

/** What decide() says of an input, after explain(), which takes no first look, agreed. */
function decided(runtime: Runtime, change: Readonly<Record<string, unknown>>): readonly string[] {
  const given = { ...input, ...change } as never;
  const decision = runtime.decide(Sample, given);
  const explained = runtime.explain(Sample, given);
  expect(decision.outcome).toBe(explained.outcome);
  if (explained.outcome === 'invalid') return ['unreadable'];
  const names = explained.hooks.filter((hook) => hook.fired).map(({ hook }) => hook);
  expect(fired(decision)).toEqual(names);
  return names;
}

const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['count', 10, ['count']],
  ['count', 9, []],
  ['count', -0, ['unreadable']],
  ['count', 1.5, ['unreadable']],
  ['level', -0.1, ['level']],
  ['level', 0, []],
  ['level', -0, ['unreadable']],
  ['level', Number.NaN, ['unreadable']],
  ['level', Number.POSITIVE_INFINITY, ['unreadable']],
  ['level', '1', ['unreadable']],
  ['sealed', true, ['sealed']],
  ['sealed', false, []],
  ['sealed', 1, ['unreadable']],
  ['label', 'y', ['label']],
  ['label', 'z', []],
  ['label', '\ud800', ['unreadable']],
  ['label', 7, ['unreadable']],
  ['colour', 'pink', ['colour']],
  ['colour', 'grey', []],
  ['colour', 'black', ['unreadable']],
  ['site', 'urn:site:e', ['site']],
  ['site', 'urn:site:f', []],
  ['site', 'no iri', ['unreadable']],
  ['price', '5.00', ['price']],
  ['price', '4.99', []],
  ['price', 'dear', ['unreadable']],
  ['taken', '2026-06-01T00:00:00Z', ['taken']],
  ['taken', new Date(0), []],
  ['taken', 'once', ['unreadable']],
  ['note', 'here', ['note']],
  ['note', undefined, []],
  ['note', null, ['unreadable']],
  ['count', undefined, ['unreadable']],
];

describe('the first look at an input decides as the whole reading does', () => {
  const each = Object.entries(conditions).map(([name, when]) => hookOn(name, [when]));
  // Hooks beyond 32 take a second word of lanes, which a look goes through by another way.
  const many = Array.from({ length: 40 }, (_, n) =>
    hookOn(`never-${n}`, [lt('count', -1_000 - n)]),
  );

  test.each([
    ['one word of lanes', each],
    ['two words of lanes', [...many, ...each]],
  ])('with %s', async (_, hooks) => {
    const runtime = await open(hooks);
    expect(decided(runtime, {})).toEqual([]);
    for (const [field, value, expected] of cases) {
      expect(decided(runtime, { [field]: value }), `${field} ${String(value)}`).toEqual(expected);
    }
    expect(decided(runtime, { count: 12, note: 'n', sealed: true })).toEqual([
      'count',
      'note',
      'sealed',
    ]);
    await runtime.close();
  });

  test('a hook in the second word fires, and none before it', async () => {
    const runtime = await open([...many, hookOn('z-last', [gte('count', 5)])]);
    expect(fired(runtime.decide(Sample, { ...input, count: 5 } as never))).toEqual(['z-last']);
    expect(runtime.decide(Sample, input as never).outcome).toBe('idle');
    await runtime.close();
  });
});

describe('a window in a condition', () => {
  const rulesOf = (key: 'label' | 'note') => {
    const on = Sample as unknown as Observation;
    const seen = defineWindow({ name: 'seen', on, key, perMs: 60_000, count: true });
    return [seen, hookOn('often', [gte(seen, 2)]), hookOn('rare', [lt(seen, 2)])];
  };

  test('is looked up at the key and the time that the input gives', async () => {
    const runtime = await open(rulesOf('label'));
    for (const n of [1, 2]) {
      await runtime.apply(Sample, { ...input, count: n } as never, { at: 1_000, id: `${n}` });
    }
    const at = (time: number, label: unknown): readonly string[] =>
      fired(runtime.decide(Sample, { ...input, label } as never, { at: time }));
    expect(at(2_000, 'plain')).toEqual(['often']);
    expect(at(2_000, 'other')).toEqual(['rare']);
    expect(at(200_000, 'plain')).toEqual(['rare']);
    expect(at(2_000, 7)).toEqual(['unreadable']);
    await runtime.close();
  });

  test('has no value where the key is absent', async () => {
    const runtime = await open(rulesOf('note'));
    for (const n of [1, 2]) {
      await runtime.apply(Sample, { ...input, count: n } as never, { at: 1_000, id: `${n}` });
    }
    expect(fired(runtime.decide(Sample, input as never, { at: 2_000 }))).toEqual([]);
    await runtime.close();
  });
});

describe('a decision that is kept', () => {
  test('is the same object again, unless a guard looks at the observation', async () => {
    const looks = defineGuard({ name: 'looks', on: 'mark', deny: [gte(observed('count'), 50)] });
    const constant = await open([hookOn('count', [gte('count', 10)])]);
    const guarded = await open([hookOn('count', [gte('count', 10)]), looks]);
    const of = (runtime: Runtime, count: number): Decision =>
      runtime.decide(Sample, { ...input, count } as never);
    expect(of(constant, 99)).toBe(of(constant, 10));
    expect(of(guarded, 10).outcome).toBe('acted');
    expect(of(guarded, 99).outcome).toBe('denied');
    await constant.close();
    await guarded.close();
  });

  test('goes to what can be read as a whole only', async () => {
    const runtime = await open([hookOn('count', [gte('count', 10)])]);
    const of = (change: object): string =>
      runtime.decide(Sample, { ...input, count: 10, ...change } as never).outcome;
    expect(of({})).toBe('acted');
    expect(of({ more: 1 })).toBe('invalid');
    expect(of({ label: undefined })).toBe('invalid');
    expect(of({ level: Number.NaN })).toBe('invalid');
    await runtime.close();
  });
});

test('an input that throws at the first look is read as a whole', async () => {
  const runtime = await open([
    hookOn('count', [gte('count', 10)]),
    hookOn('no', [neq('count', 1)]),
  ]);
  const throwing = (count: number): unknown => {
    let looked = false;
    const target = { ...input, count };
    return Object.defineProperty(target, 'count', {
      enumerable: true,
      get: () => {
        if (looked) return count;
        looked = true;
        throw new Error('not yet');
      },
    });
  };
  expect(runtime.decide(Sample, throwing(1) as never).outcome).toBe('idle');
  expect(fired(runtime.decide(Sample, throwing(10) as never))).toEqual(['count', 'no']);
  await runtime.close();
});

test('no hooks at all: everything readable is idle', async () => {
  const runtime = await open([]);
  expect(runtime.decide(Sample, input as never)).toMatchObject({ outcome: 'idle', actions: [] });
  expect(runtime.decide(Sample, null as never).outcome).toBe('invalid');
  await runtime.close();
});

test('lte at the edge of a number of both signs', async () => {
  const runtime = await open([hookOn('cold', [lte('level', -1.5)])]);
  expect(decided(runtime, { level: -1.5 })).toEqual(['cold']);
  expect(decided(runtime, { level: -1.499_999 })).toEqual([]);
  await runtime.close();
});
