import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BoundCondition, bind, compileProgram, type Lane } from '../../src/kernel/program.ts';
import { matchInto, setLanes } from '../../src/kernel/run.ts';
import type { Condition, Operand, Operator } from '../../src/terms/conditions.ts';
import { type FieldKind, isOrdered } from '../../src/terms/fields.ts';
import type { Scalar } from '../../src/terms/scalars.ts';
import { foreignTo, inputOf, kinds, scalarOf } from '../support/values.ts';
import { conditionHolds, lanesThatHold } from './oracle.ts';

const equality: readonly Operator[] = ['eq', 'neq', 'in', 'present', 'absent'];
const orders: readonly Operator[] = ['lt', 'lte', 'gt', 'gte', 'between'];

/** One operand of each shape and kind; its name fixes its kind. */
const operands: readonly { readonly operand: Operand; readonly kind: FieldKind }[] = [
  ...kinds.flatMap((kind) => [
    { operand: { field: kind }, kind },
    { operand: { action: kind }, kind },
  ]),
  { operand: { window: 'counted' }, kind: 'number' as const },
  { operand: { budget: 'spent' }, kind: 'boolean' as const },
];

function conditionOn(operand: Operand, kind: FieldKind): fc.Arbitrary<BoundCondition> {
  if ('budget' in operand) return fc.constant({ op: 'exceeds', left: operand, kind });
  const literal = scalarOf(kind).map((value) => inputOf(kind, value));
  const operators = isOrdered(kind) ? [...equality, ...orders] : equality;
  return fc.constantFrom(...operators).chain((op): fc.Arbitrary<BoundCondition> => {
    if (op === 'present' || op === 'absent') return fc.constant({ op, left: operand, kind });
    const value: fc.Arbitrary<Scalar | readonly Scalar[]> =
      op === 'between'
        ? fc.tuple(literal, literal)
        : op === 'in'
          ? fc.array(literal, { minLength: 1, maxLength: 5 })
          : literal;
    return value.map((right) => ({ op, left: operand, kind, right: { value: right } }));
  });
}

const anyCondition = fc
  .constantFrom(...operands)
  .chain(({ operand, kind }) => conditionOn(operand, kind));

const laneOf = (most: number): fc.Arbitrary<Lane> =>
  fc.record({
    conditions: fc.array(anyCondition, { maxLength: most }),
    absentHolds: fc.boolean(),
  });

const key = (operand: Operand): string => JSON.stringify(operand);

/** One value for each operand: of its kind, absent, or foreign. */
const anyValues = fc
  .tuple(
    ...operands.map(({ operand, kind }) =>
      fc
        .oneof(
          { weight: 6, arbitrary: scalarOf(kind) },
          { weight: 1, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: foreignTo(kind) },
        )
        .map((value): [string, unknown] => [key(operand), value]),
    ),
  )
  .map((entries) => new Map<string, unknown>(entries));

function fired(lanes: readonly Lane[], values: ReadonlyMap<string, unknown>): number[] {
  const program = compileProgram(lanes);
  const bits = new Int32Array(program.words);
  matchInto(program, (operand) => values.get(key(operand)), bits);
  return setLanes(bits);
}

describe('rows against the oracle', () => {
  test('one condition of one kind, each value of its pool', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyCondition, anyValues, fc.boolean(), (condition, values, absentHolds) => {
        const value = values.get(key(condition.left));
        const holds = conditionHolds(condition, value, absentHolds);
        seen.add(`${condition.kind} ${condition.op} ${holds}`);
        expect(fired([{ conditions: [condition], absentHolds }], values)).toEqual(holds ? [0] : []);
      }),
      { numRuns: 6_000 },
    );
    // Every operator of every kind was seen to hold and not to hold.
    for (const kind of kinds) {
      for (const op of isOrdered(kind) ? [...equality, ...orders] : equality) {
        expect([...seen]).toEqual(
          expect.arrayContaining([`${kind} ${op} true`, `${kind} ${op} false`]),
        );
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining(['boolean exceeds true']));
  });

  test('up to 100 lanes of up to 8 conditions', () => {
    let most = 0;
    fc.assert(
      fc.property(
        fc.array(laneOf(8), { minLength: 0, maxLength: 100, size: 'max' }),
        fc.array(anyValues, { minLength: 1, maxLength: 4 }),
        (lanes, rounds) => {
          most = Math.max(most, lanes.length);
          for (const values of rounds) {
            const expected = lanesThatHold(lanes, ({ left }) => values.get(key(left)));
            expect(fired(lanes, values)).toEqual(expected);
          }
        },
      ),
      { numRuns: 250 },
    );
    expect(most).toBeGreaterThan(64);
  });

  test('many short lanes, so that several words have bits', () => {
    let beyond = 0;
    fc.assert(
      fc.property(
        fc.array(laneOf(2), { minLength: 33, maxLength: 80, size: 'max' }),
        anyValues,
        (lanes, values) => {
          const expected = lanesThatHold(lanes, ({ left }) => values.get(key(left)));
          if (expected.some((lane) => lane >= 32)) beyond++;
          expect(fired(lanes, values)).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
    expect(beyond).toBeGreaterThan(50);
  });

  test('columns of more than eight thresholds search by halves', () => {
    const thresholds = fc.uniqueArray(fc.integer({ min: -60, max: 60 }), {
      minLength: 9,
      maxLength: 60,
    });
    fc.assert(
      fc.property(thresholds, fc.integer({ min: -62, max: 62 }), (cuts, half) => {
        const left = { field: 'number' };
        const lanes = cuts.map((value, index): Lane => {
          const op = orders[index % 4] as Operator;
          const condition = { op, left, kind: 'number', right: { value } } as const;
          return { conditions: [condition], absentHolds: false };
        });
        for (const value of [half, half + 0.5]) {
          const expected = lanesThatHold(lanes, () => value);
          expect(fired(lanes, new Map([[key(left), value]]))).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('many decimal thresholds are compared exactly', () => {
    const digits = fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n });
    // Whole numbers of up to 34 digits are canonical decimals as they stand.
    const decimals = fc.array(digits.map(String), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(decimals, decimals, (cuts, values) => {
        const left = { field: 'decimal' };
        const lanes = cuts.flatMap((value) =>
          (['lt', 'gte', 'eq'] as const).map(
            (op): Lane => ({
              conditions: [{ op, left, kind: 'decimal', right: { value } }],
              absentHolds: false,
            }),
          ),
        );
        for (const value of [...values, ...cuts]) {
          const expected = lanesThatHold(lanes, () => value);
          expect(fired(lanes, new Map([[key(left), value]]))).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('parameters', () => {
  test('a bound parameter behaves as the literal of its value', () => {
    const condition: Condition = {
      op: 'gte',
      left: { field: 'integer' },
      right: { param: 'late' },
    };
    fc.assert(
      fc.property(scalarOf('integer'), scalarOf('integer'), (late, value) => {
        const bound = bind(condition, 'integer', (name) => (name === 'late' ? late : 'unknown'));
        const values = new Map([[key(condition.left), value]]);
        const expected = (value as number) >= (late as number) ? [0] : [];
        expect(fired([{ conditions: [bound], absentHolds: false }], values)).toEqual(expected);
      }),
    );
  });

  test('conditions without a right side have nothing to bind', () => {
    const condition: Condition = { op: 'absent', left: { field: 'a' } };
    const bound = bind(condition, 'string', () => 'never');
    expect(bound).toEqual({ ...condition, kind: 'string' });
  });
});

describe('programs', () => {
  test('lanes without conditions always fire; no lanes never do', () => {
    const lane: Lane = { conditions: [], absentHolds: false };
    for (const count of [0, 1, 31, 32, 33, 64, 65]) {
      const lanes = Array.from({ length: count }, () => lane);
      expect(fired(lanes, new Map())).toEqual(lanes.map((_, index) => index));
    }
  });

  test('one operand has one kind', () => {
    const left = { field: 'same' };
    const lanes = (['integer', 'string'] as const).map(
      (kind): Lane => ({ conditions: [{ op: 'present', left, kind }], absentHolds: false }),
    );
    expect(() => compileProgram(lanes)).toThrow('KNHK_TERMS_CONDITION');
  });

  test('the work does not depend on the data: one row per operand read', () => {
    const lanes = operands.slice(0, 5).map(
      ({ operand, kind }): Lane => ({
        conditions: [{ op: 'present', left: operand, kind }],
        absentHolds: false,
      }),
    );
    const { columns, root } = compileProgram([...lanes, ...lanes]);
    expect(root.groups).toEqual([]);
    expect(root.blocks).toHaveLength(1);
    const [block] = root.blocks;
    expect(block!.columns.map(({ column }) => column)).toEqual([...columns.keys()]);
    // Equal lanes are one, and absent or not is all that is told apart.
    expect(block!.lanes).toHaveLength(5);
    for (const { bounds, rows } of block!.columns) {
      expect([[...bounds], rows.length]).toEqual([[-Number.MAX_VALUE], 2]);
    }
  });
});
