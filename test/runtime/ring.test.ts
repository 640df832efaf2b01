import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passesMax } from '../../src/kernel/program.ts';
import type { Hook } from '../../src/rules/hooks.ts';
import { between, eq, gte, neq } from '../../src/terms/conditions.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { Choices } from '../kernel/lanes.ts';
import { openTest } from '../support/runtime.ts';
import { answerOf, dresses, expectedAnswer, hookOn, type Looks, looksOf } from './look-support.ts';
import { answersOf, hooksOver, inputOf, Many, ringFor, ringsFor, Sample } from './ring-support.ts';

const names = Object.keys(Sample.fields);
const integers = ['head', 'cells0', 'low0'];

/** Ranges over one or two of three fields. */
function ranges(choices: Choices, n: number): Hook {
  const when = choices
    .shuffled(integers)
    .slice(0, 1 + choices.below(2))
    .map((name) => {
      const from = choices.below(60) - 5;
      return between(name, from, from + choices.below(9));
    });
  return hookOn(Sample, `h${n}`, when);
}

/** Eight of sixty fields. */
function eight(choices: Choices, n: number): Hook {
  const read = choices.shuffled(Object.keys(Many.fields).slice(1)).slice(0, 8);
  return hookOn(
    Many,
    `h${n}`,
    read.map((name) => choices.one([gte, neq])(name, choices.below(5) - 5)),
  );
}

interface Kind {
  readonly title: string;
  readonly of: Observation;
  readonly hooks: (choices: Choices) => readonly Hook[];
  /** Why it is parked; undefined where it goes through passes. */
  readonly parked?: string;
  /** What must be true of the program, so that the test is about what its title says. */
  readonly shaped: (looks: Looks) => boolean;
}

const times = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));

const passes = ({ plan }: Looks): number => plan.program.root.blocks.length;

const kinds: readonly Kind[] = [
  {
    title: 'a few hooks',
    of: Sample,
    hooks: (choices) =>
      hooksOver(choices.shuffled(names).slice(0, 4), 1 + choices.below(8), 3, choices),
    shaped: (looks) => passes(looks) >= 0,
  },
  {
    title: 'several words of lanes',
    of: Sample,
    hooks: (choices) => times(100 + choices.below(150), (n) => ranges(choices, n)),
    shaped: (looks) => passes(looks) === 1 && looks.plan.program.words > 2,
  },
  {
    title: 'more than 8 fields read',
    of: Sample,
    hooks: (choices) => hooksOver(names, 24, 8, choices).filter(({ when }) => when.length > 2),
    shaped: (looks) => passes(looks) > 1,
  },
  {
    title: 'more than 512 lanes',
    of: Sample,
    hooks: (choices) => times(720, (n) => ranges(choices, n)),
    shaped: (looks) => passes(looks) > 1 && looks.plan.program.owners.length > 512,
  },
  {
    title: 'groups by an equality',
    of: Sample,
    hooks: (choices) =>
      times(300, (n) =>
        hookOn(Sample, `h${n}`, [eq('head', n % 55), gte('low0', n - 20 - choices.below(9))]),
      ),
    parked: 'groups',
    shaped: ({ plan }) => plan.program.root.groups.length > 0,
  },
  {
    title: 'a wide block',
    of: Sample,
    hooks: (choices) => [
      ...times(600, (n) =>
        hookOn(Sample, `h${n}`, [between('head', n - 5, n - 5 + choices.below(9))]),
      ),
      hookOn(Sample, 'x', [neq('at', false)]),
    ],
    parked: 'passes',
    shaped: ({ plan }) => plan.program.root.wides.length > 0,
  },
  {
    title: `more than ${passesMax} passes`,
    of: Many,
    hooks: (choices) => times(70, (n) => eight(choices, n)),
    parked: 'passes',
    shaped: (looks) => passes(looks) > passesMax && looks.plan.program.root.wides.length === 0,
  },
];

describe.each(kinds)('$title', ({ of, hooks, parked, shaped }) => {
  test('ring, look and oracle agree, whoever evaluates and whatever the batches', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const choices = new Choices(seed);
        const looks = looksOf(of, hooks(choices));
        expect(shaped(looks)).toBe(true);
        const pool = times(30, () => {
          const [dress, wear] = choices.one(Object.entries(dresses));
          seen.add(dress);
          return wear(inputOf(of, choices));
        });
        const known = new Map<unknown, unknown>(
          pool.map((input) => [input, expectedAnswer(looks, input)]),
        );
        for (const [input, answer] of known) {
          expect(answerOf(looks, looks.portable, input)).toEqual(answer);
          expect(answerOf(looks, looks.generated, input)).toEqual(answer);
          seen.add(answer === -1 ? 'unreadable' : String(answer).length > 0 ? 'fires' : 'idle');
        }
        const inputs = times(choices.one([0, 1, 70, 300]), () => choices.one(pool));
        const expected = inputs.map((input) => known.get(input));
        for (const { name, ring, ticks } of ringsFor(looks)) {
          const sizes = times(4, () => choices.one([1, 2, 7, 63, 64, 65, 200]));
          expect(answersOf(ring, inputs, sizes), name).toEqual(expected);
          const taken = expected.filter((answer) => answer !== -1).length;
          const sample = ticks.sample();
          expect(sample.hot).toBe(parked === undefined ? taken : 0);
          const none = parked === undefined || taken === 0;
          expect(sample.parked).toEqual(none ? {} : { [parked]: taken });
        }
      }),
      { numRuns: 8 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['fires', 'idle', ...Object.keys(dresses)]));
  });
});

describe('a type without hooks', () => {
  test('has observations that never fire; nothing of them is read', () => {
    const looks = looksOf(Sample, []);
    for (const { ring, ticks, name } of ringsFor(looks)) {
      const inputs = times(130, (n) => (n % 13 === 0 ? {} : { head: 'unread' }));
      expect(answersOf(ring, inputs, [64, 3]), name).toEqual(inputs.map(() => []));
      expect(ticks.sample()).toMatchObject({ hot: 130, parked: {}, measurable: 0 });
      for (const odd of [null, undefined, 7, 'text', true]) {
        expect(ring.append(odd)).toBe(false);
        expect(ring.appendRun([{}, odd, {}], 0, 3)).toBe(1);
        expect(ring.evaluate()).toBe(0);
      }
    }
  });
});

describe('hooks without conditions and hooks that are equal', () => {
  test.each([
    ['one that always fires', [[]]],
    ['forty equal ones', times(40, () => [eq('at', true)])],
    ['equal ones among others', [[eq('at', true)], [], [eq('at', true)], [gte('head', 3)], []]],
    ['equal ones in several passes', [...names, ...names].map((name) => [neq(name, 1 as never)])],
  ])('%s', (_, conditions) => {
    const usable = conditions.filter(([condition]) => {
      const left = condition?.left as { readonly name?: string } | undefined;
      const kind = Sample.fields[left?.name ?? 'head']!.kind;
      return condition?.op !== 'neq' || kind === 'integer' || kind === 'number';
    });
    const looks = looksOf(
      Sample,
      usable.map((when, n) => hookOn(Sample, `h${n}`, when)),
    );
    const choices = new Choices(5);
    const inputs = times(50, () => inputOf(Sample, choices));
    const expected = inputs.map((input) => expectedAnswer(looks, input));
    expect(expected.some((answer) => answer !== -1 && answer.length > 1 - usable.length)).toBe(
      true,
    );
    for (const { name, ring } of ringsFor(looks)) {
      expect(answersOf(ring, inputs, [7]), name).toEqual(expected);
    }
  });
});

describe('decide()', () => {
  test('is idle where the ring says that nothing fires, else names the same hooks', async () => {
    for (const seed of [1, 2, 3]) {
      const choices = new Choices(seed);
      const hooks = hooksOver(names, 12, 5, choices).filter(({ when }) => when.length > 2);
      const runtime = await openTest({ observations: [Sample], rules: hooks, unguarded: 'allow' });
      const looks = looksOf(Sample, hooks);
      const inputs = times(150, () => inputOf(Sample, choices));
      const { ring } = ringFor(looks, { kernel: undefined, report: portable }, true);
      const answers = answersOf(ring, inputs, [64]);
      const outcomes = new Set<string>();
      inputs.forEach((input, index) => {
        const answer = answers[index]!;
        const decision = runtime.decide(Sample, input as never);
        outcomes.add(decision.outcome);
        if (answer === -1) expect(decision.outcome).toBe('invalid');
        else if (answer.length === 0) expect(decision.outcome).toBe('idle');
        else if (decision.outcome !== 'invalid') {
          expect('fired' in decision && decision.fired).toEqual(
            answer.map((lane) => looks.plan.hooks[lane]!.name),
          );
        }
      });
      expect([...outcomes]).toEqual(expect.arrayContaining(['acted', 'idle']));
      await runtime.close();
    }
  });
});

const portable = { name: 'portable', others: [] } as const;
