import type { Block } from './block.ts';
import type { Column } from './column.ts';
import { isNumeric } from './coordinate.ts';
import type { ProgramNode } from './program.ts';
import type { Wide } from './wide.ts';

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
 * - `nodes`, 6 a node: first block, blocks, first group, groups, first wide block, wide blocks;
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
  readonly wides: readonly Wide[];
  readonly bytes: number;
}

export const nodeStride = 6;
export const blockHeader = 4;
export const columnStride = 5;
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
  readonly #bounds: number[] = [];
  readonly #dense: number[] = [];
  readonly #rows: number[] = [];
  readonly #groups: LayoutGroup[] = [];
  readonly #wides: Wide[] = [];

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  node(node: ProgramNode): number {
    const index = this.#nodes.length / nodeStride;
    const { blocks, groups, wides } = node;
    this.#nodes.push(this.#blocks.length, blocks.length, this.#groups.length, groups.length);
    this.#nodes.push(this.#wides.length, wides.length);
    this.#wides.push(...wides);
    for (const block of blocks) this.#block(block);
    const start = this.#groups.length;
    // Reserved first: the groups of one node stand together, its children's behind them.
    for (const { column } of groups) {
      this.#groups.push({ column, byClass: undefined, byNumber: undefined });
    }
    groups.forEach(({ column, nodes }, position) => {
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
      const denseAt = dense === undefined ? -1 : this.#dense.length;
      const [boundAt, rowAt] = [this.#bounds.length, this.#rows.length];
      this.#code.push(column, boundAt, bounds.length, denseAt, rowAt);
      for (const bound of bounds) this.#bounds.push(bound);
      for (const row of rows) this.#rows.push(row);
      for (const cls of dense ?? []) this.#dense.push(cls);
    }
  }

  finish(): Layout {
    const arrays = {
      nodes: Int32Array.from(this.#nodes),
      blocks: Int32Array.from(this.#blocks),
      code: Int32Array.from(this.#code),
      lanes: Int32Array.from(this.#lanes),
      bounds: Float64Array.from(this.#bounds),
      dense: Uint8Array.from(this.#dense),
      rows: Int32Array.from(this.#rows),
    };
    let bytes = 0;
    for (const { byteLength } of Object.values(arrays)) bytes += byteLength;
    for (const { byClass, byNumber } of this.#groups) {
      bytes += byClass?.byteLength ?? 16 * (byNumber?.size ?? 0);
    }
    for (const wide of this.#wides) bytes += wide.bytes;
    return { ...arrays, groups: this.#groups, wides: this.#wides, bytes };
  }
}
