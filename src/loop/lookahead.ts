import { describe, fail } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

/** One thing that may follow a choice. */
export interface Chance<State> {
  /** From 0 to 1; those of one choice add up to 1. */
  readonly probability: number;
  /** What it is worth by itself, in the host's unit. */
  readonly reward: number;
  /** The state it leads to; absent where everything ends. */
  readonly state?: State;
}

/**
 * A sequential decision problem with finitely many choices, as a host describes it: what can be
 * chosen in a state, and what may follow. The functions must be pure.
 */
export interface DecisionModel<State, Choice> {
  /** Two states of the same step with equal keys are one state. */
  key(state: State): string | number;
  /** What can be chosen, `step` decisions from now; nothing where it is over. */
  choices(state: State, step: number): readonly Choice[];
  /** What may follow a choice. */
  outcomes(state: State, choice: Choice, step: number): readonly Chance<State>[];
  /** What a state is worth at the horizon, or where it is over; 0 without this. */
  value?(state: State): number;
}

/** Options of {@link lookahead}. */
export interface LookaheadOptions {
  /** Decisions to look ahead, from 1 to 4,096. */
  readonly horizon: number;
  /** Factor of what comes one step later, above 0 and at most 1; default 1. */
  readonly discount?: number;
  /** Outcomes that may be weighed, at most 4,194,304, which is the default. */
  readonly outcomesMax?: number;
}

/** What {@link lookahead} found. */
export interface LookaheadDecision<Choice> {
  /** The best choice, the first of equals; absent where there is none. */
  readonly choice?: Choice;
  /** Expected sum of rewards under the best choices from here on. */
  readonly value: number;
  /** Outcomes that were weighed. */
  readonly outcomes: number;
}

/**
 * The choice with the greatest expected reward up to a horizon, by backward induction over the
 * states that can be reached (Bellman, "Dynamic Programming", 1957; Puterman, "Markov Decision
 * Processes", 1994, section 4.5). It is exact for the model, and its work is states times choices
 * times outcomes, not the number of paths.
 *
 * Under uncertainty about the world, give a model whose probabilities come from a belief
 * (`cellBelief`) and decide again after every step: that plans as if nothing more were going
 * to be sensed (open-loop feedback control; Bertsekas, "Dynamic Programming and Suboptimal
 * Control", European Journal of Control 11, 2005). The exact problem, a POMDP (Kaelbling, Littman
 * and Cassandra, "Planning and acting in partially observable stochastic domains", Artificial
 * Intelligence 101, 1998), would also value what later readings will tell.
 *
 * @throws KnhkError KNHK_LOOP_OPTION; KNHK_LIMIT_LOOKAHEAD where there are too many outcomes;
 * KNHK_LOOP_MODEL where outcomes are no distribution or a reward or value is no finite number;
 * what the model throws
 * @example
 * // A walk from 0 to 3: a step is safe, a jump goes twice as far and fails one time in five.
 * const walk: DecisionModel<number, 'step' | 'jump'> = {
 *   key: (at) => at,
 *   choices: (at) => (at >= 3 ? [] : ['step', 'jump']),
 *   outcomes: (at, choice) =>
 *     choice === 'step'
 *       ? [{ probability: 1, reward: -1, state: at + 1 }]
 *       : [
 *           { probability: 0.8, reward: -1, state: at + 2 },
 *           { probability: 0.2, reward: -5 },
 *         ],
 *   value: (at) => (at >= 3 ? 10 : 0),
 * };
 * lookahead(walk, 0, { horizon: 3 }); // => { choice: 'step', value: 7, outcomes: 12 }
 * lookahead(walk, 0, { horizon: 2 }).choice; // => 'jump'
 */
export function lookahead<State, Choice>(
  model: DecisionModel<State, Choice>,
  state: State,
  options: LookaheadOptions,
): LookaheadDecision<Choice> {
  const { horizon, discount, outcomesMax } = checkedOptions(options);
  const reached = new Reached(model, outcomesMax);
  const layers = [reached.first(state)];
  for (let step = 0; step < horizon; step++) {
    const next = reached.after(layers[step]!, step);
    if (next.size === 0) break;
    layers.push(next);
  }
  for (let step = layers.length - 1; step >= 0; step--) {
    for (const node of layers[step]!.values()) settle(model, node, discount);
  }
  const [root] = layers[0]!.values() as Iterable<Node<State, Choice>>;
  const { best, value } = root!;
  const decision = { value, outcomes: reached.outcomes };
  return best === undefined ? decision : { choice: best.choice, ...decision };
}

interface Option<State, Choice> {
  readonly choice: Choice;
  /** Sum of probability times reward. */
  readonly reward: number;
  readonly next: readonly { readonly probability: number; readonly node: Node<State, Choice> }[];
}

interface Node<State, Choice> {
  readonly state: State;
  options: readonly Option<State, Choice>[];
  value: number;
  best?: Option<State, Choice>;
}

type Layer<State, Choice> = Map<string | number, Node<State, Choice>>;

/** States by the step in which they can be reached; each is looked at once a step. */
class Reached<State, Choice> {
  outcomes = 0;
  readonly #model: DecisionModel<State, Choice>;
  readonly #outcomesMax: number;

  constructor(model: DecisionModel<State, Choice>, outcomesMax: number) {
    this.#model = model;
    this.#outcomesMax = outcomesMax;
  }

  first(state: State): Layer<State, Choice> {
    const layer: Layer<State, Choice> = new Map();
    this.#nodeOf(layer, state);
    return layer;
  }

  after(layer: Layer<State, Choice>, step: number): Layer<State, Choice> {
    const next: Layer<State, Choice> = new Map();
    for (const node of layer.values()) {
      node.options = this.#model
        .choices(node.state, step)
        .map((choice) => this.#option(node.state, choice, step, next));
    }
    return next;
  }

  #option(
    state: State,
    choice: Choice,
    step: number,
    layer: Layer<State, Choice>,
  ): Option<State, Choice> {
    const chances = this.#model.outcomes(state, choice, step);
    this.outcomes += chances.length;
    if (this.outcomes > this.#outcomesMax) {
      const expected = `at most ${this.#outcomesMax} outcomes`;
      fail('KNHK_LIMIT_LOOKAHEAD', `lookahead, step ${step}`, expected, this.outcomes);
    }
    const next: { probability: number; node: Node<State, Choice> }[] = [];
    let reward = 0;
    let total = 0;
    for (const chance of chances) {
      const { probability } = chance;
      if (!(probability >= 0 && probability <= 1)) badModel(step, 'from 0 to 1', probability);
      total += probability;
      reward += probability * finite(chance.reward, step);
      if (chance.state === undefined || probability === 0) continue;
      next.push({ probability, node: this.#nodeOf(layer, chance.state) });
    }
    if (Math.abs(total - 1) > tolerance) badModel(step, 'probabilities that add up to 1', total);
    return { choice, reward, next };
  }

  #nodeOf(layer: Layer<State, Choice>, state: State): Node<State, Choice> {
    const key = this.#model.key(state);
    let node = layer.get(key);
    if (node === undefined) {
      node = { state, options: [], value: 0 };
      layer.set(key, node);
    }
    return node;
  }
}

/** What sums of probabilities may be off by. */
const tolerance = 1e-9;

function badModel(step: number, expected: string, got: unknown): never {
  return fail('KNHK_LOOP_MODEL', `lookahead, step ${step}`, expected, describe(got));
}

const finite = (value: number, step: number): number =>
  Number.isFinite(value) ? value : badModel(step, 'a finite reward', value);

/** The best option of a node whose successors are settled. */
function settle<State, Choice>(
  model: DecisionModel<State, Choice>,
  node: Node<State, Choice>,
  discount: number,
): void {
  if (node.options.length === 0) {
    node.value = model.value?.(node.state) ?? 0;
    if (!Number.isFinite(node.value)) {
      fail('KNHK_LOOP_MODEL', 'lookahead, value', 'a finite number', describe(node.value));
    }
    return;
  }
  node.value = Number.NEGATIVE_INFINITY;
  for (const option of node.options) {
    let later = 0;
    for (const { probability, node: next } of option.next) later += probability * next.value;
    const value = option.reward + discount * later;
    if (value > node.value) {
      node.value = value;
      node.best = option;
    }
  }
}

/**
 * Options with their defaults.
 *
 * @throws KnhkError KNHK_LOOP_OPTION
 */
export function checkedOptions(options: LookaheadOptions): Required<LookaheadOptions> {
  const { horizon, discount = 1, outcomesMax = limits.lookaheadOutcomes } = options;
  checkInteger(horizon, 'horizon', limits.lookaheadSteps);
  checkInteger(outcomesMax, 'outcomesMax', limits.lookaheadOutcomes);
  if (!(discount > 0 && discount <= 1)) {
    fail('KNHK_LOOP_OPTION', 'lookahead, discount', 'above 0 and at most 1', discount);
  }
  return { horizon, discount, outcomesMax };
}

function checkInteger(value: number, name: string, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  fail('KNHK_LOOP_OPTION', `lookahead, ${name}`, `an integer from 1 to ${most}`, value);
}
