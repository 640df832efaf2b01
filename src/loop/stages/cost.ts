import { limits } from '../../base/limits.ts';
import type { Program, ProgramNode } from '../../kernel/program.ts';
import { routeUnder } from '../../rules/sigma.ts';
import type { Snapshot } from '../../rules/snapshot.ts';
import type { ShapesDocument } from '../../shapes/document.ts';

/** What deciding about one type looks through, counted in what was compiled. */
export interface TypeCost {
  /** Hooks, or ways of violating shapes. */
  readonly lanes: number;
  /** Kinds of values that its columns tell apart. */
  readonly classes: number;
  /** Bit sets that are looked up by class. */
  readonly rows: number;
  /** Of rows, bounds and directories. */
  readonly bytes: number;
}

/**
 * What a type may cost unless it already costs more: 32 KiB are a first-level cache, beyond which
 * lookups are no longer hot.
 */
export const costMax: TypeCost = {
  lanes: limits.hooks,
  classes: 16_384,
  rows: 16_384,
  bytes: 32_768,
};

const nothing: TypeCost = { lanes: 0, classes: 0, rows: 0, bytes: 0 };

/** The names of what is counted, in the order in which they are judged. */
export const costNames: readonly (keyof TypeCost)[] = ['lanes', 'classes', 'rows', 'bytes'];

/** The sum of two costs. */
function add(one: TypeCost, other: TypeCost): TypeCost {
  return {
    lanes: one.lanes + other.lanes,
    classes: one.classes + other.classes,
    rows: one.rows + other.rows,
    bytes: one.bytes + other.bytes,
  };
}

function costOf({ laneCount, columns, root, bytes }: Program): TypeCost {
  const classes = columns.reduce((sum, { classCount }) => sum + classCount, 0);
  return { lanes: laneCount, classes, rows: rowsOf(root), bytes };
}

function rowsOf({ blocks, groups }: ProgramNode): number {
  let rows = 0;
  for (const { columns, words } of blocks) {
    for (const column of columns) rows += column.rows.length / words;
  }
  for (const { nodes } of groups) for (const node of nodes.values()) rows += rowsOf(node);
  return rows;
}

/** Costs by type; rows of shapes count with those of the hooks. */
export interface SnapshotCost {
  readonly types: ReadonlyMap<string, TypeCost>;
  readonly sum: TypeCost;
  /** Types about whose records an engine has to be asked. */
  readonly warm: number;
}

/** What deciding costs under rules and shapes: computed, so the same on every machine. */
export function snapshotCost(
  { plans }: Pick<Snapshot, 'plans'>,
  shapes: ShapesDocument | undefined,
): SnapshotCost {
  const types = new Map<string, TypeCost>();
  let sum = nothing;
  let warm = 0;
  for (const [type, { program, observation }] of plans) {
    let cost = costOf(program);
    const route = shapes === undefined ? undefined : routeUnder(shapes, observation);
    if (route?.kind === 'hot') cost = add(cost, costOf(route.program));
    if (route?.kind === 'warm') warm++;
    types.set(type, cost);
    sum = add(sum, cost);
  }
  return { types, sum, warm };
}

const known = new WeakMap<object, { readonly shapes: unknown; readonly cost: SnapshotCost }>();

/** {@link snapshotCost} of the current snapshot, which is asked about with every proposal. */
export function currentCost(snapshot: Snapshot, shapes: ShapesDocument | undefined): SnapshotCost {
  const found = known.get(snapshot);
  if (found !== undefined && found.shapes === shapes) return found.cost;
  const cost = snapshotCost(snapshot, shapes);
  known.set(snapshot, { shapes, cost });
  return cost;
}
