import { inspect } from 'node:util';
import type { ErrorCode } from 'knhk';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isCollection = (value: unknown): value is Iterable<unknown> =>
  value instanceof Map || value instanceof Set;

/**
 * True where two values say the same: prototypes and members that are undefined do not count, so
 * that an example can write any result as a plain literal.
 */
export function same(left: unknown, right: unknown): boolean {
  if (!isObject(left) || !isObject(right)) return Object.is(left, right);
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  if (left instanceof Date || right instanceof Date) {
    return left instanceof Date && right instanceof Date && left.getTime() === right.getTime();
  }
  if (isCollection(left) || isCollection(right)) {
    return isCollection(left) && isCollection(right) && same([...left], [...right]);
  }
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => same(left[name], right[name]));
}

/** What `// => VALUE` stands for. */
export function check(got: unknown, wanted: unknown): void {
  if (same(got, wanted)) return;
  const show = (value: unknown): string => inspect(value, { depth: 8 });
  throw new Error(`expected ${show(wanted)}, got ${show(got)}`);
}

/** What `// => throws CODE` stands for. */
export async function refuses(work: () => unknown, code: ErrorCode): Promise<void> {
  let got: unknown = 'nothing thrown';
  try {
    await work();
  } catch (error) {
    if (isObject(error) && error['code'] === code) return;
    got = error;
  }
  throw new Error(`expected ${code}, got ${inspect(got)}`);
}
