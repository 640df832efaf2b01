import { placed } from './type-places.ts';

/** What a gap weighs in the mean once there were as many gaps. */
const gapShare = 1 / 64;

/** One more observation in a type's row: times and gaps. */
export function passOne(data: Float64Array, row: number, at: number): void {
  const total = data[row + placed.total]!;
  data[row + placed.total] = total + 1;
  if (total === 0) {
    data[row + placed.firstAt] = at;
    data[row + placed.lastAt] = at;
    return;
  }
  // Of the first 64 gaps the plain mean; what is asked for nearly always needs no division.
  const share = total < 64 ? 1 / total : gapShare;
  const before = data[row + placed.lastAt]!;
  pass(data, row, at, at > before ? at - before : 0, share);
}

/** The same of several, the last one at a time. */
export function passMany(data: Float64Array, row: number, at: number, times: number): void {
  const total = data[row + placed.total]!;
  if (times === 1 || total === 0) {
    passOne(data, row, at);
    data[row + placed.total] = total + times;
    return;
  }
  data[row + placed.total] = total + times;
  const share = Math.max(times / (total - 1 + times), 1 - (1 - gapShare) ** times);
  const before = data[row + placed.lastAt]!;
  pass(data, row, at, at > before ? (at - before) / times : 0, share);
}

function pass(data: Float64Array, row: number, at: number, gap: number, share: number): void {
  const mean = data[row + placed.gap]!;
  data[row + placed.gap] = mean + (gap - mean) * share;
  if (at > data[row + placed.lastAt]!) {
    data[row + placed.lastAt] = at;
    if (gap > data[row + placed.longest]!) data[row + placed.longest] = gap;
  }
}
