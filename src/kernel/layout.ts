import type { Block } from './block.ts';
import type { Column } from './column.ts';
import { isNumeric } from './coordinate.ts';
import type { ProgramNode } from './program.ts';
import { type Wide, wideOf } from './wide.ts';

/** Children of one access column. */
interface LayoutGroup {
  readonly column: number;
  /** Node by class, -1 where no lane asks for it; for columns whose places are classes. */
  readonly byClass: Int32Array | undefined;
  readonly byNumber: ReadonlyMap<number, number> | undefined;
}

/**
 * A program in flat arrays, so that ten thousand small groups lie close together:
 *
 * - `nodes`, 4 a node: first block, blocks, first group, groups;
 * - `code`, per block: words, first lane, lanes, columns; then 5 a column: index of its place,
 *   first bound, bounds, first dense class or -1, first row.
 */
export interface Layout {
  readonly nodes: Int32Array;
  /** Where each block's code begins. */
  readonly blocks: Int32Array;
  readonly code: Int32Array;
  readonly bounds: Float64Array;
  readonly dense: Uint8Array;
  readonly rows: Int32Array;
  readonly lanes: Int32Array;
  readonly groups: readonly LayoutGroup[];
  /** Per node shared searches, where it has many blocks. */
  readonly wides: readonly (Wide | undefined)[];
  readonly bytes: number;
}

export const nodeStride = 4;
export const blockHeader = 4;
export const columnStride = 5;
/** Blocks of one node from which on their searches are shared. */
const wideFrom = 4;

/** Lays a tree of blocks out. */
export function layoutOf(root: ProgramNode, columns: readonly Column[]): Layout {
  const writer = new Writer(columns);
  writer.node(root);
  return writer.finish();
}

class Writer {
  readonly #columns: readonly Column[];
  readonly #nodes: number[] = [];
  readonly #blocks: number[] = [];
  readonly #code: number[] = [];
  readonly #lanes: number[] = [];
  readonly #bounds: Float64Array[] = [];
  readonly #dense: Uint8Array[] = [];
  readonly #rows: Int32Array[] = [];
  readonly #groups: LayoutGroup[] = [];
  readonly #wides: (Wide | undefined)[] = [];
  #boundCount = 0;
  #denseCount = 0;
  #rowCount = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  node(node: ProgramNode): number {
    const index = this.#nodes.length / nodeStride;
    const groupCount = node.groups.length;
    this.#nodes.push(this.#blocks.length, node.blocks.length, this.#groups.length, groupCount);
    this.#wides.push(node.blocks.length >= wideFrom ? wideOf(node.blocks) : undefined);
    for (const block of node.blocks) this.#block(block);
    const start = this.#groups.length;
    // Reserved first: the groups of one node stand together, its children's behind them.
    for (const { column } of node.groups) {
      this.#groups.push({ column, byClass: undefined, byNumber: undefined });
    }
    node.groups.forEach(({ column, nodes }, position) => {
      const children = new Map<number, number>();
      for (const [place, child] of nodes) children.set(place, this.node(child));
      this.#groups[start + position] = this.#group(column, children);
    });
    return index;
  }

  #group(column: number, children: ReadonlyMap<number, number>): LayoutGroup {
    const axis = this.#columns[column]!;
    if (isNumeric(axis)) return { column, byClass: undefined, byNumber: children };
    const byClass = new Int32Array(axis.classCount).fill(-1);
    for (const [place, node] of children) byClass[place] = node;
    return { column, byClass, byNumber: undefined };
  }

  #block(block: Block): void {
    this.#blocks.push(this.#code.length);
    this.#code.push(block.words, this.#lanes.length, block.lanes.length, block.columns.length);
    for (const lane of block.lanes) this.#lanes.push(lane);
    for (const { column, bounds, dense, rows } of block.columns) {
      const denseAt = dense === undefined ? -1 : this.#denseCount;
      this.#code.push(column, this.#boundCount, bounds.length, denseAt, this.#rowCount);
      this.#bounds.push(bounds);
      this.#rows.push(rows);
      this.#boundCount += bounds.length;
      this.#rowCount += rows.length;
      if (dense !== undefined) {
        this.#dense.push(dense);
        this.#denseCount += dense.length;
      }
    }
  }

  finish(): Layout {
    const bounds = new Float64Array(this.#boundCount);
    const dense = new Uint8Array(this.#denseCount);
    const rows = new Int32Array(this.#rowCount);
    join(bounds, this.#bounds);
    join(dense, this.#dense);
    join(rows, this.#rows);
    const arrays = {
      nodes: Int32Array.from(this.#nodes),
      blocks: Int32Array.from(this.#blocks),
      code: Int32Array.from(this.#code),
      lanes: Int32Array.from(this.#lanes),
      bounds,
      dense,
      rows,
    };
    let bytes = 0;
    for (const { byteLength } of Object.values(arrays)) bytes += byteLength;
    for (const { byClass, byNumber } of this.#groups) {
      bytes += byClass?.byteLength ?? 16 * (byNumber?.size ?? 0);
    }
    for (const wide of this.#wides) bytes += wide?.bytes ?? 0;
    return { ...arrays, groups: this.#groups, wides: this.#wides, bytes };
  }
}

function join<T extends { length: number; set(part: T, at: number): void }>(
  whole: T,
  parts: readonly T[],
): void {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
}
