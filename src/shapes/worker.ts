import { workerData } from 'node:worker_threads';
import type { Observation } from '../terms/observation.ts';
import { injectFault, type TestFaults } from './faults.ts';
import { referenceEngine } from './reference.ts';
import { type BatchAnswer, type BatchTask, makeRunner } from './run.ts';

/** What the pool hands to each of its threads once. */
export interface WorkerSetup {
  readonly observations: readonly Observation[];
  readonly faults?: TestFaults;
}

const { observations, faults } = workerData as WorkerSetup;
const runner = makeRunner(observations, referenceEngine());

/** The one function that the pool calls in its threads. */
export function validate(task: BatchTask): Promise<BatchAnswer> {
  if (faults !== undefined) injectFault(faults, task.records);
  return runner.run(task);
}
