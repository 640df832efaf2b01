/** Up to so many bounds are counted one by one, without a jump that could be foreseen wrongly. */
const linearMax = 8;

/** How many of ascending bounds lie at or below a place. */
export function locate(bounds: Float64Array, start: number, count: number, place: number): number {
  let below = 0;
  if (count <= linearMax) {
    for (let index = start; index < start + count; index++)
      below += place >= bounds[index]! ? 1 : 0;
    return below;
  }
  let size = count;
  while (size > 0) {
    const half = size >>> 1;
    const right = place >= bounds[start + below + half]!;
    below = right ? below + half + 1 : below;
    size = right ? size - half - 1 : half;
  }
  return below;
}
