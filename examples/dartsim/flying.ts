import { action } from 'knhk';
import { type ControlLoopOptions, controlLoop, type PlannedAction, type Sensor } from 'knhk/loop';
import { Mission, type MissionResult, type Tactic, type Team } from './mission.ts';

/** What a manager reads before a step. */
export type Reading =
  | { readonly of: 'team'; readonly team: Team }
  | { readonly of: 'threat' | 'target'; readonly cell: number; readonly isPositive: boolean };

/** A manager: everything of a control loop but the world. */
export type Manager<Knowledge> = Pick<
  ControlLoopOptions<Knowledge, Reading>,
  'detectors' | 'planners' | 'knowledge'
>;

/** The world as sensors: the team, then threats, then targets, as the original is asked. */
export function sensorsOf(mission: Mission, horizon: number): Sensor<unknown, Reading>[] {
  const readings = (of: 'threat' | 'target', said: readonly boolean[]): Reading[] => {
    const { position } = mission.team;
    return said.map((isPositive, ahead) => ({ of, cell: position + ahead, isPositive }));
  };
  return [
    { name: 'team', read: () => [{ of: 'team', team: mission.team }] },
    { name: 'threats', read: () => readings('threat', mission.senseThreats(horizon)) },
    { name: 'targets', read: () => readings('target', mission.senseTargets(horizon)) },
  ];
}

/** Where the team is, as it was read in this cycle. */
export function teamOf(readings: readonly Reading[]): Team {
  for (const reading of readings) if (reading.of === 'team') return reading.team;
  throw new Error('the team was not read');
}

/** Tactics as one action. */
export const adapt = (tactics: readonly Tactic[], reasoning: string): PlannedAction => ({
  action: action('team.adapt', { target: 'team', tactics }),
  reasoning,
});

/** Flies one mission to its end. */
export function fly<Knowledge>(
  seed: number,
  horizon: number,
  manager: Manager<Knowledge>,
): MissionResult {
  const mission = new Mission(seed);
  let tactics: Tactic[] = [];
  const loop = controlLoop<Knowledge, Reading>({
    ...manager,
    sensors: sensorsOf(mission, horizon),
    execute: ({ data }) => {
      tactics = [...tactics, ...(data['tactics'] as Tactic[])];
    },
  });
  while (!mission.isOver) {
    tactics = [];
    const { problems } = loop.cycle();
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    mission.step(tactics);
  }
  return mission.result;
}
