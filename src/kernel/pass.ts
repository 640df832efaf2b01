import type { Block } from './block.ts';
import type { Engine } from './engine.ts';
import { engineBits, type LaneBytes } from './native.ts';
import { portableRun } from './portable.ts';

/** Observations that one pass holds. */
export const passCapacity = 1_024;
/** Bytes of a cell: one class per column. */
const cellBytes = 8;
const controlBytes = 256;
const classes = 256;

/**
 * The memory of one pass and what evaluates it. JavaScript owns it; native code is told its address
 * once. native/README.md has the layout.
 */
export interface Pass {
  readonly block: Block;
  readonly laneBytes: LaneBytes;
  readonly memory: Uint8Array;
  /** [0] cells to evaluate, [1] how many fired, [2] and [3] the counter's ticks of the last run. */
  readonly control: Uint32Array;
  /** Two words a cell: classes of columns 0 to 3 and 4 to 7, the first in the lowest byte. */
  readonly cells: Int32Array;
  /** `rows[(column * 256 + class) * laneBytes / 4 + word]`. */
  readonly rows: Int32Array;
  readonly masks: Int32Array;
  /** Cells that fired, ascending. */
  readonly fired: Uint16Array;
  /** Evaluates `control[0]` cells. */
  readonly run: () => void;
}

/** Lays a block out and binds the engine to it. */
export function passOf(block: Block, engine: Engine): Pass {
  const laneBytes = laneBytesOf(block.lanes.length);
  const tableAt = controlBytes + passCapacity * cellBytes;
  const masksAt = tableAt + cellBytes * classes * laneBytes;
  const firedAt = masksAt + passCapacity * laneBytes;
  const buffer = new SharedArrayBuffer(firedAt + passCapacity * 2);
  const pass = {
    block,
    laneBytes,
    memory: new Uint8Array(buffer),
    control: new Uint32Array(buffer, 0, controlBytes / 4),
    cells: new Int32Array(buffer, controlBytes, passCapacity * 2),
    rows: new Int32Array(buffer, tableAt, (masksAt - tableAt) / 4),
    masks: new Int32Array(buffer, masksAt, (firedAt - masksAt) / 4),
    fired: new Uint16Array(buffer, firedAt, passCapacity),
  };
  fillRows(pass.rows, block, laneBytes / 4);
  const { kernel, report } = engine;
  const run =
    kernel === undefined || report.name === 'portable'
      ? () => portableRun(pass)
      : kernel.bind(pass.memory, laneBytes, engineBits[report.name]);
  return { ...pass, run };
}

function laneBytesOf(lanes: number): LaneBytes {
  return lanes <= 64 ? 8 : lanes <= 256 ? 32 : 64;
}

/** Columns that the block lacks let every lane through, lanes that it lacks never fire. */
function fillRows(rows: Int32Array, block: Block, words: number): void {
  for (let column = 0; column < cellBytes; column++) {
    const from = block.columns[column];
    const start = column * classes * words;
    if (from === undefined) rows.fill(-1, start, start + words);
    else {
      const count = from.rows.length / block.words;
      for (let cls = 0; cls < count; cls++) {
        for (let word = 0; word < block.words; word++) {
          rows[start + cls * words + word] = from.rows[cls * block.words + word]!;
        }
      }
    }
  }
  const lanes = block.lanes.length;
  for (let cls = 0; cls < classes; cls++) {
    for (let word = 0; word < words; word++) {
      const left = lanes - 32 * word;
      if (left < 32) rows[cls * words + word]! &= left <= 0 ? 0 : (1 << left) - 1;
    }
  }
}
