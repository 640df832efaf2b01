import type { Condition, Operand } from '../terms/conditions.ts';
import type { FieldKind } from '../terms/fields.ts';
import type { Scalar } from '../terms/scalars.ts';
import {
  type BoundCondition,
  type Column,
  classOf,
  columnKeys,
  columnOf,
  testOn,
} from './column.ts';

export type { BoundCondition } from './column.ts';

/** One rule in the kernel: all its conditions must hold (AND). */
export interface Lane {
  readonly conditions: readonly BoundCondition[];
  /** Guards read an absent value as a match (fail closed), hooks as no match. */
  readonly absentHolds: boolean;
}

/**
 * Lanes compiled to per-field rows: `rows[column][class * words + word]` has bit h iff every
 * condition of lane h on that column holds for that class; fired = AND over the columns.
 */
export interface Program {
  readonly laneCount: number;
  readonly words: number;
  readonly columns: readonly Column[];
  readonly rows: readonly Int32Array[];
  /** Every lane's bit set. */
  readonly all: Int32Array;
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

/** Compiles lanes into rows. Lanes keep their order: lane h is bit h % 32 of word h / 32. */
export function compileProgram(lanes: readonly Lane[]): Program {
  const words = Math.max(1, Math.ceil(lanes.length / 32));
  const keyOf = columnKeys();
  const keyed = lanes.map(({ conditions, absentHolds }) => ({
    absentHolds,
    conditions: conditions.map((condition) => ({ condition, key: keyOf(condition) })),
  }));
  const byKey = new Map<string, BoundCondition[]>();
  for (const { condition, key } of keyed.flatMap(({ conditions }) => conditions)) {
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [condition]);
    else same.push(condition);
  }
  const columns = [...byKey.keys()].sort().map((key) => columnOf(key, byKey.get(key)!));
  const rows = columns.map((column) => rowsOf(column, keyed, words));
  const all = new Int32Array(words);
  for (let lane = 0; lane < lanes.length; lane++) all[lane >>> 5]! |= 1 << (lane & 31);
  return { laneCount: lanes.length, words, columns, rows, all };
}

interface KeyedLane {
  readonly absentHolds: boolean;
  readonly conditions: readonly { readonly condition: BoundCondition; readonly key: string }[];
}

function rowsOf(column: Column, lanes: readonly KeyedLane[], words: number): Int32Array {
  const rows = new Int32Array(column.classCount * words).fill(-1);
  lanes.forEach((lane, index) => {
    const tests = lane.conditions
      .filter(({ key }) => key === column.key)
      .map(({ condition }) => testOn(column, condition, lane.absentHolds));
    for (let cls = 0; cls < column.classCount && tests.length > 0; cls++) {
      if (tests.every((holds) => holds(cls))) continue;
      rows[cls * words + (index >>> 5)]! &= ~(1 << (index & 31));
    }
  });
  return rows;
}

/**
 * The portable engine: ANDs one row per column. The work depends on the number of columns and
 * words only, never on the data.
 *
 * @param classes one class per column, clamped to the column's rows
 * @param fired receives one bit per lane
 */
export function runProgram(program: Program, classes: Int32Array, fired: Int32Array): void {
  const { words, rows } = program;
  fired.set(program.all);
  for (let column = 0; column < rows.length; column++) {
    const row = rows[column]!;
    const start = classes[column]! * words;
    for (let word = 0; word < words; word++) fired[word]! &= row[start + word]!;
  }
}

/** {@link runProgram} for programs of at most 32 lanes: the fired bits as one integer. */
export function runWord(program: Program, classes: Int32Array): number {
  const { rows } = program;
  let fired = program.all[0]!;
  for (let column = 0; column < rows.length; column++) {
    fired &= rows[column]![classes[column]!]!;
  }
  return fired;
}

/** Classes of the values that `value` gives for each operand. */
export function classify(
  program: Program,
  value: (operand: Operand) => unknown,
  classes: Int32Array,
): void {
  const { columns } = program;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    const [left, other] = column.operands as readonly [Operand, Operand?];
    const second = other === undefined ? undefined : value(other);
    classes[index] = classOf(column, value(left), second);
  }
}

/** Indices of the set bits, ascending. */
export function setLanes(fired: Int32Array): number[] {
  const lanes: number[] = [];
  for (let word = 0; word < fired.length; word++) {
    let bits = fired[word]!;
    while (bits !== 0) {
      const low = 31 - Math.clz32(bits & -bits);
      lanes.push(32 * word + low);
      bits &= bits - 1;
    }
  }
  return lanes;
}
