import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { generatedFits } from '../../src/runtime/fitsCode.ts';
import {
  boolean,
  decimal,
  type Field,
  instant,
  integer,
  iri,
  list,
  number,
  optional,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { observationReader, readObservation } from '../../src/terms/read.ts';
import { sample } from '../support/declarations.ts';
import { dresses } from './look-support.ts';

/** Both ways to say that an input can be read whole, and whether it can. */
function judged(observation: Observation, input: object): readonly [boolean, boolean, boolean] {
  const generated = generatedFits(observation)(input);
  const portable = observationReader(observation).fits(input);
  return [generated, portable, readObservation(observation, input).ok];
}

function observationOf(fields: Readonly<Record<string, Field>>): Observation {
  const declaration = { class: 'urn:x#Sample', subject: 'subject' } as const;
  const all = { subject: iri(), ...fields };
  return defineObservation('sample.seen', { ...declaration, fields: all }) as never;
}

const hostile: readonly unknown[] = [
  ...[null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 53, '1', true, 1n, {}],
  ...['\ud800', 'x'.repeat(8_193), 'no iri', [], [null], new Date(Number.NaN), Symbol('s')],
];

test('fits says true only of what can be read, and both say the same but of lists', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      sample,
      fc.array(fc.tuple(fc.nat(12), fc.constantFrom(...hostile)), { maxLength: 2 }),
      fc.constantFrom(...Object.keys(dresses)),
      fc.constantFrom<readonly string[]>([], [], ['extra'], ['__proto__x', 'toString']),
      ({ observation, input }, changes, dress, extras) => {
        const names = Object.keys(observation.fields);
        const values: Record<string, unknown> = { ...input };
        for (const [at, value] of changes) values[names[at % names.length]!] = value;
        for (const name of extras) values[name] = 1;
        const lists = names.some((name) => observation.fields[name]!.kind === 'list');
        const [generated, portable, readable] = judged(observation, dresses[dress]!(values));
        seen.add(`${dress} ${generated}`);
        if (generated || portable) expect(readable).toBe(true);
        if (!lists) expect(generated).toBe(portable);
        // No optional member left undefined, no odd object: then it fits if it can be read.
        const whole = Object.values(values).every((value) => value !== undefined);
        if (dress === 'plain' && whole) expect(portable).toBe(readable);
        if (dress === 'plain' && whole && !lists) expect(generated).toBe(readable);
      },
    ),
    { numRuns: 1_500 },
  );
  for (const dress of ['plain', 'frozen', 'without a prototype', 'a proxy', 'with getters']) {
    expect([...seen]).toEqual(expect.arrayContaining([`${dress} true`, `${dress} false`]));
  }
});

describe('members that for-in does not show, or shows though they are another object’s', () => {
  const observation = observationOf({ count: integer(), note: optional(string()) });
  const subject = 'urn:x:1';

  test('a getter of a class does not make up for a member that is unknown', () => {
    class Reading {
      readonly subject = subject;
      // An ordinary member to JavaScript; to the declaration an unknown one.
      readonly _count = 1;
      get count(): number {
        return this._count;
      }
    }
    expect(judged(observation, new Reading())).toEqual([false, false, false]);
  });

  test('a member that is not enumerable does not make up for one that is unknown', () => {
    const input = { subject, other: 1 };
    Object.defineProperty(input, 'count', { value: 1, enumerable: false });
    expect(judged(observation, input)).toEqual([false, false, false]);
  });

  test('an optional member that is undefined does not make up for anything', () => {
    const input = { subject, note: undefined };
    Object.defineProperty(input, 'count', { value: 1, enumerable: false });
    const [generated, portable, readable] = judged(observation, input);
    expect([readable, generated === portable]).toEqual([true, true]);
    const unknown = { ...input, count: 1, other: undefined };
    expect(judged(observation, unknown)).toEqual([false, false, false]);
  });

  test('an unknown inherited member only sends the input the long way round', () => {
    const input = Object.assign(Object.create({ other: 1 }) as object, { subject, count: 1 });
    expect(judged(observation, input)).toEqual([false, false, true]);
    const declared = Object.assign(Object.create({ count: 1 }) as object, { subject });
    expect(judged(observation, declared)).toEqual([true, true, true]);
  });

  test('an unknown member among as many as a declaration can have', () => {
    const names = Array.from({ length: limits.fieldsPerObservation - 1 }, (_, n) => `f${n}`);
    const many = observationOf(Object.fromEntries(names.map((name) => [name, integer()])));
    const input = { subject, ...Object.fromEntries(names.map((name) => [name, 1])) };
    expect(judged(many, input)).toEqual([true, true, true]);
    expect(judged(many, { ...input, other: 1 })).toEqual([false, false, false]);
  });

  test('an array is no object, whatever members it has', () => {
    const input = Object.assign([], { subject, count: 1 });
    expect(judged(observation, input)).toEqual([false, false, false]);
  });

  test('a proxy that hides or makes up members', () => {
    const whole = { subject, count: 1 };
    const hiding = new Proxy(whole, { ownKeys: () => [] });
    const [generated, portable, readable] = judged(observation, hiding);
    expect([readable, generated === portable]).toEqual([true, true]);
    const showing = new Proxy(whole, {
      ownKeys: () => ['subject', 'count', 'other'],
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 1 }),
    });
    expect(judged(observation, showing)).toEqual([false, false, false]);
  });

  test.each(['get', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'] as const)(
    'a proxy that throws at %s: the throw comes out, and decide() reads it whole',
    (trap) => {
      const refuse = (): never => {
        throw new Error('no');
      };
      const input = new Proxy({ subject, count: 1 }, { [trap]: refuse });
      const outcome = (fits: (given: object) => boolean): unknown => {
        try {
          return fits(input);
        } catch (error) {
          return (error as Error).message;
        }
      };
      const generated = outcome(generatedFits(observation));
      expect(generated).toBe(outcome(observationReader(observation).fits));
      if (generated === true) expect(readObservation(observation, input).ok).toBe(true);
    },
  );
});

describe('the size of a record', () => {
  test.each(['string', 'iri'] as const)('both draw the line at the same place: %s', (more) => {
    const names = Array.from({ length: 8 }, (_, index) => `f${index}`);
    const fields = Object.fromEntries(names.map((name) => [name, string()]));
    const observation = observationOf({ ...fields, more: more === 'string' ? string() : iri() });
    const room = Math.floor((limits.recordBytes - 80 * Object.keys(observation.fields).length) / 6);
    const long = Object.fromEntries(names.map((name) => [name, 'x'.repeat(8)]));
    const fixed = 8 * 8 + 'urn:x:1'.length;
    for (const step of [-1, 0, 1]) {
      const rest = room - fixed + step;
      const head = Math.floor(rest / 2);
      const tail =
        more === 'string' ? 'x'.repeat(rest - head) : `urn:${'x'.repeat(rest - head - 4)}`;
      const input = { ...long, f0: 'x'.repeat(8 + head), subject: 'urn:x:1', more: tail };
      expect(judged(observation, input)).toEqual([step <= 0, step <= 0, true]);
    }
  });

  test('every kind counts the same', () => {
    const observation = observationOf({
      ...{ a: string(), b: string(), c: string(), d: string(), e: string(), f: string() },
      ...{ when: instant(), price: decimal(), level: number(), open: boolean(), n: integer() },
    });
    const whole = { price: '1.5', level: 0.5, open: true, n: 1, subject: 'urn:x:1' };
    const full = 'x'.repeat(1_700);
    for (const when of ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000+00:00', new Date(0)]) {
      const seen = new Set<boolean>();
      for (let units = 2_000; units < 2_400; units++) {
        const texts = { a: full, b: full, c: full, d: full, e: full, f: 'x'.repeat(units) };
        const [generated, portable, readable] = judged(observation, { ...whole, ...texts, when });
        expect([generated, readable]).toEqual([portable, true]);
        seen.add(generated);
      }
      expect(seen.size).toBe(2);
    }
  });

  test('escapes count: what fits is readable even if every unit takes six bytes', () => {
    const names = Array.from({ length: 4 }, (_, index) => `f${index}`);
    const observation = observationOf(Object.fromEntries(names.map((name) => [name, string()])));
    const seen: boolean[] = [];
    for (let units = 2_000; units < 3_200; units += 50) {
      const input = Object.fromEntries(names.map((name) => [name, '\u0001'.repeat(units)]));
      const [generated, portable, readable] = judged(observation, { ...input, subject: 'urn:x:1' });
      expect(generated).toBe(portable);
      if (generated) expect(readable).toBe(true);
      seen.push(generated, readable);
    }
    expect(new Set(seen).size).toBe(2);
  });
});

test('a list always goes the long way round in generated code', () => {
  const observation = observationOf({ tags: list(string()) });
  expect(judged(observation, { subject: 'urn:x:1', tags: ['a'] })).toEqual([false, true, true]);
});
