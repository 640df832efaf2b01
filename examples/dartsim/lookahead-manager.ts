import {
  type BeliefCounts,
  type CellBelief,
  type ControlView,
  cellBelief,
  type DecisionModel,
  lookaheadPlanner,
} from 'knhk/loop';
import { adapt, type Manager, type Reading, teamOf } from './flying.ts';
import { destructionOf, detectionOf, known, type Tactic, type Team } from './mission.ts';

// A manager that knows the team, the rates of its sensors and nothing of the route: neither where
// threats and targets lie nor how many there are, nor whether a target was found. For each cell it
// believes what Bayes' rule makes of the readings; at each step it looks ahead to the end of the
// route. Both constants were chosen on seeds 1 to 2000.

/**
 * Probability of a threat, and of a target, in a cell that was never read: blind, and the same for
 * both and all cells. Anything from 1 in 20 to 1 in 5 does about as well.
 */
const prior = 0.1;
/** What coming home is worth, in targets found. */
const home = 2;

/** Readings so far, which is all that persists. */
export interface RouteKnowledge {
  readonly threats: BeliefCounts;
  readonly targets: BeliefCounts;
}

/** What the team does in a cell, and by how much it leaves it higher or lower. */
interface Choice {
  readonly change: -1 | 0 | 1;
  readonly altitude: number;
  readonly isTight: boolean;
  readonly hasEcm: boolean;
  readonly destruction: number;
  readonly detection: number;
}

interface Place {
  readonly cell: number;
  readonly altitude: number;
}

const none = (): BeliefCounts => ({
  positive: Array.from({ length: known.cells }, () => 0),
  negative: Array.from({ length: known.cells }, () => 0),
});

const beliefOf = (counts: BeliefCounts): CellBelief =>
  cellBelief({
    ...{ cells: known.cells, prior, counts },
    ...{ falsePositive: known.falsePositive, falseNegative: known.falseNegative },
  });

/**
 * What can be chosen at an altitude, what changes least first. Where no threat reaches, hiding only
 * makes finding less likely.
 */
function choicesAt(altitude: number): Choice[] {
  return ([0, 1, -1] as const)
    .filter((change) => altitude + change >= 1 && altitude + change <= known.altitudeMax)
    .flatMap((change) =>
      [false, true].flatMap((hasEcm) =>
        [false, true].map((isTight) => {
          const team = { altitude, isTight, hasEcm };
          const [destruction, detection] = [destructionOf(team), detectionOf(team)];
          return { change, ...team, destruction, detection };
        }),
      ),
    )
    .filter(({ destruction, isTight, hasEcm }) => destruction > 0 || !(isTight || hasEcm));
}

const choices = Array.from({ length: known.altitudeMax + 1 }, (_, altitude) => choicesAt(altitude));

/** The rest of the route as it is believed now. */
function routeModel({ threats, targets }: RouteKnowledge): DecisionModel<Place, Choice> {
  const cells = Array.from({ length: known.cells }, (_, cell) => cell);
  const [threat, target] = [threats, targets].map((counts) => {
    const belief = beliefOf(counts);
    return cells.map((cell) => belief.probability(cell));
  }) as [number[], number[]];
  return {
    // The step says which cell it is.
    key: ({ altitude }) => altitude,
    choices: ({ cell, altitude }) => (cell < known.cells ? choices[altitude]! : []),
    outcomes: ({ cell, altitude }, { change, destruction, detection }) => {
      const destroyed = threat[cell]! * destruction;
      const reward = target[cell]! * detection;
      const state = { cell: cell + 1, altitude: altitude + change };
      const survived = { probability: 1 - destroyed, reward, state };
      return destroyed === 0 ? [survived] : [survived, { probability: destroyed, reward: 0 }];
    },
    value: ({ cell }) => (cell < known.cells ? 0 : home),
  };
}

/** The tactics that turn the team into what was chosen. */
function tacticsOf({ change, isTight, hasEcm }: Choice, team: Team): Tactic[] {
  const tactics: Tactic[] = [];
  if (change !== 0) tactics.push(change > 0 ? 'climb' : 'descend');
  if (isTight !== team.isTight) tactics.push(isTight ? 'tight' : 'loose');
  if (hasEcm !== team.hasEcm) tactics.push(hasEcm ? 'ecm-on' : 'ecm-off');
  return tactics;
}

function believe({ threats, targets }: RouteKnowledge, readings: readonly Reading[]): void {
  const beliefs = { threat: beliefOf(threats), target: beliefOf(targets) };
  for (const reading of readings) {
    if (reading.of !== 'team') beliefs[reading.of].read(reading.cell, reading.isPositive);
  }
}

/** Probability of a threat in a cell, as the manager believes. */
export const threatAt = ({ threats }: RouteKnowledge, cell: number): number =>
  beliefOf(threats).probability(cell);

/** Believes, looks ahead and does what is best; see above. */
export function lookaheadManager(): Manager<RouteKnowledge> {
  return {
    knowledge: { threats: none(), targets: none() },
    detectors: [
      {
        name: 'belief',
        detect: ({ readings, knowledge }) => {
          believe(knowledge, readings);
          const { position, altitude } = teamOf(readings);
          const found = { detector: 'belief', kind: 'step', subject: 'team', confidence: 1 };
          const evidence = { position, altitude, threat: threatAt(knowledge, position) };
          return [{ ...found, evidence, seqs: [], recommend: 'enforce' }];
        },
      },
    ],
    planners: [
      lookaheadPlanner<ControlView<RouteKnowledge, Reading>, Place, Choice>({
        name: 'lookahead',
        kinds: ['step'],
        horizon: ({ readings }) => known.cells - teamOf(readings).position,
        state: ({ readings }) => {
          const { position, altitude } = teamOf(readings);
          return { cell: position, altitude };
        },
        model: ({ knowledge }) => routeModel(knowledge),
        act: (choice, { readings }, { value }) => {
          const tactics = tacticsOf(choice, teamOf(readings));
          return tactics.length === 0 ? undefined : adapt(tactics, `worth ${value.toFixed(3)}`);
        },
      }),
    ],
  };
}
