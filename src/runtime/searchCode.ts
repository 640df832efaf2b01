/** A piece of code and what it names. */
export interface Part {
  readonly code: string;
  readonly constants: Readonly<Record<string, unknown>>;
}

/** What generated code does with a class. */
export interface ClassUse {
  /** What stands for a class that is known beforehand. */
  known(cls: number): string;
  /** Uses an expression made of those. */
  take(expression: string): string;
  /** Uses the class that the variable `c` holds. */
  readonly takeClass: string;
  /** What is done where the value cannot be read. */
  readonly refuse: string;
  /**
   * True where a jump on a truth is better than a choice without one: measured, it is where a
   * decision looks, which then does less, and is not where a cell is filled.
   */
  readonly jumps: boolean;
}

/** A number that is searched among bounds. */
export interface Search {
  /** The number is a safe integer. */
  readonly isInteger: boolean;
  /** Name of the finite number. */
  readonly value: string;
  /** Distinguishes the names that this code uses. */
  readonly id: string;
  /** The class of a place. */
  cls(place: number): number;
  readonly use: ClassUse;
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
 * Code that finds a number's class and uses it. A search jumps once a comparison, and where values
 * lie anywhere every other jump is foreseen wrongly, at a dozen cycles each. So whole numbers over
 * a short range are looked up, others by a bucket and at most two comparisons in it.
 *
 * @param bounds ascending; those at infinity and at the lowest number bound no finite one
 */
export function searchCode(bounds: readonly number[], search: Search): Part {
  const finite = bounds.filter((bound) => Number.isFinite(bound) && bound > lowest);
  if (finite.length > fewMax) {
    const looked = search.isInteger ? tableCode(finite, search) : undefined;
    const found = looked ?? bucketCode(finite, search);
    if (found !== undefined) return found;
  }
  if (finite.length <= treeMax) return treeCode(finite, search);
  const { value, id, cls, use } = search;
  return { code: `c = f${id}(${value}); ${use.takeClass}`, constants: { [`f${id}`]: cls } };
}

const lowest = -Number.MAX_VALUE;

function treeCode(finite: readonly number[], { value, cls, use }: Search): Part {
  const tree = (from: number, to: number): string => {
    if (from === to) return use.known(cls(from === 0 ? lowest : finite[from - 1]!));
    const middle = (from + to) >>> 1;
    return `(${value} < ${finite[middle]} ? ${tree(from, middle)} : ${tree(middle + 1, to)})`;
  };
  return { code: use.take(tree(0, finite.length)), constants: {} };
}

/** Below the first bound, from the last one on, and what to do in between. */
function within(
  finite: readonly [first: number, last: number],
  { value, cls, use }: Search,
  inside: string,
): string {
  const [first, last] = finite;
  const below = use.take(use.known(cls(lowest)));
  const above = use.take(use.known(cls(last)));
  return `if (${value} < ${first}) { ${below} } else if (${value} >= ${last}) { ${above} } else {
    ${inside} ${use.takeClass} }`;
}

/** One entry for every whole number from the first bound to the last. */
function tableCode(finite: readonly number[], search: Search): Part | undefined {
  const { value, id, cls } = search;
  const first = Math.ceil(finite[0]!);
  const last = Math.ceil(finite[finite.length - 1]!);
  if (!(last - first <= tableMax)) return undefined;
  const table = Uint8Array.from({ length: last - first }, (_, index) => cls(first + index));
  const code = within([first, last], search, `c = d${id}[${value} - ${first}];`);
  return { code, constants: { [`d${id}`]: table } };
}

/** The class at a bucket's begin, and the few bounds in it compared. */
function bucketCode(finite: readonly number[], search: Search): Part | undefined {
  const { value, id, cls } = search;
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
  const inside = `c = b${id}[((${value} - ${first}) * ${scale}) | 0]; ${refine} c = n${id}[c];`;
  const constants = { [`b${id}`]: before, [`e${id}`]: ends, [`n${id}`]: classes };
  return { code: within([first, last], search, inside), constants };
}
