import { hashCanonical } from '../base/canonical.ts';
import type { Clock } from '../base/clock.ts';
import type { ContextState } from '../rules/context.ts';
import { type EvaluationRecord, evaluate } from '../rules/evaluate.ts';
import type { Explanation } from '../rules/explain.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import { readObservation } from '../terms/read.ts';
import { type Glance, timeOf } from './glance.ts';
import { type Checked, type Decision, decidedOf, nothing } from './outcome.ts';
import { type SigmaGlance, shapedLook } from './sigma-look.ts';
import { TemplatedDecisions } from './templated.ts';

/** Options of decide() and apply(). */
export interface ObservationOptions {
  /** The host's id, at most 256 bytes; by default the content's hash. */
  readonly id?: string;
  /** Time in ms for types without a time field; by default the receipt's time. */
  readonly at?: number;
  /** Who asks, for guards; at most 256 bytes. */
  readonly principal?: string;
  /**
   * Trace identifier that the leaf keeps, such as a traceparent of W3C Trace Context: at most 64
   * printable ASCII characters. By default what a listener on `channels.trace` says.
   */
  readonly trace?: string;
  /** Cancels an apply() that has not been sequenced yet: no leaf, and the id stays free. */
  readonly signal?: AbortSignal;
}

/** The decisions where nothing fires: frozen constants, so that they cost no memory. */
const idleConforms: Decision = Object.freeze({ ...nothing, sigma: 'conforms' });
const idleUnchecked: Decision = Object.freeze({ ...nothing, sigma: 'unchecked' });
/** Nothing is decided about what violates its shapes. */
const violating: Decision = Object.freeze({
  outcome: 'invalid',
  stage: 'shapes',
  sigma: 'violates',
});

/** A schema is asked about the whole data, so that no look at some fields suffices. */
function wholly(glance: Glance): Glance {
  return { ...glance, look: () => -1, fits: () => false };
}

/**
 * decide() for one type under one snapshot: the fields that conditions read are checked and
 * classified straight from the input; only when something fires is the whole observation read and
 * evaluated.
 */
export class Decider {
  readonly observation: Observation;
  readonly glance: Glance;
  readonly snapshot: Snapshot;
  readonly #context: ContextState;
  readonly #clock: Clock;
  readonly #look: ReturnType<typeof shapedLook>;
  readonly #windowed: boolean;
  readonly #shapes: SigmaGlance;
  readonly #sigma: Checked;
  readonly #idle: Decision;
  readonly #templated: TemplatedDecisions | undefined;

  constructor(
    observation: Observation,
    snapshot: Snapshot,
    glance: Glance,
    shapes: SigmaGlance,
    context: ContextState,
    clock: Clock,
  ) {
    this.observation = observation;
    this.glance = observation.schema === undefined ? glance : wholly(glance);
    this.snapshot = snapshot;
    this.#context = context;
    this.#clock = clock;
    this.#shapes = shapes;
    this.#look = shapedLook(shapes.look, this.glance.look);
    this.#windowed = glance.windowed;
    this.#sigma = shapes.checked;
    this.#idle = shapes.checked === 'conforms' ? idleConforms : idleUnchecked;
    const plan = snapshot.plans.get(observation.type);
    this.#templated =
      glance.engine === 'generated' && plan !== undefined
        ? new TemplatedDecisions(plan, snapshot, this.#sigma)
        : undefined;
  }

  decide(input: unknown, options: ObservationOptions | undefined): Decision {
    if (typeof input === 'object' && input !== null) {
      try {
        const members = input as Record<string, unknown>;
        const at = this.#windowed ? timeOf(this.observation, members, this.#clock, options?.at) : 0;
        // An unreadable field needs the whole reading: it names what is wrong.
        const look = at === undefined ? -1 : this.#look(members, this.#context, at);
        if (look === 0) return this.#idle;
        if (look === 1) {
          const decision = this.#fired(members, at as number);
          if (decision !== undefined) return decision;
        }
        if (look === 2 && this.glance.fits(members)) return violating;
      } catch {
        // A getter or proxy of the host's object threw; reading it whole turns that into an issue.
      }
    }
    return this.#whole(input, options);
  }

  /** The decision where lanes fired, undefined where it takes the whole evaluation. */
  #fired(input: Record<string, unknown>, at: number): Decision | undefined {
    const { glance } = this;
    const known = glance.known(this.snapshot, this.#sigma);
    if (known !== undefined) return glance.fits(input) ? known : undefined;
    if (this.#templated === undefined) return undefined;
    // A getter may answer anew each time: what guards judge and what is proposed is one reading.
    const members = { ...input };
    const fires = glance.fits(members) && this.#look(members, this.#context, at) === 1;
    return fires ? this.#templated.decide(members, glance.lanes()) : undefined;
  }

  /**
   * Says of each hook and guard why; `whole` evaluates again, for what does not follow from the
   * fired lanes.
   */
  explain(input: unknown, whole: () => Explanation): Explanation {
    if (this.#windowed || typeof input !== 'object' || input === null) return whole();
    const { glance } = this;
    try {
      // One reading for all: members may be getters that answer anew or decide in their turn.
      const members: Record<string, unknown> = { ...input };
      if (!glance.fits(members)) return whole();
      const look = glance.look(members, this.#context, 0);
      if (look < 0) return whole();
      const explainer = glance.explainer(this.snapshot);
      if (look === 0 || glance.known(this.snapshot, this.#sigma) !== undefined) {
        return explainer.known(members, look as 0 | 1, glance.fired, whole);
      }
      const templated = this.#templated;
      return templated === undefined
        ? whole()
        : explainer.templated(members, templated, glance.lanes(), whole);
    } catch {
      return whole();
    }
  }

  #whole(input: unknown, options: ObservationOptions | undefined): Decision {
    const { observation } = this;
    const read = readObservation(observation, input);
    const sigma = this.#sigma;
    if (!read.ok) return { outcome: 'invalid', stage: 'terms', issues: read.issues, sigma };
    if (this.#shapes.violates(read.data)) return violating;
    const { time, type } = observation;
    const at =
      time === undefined ? (options?.at ?? this.#clock.now()) : (read.data[time] as number);
    const view = this.#context.view(type, read.data, at);
    const record: EvaluationRecord = {
      type,
      data: read.data,
      at,
      // Only code asks for the id: a template decides without hashing.
      get id() {
        return options?.id ?? hashCanonical('record', read.record);
      },
      ...(options?.principal === undefined ? {} : { principal: options.principal }),
    };
    const evaluation = evaluate(this.snapshot, view, record);
    if (evaluation.fired.length === 0) return this.#idle;
    return { ...decidedOf(evaluation, this.snapshot), sigma };
  }
}
