import type { Block } from './block.ts';
import { entryOf } from './maps.ts';

/** One column that many blocks of a node read: one search serves them all. */
interface WideColumn {
  /** Index of its place. */
  readonly column: number;
  /** All bounds of all blocks, ascending. */
  readonly bounds: Float64Array;
  /** `classes[stretch * blocks + block]`: the block's class of each stretch between bounds. */
  readonly classes: Uint8Array;
}

/** Shared searches of a node with many blocks. */
export interface Wide {
  readonly blocks: number;
  readonly columns: readonly WideColumn[];
  /** Per block, 8 a block: which of `columns` its k-th column is. */
  readonly order: Int32Array;
  /** Scratch: where each column's place was found, times `blocks`. */
  readonly found: Int32Array;
  readonly bytes: number;
}

const orderStride = 8;

/**
 * Searching each block's bounds costs as much as evaluating it. Here a column is searched once and
 * every block reads its class of the stretch that was found.
 */
export function wideOf(blocks: readonly Block[]): Wide {
  const places = new Map<number, Set<number>>();
  for (const { columns } of blocks) {
    for (const { column, bounds } of columns) {
      const same = entryOf(places, column, () => new Set<number>());
      for (const place of bounds) same.add(place);
    }
  }
  const columns = [...places].map(([column, set]): WideColumn => {
    const bounds = Float64Array.from(set).sort();
    const classes = new Uint8Array((bounds.length + 1) * blocks.length);
    blocks.forEach((block, index) => {
      fill(block, index, column, bounds, classes, blocks.length);
    });
    return { column, bounds, classes };
  });
  const position = new Map(columns.map(({ column }, index) => [column, index]));
  const order = new Int32Array(orderStride * blocks.length);
  blocks.forEach((block, index) => {
    block.columns.forEach(({ column }, at) => {
      order[orderStride * index + at] = position.get(column)!;
    });
  });
  let bytes = order.byteLength;
  for (const { bounds, classes } of columns) bytes += bounds.byteLength + classes.byteLength;
  return { blocks: blocks.length, columns, order, found: new Int32Array(columns.length), bytes };
}

/** Writes one block's class of every stretch of the shared bounds. */
function fill(
  block: Block,
  index: number,
  column: number,
  shared: Float64Array,
  classes: Uint8Array,
  stride: number,
): void {
  const own = block.columns.find((item) => item.column === column);
  if (own === undefined) return;
  let cls = 0;
  for (let stretch = 0; stretch <= shared.length; stretch++) {
    if (stretch > 0 && own.bounds[cls] === shared[stretch - 1]) cls++;
    classes[stretch * stride + index] = own.dense === undefined ? cls : own.dense[cls]!;
  }
}
