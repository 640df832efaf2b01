import type { ControlView, Pattern, PlannedAction } from 'knhk/loop';
import { exampleManager } from '../../examples/dartsim/example-manager.ts';
import { fly, type Manager, type Reading, sensorsOf } from '../../examples/dartsim/flying.ts';
import { lookaheadManager } from '../../examples/dartsim/lookahead-manager.ts';
import { Mission, type MissionResult, type Tactic } from '../../examples/dartsim/mission.ts';
import { type BenchContext, type Contestant, measure } from '../harness.ts';

const horizon = 5;
/** Seeds that no constant of the lookahead manager was chosen on. */
const judged = { from: 2_001, to: 4_000 };
/** Missions of the example manager in one round. */
const timed = { from: 1, to: 100 };

type Seeds = typeof judged;

const resultsOf = (seeds: Seeds, flown: (seed: number) => MissionResult): MissionResult[] =>
  Array.from({ length: seeds.to - seeds.from + 1 }, (_, index) => flown(seeds.from + index));

const share = (results: readonly MissionResult[], is: (result: MissionResult) => boolean): number =>
  results.filter(is).length / results.length;

/** DARTSim: how well looking ahead does, and what the control loop adds to the parts it runs. */
export async function measureDartsim(context: BenchContext): Promise<void> {
  const results = resultsOf(judged, (seed) => fly(seed, horizon, lookaheadManager()));
  const success = share(results, (result) => result.success);
  const destroyed = share(results, (result) => result.destroyed);
  const example = resultsOf(judged, (seed) => fly(seed, horizon, exampleManager()));
  const [unit, seeds] = ['share', `seeds ${judged.from}-${judged.to}`];
  const ratio = success / share(example, (result) => result.success);
  context.figure({
    ...{ figure: `DARTSim, ${seeds}: success, looking ahead`, value: success, unit },
    ...{ peer: "the original's example manager", ratio, goal: '>= 0.80', met: success >= 0.8 },
  });
  context.figure({
    ...{ figure: `DARTSim, ${seeds}: destroyed, looking ahead`, value: destroyed, unit },
    ...{ goal: '<= 0.07', met: destroyed <= 0.07 },
  });
  await measureOverhead(context);
}

async function measureOverhead(context: BenchContext): Promise<void> {
  const missions = resultsOf(timed, (seed) => fly(seed, horizon, exampleManager()));
  const cycles = missions.reduce((sum, { position }) => sum + position + 1, 0);
  const over = (name: string, flown: (seed: number) => MissionResult): Contestant => ({
    name,
    run: () => resultsOf(timed, flown).reduce((sum, result) => sum + worth(result), 0),
  });
  const contestants = [
    over('control loop', (seed) => fly(seed, horizon, exampleManager())),
    over('bare', (seed) => flyBare(seed, exampleManager())),
  ];
  const measured = await measure({ contestants, iterations: cycles });
  const [looped, bare] = measured.map(({ medianNs }) => medianNs / 1_000) as [number, number];
  const value = looped - bare;
  context.figure({
    ...{ figure: 'DARTSim: what the control loop adds to a cycle, median', value, unit: 'us' },
    ...{ goal: '<= 20 us', met: value <= 20 },
  });
}

const worth = ({ found, destroyed, position }: MissionResult): number =>
  found + 10 * Number(destroyed) + 100 * position;

/** The same sensors, detectors and planners, called one after the other without any check. */
function flyBare<Knowledge>(seed: number, manager: Manager<Knowledge>): MissionResult {
  const mission = new Mission(seed);
  const sensors = sensorsOf(mission, horizon);
  const { knowledge, detectors, planners } = manager;
  const { signal } = new AbortController();
  for (let cycle = 1; !mission.isOver; cycle++) {
    const empty: ControlView<Knowledge, Reading> = { cycle, knowledge, readings: [] };
    const readings = sensors.flatMap((sensor) => [...sensor.read(empty)]);
    const view = { ...empty, readings };
    const patterns: Pattern[] = detectors.flatMap((detector) => detector.detect(view));
    const tactics: Tactic[] = [];
    for (const pattern of patterns) {
      for (const planner of planners) {
        const planned = planner.plan(pattern, view, { signal }) as PlannedAction | undefined;
        if (planned === undefined) continue;
        tactics.push(...(planned.action.data['tactics'] as Tactic[]));
        break;
      }
    }
    mission.step(tactics);
  }
  return mission.result;
}
