import { conformsTo, routeUnder, type SigmaRoute, type WarmReason } from '../rules/sigma.ts';
import type { Observation } from '../terms/observation.ts';
import type { Data } from '../terms/read.ts';
import type { CurrentRules } from './current.ts';

/** Where the records of one type are validated; part of what routing() answers. */
export interface TypeRouting {
  /** Name of the observation's type. */
  readonly type: string;
  /**
   * `none`: there are no shapes. `hot`: rows of the kernel decide whether a record conforms, and
   * only one that does not goes to the engine, for its report. `warm`: the engine validates each.
   */
  readonly route: 'none' | 'hot' | 'warm';
  /** Ways to violate the shapes that rows tell apart; 0 where the route is not hot. */
  readonly lanes: number;
  /** Records of apply() and observe() that rows found to conform, since opening. */
  readonly hot: number;
  /** Records that were handed to the engine, since opening. */
  readonly warm: number;
  /** Why the route is warm; at most 64. */
  readonly reasons: readonly WarmReason[];
}

/** Whoever asks for another engine means its verdicts. */
const asked: SigmaRoute = {
  kind: 'warm',
  reasons: [{ shape: '', constraint: 'engine', reason: 'the reference engine was asked for' }],
};

interface Counts {
  hot: number;
  warm: number;
}

const none: readonly never[] = Object.freeze([]);

/** Validation on the hot path: verdicts of rows under the shapes of the current rules. */
export class Routing {
  readonly #current: CurrentRules;
  readonly #isReference: boolean;
  readonly #counts = new Map<string, Counts>();

  constructor(current: CurrentRules, isReference: boolean) {
    this.#current = current;
    this.#isReference = isReference;
  }

  /** The route of a type; undefined where there are no shapes. */
  of(observation: Observation): SigmaRoute | undefined {
    const { shapes } = this.#current;
    if (shapes === undefined) return undefined;
    return this.#isReference ? asked : routeUnder(shapes, observation);
  }

  /** True where rows say that a record conforms to the current shapes; counts who decides. */
  accepts(observation: Observation, data: Data): boolean {
    const route = this.of(observation);
    const accepted = route?.kind === 'hot' && conformsTo(route, data);
    const counts = this.#countsOf(observation.type);
    if (accepted) counts.hot++;
    else counts.warm++;
    return accepted;
  }

  /** True where rows say that a record violates the current shapes. */
  refuses(observation: Observation, data: Data): boolean {
    const route = this.of(observation);
    return route?.kind === 'hot' && !conformsTo(route, data);
  }

  /** Counts streamed records that no lane of shapes fired on. */
  countIdle(observation: Observation, count: number): void {
    if (this.of(observation)?.kind === 'hot') this.#countsOf(observation.type).hot += count;
  }

  report(observations: Iterable<Observation>): readonly TypeRouting[] {
    return [...observations].map((observation) => {
      const route = this.of(observation);
      const { type } = observation;
      const { hot, warm } = this.#countsOf(type);
      const lanes = route?.kind === 'hot' ? route.lanes.length : 0;
      const reasons = route?.kind === 'warm' ? route.reasons : none;
      return { type, route: route?.kind ?? 'none', lanes, hot, warm, reasons };
    });
  }

  #countsOf(type: string): Counts {
    let counts = this.#counts.get(type);
    if (counts === undefined) {
      counts = { hot: 0, warm: 0 };
      this.#counts.set(type, counts);
    }
    return counts;
  }
}
