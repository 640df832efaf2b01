import { describe, expect, test } from 'vitest';
import * as conditions from '../../src/terms/conditions.ts';
import * as fields from '../../src/terms/fields.ts';
import {
  defineObservation,
  type Observation,
  type ObservationDeclaration,
} from '../../src/terms/observation.ts';
import { codeOf } from '../support/errors.ts';

const { instant, integer, iri, oneOf, optional, string } = fields;

const good = {
  class: 'https://example.com/test#Thing',
  subject: 'thing',
  fields: { thing: iri(), seen: instant(), kind: oneOf(['a', 'b']), count: optional(integer()) },
} as const;

type Loose = Record<string, unknown>;

function define(changes: Loose = {}, type: unknown = 'thing.seen'): Observation {
  const declaration = { ...good, ...changes } as unknown as ObservationDeclaration;
  return defineObservation(type as string, declaration);
}

describe('observation declarations', () => {
  test.each<[string, string, () => unknown]>([
    ['an upper-case type', 'KNHK_TERMS_NAME', () => define({}, 'Thing')],
    ['an empty type', 'KNHK_TERMS_NAME', () => define({}, '')],
    ['a type with spaces', 'KNHK_TERMS_NAME', () => define({}, 'thing seen')],
    ['a type that ends in a dot', 'KNHK_TERMS_NAME', () => define({}, 'thing.')],
    ['a type of 129 characters', 'KNHK_TERMS_NAME', () => define({}, 'x'.repeat(129))],
    ['a type that is no string', 'KNHK_TERMS_NAME', () => define({}, 7)],
    ['no field', 'KNHK_LIMIT_FIELDS', () => define({ fields: {} })],
    ['65 fields', 'KNHK_LIMIT_FIELDS', () => define({ fields: many(65) })],
    ['a field called constructor', 'KNHK_TERMS_NAME', () => withField('constructor')],
    ['a field called toString', 'KNHK_TERMS_NAME', () => withField('toString')],
    ['a field with a hyphen', 'KNHK_TERMS_NAME', () => withField('a-b')],
    ['a field that begins with _', 'KNHK_TERMS_NAME', () => withField('_a')],
    ['a field of 65 letters', 'KNHK_TERMS_NAME', () => withField('x'.repeat(65))],
    ['a class that is no IRI', 'KNHK_TERMS_DECLARATION', () => define({ class: 'Thing' })],
    ['no such subject', 'KNHK_TERMS_DECLARATION', () => define({ subject: 'none' })],
    [
      'an inherited name as subject',
      'KNHK_TERMS_DECLARATION',
      () => define({ subject: 'valueOf' }),
    ],
    ['a subject that is no iri', 'KNHK_TERMS_DECLARATION', () => define({ subject: 'seen' })],
    ['an optional subject', 'KNHK_TERMS_DECLARATION', () => withField('thing', optional(iri()))],
    ['a time that is no instant', 'KNHK_TERMS_DECLARATION', () => define({ time: 'count' })],
    [
      'an optional time',
      'KNHK_TERMS_DECLARATION',
      () => define({ time: 'seen', fields: { ...good.fields, seen: optional(instant()) } }),
    ],
    [
      'a sector field of a wrong kind',
      'KNHK_TERMS_DECLARATION',
      () => define({ sectorField: 'seen' }),
    ],
    [
      'both sector and sector field',
      'KNHK_TERMS_DECLARATION',
      () => define({ sector: 'x', sectorField: 'kind' }),
    ],
    ['a sector with spaces', 'KNHK_TERMS_NAME', () => define({ sector: 'a b' })],
    ['an optional personal field', 'KNHK_TERMS_DECLARATION', () => define({ personal: 'count' })],
    [
      'two fields of one predicate',
      'KNHK_TERMS_DECLARATION',
      () => withField('more', string({ predicate: 'https://example.com/test#count' })),
    ],
    [
      'rdf:type as a predicate, which reading RDF would take for the class',
      'KNHK_TERMS_DECLARATION',
      () =>
        withField('more', iri({ predicate: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type' })),
    ],
    ['a predicate that is no IRI', 'KNHK_TERMS_DECLARATION', () => string({ predicate: 'x' })],
    ['oneOf nothing', 'KNHK_TERMS_DECLARATION', () => oneOf([])],
    ['oneOf with a repetition', 'KNHK_TERMS_DECLARATION', () => oneOf(['a', 'a'])],
    ['oneOf 1,025 values', 'KNHK_TERMS_DECLARATION', () => oneOf(Object.keys(many(1_025)))],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(code);
  });

  const withField = (name: string, field: fields.Field = string()): Observation =>
    define({ fields: { ...good.fields, [name]: field } });
  const many = (count: number): Record<string, fields.Field> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [index === 0 ? 'thing' : `f${index}`, iri()]),
    );

  test('64 fields and names of full length are fine', () => {
    expect(Object.keys(define({ fields: many(64) }).fields)).toHaveLength(64);
    expect(withField('x'.repeat(64)).predicates['x'.repeat(64)]).toMatch(/^https:.*#x{64}$/);
    expect(define({}, 'x'.repeat(128)).type).toHaveLength(128);
  });

  test('the hash says everything that reading depends on, but not the order of fields', () => {
    const base = define();
    const reversed = Object.fromEntries(Object.entries(good.fields).reverse());
    expect(define({ fields: reversed }).hash).toBe(base.hash);
    const changed = [
      define({}, 'thing.other'),
      define({ class: 'https://example.com/test#Other' }),
      define({ time: 'seen' }),
      define({ sector: 'x' }),
      define({ sectorField: 'kind' }),
      define({ personal: 'kind' }),
      withField('count', integer()),
      withField('count', optional(string())),
      withField('count', optional(integer({ predicate: 'urn:p:1' }))),
      withField('kind', oneOf(['a', 'b', 'c'])),
      withField('more', optional(string())),
    ];
    const hashes = [base, ...changed].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(define({ personal: 'thing' }).hash).toBe(base.hash);
  });

  test('what is declared cannot be changed', () => {
    const source = { ...good.fields };
    const observation = define({ fields: source });
    Object.assign(source, { more: integer() });
    expect(Object.keys(observation.fields)).toEqual(Object.keys(good.fields));
    expect(Object.isFrozen(observation)).toBe(true);
    expect(Object.isFrozen(observation.fields)).toBe(true);
    expect(Object.isFrozen(observation.fields['kind']?.values)).toBe(true);
    expect(() => Object.assign(observation.predicates, { x: 'y' })).toThrow(TypeError);
  });

  test('predicates come from the class, up to its last # or /', () => {
    const of = (iriText: string): string | undefined =>
      define({ class: iriText }).predicates['seen'];
    expect(of('https://example.com/test#Thing')).toBe('https://example.com/test#seen');
    expect(of('https://example.com/test/Thing')).toBe('https://example.com/test/seen');
  });
});

describe('condition drafts', () => {
  test('a Date stands for its instant, also an invalid one, which no field can hold', () => {
    expect(conditions.gte('seen', new Date(0)).right).toEqual({
      value: '1970-01-01T00:00:00.000Z',
    });
    expect(conditions.gte('seen', new Date(Number.NaN)).right).toEqual({
      value: 'an invalid date',
    });
  });

  test.each<[string, string, () => unknown]>([
    ['no left side', 'KNHK_TERMS_CONDITION', () => conditions.eq(undefined as never, 1)],
    [
      'a left side that is no reference',
      'KNHK_TERMS_CONDITION',
      () => conditions.eq({} as never, 1),
    ],
    [
      '1,025 values',
      'KNHK_LIMIT_CONDITIONS',
      () =>
        conditions.isIn(
          'a',
          Array.from({ length: 1_025 }, (_, index) => index),
        ),
    ],
  ])('%s', async (_name, code, work) => {
    expect(await codeOf(work)).toBe(code);
  });
});
