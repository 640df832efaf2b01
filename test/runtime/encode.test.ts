import { describe, expect, test } from 'vitest';
import { type Pass, passCapacity, passOf } from '../../src/kernel/pass.ts';
import { encoderOf } from '../../src/runtime/encode.ts';
import { placeSource } from '../../src/runtime/place.ts';
import { eq, gte, isIn, lt, neq, present } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { lengthOf } from '../../src/terms/questions.ts';
import { engines } from '../kernel/engines.ts';
import { Choices } from '../kernel/lanes.ts';
import { hookOn, type Looks, looksOf } from './look-support.ts';
import { hooksOver, inputOf, Many, Sample } from './ring-support.ts';

const names = Object.keys(Sample.fields);
const times = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** An encoder with passes of its own. */
function encoding({ plan, snapshot }: Looks, generate: boolean) {
  const { columns, root } = plan.program;
  const passes = root.blocks.map((block) => passOf(block, engines[0]!));
  const { windows } = snapshot.document;
  const sources = columns.map((column) => placeSource(column, plan.observation, windows));
  return { passes, encode: encoderOf(passes, sources, generate) };
}

/** The class of every column of a cell. */
function cellOf({ cells, block }: Pass, cell: number): number[] {
  return block.columns.map((_, column) => {
    const word = cells[2 * cell + (column >>> 2)]!;
    return (word >>> (8 * (column & 3))) & 255;
  });
}

describe('the generated encoder and the portable one', () => {
  test.each<
    [title: string, of: Observation, hooks: (choices: Choices) => ReturnType<typeof hookOn>[]]
  >([
    [
      'one pass',
      Sample,
      (choices) => hooksOver(choices.shuffled(names).slice(0, 4), 9, 3, choices),
    ],
    ['several passes', Sample, (choices) => hooksOver(names, 40, 6, choices)],
    [
      'many thresholds and many texts',
      Sample,
      () => [
        ...times(90, (n) => hookOn(Sample, `a${n}`, [gte('head', n)])),
        ...times(80, (n) => hookOn(Sample, `b${n}`, [lt('low0', n / 8)])),
        ...times(20, (n) => hookOn(Sample, `c${n}`, [isIn('input', ['a', "'", `x${n}`])])),
        ...times(3, (n) => hookOn(Sample, `d${n}`, [eq('v0_0', '\u2028'.repeat(n))])),
      ],
    ],
  ])('write the same cells: %s', (_, of, hooksOf) => {
    let written = 0;
    for (let seed = 0; seed < 12; seed++) {
      const choices = new Choices(seed);
      const looks = looksOf(of, [hookOn(of, 'present', [present('head')]), ...hooksOf(choices)]);
      const [generated, portable] = [encoding(looks, true), encoding(looks, false)];
      for (let round = 0; round < 60; round++) {
        const input = inputOf(of, choices);
        const taken = portable.encode(input);
        expect(generated.encode(input)).toBe(taken);
        if (taken) written++;
      }
      generated.passes.forEach((pass, at) => {
        expect(pass.cells).toEqual(portable.passes[at]!.cells);
        // Other passes are told how many there are when they are evaluated.
        expect(pass.control[0]).toBe(portable.passes[at]!.control[0]);
        expect(pass.control[0] === 0).toBe(at > 0);
      });
    }
    expect(written).toBeGreaterThan(200);
  });

  test('take runs in as they take in one by one, and getters that take in others', () => {
    for (let seed = 0; seed < 12; seed++) {
      const choices = new Choices(seed);
      const looks = looksOf(Sample, hooksOver(names, seed % 2 === 0 ? 5 : 40, 4, choices));
      const inputs: unknown[] = times(80, () => inputOf(Sample, choices));
      for (const generate of [true, false]) {
        const [single, runs] = [encoding(looks, generate), encoding(looks, generate)];
        for (let from = 0; from < inputs.length; from++) {
          const taken = runs.encode.run(inputs, from, 7);
          const expected = inputs
            .slice(from, from + 7)
            .findIndex((input) => !single.encode(input as Record<string, unknown>));
          expect(taken).toBe(expected < 0 ? Math.min(7, inputs.length - from) : expected);
          // Behind the first refused one the single one took more.
          single.passes[0]!.control[0] = runs.passes[0]!.control[0]!;
        }
        const count = runs.passes[0]!.control[0]!;
        runs.passes.forEach(({ cells }, at) => {
          const written = single.passes[at]!.cells.subarray(0, 2 * count);
          expect(cells.subarray(0, 2 * count)).toEqual(written);
        });
      }
    }
  });

  test.each([true, false])('a getter in a run may take in another (generated: %s)', (generate) => {
    const looks = looksOf(Many, [hookOn(Many, 'a', [gte('n0', 5)])]);
    const { passes, encode } = encoding(looks, generate);
    const plain = { n0: 9 };
    const nesting = Object.defineProperty({}, 'n0', {
      get: () => {
        encode(plain);
        return 1;
      },
    });
    expect(encode.run([plain, nesting, plain, null, plain], 0, 5)).toBe(3);
    const head = passes[0]!.control[0]!;
    const classes = times(head, (cell) => cellOf(passes[0]!, cell)[0]);
    // The getter of a required field is asked once in generated code.
    expect(new Set(classes)).toEqual(new Set([classes[0], classes[0]! - 1]));
    expect(classes.filter((cls) => cls === classes[0]! - 1)).toHaveLength(1);
    expect(classes.at(-1)).toBe(classes[0]);
  });

  test('count how many bounds lie at or below a value, whatever the column', () => {
    const fields = times(8, (n) => `n${n}`);
    const hooks = fields.map((name, column) =>
      hookOn(Many, `h${column}`, [
        isIn(
          name,
          times(127, (n) => 3 * n + column),
        ),
      ]),
    );
    for (const generate of [true, false]) {
      const looks = looksOf(Many, hooks);
      const { passes, encode } = encoding(looks, generate);
      const { columns } = looks.plan.program;
      for (let value = -2; value < 400; value++) {
        expect(encode(Object.fromEntries(fields.map((name) => [name, value])))).toBe(true);
        const expected = passes[0]!.block.columns.map(({ column, bounds }) => {
          const { operands } = columns[column]!;
          expect('field' in operands[0]! && fields.includes(operands[0].field)).toBe(true);
          return bounds.filter((bound) => bound <= value).length;
        });
        expect(cellOf(passes[0]!, value + 2)).toEqual(expected);
      }
      // Three classes a value at most: the last ones take the whole byte.
      expect(passes[0]!.block.columns.map(({ bounds }) => bounds.length)).toEqual(
        Array(8).fill(254),
      );
    }
  });

  test('share classes where a byte does not tell all stretches apart', () => {
    const odd = times(200, (n) => 2 * n + 1);
    const looks = looksOf(Many, [hookOn(Many, 'a', [isIn('n0', odd)])]);
    expect(looks.plan.program.root.blocks[0]!.columns[0]!.dense).toHaveLength(401);
    for (const generate of [true, false]) {
      const { passes, encode } = encoding(looks, generate);
      for (let n0 = 0; n0 < 402; n0++) {
        expect(encode({ n0 })).toBe(true);
        expect(cellOf(passes[0]!, n0)).toEqual([n0 % 2 === 1 && n0 < 400 ? 1 : 0]);
      }
    }
  });

  test('write nothing where something is unreadable, or no cell is left', () => {
    const hooks = [hookOn(Sample, 'a', [neq('head', 0)]), hookOn(Sample, 'b', [gte('low0', 1)])];
    for (const generate of [true, false]) {
      const { passes, encode } = encoding(looksOf(Sample, hooks), generate);
      const { cells, control } = passes[0]!;
      cells.fill(-1);
      expect(encode({ head: 1, low0: 'no' })).toBe(false);
      expect(encode({ low0: 1 })).toBe(false);
      expect(cells.every((word) => word === -1)).toBe(true);
      expect(control[0]).toBe(0);
      control[0] = passCapacity - 1;
      expect(encode({ head: 1, low0: 1 })).toBe(true);
      expect(encode({ head: 2, low0: 2 })).toBe(false);
      expect(control[0]).toBe(passCapacity);
      expect(cells.subarray(0, -2).every((word) => word === -1)).toBe(true);
      expect(cells.at(-1)).toBe(0);
    }
  });

  test('read a text, its length and a list apart', () => {
    const hooks = [hookOn(Sample, 'a', [eq('input', 'a'), gte(lengthOf('input'), 2)])];
    for (const generate of [true, false]) {
      const { passes, encode } = encoding(looksOf(Sample, hooks), generate);
      const texts = ['a', 'b', 'bb', '\u{1f600}'];
      for (const input of texts) expect(encode({ input })).toBe(true);
      const seen = texts.map((_, cell) => String(cellOf(passes[0]!, cell)));
      expect(new Set(seen).size).toBe(3);
      expect(seen[1]).toBe(seen[3]);
    }
  });
});

describe('code from strings', () => {
  /** `Function` of a process that forbids code from strings. */
  function forbidding<Result>(work: () => Result): {
    readonly result: Result;
    readonly calls: number;
  } {
    const original = globalThis.Function;
    let calls = 0;
    function refuse(): never {
      calls++;
      throw new EvalError('Code generation from strings disallowed for this context');
    }
    globalThis.Function = refuse as unknown as FunctionConstructor;
    try {
      return { result: work(), calls };
    } finally {
      globalThis.Function = original;
    }
  }

  const looks = looksOf(Sample, [hookOn(Sample, 'a', [gte('head', 3)])]);

  test('is not made where it is not wanted', () => {
    const { result, calls } = forbidding(() => encoding(looks, false));
    expect(calls).toBe(0);
    expect(result.encode({ head: 3 })).toBe(true);
  });

  test('forbidden: the portable encoder serves', () => {
    const { result, calls } = forbidding(() => encoding(looks, true));
    expect(calls).toBe(1);
    for (const head of [3, 2]) expect(result.encode({ head })).toBe(true);
    const { passes, encode } = encoding(looks, true);
    for (const head of [3, 2]) expect(encode({ head })).toBe(true);
    expect(result.passes[0]!.cells).toEqual(passes[0]!.cells);
  });
});
