import { MinimalStandard } from './random.ts';

// The exemplar DARTSim (Moreno et al., SEAMS 2019), written from a description of its rules: a team
// of drones flies along a route, wants to find targets and not to be destroyed by threats.

/** What a manager may tell the team before a step. */
export type Tactic = 'climb' | 'descend' | 'tight' | 'loose' | 'ecm-on' | 'ecm-off';

/** The team as its manager sees it. */
export interface Team {
  /** Cell of the route, from 0. */
  readonly position: number;
  /** Level of altitude, 1 to 4. */
  readonly altitude: number;
  readonly isTight: boolean;
  readonly hasEcm: boolean;
}

/** How a mission ended. */
export interface MissionResult {
  readonly found: number;
  readonly destroyed: boolean;
  /** The last cell that the team was in. */
  readonly position: number;
  readonly success: boolean;
}

/** Facts about the team and its sensors that a manager knows beforehand. */
export const known = {
  cells: 40,
  altitudeMax: 4,
  threatRange: 3,
  targetRange: 4,
  /** Factors by which tight formation makes being destroyed and finding less likely. */
  tightDestruction: 1 / 1.5,
  tightDetection: 1 / 1.2,
  /** Factor of both by electronic countermeasures. */
  ecm: 0.25,
  /** Rates of both sensors. */
  falsePositive: 0.1,
  falseNegative: 0.15,
} as const;

/** What lies on the route, which no manager knows. */
const hidden = { threats: 6, targets: 4 };

const seedMax = 2_147_483_647;

/** Probability of being destroyed in a cell with a threat. */
export function destructionOf({ altitude, isTight, hasEcm }: Omit<Team, 'position'>): number {
  const inRange = Math.max(0, known.threatRange - altitude) / known.threatRange;
  return (isTight ? known.tightDestruction : 1) * inRange * (hasEcm ? known.ecm : 1);
}

/** Probability of finding the target of a cell. */
export function detectionOf({ altitude, isTight, hasEcm }: Omit<Team, 'position'>): number {
  const inRange = Math.max(0, known.targetRange - altitude) / known.targetRange;
  return (isTight ? known.tightDetection : 1) * inRange * (hasEcm ? known.ecm : 1);
}

/** One mission; everything random in it follows from the seed. */
export class Mission {
  readonly #threats: ReadonlySet<number>;
  readonly #targets: ReadonlySet<number>;
  readonly #detection: MinimalStandard;
  readonly #destruction: MinimalStandard;
  readonly #threatSensor: MinimalStandard;
  readonly #targetSensor: MinimalStandard;
  #team: Team = { position: 0, altitude: known.altitudeMax, isTight: false, hasEcm: false };
  #last = 0;
  #found = 0;
  #destroyed = false;

  constructor(seed: number) {
    const master = new MinimalStandard(seed);
    const drawn = (): MinimalStandard => new MinimalStandard(master.integer(0, seedMax));
    this.#threats = placed(drawn(), hidden.threats);
    this.#targets = placed(drawn(), hidden.targets);
    // The original seeds four more generators, which a mission like this never asks.
    for (let unused = 0; unused < 4; unused++) drawn();
    this.#detection = drawn();
    this.#destruction = drawn();
    this.#threatSensor = drawn();
    this.#targetSensor = drawn();
  }

  get team(): Team {
    return this.#team;
  }

  /** Over: the route was flown to its end, or the team is destroyed. */
  get isOver(): boolean {
    return this.#destroyed || this.#team.position >= known.cells;
  }

  /** What the sensor of threats says of the team's cell and those ahead, `horizon` in all. */
  senseThreats(horizon: number): boolean[] {
    return this.#sense(this.#threats, this.#threatSensor, horizon);
  }

  /** The same of targets; the original asks for threats first. */
  senseTargets(horizon: number): boolean[] {
    return this.#sense(this.#targets, this.#targetSensor, horizon);
  }

  #sense(present: ReadonlySet<number>, sensor: MinimalStandard, horizon: number): boolean[] {
    const { position } = this.#team;
    const readings: boolean[] = [];
    for (let cell = position; cell < Math.min(position + horizon, known.cells); cell++) {
      const drawn = sensor.real();
      readings.push(present.has(cell) ? drawn > known.falseNegative : drawn <= known.falsePositive);
    }
    return readings;
  }

  /** Does what the manager says in this cell and moves on to the next. */
  step(tactics: readonly Tactic[]): void {
    let { altitude, isTight, hasEcm } = this.#team;
    const { position } = this.#team;
    if (tactics.includes('tight')) isTight = true;
    if (tactics.includes('loose')) isTight = false;
    if (tactics.includes('ecm-on')) hasEcm = true;
    if (tactics.includes('ecm-off')) hasEcm = false;
    const here: Team = { position, altitude, isTight, hasEcm };
    this.#last = position;
    if (this.#threats.has(position)) {
      this.#destroyed = this.#destruction.real() <= destructionOf(here);
    }
    if (!this.#destroyed && this.#targets.has(position)) {
      if (this.#detection.real() <= detectionOf(here)) this.#found++;
    }
    // A change of altitude takes one period: it holds from the next cell on.
    if (tactics.includes('climb')) altitude = Math.min(altitude + 1, known.altitudeMax);
    if (tactics.includes('descend')) altitude = Math.max(altitude - 1, 1);
    this.#team = { position: position + 1, altitude, isTight, hasEcm };
  }

  get result(): MissionResult {
    const [found, destroyed] = [this.#found, this.#destroyed];
    const success = !destroyed && 2 * found >= hidden.targets;
    return { found, destroyed, position: this.#last, success };
  }
}

/** So many different cells of the route. */
function placed(random: MinimalStandard, count: number): ReadonlySet<number> {
  const cells = new Set<number>();
  while (cells.size < count) {
    cells.add(random.integer(0, known.cells - 1));
    // The route is one cell wide; the original draws that coordinate all the same.
    random.integer(0, 0);
  }
  return cells;
}
