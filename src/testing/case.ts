import { inspect, isDeepStrictEqual } from 'node:util';

/** One law of a part that can be exchanged, for any test framework. */
export interface ConformanceCase {
  /** What holds, in words; unique in its suite. */
  readonly name: string;
  /** Rejects with an Error that says what was expected and what came. */
  run(): Promise<void>;
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
}

/** Throws unless both are deeply and strictly equal. */
export function expectEqual(what: string, got: unknown, expected: unknown): void {
  if (isDeepStrictEqual(got, expected)) return;
  throw new Error(`${what}: expected ${show(expected)}, got ${show(got)}`);
}

/** Throws unless a condition holds; `expected` says in words what would have been right. */
export function expectThat(holds: boolean, what: string, expected: string, got: unknown): void {
  if (!holds) throw new Error(`${what}: expected ${expected}, got ${show(got)}`);
}

/** Throws unless work throws or rejects with an error of a code. */
export async function expectCode(what: string, code: string, work: () => unknown): Promise<void> {
  let got: unknown = 'no error';
  try {
    await work();
  } catch (error) {
    const found = (error as { readonly code?: unknown } | null)?.code;
    if (found === code) return;
    got = found ?? error;
  }
  expectThat(false, what, `an error of code ${code}`, got);
}
