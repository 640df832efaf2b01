import type { NumberRun } from './intake.ts';
import type { LogHistogram } from './log-histogram.ts';

/**
 * Count, mean, sum of squared deviations, least and greatest of numbers, as five numbers in a row
 * that begin at a place of their own (Welford 1962; merging: Chan, Golub, LeVeque 1979).
 */
export const momentsSize = 5;
export const countAt = 0;
export const meanAt = 1;
const squaresAt = 2;
export const minAt = 3;
export const maxAt = 4;

/** Makes them those of no numbers. */
export function clearMoments(data: Float64Array, at: number): void {
  data[at + countAt] = 0;
  data[at + meanAt] = 0;
  data[at + squaresAt] = 0;
  data[at + minAt] = Number.POSITIVE_INFINITY;
  data[at + maxAt] = Number.NEGATIVE_INFINITY;
}

/**
 * Adds numbers one after another, and to the histogram: in the same loop, because a mean waits for
 * its division, in which time the processor finds the bucket.
 */
export function addMoments(
  data: Float64Array,
  at: number,
  { values, valuesAt, length }: NumberRun,
  histogram: LogHistogram | undefined,
): void {
  let count = data[at + countAt]!;
  let mean = data[at + meanAt]!;
  let squares = data[at + squaresAt]!;
  let min = data[at + minAt]!;
  let max = data[at + maxAt]!;
  for (let index = 0; index < length; index++) {
    const value = values[valuesAt + index]!;
    const before = mean;
    const apart = value - before;
    count++;
    mean = before + apart / count;
    // Numbers from both ends of the range are further apart than a double can say.
    if (!Number.isFinite(apart)) mean = before - before / count + value / count;
    squares += apart * (value - mean);
    if (value < min) min = value;
    if (value > max) max = value;
    if (histogram !== undefined) histogram.add(value);
  }
  data[at + countAt] = count;
  data[at + meanAt] = mean;
  data[at + squaresAt] = squares;
  data[at + minAt] = min;
  data[at + maxAt] = max;
}

/** Adds the numbers of others, which may lie in another array. */
export function mergeMoments(data: Float64Array, at: number, from: Float64Array, of: number): void {
  const given = from[of + countAt]!;
  if (given === 0) return;
  const count = data[at + countAt]!;
  const sum = count + given;
  const mean = data[at + meanAt]!;
  const apart = from[of + meanAt]! - mean;
  // Weighted by shares, so that it cannot overflow and is the same from either side.
  data[at + meanAt] = mean * (count / sum) + from[of + meanAt]! * (given / sum);
  data[at + squaresAt]! += from[of + squaresAt]! + apart * apart * ((count * given) / sum);
  data[at + countAt] = sum;
  data[at + minAt] = Math.min(data[at + minAt]!, from[of + minAt]!);
  data[at + maxAt] = Math.max(data[at + maxAt]!, from[of + maxAt]!);
}

/** Lets older numbers weigh no more than so many. */
export function fadeMoments(data: Float64Array, at: number, most: number): void {
  const count = data[at + countAt]!;
  if (count <= most) return;
  data[at + squaresAt]! *= most / count;
  data[at + countAt] = most;
}

/** Standard deviation of all numbers; 0 where there are none. */
export function deviationOf(data: Float64Array, at: number): number {
  const count = data[at + countAt]!;
  return count === 0 ? 0 : Math.sqrt(data[at + squaresAt]! / count);
}
