import { locateBucketed } from './buckets.ts';
import { type Wide, type WideColumn, wideRow } from './wide.ts';

/**
 * Evaluates a wide block: the first column's row is the sparsest, and where its word has no bit
 * nothing else is looked at.
 *
 * @param places a place per column of the program
 * @param into receives the distinct lanes that fired, from `from` on
 */
export function runWide(
  { columns, words, lanes, at }: Wide,
  places: Float64Array,
  into: Int32Array,
  from: number,
): number {
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    at[index] = wideRow(column, locateBucketed(column.bounds, places[column.column]!), words);
  }
  // With names of their own V8 keeps three columns in registers; further ones are looked at last.
  const [first, second = first, third = second] = columns as readonly [WideColumn, ...WideColumn[]];
  const { rows } = first;
  const { rows: others } = second;
  const { rows: thirds } = third;
  const row = at[0]!;
  const other = at[Math.min(1, columns.length - 1)]!;
  const next = at[Math.min(2, columns.length - 1)]!;
  let count = from;
  for (let word = 0; word < words; word++) {
    let bits = rows[row + word]!;
    if (bits === 0) continue;
    bits &= others[other + word]! & thirds[next + word]!;
    for (let index = 3; bits !== 0 && index < columns.length; index++) {
      bits &= columns[index]!.rows[at[index]! + word]!;
    }
    for (; bits !== 0; bits &= bits - 1) {
      into[count++] = lanes[32 * word + 31 - Math.clz32(bits & -bits)]!;
    }
  }
  return count;
}
