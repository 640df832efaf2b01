import type { Acceptance } from './acceptance.ts';
import { type BucketedBounds, bucketed } from './buckets.ts';
import { entryOf } from './maps.ts';

/** Toggles that an evaluation makes at most on top of a stored row. */
const togglesMax = 32;

/** One column of a wide block. */
export interface WideColumn {
  /** Index into the program's columns. */
  readonly column: number;
  /** A place lies in the stretch that as many of them lie at or below. */
  readonly bounds: BucketedBounds;
  /** Per stretch the stored row to begin with. */
  readonly stored: Int32Array;
  /** Per stretch the first toggle behind its stored row; they end where those of the stretch do. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Lanes whose bit changes, in the order of the bounds. */
  readonly toggles: Int32Array;
  /** Stored rows, and behind them one to work in. */
  readonly rows: Int32Array;
}

/**
 * Thousands of lanes that read the same columns. A row for every stretch between bounds would take
 * megabytes: only every so often one is stored, and at most 32 toggles lead to the others.
 */
export interface Wide {
  /** Indices of distinct lanes, ascending. */
  readonly lanes: readonly number[];
  readonly words: number;
  /** The one whose rows have the fewest bits first. */
  readonly columns: readonly WideColumn[];
  /** Scratch: where each column's row begins. */
  readonly at: Int32Array;
  readonly bytes: number;
}

/** Compiles lanes that all read the same columns. */
export function wideOf(
  lanes: readonly (readonly [lane: number, accepted: ReadonlyMap<number, Acceptance>])[],
): Wide {
  const words = Math.ceil(lanes.length / 32);
  const names = [...(lanes[0]?.[1].keys() ?? [])].sort((one, two) => one - two);
  const columns = names.map((column) =>
    wideColumn(
      column,
      lanes.map(([, accepted]) => accepted.get(column)!),
      words,
    ),
  );
  columns.sort((one, two) => density(one) - density(two));
  let bytes = 0;
  for (const { bounds, stored, from, to, toggles, rows } of columns) {
    const searched = [bounds.bounds, bounds.begin];
    for (const { byteLength } of [...searched, stored, from, to, toggles, rows])
      bytes += byteLength;
  }
  const at = new Int32Array(columns.length);
  return { lanes: lanes.map(([lane]) => lane), words, columns, at, bytes };
}

function wideColumn(column: number, accepted: readonly Acceptance[], words: number): WideColumn {
  const lanesAt = new Map<number, number[]>();
  const row = new Int32Array(words);
  accepted.forEach(({ first, flips }, lane) => {
    if (first) toggle(row, lane);
    for (const flip of flips) entryOf(lanesAt, flip, (): number[] => []).push(lane);
  });
  const bounds = Float64Array.from(lanesAt.keys()).sort();
  const stored = new Int32Array(bounds.length + 1);
  const from = new Int32Array(bounds.length + 1);
  const to = new Int32Array(bounds.length + 1);
  const toggles: number[] = [];
  const rows: Int32Array[] = [row.slice()];
  let begin = 0;
  bounds.forEach((bound, index) => {
    for (const lane of lanesAt.get(bound)!) {
      toggle(row, lane);
      toggles.push(lane);
    }
    if (toggles.length - begin > togglesMax) {
      rows.push(row.slice());
      begin = toggles.length;
    }
    stored[index + 1] = rows.length - 1;
    from[index + 1] = begin;
    to[index + 1] = toggles.length;
  });
  const all = new Int32Array((rows.length + 1) * words);
  rows.forEach((item, index) => {
    all.set(item, index * words);
  });
  return {
    column,
    bounds: bucketed(bounds),
    stored,
    from,
    to,
    toggles: Int32Array.from(toggles),
    rows: all,
  };
}

/** Share of the bits that are set in the rows that are stored. */
function density({ rows }: WideColumn): number {
  let bits = 0;
  for (const word of rows) for (let rest = word; rest !== 0; rest &= rest - 1) bits++;
  return bits / rows.length;
}

function toggle(row: Int32Array, lane: number): void {
  row[lane >>> 5]! ^= 1 << (lane & 31);
}

/**
 * Works out the row of a stretch behind the stored ones and answers where it begins. Nothing is
 * allocated.
 */
export function wideRow(
  { stored, from, to, toggles, rows }: WideColumn,
  at: number,
  words: number,
): number {
  const work = rows.length - words;
  const begin = stored[at]! * words;
  rows.copyWithin(work, begin, begin + words);
  for (let index = from[at]!; index < to[at]!; index++) {
    const lane = toggles[index]!;
    rows[work + (lane >>> 5)]! ^= 1 << (lane & 31);
  }
  return work;
}
