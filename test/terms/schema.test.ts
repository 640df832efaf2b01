import { describe, expect, test } from 'vitest';
import { instant, integer, iri, list, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { readObservation, readRecord } from '../../src/terms/read.ts';
import type { StandardSchemaLike } from '../../src/terms/schema.ts';
import { type Mistake, mistakes } from '../support/errors.ts';

const schemaOf = (validate: (value: unknown) => unknown): StandardSchemaLike => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

const define = (schema?: StandardSchemaLike): Observation =>
  defineObservation('shop.visited', {
    class: 'https://e.org/Visit',
    subject: 'page',
    fields: {
      page: iri(),
      seconds: integer(),
      at: optional(instant()),
      tags: optional(list(string())),
    },
    ...(schema === undefined ? {} : { schema }),
  }) as unknown as Observation;

const input = { page: 'https://e.org/1', seconds: 5, at: '1970-01-01T00:00:01Z', tags: ['a'] };
const data = { page: 'https://e.org/1', seconds: 5, at: 1_000, tags: ['a'] };
const got = 'data that the schema refuses';

function issuesOf(validate: (value: unknown) => unknown, given: unknown = input): unknown {
  const read = readObservation(define(schemaOf(validate)), given);
  return read.ok ? 'read' : read.issues;
}

describe('a schema', () => {
  test('sees the data that code sees, and leaves record and hash alone', () => {
    const seen: unknown[] = [];
    const observation = define(
      schemaOf((value) => {
        seen.push(value);
        return { value: { page: 'urn:other', seconds: 6 } };
      }),
    );
    expect(readObservation(observation, input)).toEqual(readObservation(define(), input));
    expect(seen).toEqual([data]);
    expect(Object.isFrozen(seen[0])).toBe(true);
    expect(observation.hash).toBe(define().hash);
  });

  test('is asked of RDF too, not of what cannot be read, nor of stored records', () => {
    let asked = 0;
    const observation = define(
      schemaOf(() => {
        asked++;
        return { issues: [{ message: 'no' }] };
      }),
    );
    const turtle = '<https://e.org/1> a <https://e.org/Visit> ; <https://e.org/seconds> 5 .';
    expect(readObservation(observation, turtle).ok).toBe(false);
    expect(asked).toBe(1);
    expect(readObservation(observation, { ...input, seconds: '5' }).ok).toBe(false);
    expect(readRecord(observation, input).ok).toBe(true);
    expect(asked).toBe(1);
  });

  test('names what it refuses by paths', () => {
    const issues = [
      { message: 'too short', path: ['tags', 0] },
      { message: 'too few', path: [{ key: 'tags' }, { key: 0 }] },
      { message: 'odd', path: [] },
      { message: 'whole' },
      { message: 7, path: [Symbol('s')] },
    ];
    expect(issuesOf(() => ({ issues }))).toEqual([
      { path: '$.tags[0]', expected: 'too short', got },
      { path: '$.tags[0]', expected: 'too few', got },
      { path: '$', expected: 'odd', got },
      { path: '$', expected: 'whole', got },
      { path: '$.Symbol(s)', expected: 'what the schema takes', got },
    ]);
    const many = Array.from({ length: 20 }, () => ({ message: 'x'.repeat(300) }));
    const all = issuesOf(() => ({ issues: many })) as readonly { readonly expected: string }[];
    expect(all.map(({ expected }) => expected.length)).toEqual(new Array(16).fill(200));
  });

  test.each([
    ['throws', thrown, 'a schema that does not throw', 'an error (broken)'],
    ['answers later', async () => ({ value: 1 }), 'a schema that answers at once', 'a promise'],
    [
      'fails later',
      () => Promise.reject(new Error('late')),
      'a schema that answers at once',
      'a promise',
    ],
    ['answers with a thenable', () => thenable, 'a schema that answers at once', 'a promise'],
    ['answers nothing', () => undefined, 'an answer of Standard Schema', 'undefined'],
    ['answers true', () => true, 'an answer of Standard Schema', 'true'],
    ['answers an empty object', () => ({}), 'an answer of Standard Schema', 'an object'],
    [
      'answers with issues of no list',
      () => ({ value: 1, issues: 'x' }),
      'an answer of Standard Schema',
      'an object',
    ],
    [
      'names null as issues',
      () => ({ value: 1, issues: null }),
      'an answer of Standard Schema',
      'an object',
    ],
    ['names no issue', () => ({ issues: [] }), 'what the schema takes', 'data that it refuses'],
    [
      'names a broken issue',
      () => ({ issues: [null] }),
      'a schema that does not throw',
      'an error',
    ],
  ])('that %s refuses', (_name, validate, expected, came) => {
    expect(issuesOf(validate)).toEqual([
      { path: '$', expected, got: expect.stringContaining(came) },
    ]);
  });
});

// biome-ignore lint/suspicious/noThenProperty: what a schema may answer with by mistake.
const thenable = { then: (): void => {} };

function thrown(): never {
  throw new Error('broken');
}

const expected = 'a schema of Standard Schema 1';
const wrong = (schema: unknown, came: string): Mistake => [
  () => define(schema as StandardSchemaLike),
  'observation shop.visited, schema',
  expected,
  came,
];

describe('what is no schema', () => {
  mistakes('KNHK_TERMS_DECLARATION', [
    wrong(null, 'null'),
    wrong({}, 'an object'),
    wrong({ '~standard': { version: 2, validate: () => ({ value: 1 }) } }, 'an object'),
    wrong({ '~standard': { version: 1 } }, 'an object'),
  ]);
});
