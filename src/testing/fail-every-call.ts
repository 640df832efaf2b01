import { fail } from '../base/errors.ts';
import { type LogFs, nodeFs } from '../receipts/log/fs.ts';
import { type FailingFsOptions, failingFs, type LogFsOperation } from './failing-fs.ts';
import { integerOption } from './options.ts';

/** What {@link failEveryCall} tells of one run. */
export interface FaultRun<Result, Fs extends LogFs = LogFs> {
  /** What the scenario gave. */
  readonly result: Result;
  /** Number of the call that was to fail, from 1. */
  readonly call: number;
  /** The operation that failed; undefined in the last run, which made fewer calls. */
  readonly failed: LogFsOperation | undefined;
  /** The sound file system underneath, to look at what the run left behind. */
  readonly fs: Fs;
}

/** What {@link failEveryCall} runs. */
export interface FaultScenario<Result, Fs extends LogFs = LogFs>
  extends Omit<FailingFsOptions, 'fs' | 'call'> {
  /** The file system of each run, such as `() => memoryFs()`; the machine's unless given. */
  readonly fs?: () => Fs;
  /** What is done; it meets the failure and says what was acknowledged before and after. */
  run(fs: LogFs, call: number): Result | Promise<Result>;
  /** Throws where an invariant is broken: something acknowledged is lost, an action escaped. */
  check(run: FaultRun<Result, Fs>): void | Promise<void>;
  /** Most runs; 10,000 unless given. */
  readonly runsMax?: number;
}

const defaultRuns = 10_000;

/**
 * Runs a scenario again and again: the first call fails, then the second, and so on until a run
 * needs fewer calls than that and so meets no failure. After each run the invariants are checked.
 *
 * @returns How many runs met a failure.
 * @throws Error of the scenario or the check, with the call and the operation put before it
 * @throws KnhkError KNHK_RUNTIME_OPTION where runsMax runs were not enough
 * @example
 * const faults = await failEveryCall({
 *   fs: () => memoryFs(),
 *   run: (fs) => {
 *     try {
 *       fs.closeSync(fs.openSync('/note', 'w'));
 *       return true;
 *     } catch {
 *       return false;
 *     }
 *   },
 *   check: ({ result, fs }) => {
 *     if (result && fs.statSync('/note') === undefined) throw new Error('the note is lost');
 *   },
 * });
 * faults; // => 1
 */
export async function failEveryCall<Result, Fs extends LogFs = LogFs>(
  scenario: FaultScenario<Result, Fs>,
): Promise<number> {
  const runsMax = integerOption('failEveryCall, runsMax', scenario.runsMax ?? defaultRuns, 1);
  for (let call = 1; call <= runsMax; call++) {
    // Without a file system of its own, Fs is LogFs.
    const fs = scenario.fs?.() ?? (nodeFs as unknown as Fs);
    const failing = failingFs({ ...scenario, fs, call });
    try {
      const result = await scenario.run(failing, call);
      await scenario.check({ result, call, failed: failing.failed, fs });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`call ${call} (${failing.failed ?? 'none'}): ${text}`, { cause: error });
    }
    if (failing.failed === undefined) return call - 1;
  }
  const expected = `a scenario of fewer than ${runsMax} calls`;
  return fail('KNHK_RUNTIME_OPTION', 'failEveryCall, runsMax', expected, 'more');
}
