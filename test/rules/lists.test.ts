import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { action, defineAction } from '../../src/rules/actions.ts';
import { type CatalogueOptions, catalogueOf } from '../../src/rules/catalogue.ts';
import { ContextState } from '../../src/rules/context.ts';
import { type Evaluation, evaluate } from '../../src/rules/evaluate.ts';
import { type Explanation, explain } from '../../src/rules/explain.ts';
import { defineGuard } from '../../src/rules/guards.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import { linkSnapshot, type Snapshot } from '../../src/rules/snapshot.ts';
import { WindowState } from '../../src/rules/windowState.ts';
import { defineWindow } from '../../src/rules/windows.ts';
import {
  absent,
  type Condition,
  type ConditionDraft,
  eq,
  gt,
  gte,
  lt,
  lte,
  neq,
  type Operand,
  observed,
  param,
  present,
} from '../../src/terms/conditions.ts';
import {
  decimal,
  type FieldKind,
  instant,
  integer,
  iri,
  list,
  number,
  optional,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import {
  countOf,
  datatype,
  field,
  includes,
  lengthOf,
  matches,
  unique,
} from '../../src/terms/questions.ts';
import { type Data, readObservation } from '../../src/terms/read.ts';
import { conditionHolds, partSeen } from '../kernel/oracle.ts';
import { mistakes } from '../support/errors.ts';

const Parcel = defineObservation('parcel.seen', {
  class: 'https://example.com/test#Parcel',
  subject: 'parcel',
  fields: {
    parcel: iri(),
    depot: string(),
    tags: optional(list(string())),
    stops: optional(list(instant())),
    paid: optional(decimal()),
    price: optional(decimal()),
    weight: optional(number()),
    pieces: optional(integer()),
    note: optional(string()),
  },
});
const parcelType = Parcel as unknown as Observation;
const Ship = defineAction('ship', {
  fields: {
    tags: optional(list(string())),
    stops: optional(list(instant())),
    pieces: optional(integer()),
    spare: optional(integer()),
  },
});

function linked(rules: CatalogueOptions['rules']): Snapshot {
  const catalogue = catalogueOf({ observations: [parcelType], rules, unguarded: 'allow' });
  return linkSnapshot(catalogue.document, catalogue, { parent: null, version: 1 });
}

function stateOf(snapshot: Snapshot): ContextState {
  const state = new ContextState();
  state.follow(snapshot.document, new Map([[parcelType.type, parcelType]]));
  return state;
}

const base = { parcel: 'urn:parcel:1', depot: 'FRA' };

function dataOf(input: object): Data {
  const read = readObservation(parcelType, { ...base, ...input });
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return read.data;
}

function decided(snapshot: Snapshot, input: object): Evaluation {
  const data = dataOf(input);
  const view = stateOf(snapshot).view(Parcel.type, data, 0);
  return evaluate(snapshot, view, { type: Parcel.type, data, at: 0, id: 'x' });
}

const hook = (name: string, when: readonly ConditionDraft[], act = { target: 'x' }): Hook =>
  defineHook({ name, on: Parcel, when, act: { type: 'note', ...act } });

describe('hooks', () => {
  const kinds: { readonly [name: string]: FieldKind } = {
    paid: 'decimal',
    price: 'decimal',
    weight: 'number',
    pieces: 'integer',
    note: 'string',
  };
  const conditions: readonly ConditionDraft[] = [
    gte(lengthOf('tags'), 2),
    eq(lengthOf('note'), lengthOf('tags')),
    gt(countOf('tags', 'a'), 1),
    eq(countOf('stops', new Date(5)), 1),
    lt(countOf('tags', 'a'), countOf('tags', 'b')),
    includes('tags', 'a'),
    includes('stops', '1970-01-01T00:00:00.006Z'),
    unique('tags'),
    unique('stops'),
    present('tags'),
    absent('stops'),
    present(lengthOf('tags')),
    matches('note', '^a*$'),
    matches('note', '[bc]'),
    datatype('note', 'decimal'),
    datatype('note', 'iri'),
    datatype('weight', 'integer'),
    datatype('pieces', 'number'),
    lte('paid', field('price')),
    neq('paid', field('price')),
    lt('pieces', field('weight')),
    eq('weight', field('pieces')),
    gt('pieces', lengthOf('tags')),
    gte(lengthOf('tags'), param('most')),
  ];
  const most = defineParameter({ name: 'most', kind: 'integer', value: 3 });

  const words = fc.array(fc.constantFrom('a', 'b', '\u{1f600}'), { maxLength: 4, size: 'max' });
  const money = fc.constantFrom('1', '1.5', '1.50', '10', '-2');
  const numbers = fc.integer({ min: 0, max: 3 });
  const inputs = fc.record(
    {
      tags: words,
      stops: fc.array(
        fc.constantFrom(5, 6).map((ms) => new Date(ms)),
        { maxLength: 3 },
      ),
      paid: money,
      price: money,
      weight: fc.oneof(numbers, fc.constant(1.5)),
      pieces: numbers,
      note: fc.oneof(
        words.map((some) => some.join('')),
        fc.constantFrom('1.5', 'urn:x', 'c'),
      ),
    },
    { requiredKeys: [] },
  );

  /** Whether a resolved condition holds for this data, by the oracle. */
  function holds(condition: Condition, data: Data): boolean {
    const seen = (operand: Operand): unknown =>
      'field' in operand ? partSeen(operand, data[operand.field]) : undefined;
    const { left, right, op } = condition;
    const name = 'field' in left ? left.field : '';
    const part = 'part' in left && left.part !== undefined;
    const items = { tags: 'string', stops: 'instant' } as const;
    const kind = part ? 'integer' : name in items ? 'list' : kinds[name]!;
    const value = right !== undefined && 'param' in right ? { value: 3 } : right;
    const other = value !== undefined && !('value' in value) ? seen(value) : undefined;
    return conditionHolds(
      {
        op,
        left,
        kind,
        ...(kind === 'list' ? { of: items[name as 'tags'] } : {}),
        ...(value === undefined ? {} : { right: value }),
      },
      seen(left),
      false,
      other,
    );
  }

  test('fire as the oracle says, alone and together', () => {
    const hooks = conditions.map((condition, index) => hook(`h-${index + 10}`, [condition]));
    const pairs = conditions.map((condition, index) =>
      hook(`p-${index + 10}`, [condition, conditions[(index * 7 + 5) % conditions.length]!]),
    );
    const snapshot = linked([most, ...hooks, ...pairs]);
    const bodies = snapshot.document.hooks;
    const seen = new Set<string>();
    fc.assert(
      fc.property(inputs, (input) => {
        const data = dataOf(input);
        const expected = bodies.flatMap(({ when }, index) =>
          when.every((condition) => holds(condition, data)) ? [index] : [],
        );
        for (const [index] of bodies.entries()) seen.add(`${index} ${expected.includes(index)}`);
        const { fired } = decided(snapshot, input);
        expect(fired).toEqual(expected);
      }),
      { numRuns: 1_500 },
    );
    for (const index of conditions.keys()) {
      expect([...seen]).toEqual(expect.arrayContaining([`${index} true`, `${index} false`]));
    }
  });

  test('more questions of one field than one column answers', () => {
    const letters = [...'abcdefghijklmno'];
    const snapshot = linked(
      letters.map((letter) => hook(`h-${letter}`, [includes('tags', letter)])),
    );
    for (const tags of [['c'], ['a', 'g', 'h'], ['o', 'n', 'a', 'x'], []]) {
      const expected = letters.flatMap((letter, index) => (tags.includes(letter) ? [index] : []));
      expect(decided(snapshot, { tags }).fired).toEqual(expected);
    }
  });
});

describe('guards', () => {
  const shipping = (data: object): Hook =>
    defineHook({
      name: 'ship',
      version: '1',
      on: Parcel,
      when: [],
      run: () => [action('ship', { target: 'x', ...data })],
    });
  const outcome = (deny: readonly ConditionDraft[], data: object, input: object = {}): string => {
    const guard = defineGuard({ name: 'g', on: Ship, deny });
    return decided(linked([Ship, guard, shipping(data)]), input).outcome;
  };
  const tags = ['a', 'b', 'a'];

  test.each<[string, ConditionDraft, object, object, string]>([
    ['a length', gt(lengthOf('tags'), 2), { tags }, {}, 'denied'],
    ['a length', gt(lengthOf('tags'), 3), { tags }, {}, 'acted'],
    ['a length of the target', gt(lengthOf('target'), 1), {}, {}, 'acted'],
    ['a count', gte(countOf('tags', 'a'), 2), { tags }, {}, 'denied'],
    ['an item', includes('tags', 'c'), { tags }, {}, 'acted'],
    ['unique', unique('tags'), { tags }, {}, 'acted'],
    ['a pattern', matches('target', '^x$'), {}, {}, 'denied'],
    [
      'two fields of the action',
      gt('pieces', field('spare')),
      { pieces: 2, spare: 1 },
      {},
      'denied',
    ],
    [
      'two fields of the action',
      gt('pieces', field('spare')),
      { pieces: 1, spare: 1 },
      {},
      'acted',
    ],
    ['the observation', gt('pieces', observed('pieces')), { pieces: 2 }, { pieces: 1 }, 'denied'],
    ['the observation', gt('pieces', observed('pieces')), { pieces: 1 }, { pieces: 1 }, 'acted'],
    [
      'both lists',
      neq(lengthOf('tags'), lengthOf(observed('tags'))),
      { tags },
      { tags: ['x', 'y', 'z'] },
      'acted',
    ],
  ])('%s: %j', (_, condition, data, input, expected) => {
    expect(outcome([condition], data, input)).toBe(expected);
  });

  test.each<[string, ConditionDraft]>([
    ['a length', gt(lengthOf('tags'), 2)],
    ['a count', gte(countOf('tags', 'a'), 2)],
    ['an item', includes('tags', 'c')],
    ['unique', unique('tags')],
    ['a datatype', datatype('pieces', 'string')],
    ['a comparison', lt('pieces', field('spare'))],
    ['the right side', lt('pieces', observed('pieces'))],
  ])('what cannot be read denies: %s', (_, condition) => {
    expect(outcome([condition], {})).toBe('denied');
    expect(outcome([condition], { pieces: 1 }, {})).toBe(
      condition.op === 'datatype' ? 'acted' : 'denied',
    );
  });

  test('undeclared actions bring lists of anything: what is foreign denies', () => {
    const guards = [
      gt(lengthOf('tags'), 2),
      gte(countOf('tags', 'a'), 2),
      includes('tags', 'c'),
      unique('tags'),
    ].map((condition) => defineGuard({ name: 'g', on: '*', deny: [condition] }));
    for (const guard of guards) {
      for (const value of ['x', 5, true, null, {}]) {
        const loose = defineHook({
          name: 'loose',
          version: '1',
          on: Parcel,
          when: [],
          run: () => [action('other', { target: 'x', tags: value })],
        });
        const { outcome: result } = decided(linked([Ship, guard, loose]), {});
        const text = guard.when[0]!.op === 'gt' && typeof value === 'string';
        expect([guard.when, value, result]).toEqual([guard.when, value, text ? 'acted' : 'denied']);
      }
    }
    const mixed = defineHook({
      name: 'mixed',
      version: '1',
      on: Parcel,
      when: [],
      run: () => [action('other', { target: 'x', tags: ['a', 5] })],
    });
    const noC = defineGuard({ name: 'g', on: '*', deny: [includes('tags', 'c')] });
    expect(decided(linked([Ship, noC, mixed]), {}).outcome).toBe('denied');
  });

  mistakes('KNHK_TERMS_CONDITION', [
    [
      () =>
        linked([
          Ship,
          defineAction('send', { fields: { tags: list(integer()) } }),
          defineGuard({ name: 'g', on: ['ship', 'send'], deny: [unique('tags')] }),
        ]),
      'guard g, tags',
      'one kind',
      'list of integer,list of string',
    ],
    [
      () => linked([Ship, defineGuard({ name: 'g', on: Ship, deny: [eq('tags', 'a')] })]),
      'guard g, action tags',
      'lengthOf(), countOf(), includes(), unique(), present(), absent() of a list',
      'eq',
    ],
    [
      () =>
        linked([Ship, defineGuard({ name: 'g', on: Ship, deny: [gt('pieces', field('none'))] })]),
      'guard g, action pieces',
      'something this rule can read',
      'action none',
    ],
  ]);
});

describe('templates', () => {
  test('copy a list whole, instants as text, and leave an absent one out', () => {
    const act = { target: 'x', data: { tags: { field: 'tags' }, stops: { field: 'stops' } } };
    const snapshot = linked([
      Ship,
      defineHook({ name: 'h', on: Parcel, when: [], act: { type: 'ship', ...act } }),
    ]);
    const { actions } = decided(snapshot, { tags: ['a', 'a'], stops: [new Date(5)] });
    expect(actions[0]?.data).toEqual({ tags: ['a', 'a'], stops: ['1970-01-01T00:00:00.005Z'] });
    expect(decided(snapshot, { stops: [] }).actions[0]?.data).toEqual({ stops: [] });
  });
});

describe('windows', () => {
  const window = (more: object) =>
    defineWindow({
      name: 'w',
      on: parcelType,
      key: 'depot',
      perMs: 60,
      count: true,
      ...more,
    } as never);

  test('count where two fields and parts of them say so', () => {
    const { spec } = window({
      where: [lt('paid', field('price')), gte(lengthOf('tags'), 1), includes('stops', new Date(5))],
    });
    const state = new WindowState(spec, parcelType.fields);
    const stops = [new Date(5)];
    const counted = { paid: '1', price: '1.5', tags: ['a'], stops };
    const parcels = [
      counted,
      { ...counted, paid: '1.5' },
      { ...counted, tags: [] },
      { ...counted, stops: [] },
      { ...counted, price: undefined },
      counted,
    ];
    for (const input of parcels) state.advance(dataOf(input), 0);
    expect(state.read('FRA', 0)).toBe(2);
  });

  test('a list compared with a run of observations', () => {
    const { spec } = window({
      perMs: undefined,
      count: undefined,
      consecutive: gt('pieces', lengthOf('tags')),
    });
    const state = new WindowState(spec, parcelType.fields);
    const read = [2, 3, 1, 2].map((pieces) => {
      state.advance(dataOf({ pieces, tags: ['a'] }), 0);
      return state.read('FRA', 0);
    });
    expect(read).toEqual([1, 2, 0, 1]);
  });

  mistakes('KNHK_RULES_WINDOW', [
    [() => window({ key: 'tags' }), 'window w, key', 'a field that is no list', 'tags'],
    [
      () => window({ count: undefined, distinct: 'tags' }),
      'window w',
      'a field that is no list',
      'tags (list)',
    ],
    [
      () => window({ count: undefined, sum: 'tags' }),
      'window w',
      'an integer or number field',
      'tags (list)',
    ],
  ]);
});

describe('explain', () => {
  test('names parts and the other side with the values seen', () => {
    const snapshot = linked([
      hook('a-length', [gt(lengthOf('tags'), 2)]),
      hook('b-fields', [lt('paid', field('price'))]),
      hook('c-list', [includes('tags', 'z')]),
      hook('d-absent', [eq('weight', field('pieces'))]),
    ]);
    const plan = snapshot.plans.get(Parcel.type)!;
    const input = { ...base, tags: ['a', 'b'], paid: '2', price: '1.5', weight: 1 };
    const explained = explain(snapshot, plan, stateOf(snapshot), input, { at: 0 });
    const { hooks } = explained as Exclude<Explanation, { readonly outcome: 'invalid' }>;
    expect(hooks.map(({ firstFalse }) => firstFalse)).toEqual([
      { left: 'field tags, length', op: 'gt', seen: 2, wanted: 2 },
      { left: 'field paid', op: 'lt', seen: '2', wanted: '1.5', right: 'field price' },
      { left: 'field tags', op: 'includes', seen: ['a', 'b'], wanted: 'z' },
      { left: 'field weight', op: 'eq', seen: 1, wanted: undefined, right: 'field pieces' },
    ]);
  });
});
