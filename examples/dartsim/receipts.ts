import {
  type Action,
  action,
  defineAction,
  defineGuard,
  defineHook,
  defineObservation,
  eq,
  integer,
  iri,
  lt,
  observed,
  openKeys,
  openRuntime,
  string,
  verifyLog,
} from 'knhk';
import { controlLoop } from 'knhk/loop';
import { type Reading, sensorsOf } from './flying.ts';
import { lookaheadManager, type RouteKnowledge, threatAt } from './lookahead-manager.ts';
import { Mission, type MissionResult, type Tactic } from './mission.ts';

// One mission under doctrine: what the planner plans is an observation, a hook proposes it as an
// action, a guard may deny it, and the team does what has left the runtime, which has a receipt.

const origin = 'example.com/team';

const Planned = defineObservation('team.planned', {
  class: 'https://example.com/team#Planned',
  subject: 'mission',
  fields: {
    mission: iri(),
    cell: integer(),
    altitude: integer(),
    tactic: string(),
    threatPercent: integer(),
  },
});
const Adapt = defineAction('team.adapt', { fields: { tactic: string() } });
const adapt = defineHook({
  name: 'adapt',
  version: '1',
  on: Planned,
  when: [],
  run: ({ data }) => [action('team.adapt', { target: 'team', tactic: data.tactic })],
});
/** Doctrine: countermeasures give the team away, so they need a reason. */
const quiet = defineGuard({
  name: 'quiet',
  on: Adapt,
  deny: [eq('tactic', 'ecm-on'), lt(observed('threatPercent'), 50)],
});

/** What a mission under doctrine came to. */
export interface GovernedMission extends MissionResult {
  readonly planned: number;
  readonly denied: readonly string[];
  readonly leaves: number;
  readonly verified: boolean;
}

/** Flies one mission with the lookahead manager; keys and log lie beside `data`. */
export async function flyWithReceipts(
  data: string,
  seed: number,
  horizon: number,
): Promise<GovernedMission> {
  const mission = new Mission(seed);
  const manager = lookaheadManager();
  const wanted: Action[] = [];
  const loop = controlLoop<RouteKnowledge, Reading>({
    ...manager,
    sensors: sensorsOf(mission, horizon),
    execute: (action) => {
      wanted.push(action);
    },
  });
  const keys = openKeys(`${data}.keys`, { origin });
  const rules = [Adapt, adapt, quiet];
  const knhk = await openRuntime({ origin, data, ...keys, observations: [Planned], rules });
  const denied: string[] = [];
  let planned = 0;
  try {
    while (!mission.isOver) {
      wanted.length = 0;
      loop.cycle();
      const { position: cell, altitude } = mission.team;
      const threatPercent = Math.round(100 * threatAt(loop.knowledge, cell));
      const about = { mission: `urn:mission:${seed}`, cell, altitude, threatPercent };
      const tactics: Tactic[] = [];
      for (const tactic of wanted.flatMap((action) => action.data['tactics'] as Tactic[])) {
        planned++;
        const answer = await knhk.apply(Planned, { ...about, tactic });
        if (answer.outcome === 'denied') denied.push(`${tactic} in cell ${cell}`);
        if (answer.outcome !== 'acted') continue;
        for (const { data } of answer.actions) tactics.push(data['tactic'] as Tactic);
      }
      mission.step(tactics);
    }
  } finally {
    await knhk.close();
  }
  const verified = await verifyLog(data, keys.keyring);
  const leaves = verified.total_count;
  return { ...mission.result, planned, denied, leaves, verified: verified.ok };
}
