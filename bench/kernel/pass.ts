import type { Hook } from 'knhk';
import type { BenchContext } from '../harness.ts';
import { type Reading, Reading as readingType } from './readings.ts';

// The memory of one pass, laid out as the addon wants it: a control block, 1,024 cells of eight
// class ids, a table of rows, a mask per cell, the places of the cells that fired.

/** Bytes of a row: 64, 256 or 512 lanes. */
export type LaneBytes = 8 | 32 | 64;

const cellsAt = 256;
const tableAt = 8_448;
const columns = 8;
const classes = 256;
const capacity = 1_024;

/** One pass and its parts, over one SharedArrayBuffer. */
export interface Pass {
  readonly laneBytes: LaneBytes;
  readonly memory: Uint8Array;
  /** [0] cells to evaluate, [1] how many fired, [2] and [3] the ticks that it took. */
  readonly control: Uint32Array;
  readonly cells: Uint8Array;
  /** The cells as words, two each. */
  readonly cellWords: Uint32Array;
  readonly table: Int32Array;
  readonly masks: Int32Array;
  readonly fired: Uint16Array;
}

interface BlockColumn {
  readonly column: number;
  readonly bounds: Float64Array;
  readonly dense: Uint8Array | undefined;
  readonly rows: Int32Array;
}

interface Program {
  readonly columns: readonly { readonly operands: readonly { readonly field: string }[] }[];
  readonly root: {
    readonly blocks: readonly {
      readonly lanes: readonly number[];
      readonly words: number;
      readonly columns: readonly BlockColumn[];
    }[];
  };
}

interface ProgramModule {
  compileProgram(lanes: readonly object[]): Program;
}
interface CoordinateModule {
  coordinateOf(column: object, value: unknown): number;
}
interface RunModule {
  locate(bounds: Float64Array, start: number, count: number, place: number): number;
}

/** What the kernel's compiler made of hooks: rows by column, and how classes are found. */
export interface Compiled {
  /** `rows[column][2 * class + word]` of 64 lanes. */
  readonly rows: readonly Int32Array[];
  /** Stores a reading's class ids from a place on, one byte per column. */
  encode(reading: Reading, ids: Uint8Array, at: number): void;
}

/** Compiles 64 hooks with the kernel of dist. */
export async function compiled(context: BenchContext, hooks: readonly Hook[]): Promise<Compiled> {
  const { compileProgram } = await needed<ProgramModule>(context, 'kernel/program.js');
  const { coordinateOf } = await needed<CoordinateModule>(context, 'kernel/coordinate.js');
  const { locate } = await needed<RunModule>(context, 'kernel/run.js');
  const fields = readingType.fields as Readonly<Record<string, { readonly kind: string }>>;
  const program = compileProgram(
    hooks.map(({ when }) => ({
      absentHolds: false,
      conditions: when.map((condition) => {
        const { field } = condition.left as { readonly field: string };
        return { ...condition, kind: fields[field]!.kind };
      }),
    })),
  );
  const [block, another] = program.root.blocks;
  if (block === undefined || another !== undefined || block.words !== 2) {
    throw new Error('the hooks do not make one block of 64 lanes');
  }
  const sources = block.columns.map(({ column, bounds, dense }) => {
    const name = program.columns[column]!.operands[0]!.field as keyof Reading;
    return { name, axis: program.columns[column]!, bounds, dense };
  });
  return {
    rows: block.columns.map(({ rows }) => rows),
    encode: (reading, ids, at) => {
      for (let index = 0; index < sources.length; index++) {
        const { name, axis, bounds, dense } = sources[index]!;
        const place = coordinateOf(axis, reading[name]);
        const cls = locate(bounds, 0, bounds.length, place);
        ids[at + index] = dense === undefined ? cls : dense[cls]!;
      }
    },
  };
}

async function needed<Module>(context: BenchContext, path: string): Promise<Module> {
  const module = await context.internal<Module>(path);
  if (module === undefined) throw new Error(`dist has no ${path}`);
  return module;
}

/** An empty pass. */
export function newPass(laneBytes: LaneBytes): Pass {
  const masksAt = tableAt + columns * classes * laneBytes;
  const firedAt = masksAt + capacity * laneBytes;
  const buffer = new SharedArrayBuffer(firedAt + 2 * capacity);
  return {
    laneBytes,
    memory: new Uint8Array(buffer),
    control: new Uint32Array(buffer, 0, 64),
    cells: new Uint8Array(buffer, cellsAt, columns * capacity),
    cellWords: new Uint32Array(buffer, cellsAt, 2 * capacity),
    table: new Int32Array(buffer, tableAt, (columns * classes * laneBytes) / 4),
    masks: new Int32Array(buffer, masksAt, (capacity * laneBytes) / 4),
    fired: new Uint16Array(buffer, firedAt, capacity),
  };
}

/** Writes the rows of 64 lanes into a pass; in a wider one they are repeated. */
export function fillTable({ table, laneBytes }: Pass, rows: readonly Int32Array[]): void {
  const words = laneBytes / 4;
  for (let column = 0; column < columns; column++) {
    const row = rows[column];
    // A column that nobody reads has one class, all ones.
    const count = row === undefined ? 1 : row.length / 2;
    for (let cls = 0; cls < count; cls++) {
      for (let word = 0; word < words; word++) {
        table[(column * classes + cls) * words + word] =
          row === undefined ? -1 : row[2 * cls + (word & 1)]!;
      }
    }
  }
}

/**
 * The pass of 64 lanes in plain JavaScript: what the native engines are compared with, and how fast
 * the same algorithm is without them. Reads and writes what they do.
 */
export function portable({ control, cells, table, masks, fired }: Pass): () => void {
  return () => {
    const n = Math.min(control[0]!, capacity);
    let count = 0;
    for (let cell = 0; cell < n; cell++) {
      const at = 8 * cell;
      const a = 2 * cells[at]!;
      const b = 512 + 2 * cells[at + 1]!;
      const c = 1_024 + 2 * cells[at + 2]!;
      const d = 1_536 + 2 * cells[at + 3]!;
      const e = 2_048 + 2 * cells[at + 4]!;
      const f = 2_560 + 2 * cells[at + 5]!;
      const g = 3_072 + 2 * cells[at + 6]!;
      const h = 3_584 + 2 * cells[at + 7]!;
      const low =
        table[a]! &
        table[b]! &
        table[c]! &
        table[d]! &
        table[e]! &
        table[f]! &
        table[g]! &
        table[h]!;
      const high =
        table[a + 1]! &
        table[b + 1]! &
        table[c + 1]! &
        table[d + 1]! &
        table[e + 1]! &
        table[f + 1]! &
        table[g + 1]! &
        table[h + 1]!;
      masks[2 * cell] = low;
      masks[2 * cell + 1] = high;
      fired[count] = cell;
      count += (low | high) === 0 ? 0 : 1;
    }
    control[1] = count;
  };
}
