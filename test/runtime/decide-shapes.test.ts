import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import { allow, defineGuard } from '../../src/rules/guards.ts';
import { defineHook, type Hook } from '../../src/rules/hooks.ts';
import { absent, gte } from '../../src/terms/conditions.ts';
import { instant, integer, iri, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';
import { inputs, observations, shapesTurtle } from '../rules/sigma-arbitrary.ts';
import { hotConforms, routed } from '../rules/sigma-oracle.ts';
import { deciders } from './decide-support.ts';

const Thing = defineObservation('thing.seen', {
  ...{ class: 'https://example.com/t#T', subject: 'id' },
  fields: { id: iri(), i: integer(), s: optional(string()), at: optional(instant()) },
}) as unknown as Observation;

const each = (all: ReturnType<typeof deciders>) => [all.generated, all.portable, all.whole];
const template = { type: 'note', target: { field: 'id' } } as const;
const fires = (on: Observation, when: Parameters<typeof defineHook>[0]['when']): Hook =>
  defineHook({ name: 'fires', on, when, act: { ...template } });

const small = 't:S a sh:NodeShape ; sh:targetClass t:T ; sh:property [ sh:path t:i ; ';
const hotTurtle = `${small} sh:maxInclusive 9 ] .`;
const warmTurtle = `${small} sh:pattern "^[0-9]+$" ] .`;
const impossible = `${small} sh:minCount 2 ] .`;

const input = { id: 'urn:a', i: 5, s: 'x' };

describe('decide() and shapes', () => {
  test('conforms where there are none, and where they ask nothing of the type', () => {
    const other = hotTurtle.replace('t:T', 't:Other');
    for (const route of [undefined, routed(other, Thing).route]) {
      for (const one of each(deciders(Thing, [], [], {}, route))) {
        expect(one.decide({ ...input, i: 99 }, undefined)).toMatchObject({
          ...{ outcome: 'idle', sigma: 'conforms' },
        });
      }
    }
  });

  test.each([
    ['nothing fires', fires(Thing, [gte('i', 1_000)]), 'idle'],
    ['a template fires', fires(Thing, [gte('i', 1)]), 'acted'],
    [
      'a constant template fires',
      defineHook({ name: 'c', on: Thing, when: [], act: { type: 'note', target: 'x' } }),
      'acted',
    ],
  ])('hot, %s: what violates is invalid and nothing is said to act', (_, hook, outcome) => {
    const { route } = routed(hotTurtle, Thing);
    for (const one of each(deciders(Thing, [hook], [], {}, route))) {
      for (const _again of [1, 2]) {
        const decided = one.decide(input, undefined);
        expect([decided.outcome, decided.sigma]).toEqual([outcome, 'conforms']);
        expect(one.decide({ ...input, i: 10_000 }, undefined)).toEqual({
          ...{ outcome: 'invalid', stage: 'shapes', sigma: 'violates' },
        });
      }
    }
  });

  test('hot: what is unreadable is of stage terms, violating or not', () => {
    const { route } = routed(hotTurtle, Thing);
    for (const one of each(deciders(Thing, [fires(Thing, [gte('i', 1)])], [], {}, route))) {
      for (const i of [5, 10_000, 'x', undefined]) {
        expect(one.decide({ ...input, i, s: 7 }, undefined)).toMatchObject({
          ...{ outcome: 'invalid', stage: 'terms' },
        });
      }
    }
  });

  test('hot, impossible: everything violates', () => {
    const { route } = routed(impossible, Thing);
    for (const one of each(deciders(Thing, [], [], {}, route))) {
      expect(one.decide(input, undefined).sigma).toBe('violates');
    }
  });

  test('warm: hooks decide and the shapes are unchecked', () => {
    const { route } = routed(warmTurtle, Thing);
    expect(route.kind).toBe('warm');
    for (const one of each(deciders(Thing, [fires(Thing, [gte('i', 1)])], [], {}, route))) {
      for (const [i, outcome] of [
        [-5, 'idle'],
        [5, 'acted'],
        ['x', 'invalid'],
      ] as const) {
        const decided = one.decide({ ...input, i }, undefined);
        expect([decided.outcome, decided.sigma]).toEqual([outcome, 'unchecked']);
      }
    }
  });

  test('a getter that answers anew: what a template proposes conformed', () => {
    const { route } = routed(hotTurtle, Thing);
    const guard = defineGuard({ name: 'g', on: 'note', version: '1', check: () => allow() });
    for (const rules of [[fires(Thing, [gte('i', 1)])], [fires(Thing, [gte('i', 1)]), guard]]) {
      const { generated } = deciders(Thing, rules, [], {}, route);
      for (const turn of [1, 2, 3, 4, 5]) {
        let reads = 0;
        const moody = {
          ...input,
          get i() {
            return ++reads < turn ? 5 : 10_000;
          },
        };
        const decided = generated.decide(moody, undefined);
        if (reads < turn) expect(decided.outcome).toBe('acted');
        else expect(['invalid', 'acted']).toContain(decided.outcome);
      }
    }
  });

  test('by generated code, by rows and from the whole: one verdict', () => {
    const cases = observations.chain((observation) =>
      fc.record({
        observation: fc.constant(observation),
        turtle: shapesTurtle(observation),
        given: fc.array(inputs(observation), { minLength: 3, maxLength: 3 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ observation, turtle, given }) => {
        const found = tried(turtle, observation);
        if (found?.kind !== 'hot') return;
        const hook = fires(observation, [absent('id')]);
        const all = each(deciders(observation, [hook], [], {}, found));
        for (const one of given) {
          const read = readObservation(observation, one);
          const conforms = read.ok && hotConforms(found, read.data);
          const decided = all.map((decider) => decider.decide(one, undefined).sigma);
          const expected = conforms ? 'conforms' : 'violates';
          expect([one, ...decided]).toEqual([one, expected, expected, expected]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function tried(turtle: string, observation: Observation) {
  try {
    return routed(turtle, observation).route;
  } catch (error) {
    if (error instanceof KnhkError && error.code === 'KNHK_SHAPES_UNSUPPORTED') return undefined;
    throw error;
  }
}
