import { expect, test } from 'vitest';
import type { ConformanceCase } from '../../src/testing/index.ts';

/** One test per case: all of them hold. */
export function expectConformance(cases: readonly ConformanceCase[]): void {
  for (const { name, run } of cases) test(name, run);
}

/** The cases that a part does not fulfil, each with its message. */
export async function failuresOf(cases: readonly ConformanceCase[]): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (const { name, run } of cases) {
    try {
      await run();
    } catch (error) {
      failures.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  return failures;
}

/** A part with one defect, and the case that must notice it. */
export interface Broken<Part> {
  readonly defect: string;
  readonly caughtBy: string;
  readonly make: (sound: Part) => Part;
}

/** Every broken variant is noticed by the case that is named, and says what came. */
export function expectCaught<Part>(
  table: readonly Broken<Part>[],
  suiteOf: (make: (sound: Part) => Part) => readonly ConformanceCase[],
): void {
  for (const { defect, caughtBy, make } of table) {
    test(`${defect}: ${caughtBy}`, async () => {
      const cases = suiteOf(make).filter(({ name }) => name === caughtBy);
      expect(cases).toHaveLength(1);
      expect((await failuresOf(cases)).get(caughtBy)).toMatch(/expected .*got /s);
    });
  }
}

/** All cases of a suite are named by a table of defects, so that each provably can fail. */
export function expectAllCaught(
  cases: readonly ConformanceCase[],
  table: readonly { readonly caughtBy: string }[],
): void {
  const caught = new Set(table.map(({ caughtBy }) => caughtBy));
  expect(cases.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
}
