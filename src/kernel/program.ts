import type { Condition, Operand } from '../terms/conditions.ts';
import type { FieldKind } from '../terms/fields.ts';
import type { Scalar } from '../terms/scalars.ts';
import { accessGroups, groupAbove } from './access.ts';
import { acceptancesOf, type Block, blockOf, splitLanes } from './block.ts';
import type { BoundCondition, Column } from './column.ts';
import { type Lane, type LaneTable, laneTable } from './lanes.ts';
import { type Layout, layoutOf } from './layout.ts';

export type { BoundCondition } from './column.ts';
export type { Lane } from './lanes.ts';

/**
 * Lanes compiled to per-field rows. Equal lanes are one; lanes are dealt out to blocks of at most 8
 * columns and 512 lanes; in a block `row[column][class]` has a lane's bit iff its conditions on that
 * column hold for that class, and fired = AND over the columns. Above 256 lanes those with an
 * equality stand in groups by its value, and only the groups that a record selects are looked at.
 */
export interface Program {
  /** Lanes as given. */
  readonly laneCount: number;
  /** Words of 32 bits that a result over the lanes as given takes. */
  readonly words: number;
  readonly columns: readonly Column[];
  readonly root: ProgramNode;
  readonly layout: Layout;
  /** Per distinct lane the given ones that equal it, ascending. */
  readonly owners: readonly (readonly number[])[];
  /** Bytes of rows, bounds and directories. */
  readonly bytes: number;
  /** What a later compilation over almost the same lanes starts from. */
  readonly sources: ProgramSources;
}

/** Blocks that every record is matched with, and groups that a record's values select. */
export interface ProgramNode {
  readonly blocks: readonly Block[];
  readonly groups: readonly ProgramGroup[];
}

export interface ProgramGroup {
  readonly column: number;
  readonly nodes: ReadonlyMap<number, ProgramNode>;
}

interface ProgramSources {
  readonly table: LaneTable;
  readonly blocks: ReadonlyMap<string, Block>;
}

/** Replaces a parameter by its value; the value's kind was checked when rules were linked. */
export function bind(
  condition: Condition,
  kind: FieldKind,
  parameter: (name: string) => Scalar,
  of?: FieldKind,
): BoundCondition {
  const { op, left, right } = condition;
  const base = { op, left, kind, ...(of === undefined ? {} : { of }) };
  if (right === undefined) return base;
  return { ...base, right: 'param' in right ? { value: parameter(right.param) } : right };
}

/**
 * Compiles lanes. With the program of before, blocks whose lanes did not change are taken over: a
 * parameter's change compiles the blocks of the lanes that name it.
 */
export function compileProgram(lanes: readonly Lane[], before?: Program): Program {
  const table = laneTable(lanes, before?.sources.table);
  const compiler = new Compiler(table, before?.sources.blocks);
  const root = compiler.node(table.lanes.map((_, index) => index));
  const layout = layoutOf(root, table.columns);
  return {
    laneCount: lanes.length,
    words: Math.max(1, Math.ceil(lanes.length / 32)),
    columns: table.columns,
    root,
    layout,
    owners: table.owners,
    bytes: layout.bytes,
    sources: { table, blocks: compiler.blocks },
  };
}

class Compiler {
  readonly blocks = new Map<string, Block>();
  readonly #table: LaneTable;
  readonly #known: ReadonlyMap<string, Block> | undefined;

  constructor(table: LaneTable, known: ReadonlyMap<string, Block> | undefined) {
    this.#table = table;
    this.#known = known;
  }

  node(lanes: readonly number[]): ProgramNode {
    if (lanes.length <= groupAbove) return { blocks: this.#blocksOf(lanes), groups: [] };
    const { groups, rest } = accessGroups(lanes, this.#table);
    return {
      blocks: this.#blocksOf(rest),
      groups: groups.map(({ column, lanesAt }) => ({
        column,
        nodes: new Map([...lanesAt].map(([place, same]) => [place, this.node(same)])),
      })),
    };
  }

  #blocksOf(lanes: readonly number[]): readonly Block[] {
    if (lanes.length === 0) return [];
    const key = this.#keyOf(lanes);
    const known = this.#known?.get(key);
    // What is taken over names its lanes by their places of before.
    if (known !== undefined && known.lanes.length === lanes.length) {
      const block = { ...known, lanes };
      this.blocks.set(key, block);
      return [block];
    }
    const { columns } = this.#table;
    const accepted = lanes.map(
      (lane) => [lane, acceptancesOf(this.#table.lanes[lane]!, columns)] as const,
    );
    let bundles = splitLanes(accepted);
    if (bundles.length > 1) {
      // Lanes that read the same columns share a block.
      const signature = (lane: number): string =>
        this.#table.lanes[lane]!.conditions.map(({ column }) => column)
          .sort((one, two) => one - two)
          .join();
      const signed = accepted.map((item) => ({ item, by: signature(item[0]) }));
      signed.sort((one, two) => (one.by < two.by ? -1 : one.by > two.by ? 1 : 0));
      bundles = splitLanes(signed.map(({ item }) => item));
    }
    const blocks = bundles.map(blockOf);
    if (blocks.length === 1) this.blocks.set(key, blocks[0]!);
    return blocks;
  }

  /** Names what a block over these lanes follows from. */
  #keyOf(lanes: readonly number[]): string {
    const columns = new Set<number>();
    const keys = lanes.map((lane) => {
      const { key, conditions } = this.#table.lanes[lane]!;
      for (const { column } of conditions) columns.add(column);
      return key;
    });
    const marks = [...columns].map((column) => `${column} ${this.#table.marks[column]!}`);
    return `${keys.join('\n')}\n\n${marks.join('\n')}`;
  }
}

/** What reads an operand of one record; `undefined` where it is absent. */
export type ReadOperand = (operand: Operand) => unknown;
