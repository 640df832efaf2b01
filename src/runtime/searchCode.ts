/** A piece of code and what it names. */
export interface Part {
  readonly code: string;
  readonly constants: Readonly<Record<string, unknown>>;
}

/** Up to so many bounds are compared one by one. */
const fewMax = 3;
/** Whole numbers between the first and the last bound that get an entry each: a page of cache. */
const tableMax = 4_096;
const buckets = 512;
/** Bounds of one bucket that are compared after looking it up. */
const refinedMax = 2;
/** Bounds that become nested comparisons; above this a search is shorter. */
const treeMax = 64;

/**
 * Code that leaves a finite number's class in `c`. A search jumps once a comparison, and where
 * values lie anywhere every other jump is foreseen wrongly, at a dozen cycles each. So whole
 * numbers over a short range are looked up, others by a bucket and at most two comparisons in it.
 *
 * @param bounds ascending; those at infinity and at the lowest number bound no finite one
 * @param value name of the number, which is a safe integer where `isInteger`
 * @param id distinguishes the names that this code uses
 * @param cls the class of a place
 */
export function searchCode(
  bounds: readonly number[],
  isInteger: boolean,
  value: string,
  id: string,
  cls: (place: number) => number,
): Part {
  const finite = bounds.filter((bound) => Number.isFinite(bound) && bound > -Number.MAX_VALUE);
  if (finite.length > fewMax) {
    const looked = isInteger ? tableCode(finite, value, id, cls) : undefined;
    const found = looked ?? bucketCode(finite, value, id, cls);
    if (found !== undefined) return found;
  }
  if (finite.length <= treeMax) return treeCode(finite, value, cls);
  return { code: `c = f${id}(${value});`, constants: { [`f${id}`]: cls } };
}

const lowest = -Number.MAX_VALUE;

function treeCode(finite: readonly number[], value: string, cls: (place: number) => number): Part {
  const tree = (from: number, to: number): string => {
    if (from === to) return String(cls(from === 0 ? lowest : finite[from - 1]!));
    const middle = (from + to) >>> 1;
    return `(${value} < ${finite[middle]} ? ${tree(from, middle)} : ${tree(middle + 1, to)})`;
  };
  return { code: `c = ${tree(0, finite.length)};`, constants: {} };
}

/** One entry for every whole number from the first bound to the last. */
function tableCode(
  finite: readonly number[],
  value: string,
  id: string,
  cls: (place: number) => number,
): Part | undefined {
  const first = Math.ceil(finite[0]!);
  const last = Math.ceil(finite[finite.length - 1]!);
  if (!(last - first <= tableMax)) return undefined;
  const table = Uint8Array.from({ length: last - first }, (_, index) => cls(first + index));
  const above = `${value} >= ${last} ? ${cls(last)} : d${id}[${value} - ${first}]`;
  const code = `c = ${value} < ${first} ? ${cls(lowest)} : ${above};`;
  return { code, constants: { [`d${id}`]: table } };
}

/** The class at a bucket's begin, and the few bounds in it compared. */
function bucketCode(
  finite: readonly number[],
  value: string,
  id: string,
  cls: (place: number) => number,
): Part | undefined {
  const first = finite[0]!;
  const last = finite[finite.length - 1]!;
  const scale = buckets / (last - first);
  if (!(scale > 0 && Number.isFinite(scale))) return undefined;
  // The same expression for bounds and values: it never falls where its argument rises.
  const bucketOf = (place: number): number => ((place - first) * scale) | 0;
  const before = new Uint8Array(buckets + 1);
  let most = 0;
  for (let bucket = 0; bucket <= buckets; bucket++) {
    before[bucket] = finite.filter((bound) => bucketOf(bound) < bucket).length;
    most = Math.max(most, finite.filter((bound) => bucketOf(bound) === bucket).length);
  }
  if (most > refinedMax || finite.length >= 256) return undefined;
  const ends = Float64Array.from([...finite, ...Array(refinedMax).fill(Number.POSITIVE_INFINITY)]);
  const classes = Uint8Array.from([cls(lowest), ...finite.map(cls)]);
  const refine = `c += ${value} >= e${id}[c] ? 1 : 0;`.repeat(most);
  const code = `if (${value} < ${first}) c = ${classes[0]};
    else if (${value} >= ${last}) c = ${classes[finite.length]};
    else { c = b${id}[((${value} - ${first}) * ${scale}) | 0]; ${refine} c = n${id}[c]; }`;
  const constants = { [`b${id}`]: before, [`e${id}`]: ends, [`n${id}`]: classes };
  return { code, constants };
}
