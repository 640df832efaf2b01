import { type Explanation, explain } from '../rules/explain.ts';
import type { Snapshot } from '../rules/snapshot.ts';
import type { Fields, FieldsInput } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import type { RdfInput } from '../terms/rdf-input.ts';
import { type ApplyAllOptions, applyAllOn } from './applyAll.ts';
import { bindControl } from './control.ts';
import { RuntimeCore } from './core.ts';
import type { Decider, ObservationOptions } from './decide.ts';
import { Inspection } from './inspection.ts';
import type { TickReport } from './kernel.ts';
import type { Observed, ObservedMany, ObserveOptions } from './observe-types.ts';
import type { Decision, Outcome, Unavailable } from './outcome.ts';
import type { Deployed, RuntimeParts } from './parts.ts';

/**
 * A running instance of the library over one log; made by openRuntime.
 *
 * @example
 * knhk.decide(Flight, flight).outcome; // => 'acted'
 * knhk.snapshot.version; // => 1
 * knhk.parameters['lateMinutes']; // => 45
 * parseCheckpoint(knhk.checkpoint ?? '')?.size; // => 1
 */
export class Runtime extends Inspection {
  /** The deploy that opening made, undefined where the catalogue was unchanged. */
  readonly deployed: Deployed | undefined;
  readonly #core: RuntimeCore;
  // All decisions are counted here and what fired apart: 1.5 ns less than counting by outcome.
  #decisions = 0;
  /** Who decided last; forgotten when the rules change. */
  #decider: Decider | undefined;

  constructor(parts: RuntimeParts) {
    const core = new RuntimeCore(parts);
    super(core);
    this.deployed = parts.deployed;
    this.#core = core;
    this.#core.tally.countDecisions(() => this.#decisions);
    this.#core.current.onChange(() => {
      this.#decider = undefined;
    });
    bindControl(this, this.#core.control());
  }

  /**
   * Identity of the rules that decide now: `version` counts deploys and promotions from 1, and
   * `rules` is the same for two snapshots with the same rules.
   */
  get snapshot(): { readonly hash: string; readonly version: number; readonly rules: string } {
    const { hash, version, rules } = this.#core.snapshot;
    return { hash, version, rules };
  }

  /** The values of parameters that rules see now, by name. */
  get parameters(): Snapshot['parameters'] {
    return this.#core.snapshot.parameters;
  }

  /**
   * Time in ms of the observation sequenced last, over the log's whole life; undefined before the
   * first.
   */
  get lastAt(): number | undefined {
    return this.#core.lastAt;
  }

  /**
   * The last durable checkpoint: a C2SP signed note. Keep copies outside, and give one to
   * `verifyLog` as `since`.
   */
  get checkpoint(): string | undefined {
    return this.#core.parts.log.checkpoint;
  }

  /**
   * What apply() would answer now, synchronously: advisory, without a receipt, nothing changes.
   * Unreadable input is the outcome `invalid`, never a throw, and so is what violates its shapes,
   * where rows decide that ({@link Inspection.routing}); the report is apply()'s. Where the engine
   * would have to be asked, `sigma` says `unchecked`. RDF is given as text; of quads, fromQuads
   * makes the object.
   *
   * @throws KnhkError KNHK_RUNTIME_TYPE for a type that was not given to openRuntime
   * @example
   * knhk.decide(Flight, flight).outcome; // => 'acted'
   * knhk.decide(Flight, { ...flight, delayMinutes: 5 }).outcome; // => 'idle'
   */
  decide<F extends Fields>(
    observation: Observation<F>,
    input: FieldsInput<F> | string,
    options?: ObservationOptions,
  ): Decision {
    let decider = this.#decider;
    // By identity: looking a type up by name costs as much as deciding.
    if (decider === undefined || decider.observation !== (observation as unknown)) {
      decider = this.#core.decider(observation as unknown as Observation);
      this.#decider = decider;
    }
    const decision = decider.decide(input, options);
    this.#decisions++;
    if (decision.outcome !== 'idle') this.#core.tally.decided(decision.outcome);
    return decision;
  }

  /**
   * Decides again and says, for each hook and guard, the first condition that did not hold with
   * the value seen and the value wanted. Synchronous like decide(), and nothing changes. Shapes
   * are not looked at.
   *
   * @throws KnhkError KNHK_RUNTIME_TYPE for a type that was not given to openRuntime
   * @example
   * const why = knhk.explain(Flight, { ...flight, delayMinutes: 5 });
   * const condition = 'hooks' in why ? why.hooks[0]?.firstFalse : undefined;
   * condition?.seen; // => 5
   * condition?.wanted; // => 45
   */
  explain<F extends Fields>(
    observation: Observation<F>,
    input: FieldsInput<F> | RdfInput,
    options?: ObservationOptions,
  ): Explanation {
    const core = this.#core;
    return core.decider(observation as unknown as Observation).explain(input, () => {
      const plan = core.plan(observation);
      const at = options?.at ?? core.parts.clock.now();
      return explain(core.snapshot, plan, core.context, input, { ...options, at });
    });
  }

  /**
   * Applies one observation: validates, decides, writes the receipt, and resolves when it is on
   * disk. Applying the same id again is a no-op that answers with the first receipt. In place of
   * the object, the same as Turtle or as quads (see fromQuads) gives the same record, id and leaf.
   *
   * @throws KnhkError KNHK_RUNTIME_TYPE, KNHK_RUNTIME_OPTION, KNHK_RUNTIME_CLOSED,
   * KNHK_RUNTIME_FROZEN, KNHK_LIMIT_IN_FLIGHT, KNHK_LIMIT_IDS, KNHK_LIMIT_ENTRY,
   * KNHK_LIMIT_PAYLOAD, KNHK_LIMIT_SUBJECTS, KNHK_SHAPES_UNAVAILABLE, KNHK_SHAPES_RECORD,
   * KNHK_LOG_POISONED, KNHK_LOG_CORRUPT, KNHK_LOG_SUBJECT_KEYS; the signal's reason after an abort
   * @example
   * const id = 'LH400-2026-11-21';
   * (await knhk.apply(Flight, flight, { id })).outcome; // => 'acted'
   * (await knhk.apply(Flight, flight, { id })).outcome; // => 'duplicate'
   */
  apply<F extends Fields>(
    observation: Observation<F>,
    input: FieldsInput<F> | RdfInput,
    options?: ObservationOptions,
  ): Promise<Outcome> {
    return this.#core.apply(observation as unknown as Observation, input, options);
  }

  /**
   * Applies many observations in order, with back-pressure; outcomes come in the same order. Where
   * shapes cannot be checked it yields `unavailable` and goes on; any other error ends the
   * iteration, and what was applied before goes on.
   *
   * @throws KnhkError the codes of {@link Runtime.apply} but KNHK_SHAPES_UNAVAILABLE
   * @example
   * const outcomes: string[] = [];
   * const flights = [flight, { ...flight, delayMinutes: 5 }];
   * for await (const { outcome } of knhk.applyAll(Flight, flights)) outcomes.push(outcome);
   * outcomes; // => ['acted', 'idle']
   */
  applyAll<F extends Fields, Input extends FieldsInput<F> | RdfInput>(
    observation: Observation<F>,
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options: ApplyAllOptions<Input> = {},
  ): AsyncGenerator<Outcome | Unavailable, void, undefined> {
    return applyAllOn(this.#core, observation as unknown as Observation, inputs, options);
  }

  /**
   * Takes one observation of a stream in, synchronously: it is evaluated with others soon. What
   * fires goes the way of apply() and has a receipt; what does not is counted, and a count leaf
   * stands for up to 65,536 of them: counted, not proved, and a crash loses what had no leaf yet.
   * There is no id, and nothing is a duplicate. Do not change the input before flush() resolves.
   * RDF is given as text; of quads, fromQuads makes the object.
   *
   * @throws KnhkError KNHK_RUNTIME_TYPE, KNHK_RUNTIME_OPTION, KNHK_RUNTIME_CLOSED,
   * KNHK_RUNTIME_FROZEN, KNHK_KERNEL_OBSERVE_WINDOW, KNHK_KERNEL_ENGINE, KNHK_LOG_POISONED
   * @example
   * knhk.observe(Flight, flight); // => 'observed'
   * await knhk.flush();
   * knhk.health().applied; // => 1
   */
  observe<F extends Fields>(
    observation: Observation<F>,
    input: FieldsInput<F> | string,
    options?: ObserveOptions,
  ): Observed {
    return this.#core.streams.observe(observation as unknown as Observation, input, options);
  }

  /**
   * observe() for many, in order, until there is no room: `rest` says how many at the end are left.
   * Objects all, or texts all.
   *
   * @throws KnhkError the codes of {@link Runtime.observe}
   * @example
   * knhk.observeMany(Flight, [flight, flight]); // => { observed: 2, invalid: 0, rest: 0 }
   */
  observeMany<F extends Fields>(
    observation: Observation<F>,
    inputs: readonly (FieldsInput<F> | string)[],
    options?: ObserveOptions,
  ): ObservedMany {
    return this.#core.streams.observeMany(observation as unknown as Observation, inputs, options);
  }

  /**
   * What streaming costs in ticks of the processor's counter, by batches of 64 or more, and how
   * many operations were hot, warm and cold.
   *
   * @throws KnhkError KNHK_KERNEL_ENGINE where the environment names one that cannot run here
   * @example
   * knhk.decide(Flight, flight);
   * knhk.ticks().classes.R1; // => 1
   */
  ticks(): TickReport {
    const { parts, applied } = this.#core;
    return parts.kernel.sample(this.#decisions, applied - parts.restored.applied);
  }

  /**
   * Makes the runtime read-only: decide() goes on, apply() and promotions are refused.
   *
   * @param reason Stands in health() and is for people.
   * @example
   * knhk.freeze('an audit is under way');
   * knhk.health().reasons[0]?.message; // => 'an audit is under way'
   * await knhk.apply(Flight, flight); // => throws KNHK_RUNTIME_FROZEN
   */
  freeze(reason = 'frozen by the host'): void {
    this.#core.freeze(reason);
  }

  /**
   * Takes {@link freeze} back.
   *
   * @example
   * knhk.freeze();
   * knhk.unfreeze();
   * knhk.health().status; // => 'ok'
   */
  unfreeze(): void {
    this.#core.health.clear('frozen');
  }

  /**
   * Evaluates what was observed and resolves when every leaf written so far is durable. What
   * apply() was given and still waits for its shapes is not waited for.
   *
   * @throws KnhkError KNHK_LOG_POISONED; the first code of {@link Runtime.apply} that kept a
   * streamed observation from being applied since the last call
   * @example
   * const applied = knhk.apply(Flight, flight);
   * await knhk.flush();
   * knhk.health().durableSize; // => 2
   * await applied;
   */
  flush(): Promise<void> {
    return this.#core.streams.flush();
  }

  /**
   * Answers what is in flight, counts what was streamed, saves a savepoint, stops the workers, lets
   * go of the log. Calling it again gives the same promise.
   *
   * @throws KnhkError KNHK_LOG_OPEN where the file system fails
   * @example
   * await knhk.close();
   * knhk.health().status; // => 'closed'
   * await knhk.apply(Flight, flight); // => throws KNHK_RUNTIME_CLOSED
   */
  close(): Promise<void> {
    return this.#core.close();
  }

  /**
   * Closes at the end of a block that says `await using`.
   *
   * @throws KnhkError KNHK_LOG_OPEN where the file system fails
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
