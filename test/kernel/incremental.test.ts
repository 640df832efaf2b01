import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BoundCondition,
  compileProgram,
  type Lane,
  type Program,
} from '../../src/kernel/program.ts';
import {
  agreeing,
  axes,
  Choices,
  conditionOn,
  expectedOf,
  fieldsSeen,
  hookLane,
  laneOn,
  literalOf,
  nodesOf,
  on,
  type Seen,
  seenBy,
} from './lanes.ts';

type Edit = (lanes: readonly Lane[], choices: Choices, hot: Seen) => readonly Lane[];

const replaced = <Item>(items: readonly Item[], index: number, item: Item): Item[] =>
  items.map((old, at) => (at === index ? item : old));

/** Another value on the right side, as a promoted parameter brings it. */
function otherValue(condition: BoundCondition, choices: Choices): BoundCondition {
  const { right, left, kind, of } = condition;
  if (right === undefined || !('value' in right)) return condition;
  const axis = { operand: left, kind, ...(of === undefined ? {} : { of }) };
  const other = conditionOn(axis, choices);
  return other.op === condition.op ? other : { ...condition, ...newText(condition, choices) };
}

/** A value that no pool has: columns of text have to take new ones in. */
function newText({ kind, op }: BoundCondition, choices: Choices): Partial<BoundCondition> {
  const text = kind === 'string' && (op === 'eq' || op === 'neq');
  const decimal = kind === 'decimal' && op !== 'in' && op !== 'between';
  if (text) return { right: { value: `new ${choices.below(1_000)}` } };
  if (decimal) return { right: { value: literalOf(kind, `${choices.below(90) + 1}.5`) } };
  return {};
}

const edits: { readonly [name: string]: Edit } = {
  parameter: (lanes, choices) => {
    const index = choices.below(lanes.length);
    const lane = lanes[index]!;
    const conditions = lane.conditions.map((condition) => otherValue(condition, choices));
    return replaced(lanes, index, { ...lane, conditions });
  },
  added: (lanes, choices, hot) => {
    const at = choices.below(lanes.length + 1);
    return [...lanes.slice(0, at), laneOn(choices, hot, 3), ...lanes.slice(at)];
  },
  'added by a text': (lanes, choices) => [
    hookLane(on('string', 'string', choices.one(['eq', 'neq']), `new ${choices.below(1_000)}`)),
    ...lanes,
  ],
  removed: (lanes, choices) => {
    const out = choices.below(lanes.length);
    return lanes.filter((_, index) => index !== out);
  },
  'half removed': (lanes, choices) => lanes.filter(() => choices.chance(50)),
  reordered: (lanes, choices) => choices.shuffled(lanes),
  repeated: (lanes, choices) => [...lanes, choices.one(lanes)],
  nothing: (lanes) => lanes,
};

/** Applies five edits; compiles each time from the program of before. */
function chain(seed: number, first: (choices: Choices, hot: Seen) => Lane[]): Set<string> {
  const choices = new Choices(seed);
  const rounds = Array.from({ length: 3 }, () => seenBy(choices));
  let lanes: readonly Lane[] = first(choices, rounds[0]!);
  let program = agreeing(lanes, rounds);
  const done = new Set<string>();
  for (let step = 0; step < 5; step++) {
    const name = choices.one(Object.keys(edits));
    if (lanes.length === 0) break;
    lanes = edits[name]!(lanes, choices, rounds[0]!);
    done.add(name);
    const strings = lanes.flatMap(({ conditions }) =>
      conditions.flatMap(({ right }) =>
        right !== undefined && 'value' in right && typeof right.value === 'string'
          ? [right.value]
          : [],
      ),
    );
    const text = strings.length === 0 ? 'x' : choices.one(strings);
    const more = new Map([...rounds[1]!, ...fieldsSeen({ string: text, oneOf: 'green' })]);
    // Equal to a fresh compilation, for both equal the oracle.
    program = agreeing(lanes, [...rounds, more], program);
    expect(compileProgram(lanes).owners).toEqual(program.owners);
    if (expectedOf(lanes, more).length > 0) done.add('fires');
  }
  return done;
}

describe('compiled again from what was, five times', () => {
  test.each([
    ['a few lanes of everything', 40, 4, axes.length],
    ['many lanes of few operands', 400, 2, 4],
  ])('%s', (_, count, longest, operands) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: count }), (seed, lanes) => {
        const done = chain(seed, (choices, hot) => {
          const read = choices.shuffled(axes).slice(0, operands);
          return Array.from({ length: lanes }, () => laneOn(choices, hot, longest, read));
        });
        for (const name of done) seen.add(name);
      }),
      { numRuns: 60 },
    );
    expect([...seen].sort()).toEqual([...Object.keys(edits), 'fires'].sort());
  });

  test('questions about one text, asked in another order', () => {
    const patterns = ['^a', 'b', '.', 'a|1', 'b$', '^', 'c', 'ab', 'x'];
    const rounds = ['a', 'ab', 'xb', '1', '', 'c', undefined].map((t) => fieldsSeen({ t }));
    fc.assert(
      fc.property(
        fc.array(fc.shuffledSubarray(patterns, { minLength: 1 }), { minLength: 2, maxLength: 5 }),
        (orders) => {
          let before: Program | undefined;
          for (const order of orders) {
            const lanes = order.map((value) => hookLane(on('t', 'string', 'matches', value)));
            before = agreeing(lanes, rounds, before);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a field that becomes one of another kind', () => {
    const as = (kind: 'string' | 'oneOf' | 'integer', value: string | number): Program =>
      compileProgram([hookLane(on('t', kind, 'eq', value)), hookLane(on('t', kind, 'present'))]);
    const lanes = [hookLane(on('t', 'oneOf', 'eq', 'a')), hookLane(on('t', 'oneOf', 'neq', 'b'))];
    const rounds = ['a', 'b', 'c', 1, undefined].map((t) => fieldsSeen({ t }));
    agreeing(lanes, rounds, as('string', 'a'));
    agreeing(lanes, rounds, as('integer', 1));
    agreeing(lanes, rounds, as('oneOf', 'z'));
  });
});

describe('what is taken over', () => {
  const keyed = (n: number, limit: number): Lane =>
    hookLane(on('key', 'string', 'eq', `k${n % 40}`), on('n', 'integer', 'gte', limit));
  const lanes = Array.from({ length: 400 }, (_, n) => keyed(n, n));
  const rounds = ['k0', 'k7', 'k39', 'none', undefined].flatMap((key) =>
    [-1, 7, 207, 1_000].map((n) => fieldsSeen({ key, n })),
  );
  const blocks = ({ root }: Program) => nodesOf(root).flatMap(({ blocks: own }) => own);

  test('one lane of a group changed: the blocks of all other groups', () => {
    const before = agreeing(lanes, rounds);
    const after = agreeing(replaced(lanes, 7, keyed(7, 500)), rounds, before);
    const known = new Set(blocks(before).map(({ columns }) => columns));
    const made = blocks(after).filter(({ columns }) => !known.has(columns));
    expect([blocks(after).length, made.length]).toEqual([40, 1]);
  });

  test('a new key: its own group alone is made', () => {
    const before = agreeing(lanes, rounds);
    const more = [
      hookLane(on('key', 'string', 'eq', 'new'), on('n', 'integer', 'lt', 9)),
      ...lanes,
    ];
    const after = agreeing(more, [...rounds, fieldsSeen({ key: 'new', n: 3 })], before);
    const known = new Set(blocks(before).map(({ columns }) => columns));
    expect(blocks(after).filter(({ columns }) => !known.has(columns))).toHaveLength(1);
  });

  test('nothing changed: everything; order changed: everything it can', () => {
    const few = lanes.slice(0, 9);
    const before = agreeing(few, rounds);
    expect(agreeing(few, rounds, before).root.blocks[0]!.columns).toBe(
      before.root.blocks[0]!.columns,
    );
    agreeing([...few].reverse(), rounds, before);
  });

  test('a new column in front moves the others: nothing is taken over', () => {
    const before = agreeing(lanes, rounds);
    const moved = lanes.map(({ conditions }) =>
      hookLane(on('a', 'integer', 'gte', 0), ...conditions),
    );
    agreeing(
      moved,
      rounds.map((seen) => new Map([...seen, ...fieldsSeen({ a: 1 })])),
      before,
    );
  });
});

describe('a group whose lanes did not change, where the classes that it reads moved', () => {
  const records = (field: string, values: readonly unknown[]): Seen[] =>
    values.flatMap((value) =>
      ['k0', 'k1', 'k2', 'new'].map((key) => fieldsSeen({ key, [field]: value })),
    );

  test.each<[string, string, (n: number) => BoundCondition, BoundCondition, readonly unknown[]]>([
    [
      'questions: another one is asked first',
      't',
      (n) => on('t', 'string', 'matches', ['^a', 'b', 'c$'][n % 3]!),
      on('t', 'string', 'matches', '^z'),
      ['a', 'b', 'c', 'z', 'ab', 'zc', ''],
    ],
    [
      'decimals: one lies below all others',
      'd',
      (n) => on('d', 'decimal', 'gte', `${n % 7}`),
      on('d', 'decimal', 'lt', '-5'),
      ['-6', '-5', '0', '0.5', '3', '7'],
    ],
    [
      'texts: others stand in front',
      't',
      (n) => on('t', 'string', 'neq', `t${n % 3}`),
      on('t', 'string', 'eq', 'first'),
      ['t0', 't1', 't2', 'first', 'none'],
    ],
  ])('%s', (_, field, condition, other, values) => {
    const lanes = Array.from({ length: 400 }, (__, n) =>
      hookLane(on('key', 'string', 'eq', `k${n % 30}`), condition(n), on('n', 'integer', 'lt', n)),
    );
    const added = hookLane(on('key', 'string', 'eq', 'new'), other);
    const rounds = records(field, values).map(
      (seen) => new Map([...seen, ...fieldsSeen({ n: -1 })]),
    );
    const before = agreeing(lanes, rounds);
    const after = agreeing([added, ...lanes], rounds, before);
    agreeing(lanes, rounds, after);
  });

  test('equal lanes of two groups are told apart by the value that selected them', () => {
    const lanes = Array.from({ length: 400 }, (_, n) => {
      const pair = 2 * (n % 20);
      const both = on('key', 'integer', 'in', [pair, pair + 1]);
      return hookLane(
        both,
        on('key', 'integer', 'neq', pair + (n % 3 === 0 ? 0 : 5)),
        on('n', 'integer', 'lt', n),
      );
    });
    const rounds = [-1, 0, 1, 2, 3, 38, 39, 40].map((key) => fieldsSeen({ key, n: 3 }));
    const before = agreeing(lanes, rounds);
    expect(before.root.groups[0]!.nodes.size).toBe(40);
    agreeing(lanes, rounds, before);
  });
});
