import { workerData } from 'node:worker_threads';
import { monotonicMs } from '../base/clock.ts';
import type { Observation } from '../terms/observation.ts';
import { type EngineName, enginesOf } from './engines.ts';
import type { TestFaults } from './faults.ts';
import type { Task, TaskAnswer } from './pool/task.ts';
import { makeRunner } from './run.ts';

/** What the pool hands to each of its threads once. */
export interface WorkerSetup {
  readonly observations: readonly Observation[];
  readonly engine: EngineName;
  /** Shared by all: how far each task is. */
  readonly places: Int32Array;
  readonly faults?: TestFaults;
}

const { engine, ...setup } = workerData as WorkerSetup;
const runner = makeRunner({ ...setup, engines: await enginesOf(engine), now: monotonicMs });

/** The one function that the pool calls in its threads. */
export function validate(task: Task): Promise<TaskAnswer> {
  return runner.run(task);
}
