import type { Condition, Operand } from '../terms/conditions.ts';
import type { FieldKind } from '../terms/fields.ts';
import type { Scalar } from '../terms/scalars.ts';
import type { Acceptance } from './acceptance.ts';
import { accessGroups, groupAbove } from './access.ts';
import {
  acceptancesOf,
  type Block,
  blockOf,
  blockOfOne,
  type Settled,
  splitLanes,
} from './block.ts';
import type { BoundCondition, Column } from './column.ts';
import { type Lane, type LaneTable, laneTable } from './lanes.ts';
import { type Layout, layoutOf } from './layout.ts';
import { entryOf } from './maps.ts';
import { type Wide, wideOf } from './wide.ts';

export type { BoundCondition } from './column.ts';
export type { Lane } from './lanes.ts';

/**
 * Lanes compiled to per-field rows. Equal lanes are one; lanes are dealt out to blocks of at most 8
 * columns and 512 lanes; in a block `row[column][class]` has a lane's bit iff its conditions on
 * that column hold for that class, and fired = AND over the columns. Above 256 lanes those with an
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

/** Passes that one batch of streamed observations goes through at most. */
export const passesMax = 16;

/** Blocks that every record is matched with, and groups that a record's values select. */
export interface ProgramNode {
  readonly blocks: readonly Block[];
  readonly wides: readonly Wide[];
  readonly groups: readonly ProgramGroup[];
}

export interface ProgramGroup {
  readonly column: number;
  readonly nodes: ReadonlyMap<number, ProgramNode>;
}

interface ProgramSources {
  readonly table: LaneTable;
  readonly leaves: ReadonlyMap<string, KnownLeaf>;
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
  const compiler = new Compiler(table, before?.sources.leaves);
  const root = compiler.node(
    table.lanes.map((_, index) => index),
    undefined,
  );
  const layout = layoutOf(root, table.columns);
  return {
    laneCount: lanes.length,
    words: Math.max(1, Math.ceil(lanes.length / 32)),
    columns: table.columns,
    root,
    layout,
    owners: table.owners,
    bytes: layout.bytes,
    sources: { table, leaves: compiler.leaves },
  };
}

/** What lanes without groups are compiled to. */
type Leaf = Pick<ProgramNode, 'blocks' | 'wides'>;
type AcceptedLane = readonly [lane: number, accepted: Map<number, Acceptance>];

interface KnownLeaf {
  readonly lanes: readonly number[];
  readonly leaf: Leaf;
}

/** Lanes of the same columns from which on they are one wide block. */
const wideFrom = 512;

function renamed({ lanes: before, leaf }: KnownLeaf, lanes: readonly number[]): Leaf {
  const now = new Map(before.map((lane, index) => [lane, lanes[index]!]));
  const rename = <Of extends { readonly lanes: readonly number[] }>(block: Of): Of => ({
    ...block,
    lanes: block.lanes.map((lane) => now.get(lane)!),
  });
  return { blocks: leaf.blocks.map(rename), wides: leaf.wides.map(rename) };
}

class Compiler {
  readonly leaves = new Map<string, KnownLeaf>();
  readonly #table: LaneTable;
  readonly #known: ReadonlyMap<string, KnownLeaf> | undefined;

  constructor(table: LaneTable, known: ReadonlyMap<string, KnownLeaf> | undefined) {
    this.#table = table;
    this.#known = known;
  }

  /**
   * @param settled places that columns are known to have here: what lanes ask of them is answered
   */
  node(lanes: readonly number[], settled: Settled | undefined): ProgramNode {
    if (lanes.length <= groupAbove) return this.#leaf(lanes, settled);
    const { groups, rest } = accessGroups(lanes, settled, this.#table);
    return {
      ...this.#leaf(rest, settled),
      groups: groups.map(({ column, lanesAt }) => ({
        column,
        nodes: new Map(
          [...lanesAt].map(([place, same]) => [
            place,
            this.node(same, { column, place, next: settled }),
          ]),
        ),
      })),
    };
  }

  #leaf(lanes: readonly number[], settled: Settled | undefined): ProgramNode {
    const none: ProgramNode = { blocks: [], wides: [], groups: [] };
    if (lanes.length === 0) return none;
    if (lanes.length === 1) {
      const [lane] = lanes as readonly [number];
      const accepted = acceptancesOf(this.#table.lanes[lane]!, this.#table.columns, settled);
      return accepted === undefined ? none : { ...none, blocks: [blockOfOne(lane, accepted)] };
    }
    const key = this.#keyOf(lanes, settled);
    const known = this.#known?.get(key);
    // What is taken over names its lanes by their places of before.
    const leaf = known === undefined ? this.#compile(lanes, settled) : renamed(known, lanes);
    this.leaves.set(key, { lanes, leaf });
    return { ...none, ...leaf };
  }

  #compile(lanes: readonly number[], settled: Settled | undefined): Leaf {
    const { columns, lanes: compiled } = this.#table;
    const open = lanes.flatMap((lane): AcceptedLane[] => {
      const accepted = acceptancesOf(compiled[lane]!, columns, settled);
      return accepted === undefined ? [] : [[lane, accepted]];
    });
    const bundles = splitLanes(open);
    if (bundles.length <= 1) return { blocks: bundles.map(blockOf), wides: [] };
    // Lanes that read the same columns share a block, a wide one where they are many.
    const bySignature = new Map<string, AcceptedLane[]>();
    for (const lane of open) {
      const signature = [...lane[1].keys()].sort((one, two) => one - two).join();
      entryOf(bySignature, signature, (): AcceptedLane[] => []).push(lane);
    }
    const few: AcceptedLane[] = [];
    const wides: Wide[] = [];
    for (const [signature, same] of bySignature) {
      if (same.length >= wideFrom && signature !== '') wides.push(wideOf(same));
      else few.push(...same);
    }
    return { blocks: splitLanes(few).map(blockOf), wides };
  }

  /** Names what a block over these lanes follows from. */
  #keyOf(lanes: readonly number[], settled: Settled | undefined): string {
    const columns = new Set<number>();
    const keys = lanes.map((lane) => {
      const { key, conditions } = this.#table.lanes[lane]!;
      for (const { column } of conditions) columns.add(column);
      return key;
    });
    const marks = [...columns].map((column) => `${column} ${this.#table.marks[column]!}`);
    const places: string[] = [];
    for (let known = settled; known !== undefined; known = known.next) {
      places.push(`${known.column} = ${known.place}`);
    }
    return [...keys, '', ...marks, '', ...places].join('\n');
  }
}

/** What reads an operand of one record; `undefined` where it is absent. */
export type ReadOperand = (operand: Operand) => unknown;
