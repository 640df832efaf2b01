import { describe, expect, test } from 'vitest';
import { columnsPerBlock, lanesPerBlock } from '../../src/kernel/block.ts';
import { blockHeader, columnStride, firstBlockChild, nodeStride } from '../../src/kernel/layout.ts';
import {
  compileProgram,
  type Lane,
  type Program,
  type ProgramNode,
} from '../../src/kernel/program.ts';
import { findLanes, placeAll, type Scratch, scratchOf } from '../../src/kernel/run.ts';
import { Choices, fieldsSeen, firedBy, hookLane, nameOf, nodesOf, on, type Seen } from './lanes.ts';

// How much work an evaluation is follows from the program and from the groups that a record's
// values select, and from nothing else of the record: no test here takes time.

function placed(program: Program, seen: Seen): Scratch {
  const scratch = scratchOf(program);
  placeAll(program, (operand) => seen.get(nameOf(operand)), scratch.places);
  return scratch;
}

interface Visited {
  readonly nodes: number[];
  readonly blocks: number[];
  lanes: number;
}

/** What a record's places select, by the layout alone. */
function visited({ layout }: Program, { places }: Scratch): Visited {
  const found: Visited = { nodes: [], blocks: [], lanes: 0 };
  const visit = (node: number): void => {
    found.nodes.push(node);
    const [block, blocks, group, groups, wide, wides] = layout.nodes.subarray(
      node * nodeStride,
      (node + 1) * nodeStride,
    ) as unknown as [number, number, number, number, number, number];
    for (let index = block; index < block + blocks; index++) {
      found.blocks.push(index);
      found.lanes += layout.code[layout.blocks[index]! + 2]!;
    }
    for (const { lanes } of layout.wides.slice(wide, wide + wides)) found.lanes += lanes.length;
    for (const { column, byClass, byNumber } of layout.groups.slice(group, group + groups)) {
      const child = byClass?.[places[column]!] ?? byNumber?.get(places[column]!) ?? -1;
      if (child >= 0) visit(child);
      if (child > firstBlockChild) continue;
      const start = firstBlockChild - child;
      found.blocks.push(layout.blocks.indexOf(start));
      found.lanes += layout.code[start + 2]!;
    }
  };
  visit(0);
  return found;
}

/** Makes every row of the blocks that are not visited say that everything fires. */
function poisoned(program: Program, visit: Visited): void {
  const { code, blocks } = program.layout;
  const clean = new Set(visit.blocks);
  blocks.forEach((at, block) => {
    if (clean.has(block)) return;
    for (let column = 0; column < code[at + 3]!; column++) {
      const from = at + blockHeader + columnStride * column;
      const [bounds, row] = [code[from + 2]!, code[from + 4]!];
      code.fill(-1, row, row + (bounds + 1) * code[at]!);
    }
  });
}

/** True for what is laid out without a node of its own. */
function isOneBlock({ blocks, groups, wides }: ProgramNode): boolean {
  return blocks.length <= 1 && groups.length === 0 && wides.length === 0;
}

const count = 10_000;
const sets: readonly (readonly [string, (n: number) => Lane, most: number])[] = [
  ['distinct keys', (n) => hookLane(on('key', 'string', 'eq', `k${n}`)), 1],
  [
    'ten rules a key',
    (n) => hookLane(on('key', 'integer', 'eq', n % 1_000), on('level', 'number', 'gte', n / 7)),
    10,
  ],
  ['keys of two fields', (n) => hookLane(on(n % 2 === 0 ? 'key' : 'other', 'integer', 'eq', n)), 2],
];

describe.each(sets)('%s', (_, lane, most) => {
  const program = compileProgram(Array.from({ length: count }, (__, n) => lane(n)));
  const records = [0, 2, 7, 999, 5_001, 123_456].flatMap((n) =>
    [n, `k${n}`, undefined].map((key) => fieldsSeen({ key, other: n + 1, level: 900 })),
  );

  test('a record looks at the lanes of its own groups only', () => {
    const looked = records.map((seen) => visited(program, placed(program, seen)).lanes);
    expect(Math.max(...looked)).toBe(most);
  });

  test('what is not selected is never read: it may say anything', () => {
    const { code } = program.layout;
    const sound = code.slice();
    for (const seen of records) {
      const expected = firedBy(program, seen);
      poisoned(program, visited(program, placed(program, seen)));
      expect(firedBy(program, seen)).toEqual(expected);
      code.set(sound);
    }
  });
});

test('groups of a node, blocks of a leaf and levels are bounded for random programs', () => {
  for (let seed = 0; seed < 12; seed++) {
    const choices = new Choices(seed);
    const total = 300 + choices.below(3_000);
    const lanes = Array.from({ length: total }, () => {
      const keys = Array.from({ length: choices.below(4) }, () =>
        on(`f${choices.below(9)}`, 'integer', 'eq', choices.below(30)),
      );
      return hookLane(...keys, on(`g${choices.below(4)}`, 'number', 'gte', choices.below(200)));
    });
    const program = compileProgram(lanes);
    const nodes = nodesOf(program.root);
    for (const { groups, blocks, wides } of nodes) {
      expect(groups.length).toBeLessThanOrEqual(4);
      for (const block of blocks) {
        expect(block.columns.length).toBeLessThanOrEqual(columnsPerBlock);
        expect(block.lanes.length).toBeLessThanOrEqual(lanesPerBlock);
      }
      for (const { lanes: own } of wides) expect(own.length).toBeGreaterThanOrEqual(512);
    }
    // Every level at least halves the lanes and looks at four groups at most.
    const levels = Math.ceil(Math.log2(total / 256)) + 1;
    const values = Object.fromEntries(
      [...Array(9).keys()].map((n): [string, number] => [`f${n}`, choices.below(30)]),
    );
    const seen = fieldsSeen({ ...values, g0: 5, g1: 100, g2: -1, g3: 1_000 });
    const work = visited(program, placed(program, seen));
    expect(work.nodes.length).toBeLessThanOrEqual(
      [...Array(levels + 1).keys()].reduce((sum, level) => sum + 4 ** level, 0),
    );
    expect(new Set(work.blocks).size).toBe(work.blocks.length);
    // A child that is one block alone needs no node.
    const alone = nodes.slice(1).filter(isOneBlock).length;
    expect(program.layout.nodes.length / nodeStride).toBe(nodes.length - alone);
  }
});

test('no lane is found twice, so that what is found has room', () => {
  for (let seed = 0; seed < 20; seed++) {
    const choices = new Choices(seed);
    const lanes = Array.from({ length: 600 }, () => {
      const values = Array.from({ length: 1 + choices.below(4) }, () => choices.below(12));
      return hookLane(
        on('a', 'integer', 'in', values),
        on('b', 'integer', 'in', [choices.below(3), choices.below(3)]),
        on('c', 'integer', 'gte', choices.below(50)),
      );
    });
    const program = compileProgram(lanes);
    for (let a = -1; a < 13; a++) {
      const scratch = placed(program, fieldsSeen({ a, b: a % 3, c: 25 }));
      const found = findLanes(program.layout, scratch);
      const distinct = new Set(scratch.found.subarray(0, found));
      expect([distinct.size, scratch.found.length]).toEqual([found, program.owners.length]);
    }
  }
});
