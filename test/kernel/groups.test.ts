import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupAbove } from '../../src/kernel/access.ts';
import { type BoundCondition, compileProgram, type Lane } from '../../src/kernel/program.ts';
import type { Scalar } from '../../src/terms/scalars.ts';
import {
  agreeing,
  Choices,
  depthOf,
  expectedOf,
  fieldsSeen,
  hookLane,
  nodesOf,
  on,
  type Seen,
} from './lanes.ts';

/** Fields with their values: what lanes name, and in every second case what they do not. */
const keys: { readonly [field: string]: (choices: Choices, spread: number) => Scalar } = {
  text: (choices, spread) => `t${choices.below(spread)}`,
  count: (choices, spread) => choices.below(spread) - 2,
  level: (choices, spread) => choices.below(spread) / 4,
  colour: (choices, spread) => `colour ${choices.below(Math.min(spread, 40))}`,
  flag: (choices) => choices.chance(50),
};
const kindOf = {
  text: 'string',
  count: 'integer',
  level: 'number',
  colour: 'oneOf',
  flag: 'boolean',
} as const;
const fields = Object.keys(kindOf) as (keyof typeof kindOf)[];

function equality(choices: Choices, spread: number): BoundCondition {
  const field = choices.one(fields);
  const value = (): Scalar => keys[field]!(choices, spread);
  if (choices.chance(70)) return on(field, kindOf[field], 'eq', value());
  return on(field, kindOf[field], 'in', Array.from({ length: choices.below(12) }, value));
}

function other(choices: Choices): BoundCondition {
  const one = choices.below(5);
  if (one === 0) return on('amount', 'integer', 'gte', choices.below(10));
  if (one === 1) return on('amount', 'integer', 'lt', choices.below(10));
  if (one === 2) return on('price', 'decimal', 'eq', '1.5');
  return on('text', 'string', one === 3 ? 'neq' : 'present', ...(one === 3 ? ['t1'] : []));
}

function groupedLane(choices: Choices, spread: number): Lane {
  const equalities = Array.from({ length: choices.below(4) }, () => equality(choices, spread));
  const others = Array.from({ length: choices.below(2) }, () => other(choices));
  return { conditions: [...equalities, ...others], absentHolds: choices.chance(5) };
}

function record(choices: Choices, spread: number): Seen {
  const values = fields.map((field): [string, unknown] => {
    const odd = choices.below(100);
    if (odd < 8) return [field, undefined];
    if (odd < 16) return [field, choices.one([null, [], {}, true, 3, 't3'])];
    // Beyond the spread no lane names the value.
    return [field, keys[field]!(choices, spread + 4)];
  });
  const more = { amount: choices.below(12), price: choices.one(['1.5', '1.6']) };
  return fieldsSeen({ ...Object.fromEntries(values), ...more });
}

test('lanes with equalities, by groups, against the oracle', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: groupAbove + 1, max: 900 }),
      fc.constantFrom(1, 3, 20, 400),
      (seed, count, spread) => {
        const choices = new Choices(seed);
        const lanes = Array.from({ length: count }, () => groupedLane(choices, spread));
        const rounds = Array.from({ length: 6 }, () => record(choices, spread));
        const { root, columns } = agreeing(lanes, rounds);
        for (const { groups } of nodesOf(root)) {
          expect(groups.length).toBeLessThanOrEqual(4);
          for (const { column } of groups) seen.add(columns[column]!.kind);
        }
        for (const given of rounds) if (expectedOf(lanes, given).length > 0) seen.add('fires');
      },
    ),
    { numRuns: 40 },
  );
  expect([...seen].sort()).toEqual(['boolean', 'fires', 'integer', 'number', 'oneOf', 'string']);
});

describe('nested groups', () => {
  // A thousand lanes of one key: its group is cut again, by the next equality.
  const lanes = Array.from({ length: 3_000 }, (_, n) =>
    hookLane(
      on('area', 'string', 'eq', n < 1_000 ? 'hub' : `area ${n}`),
      on('gate', 'integer', 'eq', n % 3),
      on('level', 'number', 'gte', n),
    ),
  );
  const rounds = ['hub', 'area 1500', 'none', undefined, 7].flatMap((area) =>
    [0, 1, 2, 3, undefined, 'x'].map((gate) => fieldsSeen({ area, gate, level: 2_000 })),
  );

  test('are answered as one list of lanes is', () => {
    const { root } = agreeing(lanes, rounds);
    expect(depthOf(root)).toBe(2);
  });

  test('a lane that contradicts its group is in it, and never fires', () => {
    const never = lanes.map(({ conditions }) =>
      hookLane(...conditions, on('area', 'string', 'neq', 'hub')),
    );
    agreeing([...never, ...lanes], rounds);
  });

  test('lanes that take several values do not multiply through the levels', () => {
    const choices = new Choices(3);
    const values = (): number[] => choices.shuffled([...Array(20).keys()]).slice(0, 8);
    const names = ['a', 'b', 'c'];
    const many = Array.from({ length: 3_000 }, () =>
      hookLane(...names.map((name) => on(name, 'integer', 'in', values()))),
    );
    const program = agreeing(
      many,
      Array.from({ length: 8 }, () =>
        fieldsSeen(Object.fromEntries(names.map((name) => [name, choices.below(21)]))),
      ),
    );
    const compiled = nodesOf(program.root).flatMap(({ blocks, wides }) => [...blocks, ...wides]);
    const copies = compiled.reduce((sum, { lanes: own }) => sum + own.length, 0);
    expect(copies).toBeGreaterThan(many.length);
    expect(copies).toBeLessThanOrEqual(8 * many.length);
  });
});

describe('what groups take', () => {
  const same = (count: number, lane: (n: number) => Lane): Lane[] =>
    Array.from({ length: count }, (_, n) => lane(n));

  test('256 lanes stand in blocks, 257 in groups', () => {
    const lane = (n: number): Lane => hookLane(on('key', 'integer', 'eq', n));
    expect(compileProgram(same(groupAbove, lane)).root.groups).toEqual([]);
    const { root } = compileProgram(same(groupAbove + 1, lane));
    expect([root.blocks.length, root.groups[0]!.nodes.size]).toEqual([0, groupAbove + 1]);
  });

  test.each<[string, (n: number) => Lane]>([
    [
      'guards, which also match what is absent',
      (n) => ({ conditions: [on('key', 'integer', 'eq', n)], absentHolds: true }),
    ],
    ['decimals, whose places are no classes', (n) => hookLane(on('key', 'decimal', 'eq', `${n}`))],
    ['instants', (n) => hookLane(on('key', 'instant', 'eq', new Date(n).toISOString()))],
    [
      'sets of more than eight values',
      (n) =>
        hookLane(
          on(
            'key',
            'integer',
            'in',
            [...Array(9).keys()].map((m) => 9 * n + m),
          ),
        ),
    ],
    ['differences', (n) => hookLane(on('key', 'integer', 'neq', n))],
    [
      'two operands',
      (n) =>
        hookLane(
          { ...on('key', 'integer', 'eq'), right: { field: 'other' } },
          on('more', 'integer', 'gte', n),
        ),
    ],
    [
      'a value that most lanes share',
      (n) => hookLane(on('key', 'integer', 'eq', 1), on('more', 'integer', 'gte', n)),
    ],
  ])('not %s', (_, lane) => {
    const lanes = same(300, lane);
    const rounds = [0, 1, 5, 299, undefined, 'x'].flatMap((key) =>
      [key, 3].map((other) => fieldsSeen({ key, other, more: 7 })),
    );
    const text = lanes[0]!.conditions[0]!.kind === 'decimal';
    const given = text
      ? ['0', '1', '299', '300', undefined].map((key) => fieldsSeen({ key }))
      : rounds;
    expect(agreeing(lanes, given).root.groups).toEqual([]);
  });

  test('eight values, empty sets, repeated values and values that no lane shares', () => {
    const lanes = [
      ...same(300, (n) => hookLane(on('key', 'integer', 'in', [n, n, n + 1]))),
      hookLane(on('key', 'integer', 'in', [])),
      hookLane(on('key', 'integer', 'in', [1, 2, 3, 4, 5, 6, 7, 8])),
      hookLane(on('key', 'integer', 'eq', 5), on('key', 'integer', 'eq', 6)),
      hookLane(on('key', 'integer', 'eq', 5), on('key', 'integer', 'in', [5, 6])),
    ];
    const { root } = agreeing(
      lanes,
      [-1, 0, 1, 5, 6, 8, 300, 301, 5.5, -0, undefined, '5', null].map((key) =>
        fieldsSeen({ key }),
      ),
    );
    expect(root.blocks).toEqual([]);
  });

  test('at most four columns, those with the most values', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const lanes = names.flatMap((name, index) =>
      same(60 + index, (n) => hookLane(on(name, 'integer', 'eq', n))),
    );
    const rounds = [0, 30, 61, 99].map((n) =>
      fieldsSeen(Object.fromEntries(names.map((name) => [name, n]))),
    );
    const { root, columns } = agreeing(lanes, rounds);
    expect(root.groups.map(({ column }) => columns[column]!.key).sort()).toEqual(
      ['c', 'd', 'e', 'f'].map((name) => `field ${name}`),
    );
  });
});
