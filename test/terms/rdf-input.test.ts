import fc from 'fast-check';
import { DataFactory, Store, Writer } from 'n3';
import { describe, expect, test } from 'vitest';
import { boolean, integer, iri, list, number, optional, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { type TermFactory, toQuads } from '../../src/terms/rdf.ts';
import { readObservation, readRecord } from '../../src/terms/read.ts';
import type { QuadLike } from '../../src/terms/turtle.ts';
import { sample } from '../support/declarations.ts';
import { runs } from '../support/effort.ts';

const factory = DataFactory as unknown as TermFactory<QuadLike>;

const Visit = defineObservation('shop.visited', {
  class: 'https://e.org/Visit',
  subject: 'page',
  fields: {
    page: iri(),
    seconds: integer(),
    share: optional(number()),
    known: optional(boolean()),
    tags: optional(list(string())),
  },
}) as unknown as Observation;
const prefixes = '@prefix e: <https://e.org/> .\n';
const turtle = `${prefixes}e:1 a e:Visit ;\n e:seconds 5 ; e:tags ( "a" "b" ) .`;

function issuesOf(input: unknown): unknown {
  const read = readObservation(Visit, input);
  return read.ok ? 'read' : read.issues;
}

describe('RDF in place of an object', () => {
  test('as N-Triples, quads, a set of quads or plain quads it reads as the object does', () => {
    fc.assert(
      fc.property(sample, fc.boolean(), ({ observation, input, data }, reversed) => {
        const quads = toQuads(observation, data, factory);
        if (reversed) quads.reverse();
        const text = new Writer({ format: 'N-Triples' }).quadsToString(quads as never);
        const expected = readObservation(observation, input);
        expect(expected.ok).toBe(true);
        for (const rdf of [text, quads, new Store(quads as never), new Set(quads.map(plain))]) {
          expect(readObservation(observation, rdf)).toEqual(expected);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  test('Turtle', () => {
    const object = { page: 'https://e.org/1', seconds: 5, tags: ['a', 'b'] };
    expect(readObservation(Visit, turtle)).toEqual(readObservation(Visit, object));
  });

  test('a stored record is never RDF', () => {
    expect(readRecord(Visit, turtle).ok).toBe(false);
    expect(readRecord(Visit, []).ok).toBe(false);
  });
});

const integerType = 'http://www.w3.org/2001/XMLSchema#integer';
const { namedNode, literal, quad, variable } = DataFactory;
const one = namedNode('https://e.org/1');
const type = namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');

describe('unreadable RDF is an issue', () => {
  test.each([
    ['no Turtle', 'nonsense', '$, line 1, column 1', 'Turtle', 'Unexpected "nonsense" on line 1.'],
    [
      'a place behind',
      `${turtle}\n e:2 e:3 .`,
      '$, line 4, column 10',
      'a term',
      'Expected entity but got . on line 4.',
    ],
    [
      'a wrong datatype',
      turtle.replace('5', '"5"'),
      '$.seconds, line 3',
      `a literal of ${integerType}`,
      'http://www.w3.org/2001/XMLSchema#string',
    ],
    [
      'a wrong item',
      turtle.replace('"b"', '7'),
      '$.tags, line 3',
      'a literal of http://www.w3.org/2001/XMLSchema#string',
      integerType,
    ],
    [
      'another predicate',
      turtle.replace('e:seconds', '\ne:other'),
      '$, line 4',
      'declared predicates only',
      'https://e.org/other',
    ],
    ['two values', turtle.replace('5', '5,\n6'), '$.seconds, line 4', 'one value', 'two'],
    ['two subjects', `${turtle}\ne:2 a e:Visit .`, '$, line 4', 'one subject', 'https://e.org/2'],
    [
      'no class',
      turtle.replace('e:Visit', 'e:Other'),
      '$, line 2',
      'declared predicates only',
      type.value,
    ],
    ['nothing', '', '$', 'a subject of class https://e.org/Visit', 'none'],
    [
      'a list without end',
      `${prefixes}e:1 a e:Visit ; e:tags _:a .`,
      '$, line 2',
      'a list of rdf:first and rdf:rest in tags',
      'b0_a',
    ],
    ['too long', ' '.repeat(1_048_577), '$', 'at most 1048576 characters', '1048577'],
    ['no quads', [7], '$', 'quads of RDF terms', '7'],
    ['nothing in hand', [], '$', 'a subject of class https://e.org/Visit', 'none'],
    [
      'a variable as predicate',
      [quad(one, variable('p') as never, one)],
      '$',
      'an IRI as predicate',
      'Variable',
    ],
    [
      'a class as text',
      [quad(one, type, literal('https://e.org/Visit'))],
      '$',
      'declared predicates only',
      type.value,
    ],
  ])('%s', (_name, input, path, expected, got) => {
    const issues = issuesOf(input);
    const label = /^b\d+_a$/;
    expect(issues).toEqual([
      { path, expected, got: label.test(got) ? expect.stringMatching(label) : got },
    ]);
  });

  test('an endless source, a failing source, a hostile proxy', () => {
    let taken = 0;
    function* endless(): Generator<QuadLike> {
      for (; ; taken++)
        yield quad(one, namedNode('https://e.org/seconds'), one) as unknown as QuadLike;
    }
    expect(issuesOf(endless())).toEqual([
      { path: '$', expected: 'at most 1089 quads', got: 'more' },
    ]);
    expect(taken).toBe(1_089);
    const failing = {
      [Symbol.iterator](): never {
        throw new Error('gone');
      },
    };
    expect(issuesOf(failing)).toEqual([
      { path: '$', expected: 'readable quads', got: 'an error (gone)' },
    ]);
    const hostile = new Proxy(
      {},
      {
        has: () => {
          throw new Error('no');
        },
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(issuesOf(hostile)).toEqual([
      { path: '$', expected: 'readable members', got: 'an error (no)' },
    ]);
  });
});

/** Terms as another library may hold them. */
function plain({ subject, predicate, object }: QuadLike): QuadLike {
  const term = ({ termType, value, datatype }: QuadLike['object']) => ({
    termType,
    value,
    ...(datatype === undefined ? {} : { datatype: { value: datatype.value } }),
  });
  const graph = { termType: 'DefaultGraph', value: '' };
  return { subject: term(subject), predicate: term(predicate), object: term(object), graph };
}
