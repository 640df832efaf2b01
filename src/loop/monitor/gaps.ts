import { placed } from './type-places.ts';

/** What a gap weighs in the mean once there were as many gaps. */
const gapShare = 1 / 64;

/** The first observation of a type: nothing lies before it. */
function begin(data: Float64Array, row: number, at: number): void {
  data[row + placed.firstAt] = at;
  data[row + placed.lastAt] = at;
}

/** Some observations in their type's row, with their times in a range: times and gaps. */
export function passRange(
  data: Float64Array,
  row: number,
  times: Float64Array,
  from: number,
  end: number,
): void {
  let total = data[row + placed.total]!;
  let index = from;
  if (total === 0) {
    begin(data, row, times[from]!);
    total = 1;
    index++;
  }
  let last = data[row + placed.lastAt]!;
  let mean = data[row + placed.gap]!;
  let longest = data[row + placed.longest]!;
  for (; index < end; index++) {
    const at = times[index]!;
    // Of the first 64 gaps the plain mean; what is asked for nearly always needs no division.
    const share = total < 64 ? 1 / total : gapShare;
    total++;
    const gap = at > last ? at - last : 0;
    mean += (gap - mean) * share;
    if (gap > longest) longest = gap;
    if (at > last) last = at;
  }
  data[row + placed.total] = total;
  data[row + placed.lastAt] = last;
  data[row + placed.gap] = mean;
  data[row + placed.longest] = longest;
}

/** The same of several, the last one at a time. */
export function passMany(data: Float64Array, row: number, at: number, times: number): void {
  const total = data[row + placed.total]!;
  data[row + placed.total] = total + times;
  if (total === 0) {
    begin(data, row, at);
    return;
  }
  const share = Math.max(times / (total - 1 + times), 1 - (1 - gapShare) ** times);
  const last = data[row + placed.lastAt]!;
  const gap = at > last ? (at - last) / times : 0;
  data[row + placed.gap]! += (gap - data[row + placed.gap]!) * share;
  if (gap > data[row + placed.longest]!) data[row + placed.longest] = gap;
  if (at > last) data[row + placed.lastAt] = at;
}

/** Adds the times of others, of which there are some: as far as the order does not matter. */
export function mergeTimes(data: Float64Array, row: number, from: Float64Array, of: number): void {
  const mine = data[row + placed.total]!;
  const given = from[of + placed.total]!;
  data[row + placed.gap] =
    (data[row + placed.gap]! * mine + from[of + placed.gap]! * given) / (mine + given);
  const longest = Math.max(data[row + placed.longest]!, from[of + placed.longest]!);
  data[row + placed.longest] = longest;
  const firstAt = from[of + placed.firstAt]!;
  const lastAt = from[of + placed.lastAt]!;
  data[row + placed.firstAt] =
    mine === 0 ? firstAt : Math.min(data[row + placed.firstAt]!, firstAt);
  data[row + placed.lastAt] = mine === 0 ? lastAt : Math.max(data[row + placed.lastAt]!, lastAt);
  data[row + placed.total] = mine + given;
}
