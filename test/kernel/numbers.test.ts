import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptanceOf, both } from '../../src/kernel/acceptance.ts';
import { columnOf, numberClass } from '../../src/kernel/column.ts';
import {
  absentAt,
  coordinateOf,
  foreignAt,
  nextUp,
  realFrom,
} from '../../src/kernel/coordinate.ts';
import { locate } from '../../src/kernel/locate.ts';
import type { BoundCondition, Lane } from '../../src/kernel/program.ts';
import type { Operator } from '../../src/terms/conditions.ts';
import { agreeing, doubles, fieldsSeen, hookLane, on } from './lanes.ts';

const orders: readonly Operator[] = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte'];

describe('doubles at the ends and beside each other', () => {
  const compare = doubles.flatMap((value) => orders.map((op) => on('n', 'number', op, value)));
  const ranges = doubles.flatMap((from, index) => [
    on('n', 'number', 'between', [from, doubles[index + 1] ?? from]),
    on('n', 'number', 'in', [from, doubles[(index + 5) % doubles.length]!]),
  ]);
  const probes = [...doubles, -0, 1e-300, -1e300, undefined, 'x', null];
  const rounds = probes.map((n) => fieldsSeen({ n }));

  test.each([false, true])('alone, absentHolds %s', (absentHolds) => {
    for (const condition of [...compare, ...ranges]) {
      agreeing([{ conditions: [condition], absentHolds }], rounds);
    }
  });

  test('together, as hooks and as guards', () => {
    const lanes = [...compare, ...ranges].flatMap((condition) => [
      hookLane(condition),
      { conditions: [condition], absentHolds: true },
    ]);
    agreeing(lanes, rounds);
    agreeing(lanes.slice(0, 100), rounds);
  });

  test('two conditions on one field, each with each', () => {
    const some = compare.filter((_, index) => index % 5 === 0);
    const pairs = some.flatMap((one) => some.map((two): Lane => hookLane(one, two)));
    agreeing(pairs, rounds);
  });

  test('random doubles by their bits', () => {
    const finite = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => (value === 0 ? 0 : value));
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 24 }),
        fc.array(fc.constantFrom(...orders), { minLength: 24, maxLength: 24 }),
        fc.array(finite, { maxLength: 4 }),
        (values, operators, others) => {
          const lanes = values.map((value, index) =>
            hookLane(on('n', 'number', operators[index]!, value)),
          );
          const near = values.flatMap((value) => [value, nextUp(value), -nextUp(-value)]);
          const given = [...near, ...others].filter((value) => Number.isFinite(value));
          agreeing(
            lanes,
            given.map((n) => fieldsSeen({ n })),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('places', () => {
  test('nextUp is the next double: nothing lies between, whatever the sign', () => {
    for (const value of doubles) {
      const next = nextUp(value);
      expect(next).toBeGreaterThan(value);
      // Half of each is exact but among the smallest, whose sum is one of the two again.
      if (Number.isFinite(next)) expect([value, next]).toContain(value / 2 + next / 2);
    }
    expect(nextUp(Number.MAX_VALUE)).toBe(Number.POSITIVE_INFINITY);
    expect(nextUp(-Number.MIN_VALUE)).toBe(0);
    expect([nextUp(0), nextUp(-0)]).toEqual([Number.MIN_VALUE, Number.MIN_VALUE]);
    expect(nextUp(1)).toBe(1 + Number.EPSILON);
    expect(nextUp(-1)).toBe(-1 + Number.EPSILON / 2);
  });

  test('absent is below and foreign above everything', () => {
    const column = columnOf('field n', [on('n', 'number', 'gte', 1)]);
    expect(coordinateOf(column, undefined)).toBe(absentAt);
    for (const odd of ['1', null, true, []]) expect(coordinateOf(column, odd)).toBe(foreignAt);
    for (const value of doubles) {
      expect(coordinateOf(column, value)).toBe(value);
      expect(value).toBeGreaterThanOrEqual(realFrom);
      expect(value).toBeLessThan(foreignAt);
    }
  });

  test('both hold where each of two does', () => {
    const conditions: BoundCondition[] = doubles.flatMap((value) =>
      orders.map((op) => on('n', 'number', op, value)),
    );
    const any = fc.constantFrom(...conditions);
    const holds = ({ first, flips }: ReturnType<typeof both>, place: number): boolean =>
      first !== (flips.filter((flip) => flip <= place).length % 2 === 1);
    fc.assert(
      fc.property(any, any, fc.boolean(), (one, two, absentHolds) => {
        const column = columnOf('field n', [one, two]);
        const [left, right] = [one, two].map((item) => acceptanceOf(column, item, absentHolds));
        const joint = both(left!, right!);
        expect([...joint.flips]).toEqual([...joint.flips].sort((a, b) => a - b));
        for (const place of [absentAt, ...doubles, foreignAt]) {
          expect(holds(joint, place)).toBe(holds(left!, place) && holds(right!, place));
        }
      }),
    );
  });

  test('a search counts the bounds at or below, from any start', () => {
    const finite = fc.integer({ min: -40, max: 40 });
    fc.assert(
      fc.property(
        fc.uniqueArray(finite, { maxLength: 60 }),
        fc.array(finite, { maxLength: 3 }),
        finite,
        (values, before, half) => {
          const sorted = Float64Array.from(values).sort();
          const bounds = Float64Array.from([...before, ...sorted, ...before]);
          for (const place of [half, half + 0.5, absentAt, foreignAt]) {
            const below = values.filter((value) => value <= place).length;
            expect(locate(bounds, before.length, values.length, place)).toBe(below);
          }
          const point = sorted.includes(half) ? 1 : 0;
          const under = values.filter((value) => value < half).length;
          expect(numberClass(sorted, half)).toBe(2 + 2 * under + point);
        },
      ),
    );
  });
});
