import type { Snapshot } from '../rules/snapshot.ts';
import type { Observation } from '../terms/observation.ts';
import { readObservation } from '../terms/read.ts';
import type { RuntimeCore } from './core.ts';
import { Decider, type ObservationOptions } from './decide.ts';
import { glanceOf } from './glance.ts';
import type { Decision } from './outcome.ts';
import { sigmaOf } from './sigma-look.ts';

/** Who decides about each type under the current rules, made when first asked. */
export class Deciders {
  readonly #core: RuntimeCore;
  #known = new WeakMap<Observation, Decider>();

  constructor(core: RuntimeCore) {
    this.#core = core;
  }

  /**
   * @throws KnhkError KNHK_RUNTIME_TYPE for a type that was not given to openRuntime
   */
  of(observation: Observation): Decider {
    const { snapshot, canary } = this.#core.current;
    const known = this.#known.get(observation);
    if (known?.snapshot === snapshot) return known;
    const plain = new Decider(...this.#parts(observation, snapshot));
    const decider =
      canary === undefined
        ? plain
        : new CanaryDecider(
            this.#core,
            plain,
            new Decider(...this.#parts(observation, canary.snapshot)),
            this.#parts(observation, snapshot),
          );
    this.#known.set(observation, decider);
    return decider;
  }

  /** The rules or the canary changed. */
  forget(): void {
    this.#known = new WeakMap();
  }

  #parts(observation: Observation, snapshot: Snapshot): ConstructorParameters<typeof Decider> {
    const { parts, routing, context } = this.#core;
    const { generate } = parts.kernel;
    // Throws for an unknown type; a candidate has the same types.
    const { observation: known } = this.#core.plan(observation);
    const plan = snapshot.plans.get(known.type) ?? this.#core.plan(observation);
    const glance = glanceOf(plan, snapshot.document.windows, generate);
    const sigma = sigmaOf(routing.of(known), known, generate);
    return [observation, snapshot, glance, sigma, context, parts.clock];
  }
}

/**
 * Decides by the canary's rules for its subjects: a class of its own, so that deciding without a
 * canary does not even look whether there is one.
 */
class CanaryDecider extends Decider {
  readonly #core: RuntimeCore;
  readonly #others: Decider;
  readonly #chosen: Decider;

  constructor(
    core: RuntimeCore,
    others: Decider,
    chosen: Decider,
    parts: ConstructorParameters<typeof Decider>,
  ) {
    super(...parts);
    this.#core = core;
    this.#others = others;
    this.#chosen = chosen;
  }

  override decide(input: unknown, options: ObservationOptions | undefined): Decision {
    const read = readObservation(this.observation, input);
    if (!read.ok) return this.#others.decide(input, options);
    const { current } = this.#core;
    const snapshot = current.snapshotFor(this.observation, read.data);
    const decider = snapshot === current.snapshot ? this.#others : this.#chosen;
    return decider.decide(input, options);
  }
}
