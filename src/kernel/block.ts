import { type Acceptance, acceptanceOf, acceptsAt, both } from './acceptance.ts';
import type { BoundCondition, Column } from './column.ts';
import { locate } from './locate.ts';
import { entryOf } from './maps.ts';

/** Fields that one pass reads. */
export const columnsPerBlock = 8;
/** Lanes of one pass: the width of the widest engine. */
export const lanesPerBlock = 512;
/** Classes of one column in one pass: what a byte tells apart. */
export const classesPerColumn = 256;

/** A distinct lane, its conditions sorted by the column that they read. */
export interface CompiledLane {
  /** Equal keys mean equal lanes. */
  readonly key: string;
  readonly absentHolds: boolean;
  readonly conditions: readonly { readonly column: number; readonly condition: BoundCondition }[];
}

/** One column of a block: bounds cut its axis into classes, each class has a row of lanes. */
export interface BlockColumn {
  /** Index into the program's columns. */
  readonly column: number;
  /** Ascending; the class of a place is how many of them lie at or below it. */
  readonly bounds: readonly number[];
  /** Where more than 256 stretches share fewer rows: the class of each stretch. */
  readonly dense: readonly number[] | undefined;
  /** `rows[class * words + word]`: bit h iff lane h's conditions on this column hold there. */
  readonly rows: readonly number[];
}

/** The class of a place in a block's column. */
export function classesOf(column: BlockColumn): (place: number) => number {
  const bounds = Float64Array.from(column.bounds);
  const { dense } = column;
  return (place) => {
    const at = locate(bounds, 0, bounds.length, place);
    return dense === undefined ? at : dense[at]!;
  };
}

/** At most 8 columns and 512 lanes, compiled to rows: what one pass evaluates. */
export interface Block {
  /** Indices of distinct lanes, ascending: lane h of the block is bit h % 32 of word h / 32. */
  readonly lanes: readonly number[];
  readonly words: number;
  readonly columns: readonly BlockColumn[];
}

/** A place that a column is known to have, as in the group that it selects; and those before. */
export interface Settled {
  readonly column: number;
  readonly place: number;
  readonly next: Settled | undefined;
}

/** The place that a column is known to have. */
export function settledAt(settled: Settled | undefined, column: number): number | undefined {
  for (let known = settled; known !== undefined; known = known.next) {
    if (known.column === column) return known.place;
  }
  return undefined;
}

/** Lanes that {@link splitLanes} put together, with what they accept by column. */
export interface Bundle {
  readonly lanes: number[];
  readonly accepted: Map<number, Map<number, Acceptance>>;
}

/**
 * Where a lane holds on each column that it reads; undefined where a settled place refuses it.
 *
 * @param settled places that columns are known to have: nothing more is asked of them
 */
export function acceptancesOf(
  lane: CompiledLane,
  columns: readonly Column[],
  settled: Settled | undefined,
): Map<number, Acceptance> | undefined {
  const accepted = new Map<number, Acceptance>();
  for (const { column, condition } of lane.conditions) {
    const one = acceptanceOf(columns[column]!, condition, lane.absentHolds);
    const place = settledAt(settled, column);
    if (place !== undefined) {
      if (!acceptsAt(one, place)) return undefined;
      continue;
    }
    const before = accepted.get(column);
    accepted.set(column, before === undefined ? one : both(before, one));
  }
  return accepted;
}

/**
 * Deals lanes out to bundles that each fit a block. They are taken in the order given; a lane that
 * alone has more stretches than a byte tells apart gets a bundle of its own.
 */
export function splitLanes(
  lanes: readonly (readonly [lane: number, accepted: Map<number, Acceptance>])[],
): Bundle[] {
  const bundles: Bundle[] = [];
  let bundle: Bundle = { lanes: [], accepted: new Map() };
  let bounds = new Map<number, Set<number>>();
  for (const [lane, accepted] of lanes) {
    if (bundle.lanes.length > 0 && !fits(bundle, bounds, accepted)) {
      bundles.push(bundle);
      bundle = { lanes: [], accepted: new Map() };
      bounds = new Map();
    }
    bundle.lanes.push(lane);
    for (const [column, acceptance] of accepted) {
      const places = entryOf(bounds, column, () => new Set<number>());
      for (const flip of acceptance.flips) places.add(flip);
      entryOf(bundle.accepted, column, () => new Map()).set(lane, acceptance);
    }
  }
  if (bundle.lanes.length > 0) bundles.push(bundle);
  return bundles;
}

function fits(
  bundle: Bundle,
  bounds: ReadonlyMap<number, ReadonlySet<number>>,
  accepted: ReadonlyMap<number, Acceptance>,
): boolean {
  if (bundle.lanes.length === lanesPerBlock) return false;
  let columns = bounds.size;
  for (const [column, { flips }] of accepted) {
    const places = bounds.get(column);
    if (places === undefined && ++columns > columnsPerBlock) return false;
    let count = (places?.size ?? 0) + 1;
    for (const flip of flips) if (places?.has(flip) !== true) count++;
    if (count > classesPerColumn) return false;
  }
  return true;
}

/** The block of one lane, as most groups have: what {@link blockOf} gives, in fewer steps. */
export function blockOfOne(lane: number, accepted: ReadonlyMap<number, Acceptance>): Block {
  const columns: BlockColumn[] = [];
  for (const [column, { first, flips }] of accepted) {
    if (flips.length >= classesPerColumn) return blockOf(bundleOf(lane, accepted));
    const rows = [first ? -1 : -2];
    for (let index = 1; index <= flips.length; index++) rows.push(rows[index - 1] === -1 ? -2 : -1);
    columns.push({ column, bounds: flips, dense: undefined, rows });
  }
  if (columns.length > 1) columns.sort((one, two) => one.column - two.column);
  return { lanes: [lane], words: 1, columns };
}

function bundleOf(lane: number, accepted: ReadonlyMap<number, Acceptance>): Bundle {
  const byLane = [...accepted].map(
    ([column, acceptance]) => [column, new Map([[lane, acceptance]])] as const,
  );
  return { lanes: [lane], accepted: new Map(byLane) };
}

/** Compiles a bundle to rows. */
export function blockOf({ lanes, accepted }: Bundle): Block {
  const words = Math.max(1, Math.ceil(lanes.length / 32));
  const position = new Map(lanes.map((lane, index) => [lane, index]));
  const columns = [...accepted].sort(([one], [two]) => one - two);
  const compiled = columns.map(([column, byLane]): BlockColumn => {
    const places = new Set<number>();
    for (const { flips } of byLane.values()) for (const flip of flips) places.add(flip);
    const bounds = [...places].sort((one, two) => one - two);
    const rows = new Array<number>((bounds.length + 1) * words).fill(-1);
    const classAt = new Map(bounds.map((place, index) => [place, index + 1]));
    for (const [lane, acceptance] of byLane) {
      const bit = position.get(lane)!;
      clear(rows, words, bit, acceptance, classAt);
    }
    if (bounds.length < classesPerColumn) return { column, bounds, dense: undefined, rows };
    return { column, bounds, ...shareRows(rows, words) };
  });
  return { lanes, words, columns: compiled };
}

/** Takes a lane's bit out of the rows where it does not hold. */
function clear(
  rows: number[],
  words: number,
  lane: number,
  { first, flips }: Acceptance,
  classAt: ReadonlyMap<number, number>,
): void {
  const word = lane >>> 5;
  const mask = ~(1 << (lane & 31));
  const classes = rows.length / words;
  let holds = first;
  let from = 0;
  for (let index = 0; index <= flips.length; index++) {
    const to = index < flips.length ? classAt.get(flips[index]!)! : classes;
    for (let cls = from; cls < to && !holds; cls++) rows[cls * words + word]! &= mask;
    holds = !holds;
    from = to;
  }
}

/** Gives stretches with equal rows one class. */
function shareRows(all: readonly number[], words: number): { dense: number[]; rows: number[] } {
  const classes = new Map<string, number>();
  const rows: number[] = [];
  const dense: number[] = [];
  for (let index = 0; index < all.length / words; index++) {
    const row = all.slice(index * words, (index + 1) * words);
    const key = row.join();
    let cls = classes.get(key);
    if (cls === undefined) {
      cls = classes.size;
      classes.set(key, cls);
      rows.push(...row);
    }
    dense[index] = cls;
  }
  return { dense, rows };
}
