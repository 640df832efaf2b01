import { type CompiledLane, type Settled, settledAt } from './block.ts';
import { type Column, classOf } from './column.ts';
import { classAt, isNumeric } from './coordinate.ts';
import { entryOf } from './maps.ts';

/** More lanes than this are grouped by what they ask their values to equal. */
export const groupAbove = 256;
/** Columns looked at for groups: each costs a decision one lookup. */
const accessMax = 4;
/** A condition that takes any of more values than this selects too little. */
const valuesMax = 8;

/** Lanes that can only fire where a column has one of these places. */
export interface AccessGroup {
  readonly column: number;
  readonly lanesAt: ReadonlyMap<number, readonly number[]>;
}

/**
 * Groups lanes by their most selective equality, the access predicate (Fabret et al., "Filtering
 * Algorithms and Implementation for Very Fast Publish/Subscribe Systems", SIGMOD 2001): a decision
 * looks only at the groups that its values select and at the lanes without one.
 */
export function accessGroups(
  lanes: readonly number[],
  settled: Settled | undefined,
  table: { readonly columns: readonly Column[]; readonly lanes: readonly CompiledLane[] },
): { readonly groups: readonly AccessGroup[]; readonly rest: readonly number[] } {
  const places = new Map<number, Map<number, number>>();
  // A lane stands once for each of its values. At every level that would multiply: only at first.
  const most = settled === undefined ? valuesMax : 1;
  const options = lanes.map((lane) =>
    equalities(table.lanes[lane]!, table.columns).filter(
      ({ column, at }) => at.length <= most && settledAt(settled, column) === undefined,
    ),
  );
  for (const lane of options) {
    for (const { column, at } of lane) {
      const counts = entryOf(places, column, () => new Map<number, number>());
      for (const place of at) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
  }
  // The columns that tell most values apart.
  const chosen = new Set(
    [...places]
      .sort(([, one], [, two]) => two.size - one.size)
      .slice(0, accessMax)
      .map(([column]) => column),
  );
  const groups = new Map<number, Map<number, number[]>>();
  const rest: number[] = [];
  lanes.forEach((lane, index) => {
    const size = ({ column, at }: Equality): number =>
      Math.max(0, ...at.map((place) => places.get(column)!.get(place)!));
    const [best] = options[index]!.filter(
      (option) => chosen.has(option.column) && 2 * size(option) <= lanes.length,
    ).sort((one, two) => size(one) - size(two));
    if (best === undefined) {
      rest.push(lane);
      return;
    }
    const byPlace = entryOf(groups, best.column, () => new Map<number, number[]>());
    for (const place of best.at) entryOf(byPlace, place, (): number[] => []).push(lane);
  });
  return {
    groups: [...groups].map(([column, lanesAt]) => ({ column, lanesAt })),
    rest,
  };
}

interface Equality {
  readonly column: number;
  /** The places at which it holds; nowhere else does the lane fire. */
  readonly at: readonly number[];
}

function equalities(lane: CompiledLane, columns: readonly Column[]): Equality[] {
  // A guard's lane fires on absent values too.
  if (lane.absentHolds) return [];
  return lane.conditions.flatMap(({ column, condition }): Equality[] => {
    const { op, right } = condition;
    const axis = columns[column]!;
    if ((op !== 'eq' && op !== 'in') || axis.shape !== 'values' || axis.kind === 'decimal') {
      return [];
    }
    if (right === undefined || !('value' in right)) return [];
    const values = Array.isArray(right.value) ? right.value : [right.value];
    if (values.length > valuesMax || axis.kind === 'instant') return [];
    const at = values.map((value) =>
      isNumeric(axis) ? (value as number) : classAt(classOf(axis, value)),
    );
    return [{ column, at: [...new Set(at)] }];
  });
}
