import type { Scalar } from '../terms/scalars.ts';
import type { CompiledLane } from './block.ts';
import { type BoundCondition, type Column, columnKeys, columnOf } from './column.ts';
import { entryOf } from './maps.ts';

/** One rule in the kernel: all its conditions must hold (AND). */
export interface Lane {
  readonly conditions: readonly BoundCondition[];
  /** Guards read an absent value as a match (fail closed), hooks as no match. */
  readonly absentHolds: boolean;
}

/** Lanes as a program compiles them: equal ones once, over shared columns. */
export interface LaneTable {
  readonly columns: readonly Column[];
  /** Per column the conditions that it was made of, to extend it by. */
  readonly conditions: readonly (readonly BoundCondition[])[];
  /** Per column a mark that stays while its classes keep their places. */
  readonly marks: readonly string[];
  readonly lanes: readonly CompiledLane[];
  /** Per distinct lane the given ones that equal it, ascending. */
  readonly owners: readonly (readonly number[])[];
}

/** A column grown to more than this many times what its lanes name is made anew. */
const staleFactor = 2;

/**
 * Puts equal lanes together and makes their columns. With a table of before, text columns keep the
 * places of the values they knew, so that what was compiled over them stays valid.
 */
export function laneTable(lanes: readonly Lane[], before?: LaneTable): LaneTable {
  const keyOf = columnKeys();
  const distinct = new Map<string, { lane: Lane; keys: string[]; owners: number[] }>();
  const byKey = new Map<string, BoundCondition[]>();
  lanes.forEach((lane, index) => {
    const key = laneKey(lane);
    const known = distinct.get(key);
    if (known !== undefined) {
      known.owners.push(index);
      return;
    }
    const keys = lane.conditions.map((condition) => {
      const column = keyOf(condition);
      entryOf(byKey, column, (): BoundCondition[] => []).push(condition);
      return column;
    });
    distinct.set(key, { lane, keys, owners: [index] });
  });
  const names = [...byKey.keys()].sort();
  const place = new Map(names.map((name, index) => [name, index]));
  const made = names.map((name) => grown(name, byKey.get(name)!, before));
  return {
    columns: made.map(({ column }) => column),
    conditions: made.map(({ conditions }) => conditions),
    marks: made.map(({ mark }) => mark),
    lanes: [...distinct].map(([key, { lane, keys }]) => ({
      key,
      absentHolds: lane.absentHolds,
      conditions: lane.conditions.map((condition, index) => ({
        column: place.get(keys[index]!)!,
        condition,
      })),
    })),
    owners: [...distinct.values()].map(({ owners }) => owners),
  };
}

function laneKey({ conditions, absentHolds }: Lane): string {
  const texts = conditions.map((condition) => JSON.stringify(condition));
  return `${absentHolds} ${(texts.length > 1 ? texts.sort() : texts).join()}`;
}

interface Grown {
  readonly column: Column;
  readonly conditions: readonly BoundCondition[];
  readonly mark: string;
}

function valuesOf({ right }: BoundCondition): readonly Scalar[] {
  if (right === undefined || !('value' in right)) return [];
  return Array.isArray(right.value) ? right.value : [right.value as Scalar];
}

let marks = 0;

/** The column of these conditions; where it can, the one of before or that one with more values. */
function grown(key: string, conditions: readonly BoundCondition[], before?: LaneTable): Grown {
  const fresh = columnOf(key, conditions);
  const { shape, kind, decimals, predicates } = fresh;
  if (shape !== 'values' || fresh.classByValue.size === 0) {
    // Numbers are their own places; the classes of the others follow from what is named here.
    const names = predicates.map(({ name }) => name);
    return { column: fresh, conditions, mark: `${key} ${kind} ${[...decimals, ...names].join()}` };
  }
  const index = before?.columns.findIndex((column) => column.key === key) ?? -1;
  const old = before?.columns[index];
  if (old !== undefined && before !== undefined && old.kind === kind) {
    const unknown = conditions.filter((condition) =>
      valuesOf(condition).some((value) => !old.classByValue.has(value)),
    );
    const all = [...before.conditions[index]!, ...unknown];
    const column = unknown.length === 0 ? old : columnOf(key, all);
    const stale = column.classByValue.size > staleFactor * fresh.classByValue.size;
    if (!stale) return { column, conditions: all, mark: before.marks[index]! };
  }
  return { column: fresh, conditions, mark: `${key} ${marks++}` };
}
