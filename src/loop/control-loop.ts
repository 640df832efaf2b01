import { freezeCopy } from '../base/canonical.ts';
import { fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Action } from '../rules/actions.ts';
import {
  atOnce,
  CycleFailure,
  checkedAnswer,
  checkedPattern,
  type PlannedHere,
  plannedHere,
  problemOf,
} from './control-loop-plan.ts';
import type {
  ControlAction,
  ControlLoop,
  ControlLoopOptions,
  ControlReport,
  ControlState,
  ControlView,
} from './control-loop-types.ts';
import type { CycleProblem, Pattern } from './types.ts';

/**
 * The loop Monitor, Analyze, Plan, Execute over shared Knowledge for managers that act at every
 * step: synchronous, in memory, without a log of its own. A cycle reads all sensors, gives each
 * reading to the detectors, asks them for patterns and the planners for actions; only when all of
 * that went well are the actions judged by `govern` and carried out. An error of a sensor, detector
 * or planner, more than 256 patterns or 65,536 readings, a promise or a change of rules as an
 * answer end the cycle with no action, or with those of `fallback`; `govern` forbids an action by
 * throwing. Errors are in the report and are never thrown. What a failed cycle has already written
 * into the knowledge stays there. (Kephart and Chess, "The Vision of Autonomic Computing", Computer
 * 36(1), 2003.)
 *
 * A runtime can stand behind `govern`: its hooks propose, its guards decide, as here.
 *
 * @throws KnhkError KNHK_LOOP_OPTION, KNHK_BASE_NOT_CANONICAL where `state` is no JSON; what
 * `restore` of a detector throws
 * @example
 * const late = [50, 10, 50];
 * const held: string[] = [];
 * const desk = controlLoop({
 *   knowledge: { seen: 0 },
 *   sensors: [{ name: 'board', read: () => [late.shift() ?? 0] }],
 *   detectors: [{
 *     name: 'late',
 *     detect: ({ readings, knowledge }) => {
 *       knowledge.seen += readings.length;
 *       return readings.filter((minutes) => minutes >= 45).map((minutes) => ({
 *         ...{ detector: 'late', kind: 'late', subject: 'FRA', confidence: 1, seqs: [] },
 *         ...{ evidence: { minutes }, recommend: 'enforce' },
 *       }));
 *     },
 *   }],
 *   planners: [{
 *     name: 'hold',
 *     plan: ({ subject }) => ({
 *       action: action('connection.hold', { target: subject, minutes: 20 }),
 *       reasoning: 'connections wait for a late flight',
 *     }),
 *   }],
 *   govern: () => (knhk.decide(Flight, flight).outcome === 'acted' ? 'allow' : 'deny'),
 *   execute: ({ target }) => {
 *     held.push(target);
 *   },
 * });
 * desk.cycle().actions.map(({ verdict }) => verdict); // => ['executed']
 * desk.cycle().actions; // => []
 * held; // => ['FRA']
 * desk.knowledge; // => { seen: 2 }
 */
export function controlLoop<Knowledge, Reading>(
  options: ControlLoopOptions<Knowledge, Reading>,
): ControlLoop<Knowledge> {
  checkOptions(options);
  return new SynchronousLoop(options);
}

const where = 'controlLoop';

function checkOptions<Knowledge, Reading>(options: ControlLoopOptions<Knowledge, Reading>): void {
  const { sensors, detectors, planners } = options;
  const methods = [
    ['sensors', sensors, 'read'],
    ['detectors', detectors, 'detect'],
    ['planners', planners, 'plan'],
  ] as const;
  for (const [list, parts, method] of methods) {
    const names = new Set<unknown>();
    if (!Array.isArray(parts)) fail('KNHK_LOOP_OPTION', `${where}, ${list}`, 'a list', parts);
    for (const part of parts as readonly { readonly [member: string]: unknown }[]) {
      const { name, [method]: called } = part;
      const isNew = typeof name === 'string' && name !== '' && !names.has(name);
      if (!isNew) fail('KNHK_LOOP_OPTION', `${where}, ${list}`, 'a name that only one has', name);
      if (typeof called !== 'function') {
        fail('KNHK_LOOP_OPTION', `${where}, ${name}`, `a function ${method}`, called);
      }
      names.add(name);
    }
  }
  if (typeof options.execute !== 'function') {
    fail('KNHK_LOOP_OPTION', `${where}, execute`, 'a function', options.execute);
  }
  const { cycle, detectors: states } = options.state ?? { cycle: 0, detectors: {} };
  if (!Number.isSafeInteger(cycle) || cycle < 0) {
    fail('KNHK_LOOP_OPTION', `${where}, state.cycle`, 'an integer of at least 0', cycle);
  }
  if (typeof states !== 'object' || states === null) {
    fail('KNHK_LOOP_OPTION', `${where}, state.detectors`, 'states by name', states);
  }
}

/** A copy that may be changed; refuses what is no JSON. */
const jsonCopy = (value: unknown, name: string): unknown =>
  JSON.parse(freezeCopy(value, `${where}, ${name}`).text);

interface View<Knowledge, Reading> extends ControlView<Knowledge, Reading> {
  cycle: number;
  readings: readonly Reading[];
}

class SynchronousLoop<Knowledge, Reading> implements ControlLoop<Knowledge> {
  readonly knowledge: Knowledge;
  readonly #options: ControlLoopOptions<Knowledge, Reading>;
  readonly #listening: ControlLoopOptions<Knowledge, Reading>['detectors'];
  #cycle = 0;
  #isBusy = false;

  constructor(options: ControlLoopOptions<Knowledge, Reading>) {
    const { state, detectors } = options;
    this.#options = options;
    this.#listening = detectors.filter(({ observe }) => observe !== undefined);
    this.knowledge = options.knowledge;
    if (state === undefined) return;
    this.#cycle = state.cycle;
    this.knowledge = jsonCopy(state.knowledge, 'state.knowledge') as Knowledge;
    for (const detector of detectors) {
      if (!Object.hasOwn(state.detectors, detector.name)) continue;
      detector.restore?.(jsonCopy(state.detectors[detector.name], `state, ${detector.name}`));
    }
  }

  cycle(): ControlReport {
    if (this.#isBusy) fail('KNHK_LOOP_BUSY', where, 'a cycle that has ended', 'one under way');
    this.#isBusy = true;
    try {
      return this.#run();
    } finally {
      this.#isBusy = false;
    }
  }

  save(): ControlState {
    const detectors: Record<string, unknown> = {};
    for (const detector of this.#options.detectors) {
      if (detector.save === undefined) continue;
      detectors[detector.name] = jsonCopy(detector.save(), `detector ${detector.name}`);
    }
    const knowledge = jsonCopy(this.knowledge, 'knowledge');
    return { cycle: this.#cycle, knowledge, detectors };
  }

  #run(): ControlReport {
    const cycle = ++this.#cycle;
    const view: View<Knowledge, Reading> = { cycle, knowledge: this.knowledge, readings: [] };
    const patterns: Pattern[] = [];
    const problems: CycleProblem[] = [];
    let planned: readonly PlannedHere[] = [];
    let failed = false;
    try {
      this.#monitor(view);
      this.#analyze(view, patterns);
      planned = plannedHere(patterns, this.#options.planners, view);
    } catch (error) {
      if (!(error instanceof CycleFailure)) throw error;
      failed = true;
      problems.push(error.problem);
      planned = this.#instead(view, problems);
    }
    const actions = this.#execute(planned, problems);
    return { cycle, readings: view.readings.length, patterns, actions, problems, failed };
  }

  #monitor(view: View<Knowledge, Reading>): void {
    const readings: Reading[] = [];
    for (const sensor of this.#options.sensors) {
      try {
        for (const reading of atOnce(sensor.read(view))) {
          if (readings.length === limits.readingsPerCycle)
            throw new RangeError('too many readings');
          readings.push(reading);
        }
      } catch (error) {
        throw new CycleFailure('monitor', sensor.name, error);
      }
    }
    view.readings = readings;
  }

  #analyze(view: View<Knowledge, Reading>, patterns: Pattern[]): void {
    for (const detector of this.#listening) {
      try {
        for (const reading of view.readings) detector.observe?.(reading);
      } catch (error) {
        throw new CycleFailure('analyze', detector.name, error);
      }
    }
    for (const detector of this.#options.detectors) {
      try {
        for (const pattern of atOnce(detector.detect(view))) {
          if (patterns.length === limits.patternsPerCycle)
            throw new RangeError('too many patterns');
          patterns.push(checkedPattern(pattern));
        }
      } catch (error) {
        throw new CycleFailure('analyze', detector.name, error);
      }
    }
  }

  #instead(
    view: ControlView<Knowledge, Reading>,
    problems: CycleProblem[],
  ): readonly PlannedHere[] {
    const { fallback } = this.#options;
    if (fallback === undefined) return [];
    try {
      const answers = atOnce(fallback.call(this.#options, view, [...problems]));
      return answers.map((answer) => checkedAnswer('fallback', answer));
    } catch (error) {
      const isKnown = error instanceof CycleFailure;
      problems.push(isKnown ? error.problem : problemOf('plan', 'fallback', error));
      return [];
    }
  }

  /** Every action is judged before the first is carried out. */
  #execute(planned: readonly PlannedHere[], problems: CycleProblem[]): ControlAction[] {
    const allowed = planned.map(({ action, planner }) => this.#allows(action, planner, problems));
    let isBroken = false;
    return planned.map((entry, index): ControlAction => {
      if (!allowed[index]) return { ...entry, verdict: 'denied' };
      if (isBroken) return { ...entry, verdict: 'dropped' };
      try {
        atOnce<unknown>(this.#options.execute(entry.action));
        return { ...entry, verdict: 'executed' };
      } catch (error) {
        isBroken = true;
        problems.push(problemOf('execute', entry.planner, error));
        return { ...entry, verdict: 'failed' };
      }
    });
  }

  #allows(action: Action, planner: string, problems: CycleProblem[]): boolean {
    if (this.#options.govern === undefined) return true;
    try {
      return atOnce(this.#options.govern(action)) === 'allow';
    } catch (error) {
      problems.push(problemOf('validate', planner, error));
      return false;
    }
  }
}
