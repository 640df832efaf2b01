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
 * A program in flat arrays, each block in one piece, so that one of ten thousand small groups is a
 * few lines of cache:
 *
 * - `nodes`, 6 a node: first block, blocks, first group, groups, first wide block, wide blocks;
 * - `code`, per block: words, where its lanes begin, lanes, columns; then 5 a column: index of its
 *   place, first bound, bounds, first dense class or -1, first row; then bounds, rows and lanes.
 */
export interface Layout {
  readonly nodes: Int32Array;
  /** Where each block's code begins. */
  readonly blocks: Int32Array;
  readonly code: Int32Array;
  /** The same memory as `code`, for the bounds. */
  readonly bounds: Float64Array;
  readonly dense: Uint8Array;
  readonly groups: readonly LayoutGroup[];
  readonly wides: readonly Wide[];
  readonly bytes: number;
}

export const nodeStride = 6;
export const blockHeader = 4;
export const columnStride = 5;
/** A group's child is a node, nothing, or, from here downwards, a block by itself. */
export const noChild = -1;
export const firstBlockChild = -2;

/** Lays a tree of blocks out. */
export function layoutOf(root: ProgramNode, columns: readonly Column[]): Layout {
  const writer = new Writer(columns);
  writer.node(root);
  return writer.finish();
}

class Writer {
  readonly #columns: readonly Column[];
  readonly #nodes: number[] = [];
  readonly #blocks: Block[] = [];
  readonly #starts: number[] = [];
  readonly #groups: LayoutGroup[] = [];
  readonly #wides: Wide[] = [];
  #size = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  node({ blocks, groups, wides }: ProgramNode): number {
    const index = this.#nodes.length / nodeStride;
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
      for (const [place, child] of nodes) children.set(place, this.#child(child));
      this.#groups[start + position] = this.#group(column, children);
    });
    return index;
  }

  #child(node: ProgramNode): number {
    const { blocks, groups, wides } = node;
    if (groups.length > 0 || wides.length > 0 || blocks.length > 1) return this.node(node);
    return blocks.length === 0 ? noChild : firstBlockChild - this.#block(blocks[0]!);
  }

  #group(column: number, children: ReadonlyMap<number, number>): LayoutGroup {
    const axis = this.#columns[column]!;
    if (isNumeric(axis)) return { column, byClass: undefined, byNumber: children };
    const byClass = new Int32Array(axis.classCount).fill(noChild);
    for (const [place, node] of children) byClass[place] = node;
    return { column, byClass, byNumber: undefined };
  }

  /** Reserves a block's place and answers where it is. */
  #block(block: Block): number {
    const start = this.#size;
    this.#blocks.push(block);
    this.#starts.push(start);
    let size = even(blockHeader + columnStride * block.columns.length) + block.lanes.length;
    for (const { bounds, rows } of block.columns) size += 2 * bounds.length + rows.length;
    // Bounds are doubles, so every block begins at a multiple of eight bytes.
    this.#size = start + even(size);
    return start;
  }

  finish(): Layout {
    const code = new Int32Array(even(this.#size));
    const bounds = new Float64Array(code.buffer);
    const dense: number[] = [];
    this.#blocks.forEach((block, index) => {
      writeBlock(block, this.#starts[index]!, code, bounds, dense);
    });
    const arrays = {
      nodes: Int32Array.from(this.#nodes),
      blocks: Int32Array.from(this.#starts),
      code,
      dense: Uint8Array.from(dense),
    };
    let bytes = 0;
    for (const { byteLength } of Object.values(arrays)) bytes += byteLength;
    for (const { byClass, byNumber } of this.#groups) {
      bytes += byClass?.byteLength ?? 16 * (byNumber?.size ?? 0);
    }
    for (const wide of this.#wides) bytes += wide.bytes;
    return { ...arrays, bounds, groups: this.#groups, wides: this.#wides, bytes };
  }
}

const even = (size: number): number => size + (size & 1);

function writeBlock(
  { words, lanes, columns }: Block,
  start: number,
  code: Int32Array,
  doubles: Float64Array,
  classes: number[],
): void {
  let boundAt = (start + even(blockHeader + columnStride * columns.length)) / 2;
  let rowAt = 2 * boundAt;
  for (const { bounds } of columns) rowAt += 2 * bounds.length;
  let next = start + blockHeader;
  for (const { column, bounds, dense, rows } of columns) {
    code[next] = column;
    code[next + 1] = boundAt;
    code[next + 2] = bounds.length;
    code[next + 3] = dense === undefined ? -1 : classes.length;
    code[next + 4] = rowAt;
    next += columnStride;
    for (const bound of bounds) doubles[boundAt++] = bound;
    for (const row of rows) code[rowAt++] = row;
    for (const cls of dense ?? []) classes.push(cls);
  }
  code[start] = words;
  code[start + 1] = rowAt;
  code[start + 2] = lanes.length;
  code[start + 3] = columns.length;
  for (const lane of lanes) code[rowAt++] = lane;
}
