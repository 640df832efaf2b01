import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absentClass,
  type BoundCondition,
  classOf,
  columnKeys,
  columnOf,
  predicatesPerColumn,
  testOn,
} from '../../src/kernel/column.ts';
import type { Operand, Operator } from '../../src/terms/conditions.ts';
import { type FieldKind, isOrdered } from '../../src/terms/fields.ts';
import type { Scalar } from '../../src/terms/scalars.ts';
import { foreignTo, inputOf, kinds, scalarOf } from '../support/values.ts';
import { conditionHolds } from './oracle.ts';

const left: Operand = { field: 'left' };
const right: Operand = { field: 'right' };
const datatypes = ['integer', 'decimal', 'number', 'boolean', 'string', 'iri', 'instant'];
const patterns = ['^a', 'a|1', '.', '', '^https:', '[A-Z]', '\\d$', '\u{1f600}'];

/** What a condition sees: of its kind, absent, or of a kind that its field cannot hold. */
interface Seen {
  readonly value: unknown;
  readonly other: unknown;
}

const listOf = (kind: FieldKind): fc.Arbitrary<Scalar[]> =>
  fc.array(scalarOf(kind), { maxLength: 4, size: 'max' });

function comparisons(kind: FieldKind): fc.Arbitrary<BoundCondition> {
  const ordered: readonly Operator[] = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte'];
  const operators = isOrdered(kind) ? ordered : ordered.slice(0, 2);
  return fc.constantFrom(...operators).map((op) => ({ op, left, kind, right }));
}

function questions(kind: FieldKind): fc.Arbitrary<BoundCondition> {
  const asked = fc
    .constantFrom(...datatypes)
    .map((value): BoundCondition => ({ op: 'datatype', left, kind, right: { value } }));
  const text = kind === 'string' || kind === 'iri' || kind === 'oneOf';
  const matched = fc
    .constantFrom(...patterns)
    .map((value): BoundCondition => ({ op: 'matches', left, kind, right: { value } }));
  return text ? fc.oneof(asked, matched) : asked;
}

function onLists(of: FieldKind): fc.Arbitrary<BoundCondition> {
  const base = { left, kind: 'list', of } as const;
  return fc.oneof(
    fc.constantFrom('unique' as const, 'present' as const, 'absent' as const).map((op) => ({
      op,
      ...base,
    })),
    scalarOf(of).map((value) => ({
      op: 'includes' as const,
      ...base,
      right: { value: inputOf(of, value) },
    })),
  );
}

/** A list whose items its field cannot hold: only undeclared action data can bring one. */
const foreignList = (of: FieldKind): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom<unknown>(null, 'x', 1, {}),
    foreignTo(of).map((item) => [item]),
  );

interface Family {
  readonly name: string;
  readonly condition: fc.Arbitrary<BoundCondition>;
  readonly own: fc.Arbitrary<unknown>;
  readonly foreign: fc.Arbitrary<unknown>;
}

const families: readonly Family[] = kinds.flatMap((kind): Family[] => [
  {
    name: `${kind} compared with another field`,
    condition: comparisons(kind),
    own: scalarOf(kind),
    foreign: foreignTo(kind),
  },
  {
    name: `questions about ${kind}`,
    condition: questions(kind),
    own: scalarOf(kind),
    foreign: foreignTo(kind),
  },
  {
    name: `lists of ${kind}`,
    condition: onLists(kind),
    own: listOf(kind),
    foreign: foreignList(kind),
  },
]);

const seenOf = ({ own, foreign }: Family): fc.Arbitrary<Seen> => {
  const side = fc.oneof(
    { weight: 8, arbitrary: own },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: foreign },
  );
  return fc.record({ value: side, other: side });
};

/** The columns of some conditions, each with the answers that the classes give. */
function columnsOf(conditions: readonly BoundCondition[]) {
  const keyOf = columnKeys();
  const byKey = new Map<string, BoundCondition[]>();
  for (const condition of conditions) {
    const key = keyOf(condition);
    byKey.set(key, [...(byKey.get(key) ?? []), condition]);
  }
  return [...byKey].map(([key, own]) => ({ own, column: columnOf(key, own) }));
}

describe('classes against the oracle', () => {
  test.each(families)('$name', (family) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(family.condition, { minLength: 1, maxLength: 12 }),
        fc.array(seenOf(family), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (conditions, values, absentHolds) => {
          for (const { own, column } of columnsOf(conditions)) {
            for (const { value, other } of values) {
              const cls = classOf(column, value, other);
              expect(cls).toBeGreaterThanOrEqual(absentClass);
              expect(cls).toBeLessThan(column.classCount);
              for (const condition of own) {
                const expected = conditionHolds(condition, value, absentHolds, other);
                seen.add(`${condition.op} ${expected}`);
                expect(testOn(column, condition, absentHolds)(cls)).toBe(expected);
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
    // Each operator was seen to hold and not to hold.
    const operators = new Set([...seen].map((text) => text.split(' ')[0]));
    for (const op of operators) {
      expect([...seen]).toEqual(expect.arrayContaining([`${op} true`, `${op} false`]));
    }
    expect(operators.size).toBeGreaterThan(0);
  });

  test('integers and numbers compare with each other', () => {
    const condition: BoundCondition = { op: 'lt', left, kind: 'integer', right };
    const column = columnOf('k', [condition]);
    const holds = testOn(column, condition, false);
    expect(holds(classOf(column, 1, 1.5))).toBe(true);
    expect(holds(classOf(column, 2, 1.5))).toBe(false);
    expect(holds(classOf(column, -1e308, 1e308))).toBe(true);
    expect([classOf(column, 1), classOf(column, undefined, 1)]).toEqual([absentClass, absentClass]);
  });

  test('decimals of two fields are compared exactly', () => {
    const digits = fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n });
    fc.assert(
      fc.property(digits, fc.bigInt({ min: -2n, max: 2n }), (one, step) => {
        const two = one + step;
        for (const op of ['eq', 'neq', 'lt', 'lte', 'gt', 'gte'] as const) {
          const condition: BoundCondition = { op, left, kind: 'decimal', right };
          const column = columnOf('k', [condition]);
          const holds = testOn(column, condition, false)(classOf(column, `${one}`, `${two}`));
          expect(holds).toBe(
            { eq: one === two, neq: one !== two, lt: one < two, lte: one <= two }[op as 'eq'] ??
              (op === 'gt' ? one > two : one >= two),
          );
        }
      }),
    );
  });
});

describe('keys', () => {
  const asked = (value: string): BoundCondition => ({
    op: 'matches',
    left,
    kind: 'string',
    right: { value },
  });

  test('beyond six questions an operand has another column; a question stays where it was', () => {
    const keyOf = columnKeys();
    const sources = Array.from({ length: 2 * predicatesPerColumn + 1 }, (_, index) => `a${index}`);
    const keys = sources.map((source) => keyOf(asked(source)));
    expect(new Set(keys).size).toBe(3);
    expect(new Set(keys.slice(0, predicatesPerColumn)).size).toBe(1);
    expect(sources.map((source) => keyOf(asked(source)))).toEqual(keys);
    const column = columnOf('k', sources.slice(0, predicatesPerColumn).map(asked));
    expect(column.classCount).toBe(2 + 64);
    expect(() => columnOf('k', sources.slice(0, predicatesPerColumn + 1).map(asked))).toThrow(
      'KNHK_TERMS_CONDITION',
    );
  });

  test('an equal question is the same one', () => {
    const column = columnOf('k', [asked('^a'), asked('^a'), asked('b')]);
    expect(column.predicates.map(({ name }) => name)).toEqual(['matches "^a"', 'matches "b"']);
  });

  test('parts, questions and comparisons are columns of their own', () => {
    const keyOf = columnKeys();
    const list = { kind: 'list', of: 'string' } as const;
    const counted = (count: Scalar): BoundCondition => ({
      op: 'gt',
      left: { field: 'left', part: { count } },
      kind: 'integer',
      right: { value: 1 },
    });
    const keys = [
      keyOf({ op: 'present', left, ...list }),
      keyOf({ op: 'unique', left, ...list }),
      keyOf({ op: 'eq', left: { field: 'left', part: 'length' }, kind: 'integer', right }),
      keyOf({ ...counted(1), left: { field: 'left', part: 'length' } }),
      keyOf(counted('1')),
      keyOf(counted(1)),
      keyOf({ ...counted(1), left: { action: 'left', part: { count: 1 } } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOf({ ...counted(1), op: 'eq' })).toBe(keys[5]);
  });

  test.each([
    ['kinds', { op: 'present', left, kind: 'integer' }, { op: 'present', left, kind: 'string' }],
    [
      'kinds of items',
      { op: 'unique', left, kind: 'list', of: 'integer' },
      { op: 'unique', left, kind: 'list', of: 'string' },
    ],
  ] as const)('one column has one kind: %s', (_, one, two) => {
    expect(() => columnOf('k', [one, two])).toThrow('KNHK_TERMS_CONDITION');
  });
});
