import { describe, expect, it } from 'vitest';
import { answerOf, prebuilt, type Runner } from './prebuilt.ts';

const here: Runner = [process.execPath];
const withGc: Runner = [process.execPath, '--expose-gc'];
const run = (script: string, runner = here): unknown => answerOf(script, prebuilt!, runner);

// In processes of their own: what goes wrong in native code ends a process.
describe.skipIf(prebuilt === undefined)('the prebuilt kernel (skipped where there is none)', () => {
  it('agrees with the plain reading of every pass, on every engine', () => {
    const report = run('conformance.mjs') as { engines: string[]; compared: number };
    expect(report).toMatchObject({ platform: process.platform, wrong: [] });
    expect(report.engines).toContain('u64');
    expect(report.compared).toBe(473 * report.engines.length);
  });
  it('stays inside its memory, whatever is in it and whoever writes to it', () => {
    const { count, untouched } = run('hostile.mjs') as { count: number; untouched: boolean };
    expect(untouched).toBe(true);
    expect(count).toBeGreaterThanOrEqual(900);
  });
  it('lets go of the memory of functions that are dropped, and of no other', () => {
    const problems = [null, null, null, null];
    expect(run('collected.mjs', withGc)).toEqual({ alive: 4, kept: 4, problems });
  });
  it('serves several threads, and outlives one', () => {
    const { threads, again } = run('threads.mjs') as { threads: unknown[]; again: unknown };
    expect(again).toMatchObject({ wrong: [] });
    expect(threads).toEqual([again, again, again]);
  });
});
