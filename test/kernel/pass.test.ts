import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block } from '../../src/kernel/block.ts';
import type { Engine } from '../../src/kernel/engine.ts';
import { type Pass, passCapacity, passOf } from '../../src/kernel/pass.ts';
import { compileProgram, type Lane, type Program } from '../../src/kernel/program.ts';
import { placeAll, scratchOf } from '../../src/kernel/run.ts';
import { judge } from '../native/pass.mjs';
import { engines } from './engines.ts';
import {
  type Axis,
  axes,
  Choices,
  expectedOf,
  firedBy,
  hookLane,
  laneOn,
  nameOf,
  on,
  type Seen,
  seenBy,
} from './lanes.ts';

/** The class of each of a block's columns for what is seen. */
function classesOf(program: Program, { columns }: Block, seen: Seen): number[] {
  const { places } = scratchOf(program);
  placeAll(program, (operand) => seen.get(nameOf(operand)), places);
  return columns.map(({ column, bounds, dense }) => {
    const at = bounds.filter((bound) => bound <= places[column]!).length;
    return dense === undefined ? at : dense[at]!;
  });
}

/** Two words a cell, the first column in the lowest byte. */
function store(pass: Pass, cell: number, classes: readonly number[]): void {
  for (let half = 0; half < 2; half++) {
    const [a = 0, b = 0, c = 0, d = 0] = classes.slice(4 * half);
    pass.cells[2 * cell + half] = a | (b << 8) | (c << 16) | (d << 24);
  }
}

interface Result {
  readonly masks: Int32Array;
  readonly fired: readonly number[];
}

const stale = 0x5a5a5a5a;

/** Runs a batch; masks behind it must stay as they were. */
function resultOf(pass: Pass, batch: readonly (readonly number[])[]): Result {
  batch.forEach((classes, cell) => {
    store(pass, cell, classes);
  });
  pass.masks.fill(stale);
  pass.control[0] = batch.length;
  pass.control[1] = stale;
  expect(pass.run()).toBeUndefined();
  expect(pass.control[0]).toBe(batch.length);
  const masks = pass.masks.slice(0, (batch.length * pass.laneBytes) / 4);
  expect(pass.masks.subarray(masks.length).every((mask) => mask === stale)).toBe(true);
  return { masks, fired: [...pass.fired.subarray(0, pass.control[1])] };
}

/** The block's lanes of each cell; -1 is one that it does not have. */
function lanesIn({ block, laneBytes }: Pass, { masks }: Result): number[][] {
  const words = laneBytes / 4;
  return Array.from({ length: masks.length / words }, (_, cell) => {
    const lanes: number[] = [];
    for (let lane = 0; lane < 32 * words; lane++) {
      const mask = masks[cell * words + (lane >>> 5)]!;
      if (((mask >>> (lane & 31)) & 1) === 1) lanes.push(block.lanes[lane] ?? -1);
    }
    return lanes;
  });
}

/** What all passes of a program say of a batch, the engines compared bit for bit. */
function lanesOf(program: Program, batch: readonly Seen[], used: readonly Engine[]): number[][] {
  const found = batch.map((): number[] => []);
  for (const block of program.root.blocks) {
    const cells = new Map(
      [...new Set(batch)].map((seen) => [seen, classesOf(program, block, seen)]),
    );
    const classes = batch.map((seen) => cells.get(seen)!);
    const [first, ...others] = used.map((engine) => resultOf(passOf(block, engine), classes));
    for (const other of others) {
      expect(Buffer.compare(bytesOf(other), bytesOf(first!))).toBe(0);
      expect(other.fired).toEqual(first!.fired);
    }
    const lanes = lanesIn(passOf(block, used[0]!), first!);
    expect(first!.fired).toEqual(lanes.flatMap(({ length }, cell) => (length > 0 ? [cell] : [])));
    lanes.forEach((some, cell) => {
      found[cell]!.push(...some.flatMap((lane) => program.owners[lane]!));
    });
  }
  return found.map((lanes) => lanes.sort((one, two) => one - two));
}

const bytesOf = ({ masks }: Result): Buffer => Buffer.from(masks.buffer);

/** Lanes over at most 8 operands and what may be seen there; hardly a lane fires for everything. */
function randomly(
  seed: number,
  operands: number,
  count: number,
): { readonly lanes: readonly Lane[]; readonly pool: readonly Seen[] } {
  const choices = new Choices(seed);
  const read: readonly Axis[] = choices.shuffled(axes).slice(0, operands);
  const hot = seenBy(choices, read);
  const pool = [hot, ...Array.from({ length: 9 }, () => seenBy(choices, read))];
  const always = read.length === 0 || choices.chance(20);
  const lanes = Array.from({ length: count }, (): Lane => {
    if (read.length === 0) return hookLane();
    let lane = laneOn(choices, hot, 4, read);
    while (!always && lane.conditions.length === 0) lane = laneOn(choices, hot, 4, read);
    // Lanes that absent values select do not stand in groups.
    return { ...lane, absentHolds: count > 256 || lane.absentHolds };
  });
  return { lanes, pool };
}

describe('every engine that runs here, the portable reading of records and the oracle', () => {
  const counts = [1, 512, 31, 200, 32, 33, 256, 64, 257, 65, 511];
  const sizes = [0, 1, 63, 64, passCapacity];
  const grid = sizes.flatMap((size, at) =>
    Array.from({ length: 9 }, (_, operands) => ({
      size,
      operands,
      count: counts[(9 * at + operands) % counts.length]!,
    })),
  );
  test('agree on random programs of 1 to 512 lanes over 0 to 8 operands, in any batch', () => {
    const [widths, columns, filled] = [new Set<number>(), new Set<number>(), new Set<boolean>()];
    const agrees = ({ size, operands, count }: (typeof grid)[number], seed: number): void => {
      const { lanes, pool } = randomly(seed, operands, count);
      const program = compileProgram(lanes);
      expect(program.root).toMatchObject({ wides: [], groups: [] });
      const expected = new Map(pool.map((seen) => [seen, expectedOf(lanes, seen)]));
      const choices = new Choices(seed);
      const batch = Array.from({ length: size }, () => choices.one(pool));
      expect(lanesOf(program, batch, engines)).toEqual(batch.map((seen) => expected.get(seen)));
      for (const seen of pool) expect(firedBy(program, seen)).toEqual(expected.get(seen));
      for (const block of program.root.blocks) {
        widths.add(passOf(block, engines[0]!).laneBytes);
        columns.add(block.columns.length);
      }
      for (const seen of batch) filled.add(expected.get(seen)!.length > 0);
    };
    for (const cell of grid) {
      fc.assert(
        fc.property(fc.integer(), (seed) => agrees(cell, seed)),
        { numRuns: 2 },
      );
    }
    expect([...widths].sort()).toEqual([32, 64, 8]);
    expect([...columns]).toEqual(expect.arrayContaining([0, 8]));
    expect([...filled].sort()).toEqual([false, true]);
  });

  test('agree where a column has 256 classes, at each of the eight', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const lanes = names.flatMap((name) => [
      hookLane(
        on(
          name,
          'integer',
          'in',
          Array.from({ length: 127 }, (_, n) => 2 * n),
        ),
      ),
      hookLane(on(name, 'integer', 'absent')),
    ]);
    const program = compileProgram(lanes);
    const [block] = program.root.blocks;
    expect(block!.columns.map(({ bounds }) => bounds.length + 1)).toEqual(Array(8).fill(256));
    const values = Array.from({ length: 257 }, (_, n) => (n === 256 ? undefined : n));
    const batch = values.map(
      (value): Seen => new Map(names.map((field) => [nameOf({ field }), value])),
    );
    const expected = batch.map((seen) => expectedOf(lanes, seen));
    expect(new Set(expected.map((list) => list.length))).toEqual(new Set([8, 0]));
    expect(lanesOf(program, batch, engines)).toEqual(expected);
  });

  test('agree where more stretches than a byte tells apart share rows', () => {
    const odd = Array.from({ length: 400 }, (_, n) => 2 * n + 1);
    const lanes = [hookLane(on('a', 'number', 'in', odd)), hookLane(on('b', 'number', 'gte', 3))];
    const program = compileProgram(lanes);
    expect(program.root.blocks[0]!.columns[0]!.dense).toHaveLength(801);
    const batch = Array.from(
      { length: 900 },
      (_, n): Seen =>
        new Map([
          [nameOf({ field: 'a' }), n - 10],
          [nameOf({ field: 'b' }), n % 5],
        ]),
    );
    const expected = batch.map((seen) => expectedOf(lanes, seen));
    expect(lanesOf(program, batch, engines)).toEqual(expected);
  });
});

/** A block of so many lanes that let everything through. */
const openBlock = (lanes: number): Block => ({
  lanes: Array.from({ length: lanes }, (_, lane) => lane),
  words: Math.max(1, Math.ceil(lanes / 32)),
  columns: [],
});

describe('memory of a pass', () => {
  test.each([0, 1, 31, 32, 33, 63, 64, 65, 255, 256, 257, 511, 512])(
    '%i lanes without conditions: all of them and no other fire',
    (lanes) => {
      for (const engine of engines) {
        const pass = passOf(openBlock(lanes), engine);
        expect(pass.laneBytes).toBe(lanes <= 64 ? 8 : lanes <= 256 ? 32 : 64);
        const result = resultOf(pass, [[], []]);
        expect(lanesIn(pass, result)).toEqual(Array(2).fill(openBlock(lanes).lanes));
        expect(result.fired).toEqual(lanes === 0 ? [] : [0, 1]);
      }
    },
  );

  test.each([1, 32, 33, 64, 200, 512])(
    '%i lanes: no engine goes beyond 1,024 cells, whatever the number says',
    (lanes) => {
      for (const engine of engines) {
        const pass = passOf(openBlock(lanes), engine);
        for (const count of [1_024, 1_025, 2 ** 31, 2 ** 32 - 1]) {
          pass.control[0] = count;
          pass.control[1] = 0;
          pass.fired.fill(0);
          pass.run();
          expect(pass.control[1]).toBe(passCapacity);
          expect(pass.fired.every((cell, index) => cell === index)).toBe(true);
        }
      }
    },
  );

  test('is one shared piece, as native/README.md says', () => {
    const { memory, control, cells, rows, masks, fired } = passOf(openBlock(70), engines[0]!);
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    const parts = [control, cells, rows, masks, fired].map((part) => {
      expect(part.buffer).toBe(memory.buffer);
      return [part.byteOffset, part.byteLength];
    });
    expect(parts).toEqual([
      [0, 256],
      [256, 8_192],
      [8_448, 65_536],
      [73_984, 32_768],
      [106_752, 2_048],
    ]);
    expect(memory.byteLength).toBe(108_800);
  });

  test('classes that no row stands for let nothing through', () => {
    const program = compileProgram([hookLane(on('a', 'boolean', 'present'))]);
    for (const engine of engines) {
      const pass = passOf(program.root.blocks[0]!, engine);
      const cells = [[1], [2], [200], [255], [1, 1], [1, 0, 0, 0, 0, 0, 0, 9]];
      expect(lanesIn(pass, resultOf(pass, cells))).toEqual([[0], [], [], [], [], []]);
    }
  });
});

describe('the portable engine on any bytes', () => {
  const portable = engines[0]!;
  const random = fc.record({
    seed: fc.integer(),
    lanes: fc.constantFrom(33, 64, 65, 256, 257, 512),
    classes: fc.constantFrom(1, 2, 5, 256),
    count: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(1_024, 1_025, 2 ** 32 - 1)),
  });

  test('writes what the plain reading says and nothing else', () => {
    fc.assert(
      fc.property(random, ({ seed, lanes, classes, count }) => {
        const choices = new Choices(seed);
        const pass = passOf(openBlock(lanes), portable);
        for (let word = 0; word < pass.rows.length; word++) {
          const bits = choices.below(2 ** 32) | choices.below(2 ** 32) | choices.below(2 ** 32);
          pass.rows[word] = choices.chance(30) ? 0 : bits;
        }
        const bytes = new Uint8Array(pass.memory.buffer, 256, 8_192);
        for (let at = 0; at < bytes.length; at++) bytes[at] = choices.below(classes);
        pass.control[0] = count;
        expect(judge(pass.memory, pass.laneBytes, pass.run)).toBeUndefined();
        expect([pass.control[2], pass.control[3]]).toEqual([0, 0]);
      }),
      { numRuns: 40 },
    );
  });
});
