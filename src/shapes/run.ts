import type { Observation } from '../terms/observation.ts';
import type { Engines } from './engines.ts';
import { injectFault, type TestFaults } from './faults.ts';
import { refused } from './pool/answer.ts';
import { textOf } from './pool/parcel.ts';
import { atShapes, unknownPlace } from './pool/split.ts';
import type { Task, TaskAnswer } from './pool/task.ts';
import { runGraphs } from './run-graphs.ts';
import { recordShapes, runRecords } from './run-records.ts';

/** Runs tasks; one per thread, with the shapes and declarations it has seen. */
export interface Runner {
  run(task: Task): Promise<TaskAnswer>;
}

/** What {@link makeRunner} is given. */
export interface RunnerOptions {
  readonly observations: readonly Observation[];
  readonly engines: Engines;
  /** Time that passes, in milliseconds. */
  readonly now: () => number;
  /** Tells whoever finds the thread dead where it was: one number per {@link Task.slot}. */
  readonly places: Int32Array;
  readonly faults?: TestFaults | undefined;
}

/** How a task says where it is, and learns whether it has time for more. */
export interface Progress {
  at(place: number): void;
  /** Begins an item: its text. */
  begin(index: number): string;
  /** Whether the time of the task is over, so that the rest is left to another. */
  late(): boolean;
}

const compiledMax = 4;

/** Makes the runner of a thread. */
export function makeRunner(options: RunnerOptions): Runner {
  const { observations, engines, faults } = options;
  const toRecords = recordShapes(engines.records, observations);
  const recordsOf = keep(toRecords, faults);
  const graphsOf = keep(engines.graphs, faults);
  return {
    async run(task) {
      try {
        const progress = progressOf(task, options);
        progress.at(atShapes);
        if (task.kind === 'records') {
          const shapes = recordsOf(task);
          return shapes === undefined ? { kind: 'need' } : await runRecords(shapes, task, progress);
        }
        const shapes = graphsOf(task);
        return shapes === undefined ? { kind: 'need' } : await runGraphs(shapes, task, progress);
      } catch (error) {
        return refused(error);
      }
    },
  };
}

function progressOf(task: Task, { now, places, faults }: RunnerOptions): Progress {
  const until = now() + task.budgetMs;
  const at = (place: number): void => {
    const told = faults?.blind === true ? unknownPlace : place;
    Atomics.store(places, task.slot, told);
  };
  return {
    at,
    begin(index) {
      at(index + 1);
      const text = textOf(task.texts[index] ?? '');
      if (faults !== undefined) injectFault(faults, text);
      return text;
    },
    late: () => now() > until,
  };
}

/** The latest shapes, compiled; undefined where the task has not brought their text. */
function keep<Made>(
  compile: (text: string) => Made,
  faults: TestFaults | undefined,
): (task: Task) => Made | undefined {
  const compiled = new Map<string, Made>();
  return ({ shapes, document }) => {
    const known = compiled.get(shapes);
    if (known !== undefined || document === undefined) return known;
    if (faults !== undefined) injectFault(faults, document);
    const made = compile(document);
    const oldest = compiled.keys().next().value;
    if (compiled.size >= compiledMax && oldest !== undefined) compiled.delete(oldest);
    compiled.set(shapes, made);
    return made;
  };
}
