import { describe, expect, test } from 'vitest';
import { compileProgram, type Lane } from '../../src/kernel/program.ts';
import { blocksOf, expectBounded } from './bounded.ts';
import { agreeing, fieldsSeen, hookLane, on } from './lanes.ts';

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
