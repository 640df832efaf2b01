import type { DriftView } from '../view.ts';
import type { NumberRun } from './intake.ts';
import {
  clearMoments,
  countAt,
  deviationOf,
  fadeMoments,
  meanAt,
  mergeMoments,
  momentsSize,
} from './moments.ts';

/** Numbers before the open cycle that a level is learnt from before changes are looked for. */
const learnMin = 200;
/** Older numbers weigh no more than these, so that a level may move slowly. */
const learnMax = 8_192;
/** Standard deviations that a level may be off without being a change. */
const slack = 0.5;
/** One number counts as no more standard deviations than these: a spike is no change of level. */
const clip = 3;
/** Sum of standard deviations beyond the slack that makes a change. */
const threshold = 25;

/** Numbers that are added up before the statistic takes a step, which costs its branches once. */
const batch = 8;

// Places from where drift begins in a field's row: 1 / deviation of the level (0 while it is being
// learnt); the batch under way: count, sum of standard deviations, total and first seq; both sides
// of the statistic; what was found (0, 1 up, 2 down) and its greatest sum; the level.
const scaleAt = 0;
const batchCountAt = 1;
const batchSumAt = 2;
const batchTotalAt = 3;
const batchSeqAt = 4;
const upAt = 5;
const downAt = 9;
const foundAt = 13;
const peakAt = 14;
const levelAt = 15;
// A side: the sum, and count, total and first seq of the numbers since it last was zero.
const sinceZeroAt = 1;
const totalAt = 2;
const seqAt = 3;

export const driftSize: number = levelAt + momentsSize;

/**
 * Changes of a number's level by a two-sided cumulative sum (Page 1954) of standard deviations from
 * the level that earlier cycles had, in steps of eight numbers. Without a change a false alarm
 * comes about once in e^25 numbers if they are independent and normal, once in some million if they
 * are exponential; a level that moves by two standard deviations is found after 17 to 24 numbers.
 * What is found stays until the cycle closes, after which the new level is learnt.
 */
export function addToDrift(
  data: Float64Array,
  at: number,
  { values, valuesAt, seqs, seqsAt, length }: NumberRun,
): void {
  const scale = data[at + scaleAt]!;
  if (scale === 0) return;
  const level = data[at + levelAt + meanAt]!;
  let count = data[at + batchCountAt]!;
  let sum = data[at + batchSumAt]!;
  let total = data[at + batchTotalAt]!;
  for (let index = 0; index < length; index++) {
    const value = values[valuesAt + index]!;
    let off = (value - level) * scale;
    if (off > clip) off = clip;
    else if (off < -clip) off = -clip;
    if (count === 0) data[at + batchSeqAt] = seqs[seqsAt + index]!;
    sum += off;
    total += value;
    count++;
    if (count < batch) continue;
    stepDrift(data, at, sum, total);
    count = 0;
    sum = 0;
    total = 0;
  }
  data[at + batchCountAt] = count;
  data[at + batchSumAt] = sum;
  data[at + batchTotalAt] = total;
}

function stepDrift(data: Float64Array, at: number, off: number, total: number): void {
  const up = step(data, at, at + upAt, off - batch * slack, total);
  const down = step(data, at, at + downAt, -off - batch * slack, total);
  data[at + batchSeqAt] = 0;
  if (up >= threshold) find(data, at, 1, up);
  else if (down >= threshold) find(data, at, 2, down);
}

function step(data: Float64Array, at: number, side: number, by: number, total: number): number {
  const before = data[side]!;
  const sum = before + by;
  if (sum <= 0) {
    if (before > 0) data.fill(0, side, side + 4);
    return 0;
  }
  if (before === 0) data[side + seqAt] = data[at + batchSeqAt]!;
  data[side] = sum;
  data[side + sinceZeroAt]! += batch;
  data[side + totalAt]! += total;
  return sum;
}

function find(data: Float64Array, at: number, found: 1 | 2, peak: number): void {
  const isOther = data[at + foundAt] !== found;
  if (data[at + foundAt] !== 0 && (isOther || data[at + peakAt]! >= peak)) return;
  data[at + foundAt] = found;
  data[at + peakAt] = peak;
}

/** What was found in the open cycle. */
export function driftOf(data: Float64Array, at: number): DriftView | undefined {
  const found = data[at + foundAt];
  if (found === 0) return undefined;
  const side = at + (found === 1 ? upAt : downAt);
  const before = data[at + levelAt + meanAt]!;
  const count = data[side + sinceZeroAt]!;
  return {
    direction: found === 1 ? 'more' : 'less',
    strength: data[at + peakAt]! / threshold,
    before,
    // The statistic may have gone back to zero since: then nothing is known of what is after.
    after: count === 0 ? before : data[side + totalAt]! / count,
    since: data[side + seqAt]!,
  };
}

/** A cycle closes whose numbers have these moments in the same row. */
export function closeDrift(data: Float64Array, at: number, numbers: number): void {
  const level = at + levelAt;
  if (data[at + foundAt] === 0) {
    mergeMoments(data, level, data, numbers);
    fadeMoments(data, level, learnMax);
  } else clearDrift(data, at);
  const least = Math.max(Math.abs(data[level + meanAt]!) * 1e-9, 2 ** -1_022);
  // Of numbers that never varied the least difference that is not rounding counts in full.
  const isLearnt = data[level + countAt]! >= learnMin;
  data[at + scaleAt] = isLearnt ? 1 / Math.max(deviationOf(data, level), least) : 0;
}

/** Begins to learn a level. */
export function clearDrift(data: Float64Array, at: number): void {
  data.fill(0, at, at + levelAt);
  clearMoments(data, at + levelAt);
}
