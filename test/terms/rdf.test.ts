import fc from 'fast-check';
import { DataFactory, Writer } from 'n3';
import { describe, expect, test } from 'vitest';
import { decimal, instant, integer, iri, number, optional } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { fromQuads, type TermFactory, toQuads } from '../../src/terms/rdf.ts';
import { type Data, readObservation } from '../../src/terms/read.ts';
import { parseTurtle, type QuadLike } from '../../src/terms/turtle.ts';
import { sample } from '../support/declarations.ts';
import { runs } from '../support/effort.ts';
import { codeOf } from '../support/errors.ts';

const factory = DataFactory as unknown as TermFactory<QuadLike>;

const Reading = defineObservation('meter.read', {
  class: 'https://example.com/test#Reading',
  subject: 'meter',
  fields: {
    meter: iri(),
    at: instant(),
    amount: decimal(),
    level: optional(number()),
    count: optional(integer()),
    next: optional(iri({ predicate: 'https://example.com/other/next' })),
  },
}) as unknown as Observation;

const prefixes = `@prefix t: <https://example.com/test#> . @prefix o: <https://example.com/other/> .
  @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .`;
const body = `t:m a t:Reading ; t:at "2026-01-01T00:00:00Z"^^xsd:dateTime ; t:amount 1.50`;

const fromTurtle = (text: string): Record<string, unknown> =>
  fromQuads(Reading, parseTurtle(`${prefixes} ${text}`, 'test'));

function recordOf(observation: Observation, input: unknown): string {
  const read = readObservation(observation, input);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return read.record;
}

const written = (quads: readonly QuadLike[]): string =>
  // The types of n3 and the structural ones of the library describe the same objects.
  new Writer({ format: 'N-Triples' }).quadsToString(quads as never);

describe('there and back', () => {
  test('any record comes back as itself, in whatever order its triples come', () => {
    fc.assert(
      fc.property(sample, fc.boolean(), ({ observation, input, data }, reversed) => {
        const quads = toQuads(observation, data, factory);
        if (reversed) quads.reverse();
        const back = fromQuads(observation, quads);
        expect(recordOf(observation, back)).toBe(recordOf(observation, input));
      }),
      { numRuns: runs(400) },
    );
  });

  test('any record survives being written as N-Triples and parsed', () => {
    fc.assert(
      fc.property(sample, ({ observation, input, data }) => {
        const text = written(toQuads(observation, data, factory));
        const back = fromQuads(observation, parseTurtle(text, 'test'));
        expect(recordOf(observation, back)).toBe(recordOf(observation, input));
      }),
      { numRuns: runs(200) },
    );
  });

  test('the triples of one observation', () => {
    const data: Data = { meter: 'urn:m:1', at: 0, amount: '1.5', level: 1e21, next: 'urn:m:2' };
    const type = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';
    expect(
      written(toQuads(Reading, data, factory))
        .trim()
        .split('\n'),
    ).toEqual([
      `<urn:m:1> ${type} <https://example.com/test#Reading> .`,
      '<urn:m:1> <https://example.com/test#at> "1970-01-01T00:00:00.000Z"' +
        '^^<http://www.w3.org/2001/XMLSchema#dateTime> .',
      '<urn:m:1> <https://example.com/test#amount> "1.5"' +
        '^^<http://www.w3.org/2001/XMLSchema#decimal> .',
      '<urn:m:1> <https://example.com/test#level> "1e+21"' +
        '^^<http://www.w3.org/2001/XMLSchema#double> .',
      '<urn:m:1> <https://example.com/other/next> <urn:m:2> .',
    ]);
  });

  test.each([
    ['t:level 1.5e0 ; t:count 7', { level: 1.5, count: 7 }],
    ['t:level "5"^^xsd:double ; t:count "+007"^^xsd:integer', { level: 5, count: 7 }],
    ['o:next t:other', { next: 'https://example.com/test#other' }],
  ])('Turtle: %s', (more, expected) => {
    expect(fromTurtle(`${body} ; ${more} .`)).toEqual({
      meter: 'https://example.com/test#m',
      at: '2026-01-01T00:00:00Z',
      amount: '1.50',
      ...expected,
    });
  });
});

describe('what is refused', () => {
  test.each([
    ['a triple that is not declared', `${body} ; t:more 1 .`],
    ['a triple of the subject field', `${body} ; t:meter t:m .`],
    ['a second subject', `${body} . t:n a t:Reading .`],
    ['a second subject of another class', `${body} . t:n a t:Other .`],
    ['a second class', `${body} , 2.5 ; a t:Other .`],
    ['two values of one field', `${body} ; t:amount 2.5 .`],
    ['the same value twice under two spellings', `${body} ; t:amount 1.5 .`],
    ['a blank node as subject', '[] a t:Reading ; t:amount 1.5 .'],
    ['a blank node as object', `${body} ; o:next [] .`],
    ['a literal as an IRI', `${body} ; o:next "urn:x:1" .`],
    ['an IRI as a literal', `${body} ; t:count t:one .`],
    ['another datatype', `${body} ; t:count 1.0 .`],
    ['a language tag', `${body} ; t:count "1"@en .`],
    ['no class', 't:m t:amount 1.5 .'],
    ['another class', 't:m a t:Other ; t:amount 1.5 .'],
    ['nothing', ''],
    ['a list', `${body} ; t:count (1 2) .`],
  ])('%s', async (_name, text) => {
    expect(await codeOf(() => fromTurtle(text))).toBe('KNHK_TERMS_RDF');
  });

  test.each([
    ['t:count "9007199254740993"^^xsd:integer'],
    ['t:count "1.5"^^xsd:integer'],
    ['t:count " 1"^^xsd:integer'],
    ['t:level "INF"^^xsd:double'],
    ['t:level "1e400"^^xsd:double'],
    ['t:level "-0"^^xsd:double'],
    ['t:level "0x10"^^xsd:double'],
    ['t:level ""^^xsd:double'],
  ])('a lexical form that no field holds: %s', (more) => {
    // The triples have the right form; the value is refused by reading, like any other input.
    expect(readObservation(Reading, fromTurtle(`${body} ; ${more} .`)).ok).toBe(false);
  });

  test('Turtle that does not parse names file and line', async () => {
    const text = '<urn:a:1> <urn:b:1> <urn:c:1> .\n<urn:a:1> oops .';
    expect(() => parseTurtle(text, 'ops.ttl')).toThrow(/KNHK_TERMS_RDF at ops.ttl, line 2/);
    expect(await codeOf(() => parseTurtle('x'.repeat(16_777_217), 'big'))).toBe('KNHK_TERMS_RDF');
  });
});
