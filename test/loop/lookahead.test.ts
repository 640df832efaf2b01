import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecisionModel, lookahead } from '../../src/loop/lookahead.ts';
import { lookaheadPlanner } from '../../src/loop/lookahead-planner.ts';
import type { Pattern } from '../../src/loop/types.ts';
import { action } from '../../src/rules/actions.ts';
import { mistakeOf } from '../support/errors.ts';

/** A random problem: of each state its choices, of each choice its outcomes; null ends it. */
interface Table {
  readonly choices: readonly (readonly Outcomes[])[];
  readonly values: readonly number[];
}
type Outcomes = readonly { weight: number; reward: number; to: number | null }[];

const states = 4;
const outcomesArbitrary: fc.Arbitrary<Outcomes> = fc
  .array(
    fc.record({
      reward: fc.integer({ min: -8, max: 8 }),
      to: fc.option(fc.nat({ max: states - 1 }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  // Shares of eighths, so that every sum is exact.
  .map((list) => list.map((entry, index) => ({ ...entry, weight: weights[list.length]![index]! })));
const weights: readonly (readonly number[])[] = [[], [1], [0.75, 0.25], [0.5, 0.375, 0.125]];
const exactly = (length: number) => ({ minLength: length, maxLength: length });
const tableArbitrary: fc.Arbitrary<Table> = fc.record({
  // Each twice, so that there are equals.
  choices: fc.array(
    fc.array(outcomesArbitrary, { maxLength: 3 }).map((list) => [...list, ...list]),
    exactly(states),
  ),
  values: fc.array(fc.integer({ min: -8, max: 8 }), exactly(states)),
});

const modelOf = ({ choices, values }: Table): DecisionModel<number, number> => ({
  key: (state) => state,
  choices: (state) => choices[state]!.map((_, index) => index),
  outcomes: (state, choice) =>
    choices[state]![choice]!.map(({ weight: probability, reward, to }) =>
      to === null ? { probability, reward } : { probability, reward, state: to },
    ),
  value: (state) => values[state]!,
});

/** Every path, one by one: the oracle. */
function exhaustive(table: Table, state: number, left: number, discount: number) {
  const worth = (at: number | null, steps: number): number => {
    if (at === null) return 0;
    if (steps === 0 || table.choices[at]!.length === 0) return table.values[at]!;
    return Math.max(...of(at, steps));
  };
  const of = (at: number, steps: number): number[] =>
    table.choices[at]!.map((outcomes) =>
      outcomes.reduce(
        (sum, { weight, reward, to }) => sum + weight * (reward + discount * worth(to, steps - 1)),
        0,
      ),
    );
  const values = of(state, left);
  const value = worth(state, left);
  return { value, choice: values.length === 0 ? undefined : values.indexOf(value) };
}

describe('looking ahead', () => {
  it('finds what trying every path finds, and the first of equals', () => {
    fc.assert(
      fc.property(
        tableArbitrary,
        fc.nat({ max: states - 1 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 0.5),
        (table, state, horizon, discount) => {
          const found = lookahead(modelOf(table), state, { horizon, discount });
          const { value, choice } = exhaustive(table, state, horizon, discount);
          expect([found.value, found.choice]).toEqual([value, choice]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('looks at each state once a step, however many paths lead there', () => {
    const grid: DecisionModel<number, number> = {
      key: (at) => at % 2,
      choices: () => [0, 1],
      outcomes: (at, choice) => [{ probability: 1, reward: choice, state: at + choice }],
    };
    // Both states from the second step on, two choices in each.
    const { value, outcomes } = lookahead(grid, 0, { horizon: 4_096 });
    expect([value, outcomes]).toEqual([4_096, 2 + 4 * 4_095]);
  });

  it('refuses to weigh more than it may', () => {
    const walk = modelOf({
      choices: [[[{ weight: 1, reward: 1, to: 0 }]], [], [], []],
      values: [0, 0, 0, 0],
    });
    expect(lookahead(walk, 0, { horizon: 9, outcomesMax: 9 }).value).toBe(9);
    const more = () => lookahead(walk, 0, { horizon: 10, outcomesMax: 9 });
    expect(mistakeOf(more)?.[0]).toBe('KNHK_LIMIT_LOOKAHEAD');
  });

  const one = (chances: ReturnType<DecisionModel<number, number>['outcomes']>, value = 0) => ({
    key: (state: number) => state,
    choices: (_state: number, step: number) => (step === 0 ? [0] : []),
    outcomes: () => chances,
    value: () => value,
  });
  it.each([
    ['sums below 1', one([{ probability: 0.9, reward: 0 }])],
    ['sums above 1', one([0.6, 0.6].map((probability) => ({ probability, reward: 0 })))],
    ['no outcome', one([])],
    ['negative', one([-0.5, 1.5].map((probability) => ({ probability, reward: 0 })))],
    ['not a number', one([{ probability: Number.NaN, reward: 0 }])],
    ['reward', one([{ probability: 1, reward: Number.POSITIVE_INFINITY }])],
    ['value', one([{ probability: 1, reward: 0, state: 1 }], Number.NaN)],
  ])('refuses a model that is none: %s', (_name, model) => {
    expect(mistakeOf(() => lookahead(model, 0, { horizon: 2 }))?.[0]).toBe('KNHK_LOOP_MODEL');
  });

  it.each([
    { horizon: 0 },
    { horizon: 1.5 },
    { horizon: 4_097 },
    { horizon: 1, discount: 0 },
    { horizon: 1, discount: 1.1 },
    { horizon: 1, outcomesMax: 0 },
    { horizon: 1, outcomesMax: 5_000_000 },
  ])('refuses %o', (options) => {
    const model = one([{ probability: 1, reward: 0 }]);
    expect(mistakeOf(() => lookahead(model, 0, options))?.[0]).toBe('KNHK_LOOP_OPTION');
  });
});

describe('a planner that looks ahead', () => {
  const pattern = (kind: string): Pattern => ({
    ...{ detector: 'd', kind, subject: 's', confidence: 1, evidence: {}, seqs: [] },
    recommend: 'enforce',
  });
  const context = { signal: new AbortController().signal };
  /** Waiting is worth 1 a step; leaving, 5 once, and then nothing more. */
  const planner = lookaheadPlanner<{ readonly left: number }, 'in', 'wait' | 'leave'>({
    name: 'p',
    kinds: ['step', 'other'],
    horizon: ({ left }) => left,
    state: () => 'in',
    model: () => ({
      key: (state) => state,
      choices: () => ['wait', 'leave'],
      outcomes: (_state, choice) =>
        choice === 'leave'
          ? [{ probability: 1, reward: 5 }]
          : [{ probability: 1, reward: 1, state: 'in' }],
    }),
    act: (choice, { left }, { value }) =>
      choice === 'wait'
        ? undefined
        : { action: action('go', { target: 's' }), reasoning: `${left} ${value}` },
  });
  it('answers patterns of its kinds with the first step of what is best', () => {
    expect(planner.name).toBe('p');
    expect(planner.plan(pattern('else'), { left: 1 }, context)).toBeUndefined();
    const planned = { action: { type: 'go', target: 's', data: {} }, reasoning: '1 5' };
    expect(planner.plan(pattern('step'), { left: 1 }, context)).toEqual(planned);
    expect(planner.plan(pattern('other'), { left: 1 }, context)).toEqual(planned);
    // With two steps left waiting and then leaving is better.
    expect(planner.plan(pattern('step'), { left: 2 }, context)).toBeUndefined();
  });
  it('says so at once where its horizon is none', () => {
    const make = () =>
      lookaheadPlanner({
        ...{ name: 'p', kinds: [], horizon: 0, state: () => 0, act: () => undefined },
        model: () => ({ key: () => 0, choices: () => [], outcomes: () => [] }),
      });
    expect(mistakeOf(make)?.[0]).toBe('KNHK_LOOP_OPTION');
  });
  it('has no answer where nothing can be chosen', () => {
    const idle = lookaheadPlanner({
      ...{ name: 'p', kinds: ['step'], horizon: 1, state: () => 0 },
      model: () => ({ key: () => 0, choices: () => [], outcomes: () => [] }),
      act: () => ({ action: action('go', { target: 's' }), reasoning: '' }),
    });
    expect(idle.plan(pattern('step'), {}, context)).toBeUndefined();
  });
});
