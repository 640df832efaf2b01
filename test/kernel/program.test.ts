import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classesPerColumn, columnsPerBlock, lanesPerBlock } from '../../src/kernel/block.ts';
import { blockHeader } from '../../src/kernel/layout.ts';
import { compileProgram, type Lane, type Program } from '../../src/kernel/program.ts';
import {
  agreeing,
  axes,
  Choices,
  expectedOf,
  fieldsSeen,
  firedBy,
  hookLane,
  laneOn,
  nodesOf,
  on,
  seenBy,
} from './lanes.ts';

const seeds = fc.integer();
const blocksOf = ({ root }: Program) => nodesOf(root).flatMap(({ blocks }) => blocks);

/** What every block of every program keeps to. */
function expectBounded(program: Program): void {
  for (const block of blocksOf(program)) {
    expect(block.columns.length).toBeLessThanOrEqual(columnsPerBlock);
    expect(block.lanes.length).toBeLessThanOrEqual(lanesPerBlock);
    expect(new Set(block.lanes).size).toBe(block.lanes.length);
    for (const { bounds, dense, rows } of block.columns) {
      expect(rows.length).toBeLessThanOrEqual(classesPerColumn * block.words);
      expect(dense === undefined).toBe(bounds.length < classesPerColumn);
      expect(rows.length % block.words).toBe(0);
      expect([...bounds]).toEqual([...new Set(bounds)].sort((one, two) => one - two));
    }
  }
}

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

describe('a lane with more stretches than a byte tells apart', () => {
  const even = Array.from({ length: 1_024 }, (_, index) => 2 * index);
  const words = even.map((value) => `w${value}`);
  const everySecond = words.filter((_, index) => index % 2 === 0);
  const wide = hookLane(on('n', 'integer', 'in', even));
  const texts = hookLane(on('t', 'string', 'in', words));
  const narrow = (value: number): Lane => hookLane(on('n', 'integer', 'gte', value));
  const probes = [-1, 0, 1, 2, 3, 510, 511, 512, 1_023, 1_024, 2_045, 2_046, 2_047, 2_048];
  const rounds = [undefined, 'x', true, null, 0.5].flatMap((odd) =>
    probes.map((value) => fieldsSeen({ n: odd ?? value, t: `w${value}`, z: 'k', o: odd })),
  );

  test.each<[string, readonly Lane[]]>([
    ['alone', [wide]],
    ['of texts', [texts, hookLane(on('t', 'string', 'in', everySecond))]],
    ['before others', [wide, narrow(5), texts, narrow(600)]],
    ['behind others', [narrow(5), texts, narrow(600), wide]],
    ['twice', [wide, hookLane(on('n', 'integer', 'in', even.slice(1))), narrow(1)]],
    ['for a guard', [{ ...wide, absentHolds: true }, narrow(5)]],
    ['and another column', [hookLane(...wide.conditions, on('z', 'string', 'eq', 'k'))]],
    ['and another lane of another column', [wide, hookLane(on('z', 'string', 'eq', 'k'))]],
    [
      'and forty lanes of another column',
      [
        wide,
        ...probes.flatMap((n) =>
          [3, 4, 5].map((m) => hookLane(on('t', 'string', 'neq', `w${n * m}`))),
        ),
      ],
    ],
    ['behind a lane of another column', [hookLane(on('z', 'string', 'eq', 'k')), wide]],
    [
      'in many blocks',
      [0, 1, 2, 3, 4].map((from) => hookLane(on('n', 'integer', 'in', even.slice(from)))),
    ],
  ])('%s', (_, lanes) => {
    const program = agreeing(lanes, rounds);
    expectBounded(program);
    expect(blocksOf(program).some(({ columns }) => columns.some(({ dense }) => dense))).toBe(true);
    // Compiled again from what it was: what is taken over is the same.
    const again = agreeing(lanes, rounds, program);
    agreeing([...lanes].reverse(), rounds, again);
  });

  test('a set of more than 127 values of text is dense, one of fewer is not', () => {
    const denseAt = (count: number): boolean =>
      compileProgram([hookLane(on('n', 'integer', 'in', even.slice(0, count)))]).root.blocks[0]!
        .columns[0]!.dense !== undefined;
    expect(denseAt(127)).toBe(false);
    expect(denseAt(128)).toBe(true);
  });

  test('many lanes of few values each are dealt out by their stretches', () => {
    const lanes = Array.from({ length: 300 }, (_, index) => narrow(3 * index));
    const program = agreeing(
      lanes,
      [-1, 0, 1, 449, 450, 897, 900].map((n) => fieldsSeen({ n })),
    );
    expectBounded(program);
    expect(program.root.blocks.length).toBe(2);
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
