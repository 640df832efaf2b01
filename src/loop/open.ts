import { fail } from '../base/errors.ts';
import { controlOf } from '../runtime/control.ts';
import { executionPlan } from './execute/options.ts';
import { foldLog } from './fold.ts';
import { Loop } from './loop.ts';
import { checkLoopOptions, type LoopOptions } from './options.ts';

/**
 * Opens the loop over a runtime: folds what the log already holds, then follows what is applied.
 * Await it before applying. A cycle that was due when the process ended is run first.
 *
 * @throws KnhkError KNHK_LOOP_OPTION, KNHK_APPROVAL_POLICY, KNHK_LOG_POISONED, KNHK_LOG_CORRUPT,
 * KNHK_LOG_BLOB; what the cycle that was due throws
 * @example
 * const parts = { detectors: [hookRateDetector()], planners: [parameterPlanner()] };
 * const how = { autonomy: 'promote', everyObservations: 10_000 } as const;
 * await using mapek = await openLoop({ runtime: knhk, ...parts, ...how });
 * (await mapek.cycle()).skipped; // => true
 */
export async function openLoop(options: LoopOptions): Promise<Loop> {
  const control = controlOf(options.runtime);
  if (control === undefined) {
    return fail('KNHK_LOOP_OPTION', 'openLoop, runtime', 'a runtime', options.runtime);
  }
  checkLoopOptions(options);
  const plan = executionPlan(options);
  const { detectors, monitor = {}, everyObservations } = options;
  // The fold reads durable leaves; anything applied already has to be among them.
  await control.log.flush();
  const { state, due } = foldLog(control, { detectors, monitor, plan }, everyObservations);
  const loop = new Loop(options, control, state);
  try {
    if (due) await loop.cycle();
  } catch (error) {
    await loop.close();
    throw error;
  }
  return loop;
}
