import { locateBucketed } from './buckets.ts';
import { type Wide, type WideColumn, wideRow } from './wide.ts';

/**
 * Evaluates a wide block: the rows of its columns, worked out behind the stored ones, put together
 * word by word.
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
    // No jump before all three are put together: which words have bits nobody can foresee, that
    // hardly any has one left is foreseen.
    let bits = rows[row + word]! & others[other + word]! & thirds[next + word]!;
    if (bits === 0) continue;
    for (let index = 3; bits !== 0 && index < columns.length; index++) {
      bits &= columns[index]!.rows[at[index]! + word]!;
    }
    for (; bits !== 0; bits &= bits - 1) {
      into[count++] = lanes[32 * word + 31 - Math.clz32(bits & -bits)]!;
    }
  }
  return count;
}
