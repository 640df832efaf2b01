import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/kernel/program.ts';
import { listFired } from '../../src/kernel/run.ts';
import { ContextState } from '../../src/rules/context.ts';
import { defineParameter } from '../../src/rules/parameters.ts';
import type { TypePlan } from '../../src/rules/snapshot.ts';
import { generatedFits } from '../../src/runtime/fitsCode.ts';
import { type Glance, glanceOf } from '../../src/runtime/glance.ts';
import { eq, neq, param } from '../../src/terms/conditions.ts';
import { type Field, iri, oneOf, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { expectedOf, fieldsSeen, hookLane, on } from '../kernel/lanes.ts';
import { answerOf, expectedAnswer, hookOn, looksOf } from './look-support.ts';

const global = globalThis as { reached?: boolean };
afterEach(() => {
  delete global.reached;
});

const reach = 'globalThis.reached = true';
/** Texts that would end a literal, a comment or a template, if they were pasted into code. */
const evil: readonly string[] = [
  ...[`"]; ${reach}; //`, `'; ${reach}; '`, `\`; ${reach}; \``, `$\{${reach}}`],
  ...[
    `*/ ${reach}; /*`,
    `\n${reach}\n//`,
    `\r${reach}//`,
    `\u2028${reach}\u2029`,
    `\\"; ${reach}//`,
  ],
  ...[
    `"; } ${reach}; {`,
    `\\u0022; ${reach}; //`,
    '</script>',
    '__proto__',
    'constructor',
    '\ud800',
  ],
  ...['', ' ', '\0', "'", '"', '\\', '`', 'input', 'arguments', 'return -1', 'toString'],
];
const texts = fc.oneof(fc.constantFrom(...evil), fc.string({ unit: 'binary', maxLength: 20 }));

/** A plan over names that no declaration accepts: what is generated must not rely on that. */
function forged(names: readonly string[], values: readonly string[], listed: number) {
  const fields: Record<string, Field> = {};
  for (const name of names) {
    Object.defineProperty(fields, name, { value: optional(string()), enumerable: true });
  }
  const lanes = names.flatMap((name, at) =>
    values
      .slice(0, listed)
      .map((value, index) =>
        hookLane(on(name, 'string', index % 3 === at % 3 ? 'neq' : 'eq', value)),
      ),
  );
  const program = compileProgram(lanes);
  const observation = { type: 't', fields } as unknown as Observation;
  const fired = new Int32Array(program.words);
  const plan: TypePlan = { observation, program, lanes, hooks: [], fired };
  const answer = (glance: Glance, input: object) => {
    const look = glance.look(input as Record<string, unknown>, new ContextState(), 0);
    return look === 1 ? listFired(program, glance.fired) : look === 0 ? [] : -1;
  };
  return { lanes, plan, answer };
}

describe('nothing in a rule becomes code', () => {
  test('names and values of every form are names and values', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(texts, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(texts, { minLength: 1, maxLength: 24 }),
        fc.integer({ min: 1, max: 24 }),
        fc.array(fc.array(fc.nat(24), { minLength: 4, maxLength: 4 }), { maxLength: 4 }),
        (names, values, listed, rounds) => {
          const { lanes, plan, answer } = forged(names, values, listed);
          const generated = glanceOf(plan, {}, true);
          const portable = glanceOf(plan, {}, false);
          for (const picks of rounds) {
            // A text that no lane lists has to be well-formed to be read.
            const given = names.map((name, at): [string, string | undefined] => {
              const value = values[picks[at % 4]!];
              return [name, value?.isWellFormed() ? value : undefined];
            });
            // Without a prototype, __proto__ and constructor are members like any other.
            const input = Object.create(null) as Record<string, string | undefined>;
            for (const [name, value] of given) if (value !== undefined) input[name] = value;
            const expected = expectedOf(lanes, fieldsSeen(input));
            expect(answer(generated, input)).toEqual(expected);
            expect(answer(portable, input)).toEqual(expected);
          }
          generatedFits(plan.observation)(Object.fromEntries(names.map((name) => [name, 'x'])));
          expect(global.reached).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  test('the canary is reached where code is pasted', () => {
    new Function(`return "${evil[0]}"`.replace('"]', '";'))();
    expect(global.reached).toBeUndefined();
    new Function(`const x = [""${evil[0]!.slice(1)}`)();
    expect(global.reached).toBe(true);
  });

  test('members that every object has are no values of an input', () => {
    const { plan, answer, lanes } = forged(['constructor', 'toString', '__proto__'], ['x'], 1);
    for (const generate of [true, false]) {
      const glance = glanceOf(plan, {}, generate);
      const bare = Object.create(null) as object;
      expect(answer(glance, bare)).toEqual(expectedOf(lanes, fieldsSeen({})));
      // Inherited functions are no text: the long way round says what is wrong.
      expect(answer(glance, {})).toBe(-1);
    }
  });
});

describe('what a parameter lists need not be readable', () => {
  const Site = defineObservation('site.seen', {
    class: 'urn:x#Site',
    subject: 'site',
    fields: { site: iri(), colour: oneOf(['red', 'green']), other: optional(iri()) },
  }) as unknown as Observation;
  const named = defineParameter({ name: 'named', kind: 'string', value: 'no iri' });

  test.each([
    ['site', 1],
    ['colour', 1],
    ['other', 1],
    ['site', 12],
    ['colour', 12],
  ])('%s, beside %i others', (field, count) => {
    for (const make of [eq, neq]) {
      const more = Array.from({ length: count - 1 }, (_, n) =>
        hookOn(Site, `m${n}`, [eq(field, field === 'colour' ? 'red' : `urn:x:${n}`)]),
      );
      const hooks = [hookOn(Site, 'h', [make(field, param('named'))]), ...more];
      const looks = looksOf(Site, [named, ...hooks]);
      const given = { site: 'urn:x:1', colour: 'red', other: 'urn:x:2' };
      for (const value of ['no iri', 'urn:x:1', 'red', 'urn:y', undefined]) {
        const input = { ...given, [field]: value };
        const expected = expectedAnswer(looks, input);
        expect(answerOf(looks, looks.generated, input)).toEqual(expected);
        expect(answerOf(looks, looks.portable, input)).toEqual(expected);
      }
    }
  });
});
