import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockHeader } from '../../src/kernel/layout.ts';
import { compileProgram, type Lane } from '../../src/kernel/program.ts';
import { blocksOf, expectBounded } from './bounded.ts';
import {
  agreeing,
  axes,
  Choices,
  expectedOf,
  fieldsSeen,
  firedBy,
  hookLane,
  laneOn,
  on,
  seenBy,
} from './lanes.ts';

const seeds = fc.integer();
describe('programs against the oracle', () => {
  test('up to 700 lanes of every operator on every kind', () => {
    const seen = new Set<string>();
    const operators = new Set<string>();
    fc.assert(
      fc.property(
        seeds,
        fc.oneof(fc.nat(40), fc.nat(700), fc.integer({ min: 513, max: 700 })),
        fc.constantFrom(1, 3, 8),
        (seed, count, longest) => {
          const choices = new Choices(seed);
          const rounds = Array.from({ length: 3 }, () => seenBy(choices));
          const lanes = Array.from({ length: count }, () => laneOn(choices, rounds[0]!, longest));
          const program = agreeing(lanes, rounds);
          expectBounded(program);
          for (const lane of expectedOf(lanes, rounds[0]!)) {
            for (const { op, right } of lanes[lane]!.conditions) {
              operators.add(right === undefined || 'value' in right ? op : `${op} operand`);
            }
            if (lane >= 512) seen.add('beyond a block');
          }
          if (program.owners.length < count) seen.add('equal lanes');
          if (program.root.groups.length > 0) seen.add('groups');
          if (program.root.blocks.length > 1) seen.add('blocks');
        },
      ),
      { numRuns: 30 },
    );
    expect([...seen].sort()).toEqual(['beyond a block', 'blocks', 'equal lanes', 'groups']);
    const all = 'eq neq lt lte gt gte between in matches includes unique datatype present absent';
    const both = ['eq operand', 'neq operand', 'lt operand', 'gte operand'];
    expect([...operators]).toEqual(expect.arrayContaining([...all.split(' '), 'exceeds', ...both]));
  });

  test('few operands and many lanes, so that blocks are full', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 200, max: 1_200 }), (seed, count) => {
        const choices = new Choices(seed);
        const read = choices.shuffled(axes).slice(0, 1 + choices.below(5));
        const rounds = Array.from({ length: 4 }, () => seenBy(choices, read));
        const lanes = Array.from({ length: count }, () => laneOn(choices, rounds[0]!, 4, read));
        expectBounded(agreeing(lanes, rounds));
      }),
      { numRuns: 40 },
    );
  });

  test('equal lanes are one, wherever they stand and however they are written', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 90 }), (seed, count) => {
        const choices = new Choices(seed);
        const hot = seenBy(choices);
        const lanes = Array.from({ length: count }, () => laneOn(choices, hot, 3));
        const copies = lanes.map(
          ({ conditions, absentHolds }): Lane => ({
            conditions: choices.shuffled(conditions),
            absentHolds,
          }),
        );
        const all = choices.shuffled([...lanes, ...copies, ...lanes]);
        const program = agreeing(all, [hot, seenBy(choices)]);
        expect(program.owners.length).toBeLessThanOrEqual(count);
        expect(program.owners.flat().sort((one, two) => one - two)).toEqual([...all.keys()]);
        const compiled = new Set(blocksOf(program).flatMap((block) => block.lanes));
        expect(compiled.size).toBe(program.owners.length);
      }),
      { numRuns: 60 },
    );
  });

  test('a guard and a hook of the same conditions are two lanes', () => {
    const conditions = [on('n', 'integer', 'gte', 5)];
    const lanes = [
      { conditions, absentHolds: false },
      { conditions, absentHolds: true },
    ];
    const program = agreeing(lanes, [fieldsSeen({ n: 5 }), fieldsSeen({}), fieldsSeen({ n: 4 })]);
    expect(program.owners).toEqual([[0], [1]]);
  });

  test('lanes that read more than eight columns together are split by lane', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 9, max: 40 }),
        fc.integer({ min: 9, max: 150 }),
        (seed, columns, count) => {
          const choices = new Choices(seed);
          const fields = Array.from({ length: columns }, (_, index) => `f${index}`);
          const lanes = Array.from({ length: count }, (_, index) => {
            const first = on(fields[index % columns]!, 'integer', 'gte', choices.below(4));
            const more = choices
              .shuffled(fields)
              .slice(0, choices.below(8))
              .map((field) => on(field, 'integer', 'lte', 2 + choices.below(4)));
            return hookLane(first, ...more);
          });
          const rounds = Array.from({ length: 4 }, () =>
            fieldsSeen(
              Object.fromEntries(
                fields.map((field) => [
                  field,
                  choices.chance(10) ? undefined : choices.below(4) + 1,
                ]),
              ),
            ),
          );
          const program = agreeing(lanes, rounds);
          expectBounded(program);
          expect(program.root.blocks.length).toBeGreaterThan(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('many lanes over the same columns, in wide blocks', () => {
    const rounds = 6;
    let most = 0;
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1_700, max: 2_600 }), (seed, count) => {
        const choices = new Choices(seed);
        const range = (field: string) => {
          const from = choices.below(1_000);
          return on(field, 'number', 'between', [from, from + choices.below(400)]);
        };
        const narrow = (): Lane =>
          choices.chance(98)
            ? hookLane(...choices.one([['a'], ['a', 'b'], ['c', 'b', 'a']]).map(range))
            : hookLane(on('d', 'string', 'neq', choices.one(['x', 'y'])));
        const lanes = Array.from({ length: count }, () => ({
          ...narrow(),
          absentHolds: choices.chance(20),
        }));
        const given = Array.from({ length: rounds }, () =>
          fieldsSeen({
            a: choices.chance(20) ? undefined : choices.below(1_410) - 5,
            b: choices.below(2_820) / 2 - 5,
            c: choices.chance(20) ? 'foreign' : choices.below(1_410),
            d: choices.one(['x', 'z', undefined, 7]),
          }),
        );
        const { root } = agreeing(lanes, given);
        most = Math.max(most, root.wides.length);
        expect(root.wides.length).toBeGreaterThan(0);
        expect(root.blocks.length).toBeGreaterThan(0);
        for (const { columns, words } of root.wides) {
          for (const { rows, stored, from, to } of columns) {
            // Work is bounded: a stored row and at most 32 changes lead to every stretch.
            const steps = Array.from(stored, (_, index) => to[index]! - from[index]!);
            expect(Math.max(...steps)).toBeLessThanOrEqual(32);
            expect((Math.max(...stored) + 2) * words).toBe(rows.length);
          }
        }
      }),
      { numRuns: 10 },
    );
    expect(most).toBe(3);
  });

  test('a wide block taken over for lanes in another order keeps their names', () => {
    const choices = new Choices(5);
    const lanes = Array.from({ length: 700 }, (_, n) =>
      hookLane(on('a', 'number', 'between', [n, n + choices.below(40)])),
    );
    const extra = [on('b', 'string', 'neq', 'x'), on('c', 'number', 'lt', 0)].map((one) =>
      hookLane(one),
    );
    const rounds = [-1, 0, 5.5, 300, 699, 735, undefined].map((a) =>
      fieldsSeen({ a, b: 'y', c: 1 }),
    );
    const first = agreeing(lanes, rounds);
    const second = agreeing([...extra, ...lanes], rounds, first);
    const third = agreeing([...extra, ...lanes], rounds, second);
    // A lane more at the front, equal to one behind: all places shift, the leaf is the same.
    const shifted = [extra[0]!, ...extra, ...lanes];
    const { root } = agreeing(shifted, rounds, third);
    expect(root.wides[0]!.columns).toBe(second.root.wides[0]!.columns);
  });
});

describe('results', () => {
  test('every word is written, whatever it held', () => {
    const program = compileProgram(
      Array.from({ length: 70 }, (_, n) => hookLane(on('n', 'integer', 'eq', n))),
    );
    expect(program.words).toBe(3);
    expect(firedBy(program, fieldsSeen({ n: 33 }))).toEqual([33]);
    expect(firedBy(program, fieldsSeen({ n: 99 }))).toEqual([]);
  });

  test('no lanes: one word, no bits', () => {
    const program = compileProgram([]);
    expect([program.words, program.laneCount, program.bytes >= 0]).toEqual([1, 0, true]);
    expect(firedBy(program, new Map())).toEqual([]);
  });

  test('bytes are those of all arrays', () => {
    const { layout, bytes } = compileProgram([hookLane(on('n', 'integer', 'gte', 1))]);
    // A node, and a block of one column, one lane, one bound at 1 and one at the foreign.
    const { nodes, blocks, code, dense, bounds } = layout;
    const arrays = [nodes, blocks, code, dense];
    expect(bytes).toBe(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
    const at = code[blockHeader + 1]!;
    expect([...bounds.subarray(at, at + 2)]).toEqual([1, Number.POSITIVE_INFINITY]);
  });
});
