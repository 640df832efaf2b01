import { expect } from 'vitest';
import {
  type Block,
  classesPerColumn,
  columnsPerBlock,
  lanesPerBlock,
} from '../../src/kernel/block.ts';
import type { Program } from '../../src/kernel/program.ts';
import { nodesOf } from './lanes.ts';

/** Blocks of all nodes. */
export const blocksOf = ({ root }: Program): Block[] =>
  nodesOf(root).flatMap(({ blocks }) => blocks);

/** What every block of every program keeps to. */
export function expectBounded(program: Program): void {
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
