import fc from 'fast-check';
import { DataFactory } from 'n3';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  decimal,
  type Field,
  type FieldsData,
  type FieldsInput,
  instant,
  integer,
  iri,
  list,
  oneOf,
  optional,
  string,
} from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { fromQuads, type TermFactory, toQuads } from '../../src/terms/rdf.ts';
import { observationReader, readObservation } from '../../src/terms/read.ts';
import { parseTurtle, type QuadLike } from '../../src/terms/turtle.ts';
import { mistakeOf, mistakes } from '../support/errors.ts';
import { rfc8785 } from '../support/rfc8785.ts';

const Parcel = defineObservation('parcel.seen', {
  class: 'https://example.com/test#Parcel',
  subject: 'parcel',
  fields: {
    parcel: iri(),
    tags: list(string(), { max: 3 }),
    stops: optional(list(instant())),
    weights: optional(list(decimal())),
    next: optional(list(iri())),
    notes: optional(list(string())),
  },
}) as unknown as Observation;
const parcel = 'urn:parcel:1';

const loose = list as unknown as (of: unknown, options?: unknown) => Field;
const oneField = 'a required field without predicate, no list';

mistakes('KNHK_TERMS_DECLARATION', [
  [() => loose(list(string())), 'list', oneField, 'list'],
  [() => loose(optional(string())), 'list', oneField, 'an optional string'],
  [() => loose(string({ predicate: 'urn:p' })), 'list', oneField, 'string'],
  [() => loose(undefined), 'list', oneField, 'none'],
  ...[0, 9, 1.5, '3', null, Number.NaN].map(
    (max) =>
      [() => loose(string(), { max }), 'list, max', 'an integer from 1 to 8', `${max}`] as const,
  ),
  [
    () => list(string(), { predicate: 'tags' }),
    'list field',
    'an absolute IRI as predicate',
    'tags',
  ],
  [
    () =>
      defineObservation('parcel.seen', {
        class: 'urn:c/c',
        subject: 'a',
        fields: { a: list(iri()) as never },
      }),
    'observation parcel.seen, subject',
    'a required iri',
    'list, optional: false',
  ],
]);

describe('declarations', () => {
  test('a list is data, frozen, and of at most 8 items unless it says less', () => {
    expect(list(oneOf(['a']))).toEqual({
      kind: 'list',
      optional: false,
      of: { kind: 'oneOf', optional: false, values: ['a'] },
      max: 8,
    });
    expect(list(integer(), { max: 1, predicate: 'urn:p' })).toMatchObject({
      max: 1,
      predicate: 'urn:p',
    });
    expect(Object.isFrozen(list(string()))).toBe(true);
  });

  test('items and most items enter the declaration hash', () => {
    const hash = (field: Field): string =>
      defineObservation('parcel.seen', {
        class: 'urn:c/c',
        subject: 'a',
        fields: { a: iri(), list: field },
      }).hash;
    const fields = [
      list(string()),
      list(iri()),
      list(string(), { max: 7 }),
      list(oneOf(['a', 'b'])),
      list(oneOf(['a'])),
      optional(list(string())),
      string(),
    ];
    expect(new Set(fields.map(hash)).size).toBe(fields.length);
    expect(hash(list(string()))).toBe(hash(list(string(), { max: 8 })));
  });
});

test('lists are typed by their items', () => {
  const fields = {
    tags: list(oneOf(['late', 'full'])),
    stops: optional(list(instant())),
  };
  type Data = FieldsData<typeof fields>;
  type Input = FieldsInput<typeof fields>;
  expectTypeOf<Data['tags']>().toEqualTypeOf<readonly ('late' | 'full')[]>();
  expectTypeOf<Data['stops']>().toEqualTypeOf<readonly number[] | undefined>();
  expectTypeOf<Input['tags']>().toEqualTypeOf<readonly ('late' | 'full')[]>();
  expectTypeOf<Input['stops']>().toEqualTypeOf<readonly (string | Date)[] | undefined>();
  // @ts-expect-error: an optional field cannot be an item.
  expect(() => list(optional(string()))).toThrow('KNHK_TERMS_DECLARATION');
  // @ts-expect-error: nor can a list.
  expect(() => list(list(string()))).toThrow('KNHK_TERMS_DECLARATION');
});

describe('reading', () => {
  const read = (input: object) => readObservation(Parcel, { parcel, tags: [], ...input });

  test('in order, with repetitions, each item as code sees one', () => {
    const result = read({
      tags: ['b', 'a', 'b'],
      stops: ['2026-01-01T01:00:00+01:00', new Date(5)],
      weights: ['1.50', '-0'],
    });
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    const stops = [Date.UTC(2026, 0, 1), 5];
    expect(result.data).toEqual({ parcel, tags: ['b', 'a', 'b'], stops, weights: ['1.5', '0'] });
    expect([result.data['tags'], result.data['stops']].every(Object.isFrozen)).toBe(true);
    const fields = {
      parcel,
      tags: ['b', 'a', 'b'],
      stops: stops.map((ms) => new Date(ms).toISOString()),
      weights: ['1.5', '0'],
    };
    expect(result.record).toBe(rfc8785({ declaration: Parcel.hash, fields }));
  });

  test('an empty list is a value of its own; only an optional list may be absent', () => {
    const texts = [{}, { stops: undefined }, { stops: [] }].map((input) => {
      const result = read(input);
      return result.ok ? result.record : '';
    });
    expect(texts[0]).toBe(texts[1]);
    expect(texts[2]).toContain('"stops":[]');
    expect(read({ tags: undefined })).toEqual({
      ok: false,
      issues: [{ path: '$.tags', expected: 'a list', got: 'nothing' }],
    });
  });

  test.each<[string, unknown, string]>([
    ['one value', 'a', 'a list'],
    ['null', null, 'a list'],
    ['an object that looks like a list', { 0: 'a', length: 1 }, 'a list'],
    ['a set', new Set(['a']), 'a list'],
    ['a typed array', new Uint8Array(1), 'a list'],
    ['four items of three', ['a', 'b', 'c', 'd'], 'a list of at most 3 items'],
    ['an item of another kind', ['a', 1], 'a list, each item well-formed Unicode'],
    ['a hole', new Array(2), 'a list, each item well-formed Unicode'],
    ['undefined', [undefined], 'a list, each item well-formed Unicode'],
    ['a list', [['a']], 'a list, each item well-formed Unicode'],
    ['a lone surrogate', ['\ud800'], 'a list, each item well-formed Unicode'],
  ])('refuses %s', (_, tags, expected) => {
    const result = read({ tags });
    const issue = result.ok ? undefined : result.issues[0];
    expect(issue?.path).toBe('$.tags');
    expect(issue?.expected.startsWith(expected)).toBe(true);
    expect(observationReader(Parcel).fits({ parcel, tags })).toBe(false);
  });

  test('each item is read once, whatever a getter says next', () => {
    let reads = 0;
    const tags = ['a'];
    Object.defineProperty(tags, 0, { get: () => (reads++ === 0 ? 'a' : 7) });
    expect(read({ tags })).toMatchObject({ ok: true, data: { tags: ['a'] } });
    expect(reads).toBe(1);
  });

  test('what fits is read, and no list of 64 KiB fits', () => {
    const reader = observationReader(Parcel);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), (tags) => {
        expect(reader.fits({ parcel, tags })).toBe(reader.read({ parcel, tags }).ok);
      }),
    );
    expect(reader.fits({ parcel, tags: Array(3).fill('x'.repeat(8_192)) })).toBe(false);
  });
});

describe('the RDF reading', () => {
  const factory = DataFactory as unknown as TermFactory<QuadLike>;
  const prefixes = `@prefix t: <https://example.com/test#> .
    @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .`;
  const parsed = (text: string): Record<string, unknown> =>
    fromQuads(Parcel, parseTurtle(`${prefixes} <${parcel}> a t:Parcel ; ${text}`, 'test'));

  test('Turtle collections are lists', () => {
    expect(parsed('t:tags ("b" "a" "b") ; t:next (<urn:x> t:y) ; t:stops () .')).toEqual({
      parcel,
      tags: ['b', 'a', 'b'],
      next: ['urn:x', 'https://example.com/test#y'],
      stops: [],
    });
  });

  test('labels of cells follow from subject, field and position', () => {
    const quads = (subject: string): string[] =>
      toQuads(Parcel, { parcel: subject, tags: ['a', 'b'], next: ['urn:x'] }, factory)
        .filter(({ subject: { termType } }) => termType === 'BlankNode')
        .map((quad) => quad.subject.value);
    expect(quads(parcel)).toEqual(quads(parcel));
    expect(new Set(quads(parcel)).size).toBe(3);
    expect(new Set([...quads(parcel), ...quads('urn:parcel:2')]).size).toBe(6);
  });

  const cell = 't:tags _:a . _:a rdf:first "x"';
  test.each<[string, string, string]>([
    ['a value that is no list', 't:tags "a" .', 'a list of rdf:first and rdf:rest in tags'],
    ['a cell without rest', `${cell} .`, 'a list of rdf:first and rdf:rest in tags'],
    ['a cell without first', 't:tags _:a . _:a rdf:rest () .', 'a list of rdf:first'],
    ['two first', `${cell} , "y" ; rdf:rest () .`, "one first of a list's cell"],
    ['two rest', `${cell} ; rdf:rest (), ("b") .`, "one rest of a list's cell"],
    ['an endless list', `${cell} ; rdf:rest _:a .`, 'a list of rdf:first and rdf:rest in tags'],
    ['a cell that two lists share', `t:notes _:a ; ${cell} ; rdf:rest () .`, 'a list of rdf:first'],
    ['two lists', 't:tags ("a"), ("b") .', 'one value'],
    ['a cell beside the lists', `t:tags () . _:a rdf:first "x" ; rdf:rest () .`, 'no cells beside'],
    ['a typed cell', `${cell} ; a rdf:List ; rdf:rest () .`, 'no blank nodes but those of lists'],
    ['an item of another kind', 't:tags (1) .', 'a literal of http'],
    ['a blank item', 't:tags ([]) .', 'a literal of http'],
  ])('refuses %s', (_, text, expected) => {
    const [code, where, wanted] = mistakeOf(() => parsed(text)) ?? [];
    expect(code).toBe('KNHK_TERMS_RDF');
    expect(where).toMatch(/^RDF of parcel\.seen/);
    expect(wanted?.startsWith(expected)).toBe(true);
  });
});
