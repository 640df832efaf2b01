import { locate } from './locate.ts';

/** Bounds with a table that says where to begin. */
export interface BucketedBounds {
  readonly bounds: Float64Array;
  /** Where the buckets begin, and how many of them a unit takes; 0 where they are of no use. */
  readonly first: number;
  readonly scale: number;
  /** Per bucket how many bounds lie before it, and behind the last one how many lie in all. */
  readonly begin: Int32Array;
}

const perBound = 2;
const bucketsMax = 65_536;

/** Makes the table: about two buckets a bound, so that most hold one or none. */
export function bucketed(bounds: Float64Array): BucketedBounds {
  const finite = bounds.filter((bound) => Number.isFinite(bound) && bound > -Number.MAX_VALUE);
  const buckets = Math.min(bucketsMax, perBound * finite.length);
  const [first = 0] = finite;
  const scale = buckets / (finite[finite.length - 1]! - first);
  const none = { bounds, first: 0, scale: 0, begin: new Int32Array(0) };
  if (!(scale > 0 && Number.isFinite(scale))) return none;
  const begin = new Int32Array(buckets + 2);
  let index = 0;
  for (let bucket = 0; bucket <= buckets; bucket++) {
    while (index < bounds.length && bucketOf(bounds[index]!, first, scale) < bucket) index++;
    begin[bucket] = index;
  }
  begin[buckets + 1] = bounds.length;
  return { bounds, first, scale, begin };
}

/** Never falls where the place rises; what is not finite lies before or behind all buckets. */
function bucketOf(place: number, first: number, scale: number): number {
  return Math.floor((place - first) * scale);
}

/** How many bounds lie at or below a place: as {@link locate}, in its bucket alone. */
export function locateBucketed(
  { bounds, first, scale, begin }: BucketedBounds,
  place: number,
): number {
  const bucket = Math.floor((place - first) * scale);
  if (!(scale > 0 && bucket >= 0 && bucket < begin.length - 1)) {
    return locate(bounds, 0, bounds.length, place);
  }
  const from = begin[bucket]!;
  return from + locate(bounds, from, begin[bucket + 1]! - from, place);
}
