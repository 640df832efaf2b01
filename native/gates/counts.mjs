/** Counted instructions: whether they depend on the size alone, and on it by a straight line. */

/**
 * @typedef {{ n: number, count: number }} Sample
 * @typedef {import('./disassembly.mjs').Line} Line
 * @typedef {{ engine: string, lanes: number, arch: string, perObservation: number,
 *   overhead: number, empty: number, branches: number, method: string, dataSets: number,
 *   compiler: string }} Entry
 */

/**
 * The line through all samples, or what keeps them from lying on one.
 *
 * @param {Sample[]} samples one for each data set
 * @returns {{ findings: string[], line: Line | undefined }}
 */
export function lineThrough(samples) {
  /** @type {Map<number, Set<number>>} */
  const bySize = new Map();
  for (const { n, count } of samples) {
    if (!bySize.has(n)) bySize.set(n, new Set());
    bySize.get(n).add(count);
  }
  const findings = [...bySize]
    .filter(([, counts]) => counts.size > 1)
    .map(([n, counts]) => `n = ${n}: data decides between ${[...counts].sort(ascending)}`);
  const sizes = [...bySize.keys()].filter((n) => n > 0).sort(ascending);
  if (sizes.length < 3 || !bySize.has(0)) findings.push('needs n = 0 and three sizes more');
  if (findings.length > 0) return { findings, line: undefined };
  const countOf = (n) => [...bySize.get(n)][0];
  const [low] = sizes;
  const high = sizes.at(-1);
  const perObservation = (countOf(high) - countOf(low)) / (high - low);
  const overhead = countOf(low) - low * perObservation;
  for (const n of sizes) {
    const wanted = overhead + n * perObservation;
    if (countOf(n) !== wanted) findings.push(`n = ${n}: ${countOf(n)}, off the line (${wanted})`);
  }
  const line = { empty: countOf(0), overhead, perObservation };
  return { findings, line: findings.length > 0 ? undefined : line };
}

const ascending = (a, b) => a - b;
const parts = /** @type {const} */ (['perObservation', 'overhead', 'empty']);

/** @param {Line} a @param {Line} b */
export const isSameLine = (a, b) => parts.every((part) => a[part] === b[part]);

/** @param {Line} line */
export const textOf = ({ perObservation, overhead, empty }) =>
  `${perObservation} per observation + ${overhead} (without cells ${empty})`;

/** @param {{ arch: string, engine: string, lanes: number }} entry */
export const nameOf = ({ arch, engine, lanes }) => `${arch} ${engine}-${lanes}`;

/**
 * Differences between what was measured and what is recorded.
 *
 * @param {Entry[]} measured
 * @param {Entry[]} recorded
 * @returns {string[]}
 */
export function differences(measured, recorded) {
  const names = new Set([...measured, ...recorded].map(nameOf));
  return [...names].flatMap((name) => {
    const now = measured.find((entry) => nameOf(entry) === name);
    const then = recorded.find((entry) => nameOf(entry) === name);
    if (now === undefined) return [`${name} is recorded but was not measured`];
    if (then === undefined) return [`${name} is not recorded`];
    const found = [];
    if (!isSameLine(now, then)) found.push(`recorded ${textOf(then)}, measured ${textOf(now)}`);
    if (now.branches !== then.branches)
      found.push(`${then.branches} branches, ${now.branches} now`);
    if (now.compiler !== then.compiler) found.push(`made by ${then.compiler}, not ${now.compiler}`);
    return found.map((text) => `${name}: ${text}`);
  });
}
