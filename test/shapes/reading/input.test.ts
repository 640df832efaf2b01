import fc from 'fast-check';
import { DataFactory, Parser } from 'n3';
import { describe, expect, test } from 'vitest';
import { type ReadOptions, readInto } from '../../../src/shapes/reading/input.ts';
import { langString } from '../../../src/shapes/vocabulary.ts';
import type { QuadLike } from '../../../src/terms/turtle.ts';
import { mistakes } from '../../support/errors.ts';
import { documents } from './documents.ts';
import { TextSink } from './sinks.ts';

const { namedNode, blankNode, literal, quad, variable } = DataFactory;

function read(input: string | Iterable<QuadLike>, options?: ReadOptions): string[] {
  const sink = new TextSink();
  expect(readInto(input, sink, 'a', options)).toBe(sink.triples.length);
  return sink.triples;
}

const prefix = '@prefix e: <urn:> .';
const integer = 'http://www.w3.org/2001/XMLSchema#integer';

describe('formats', () => {
  test('quads in hand, N-Quads and TriG of one document give the same triples', () => {
    fc.assert(
      fc.property(documents(true), (text) => {
        const quads = new Parser({ format: 'N-Quads', blankNodePrefix: '' }).parse(text);
        const relabelled = new Map<string, string>();
        const expected = read(text, { format: 'n-quads' });
        expect(read(text)).toEqual(expected);
        const own = (triple: string): string =>
          triple.replace(/(?<=^|> )_:(\S+)/g, (_, label: string) => {
            const known = relabelled.get(label) ?? `_:b${relabelled.size}`;
            relabelled.set(label, known);
            return known;
          });
        const plain = quads.map((one) => ({ ...terms(one) }));
        expect(read(plain).map((triple) => triple.replace(/(?<=^|> )_:b\d+_/g, '_:'))).toEqual(
          expected,
        );
        expect(read(`${prefix}\n${text.replace('\ufeff', '')}`)).toEqual(expected.map(own));
      }),
      { numRuns: 300 },
    );
  });

  test('Turtle is told from N-Triples, also where it starts as such', () => {
    const triple = '<urn:a> <urn:b> <urn:c>';
    expect(read(`${prefix} e:a e:b e:c .`)).toEqual([triple]);
    expect(read('<urn:a> <urn:b> 5 .')).toEqual([`<urn:a> <urn:b> "5"^^<${integer}>@`]);
    expect(read(`${triple} .\n<urn:a> <urn:b> _:x, [] .`)).toEqual([
      triple,
      '<urn:a> <urn:b> _:b0',
      '<urn:a> <urn:b> _:b1',
    ]);
    expect(read(`# c\n\n ${triple} . ${triple} .`)).toEqual([triple, triple]);
    expect(read('# c')).toEqual([]);
    expect(read('')).toEqual([]);
  });

  test('TriG and graph labels give the one graph', () => {
    const triple = '<urn:a> <urn:b> <urn:c>';
    expect(read(`GRAPH <urn:g> { ${triple} }`)).toEqual([triple]);
    expect(read(`<urn:g> { ${triple} }`, { format: 'trig' })).toEqual([triple]);
    expect(read(`${triple} <urn:g> .`)).toEqual([triple]);
    expect(
      read([quad(namedNode('urn:a'), namedNode('urn:b'), namedNode('urn:c'), blankNode())]),
    ).toEqual([triple]);
  });

  test('relative IRIs are resolved against the base that is given', () => {
    const baseIri = 'http://e.org/d/';
    const expected = ['<http://e.org/d/a> <http://e.org/d/b> <http://e.org/d/c>'];
    expect(read('<a> <b> <c> .', { baseIri })).toEqual(expected);
    expect(read('<a> <b> <c> .', { baseIri, format: 'turtle' })).toEqual(expected);
  });

  test('plain quads without graph, datatype or language', () => {
    const subject = { termType: 'NamedNode', value: 'urn:a' };
    const object = { termType: 'Literal', value: 'x', language: 'EN' };
    const plain = { termType: 'Literal', value: 'x' };
    const quads = [object, plain].map((one) => ({ subject, predicate: subject, object: one }));
    expect(read(quads as unknown as QuadLike[])).toEqual([
      '<urn:a> <urn:a> "x"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>@en',
      '<urn:a> <urn:a> "x"^^<http://www.w3.org/2001/XMLSchema#string>@',
    ]);
  });
});

const into = (input: unknown, options?: ReadOptions) => (): unknown =>
  readInto(input as string, new TextSink(), 'a', options);
const node = namedNode('urn:a');
const one = (parts: object): unknown => [
  quad(node, node, node),
  { subject: node, predicate: node, object: node, graph: node, ...parts },
];
const untagged = literal('x', namedNode(langString));
const plainUntagged = { termType: 'Literal', value: 'x', datatype: { value: langString } };
const tagged = { termType: 'Literal', value: 'x', language: 'en', direction: 'ltr' };
const objects = 'an IRI, a blank node or a literal of RDF 1.1 as object';

describe('what is refused', () => {
  mistakes('KNHK_TERMS_RDF', [
    [
      into('<urn:a> <urn:b> "x\n" .', { format: 'n-quads' }),
      'a, line 1, column 19',
      '" at the end of a literal',
      'the end of the line',
    ],
    [
      into('<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> "x" <d .'),
      'a, line 2, column 23',
      '> or another character of an IRI',
      ' .',
    ],
    [
      into('<urn:a> <urn:b> <urn:c> .\n<urn:a> a <urn:d> ;\n e:b 5 .'),
      'a, line 3, column 2',
      'a declared prefix',
      'Undefined prefix "e:" on line 3.',
    ],
    [
      into(`${prefix}\n e:a e:b %% .`),
      'a, line 2, column 10',
      'Turtle',
      'Unexpected "%%" on line 2.',
    ],
    [into(`${prefix} e:a e:b <<( e:a e:b e:c )>> .`), 'a, line 1', objects, 'a Quad'],
    [into('<a> <urn:b> <urn:c> .', { format: 'turtle' }), 'a, line 1', 'an absolute IRI', 'a'],
    [into('<urn:a> a <urn:b> ,\n<b> .'), 'a, line 2', 'an absolute IRI', 'b'],
    [into('<urn:a>\n<b>\n5 .'), 'a, line 2', 'an absolute IRI', 'b'],
    [into('<urn:a> a\n\n"5"^^<c> .'), 'a, line 3', 'an absolute IRI', 'c'],
    [
      into('<a> <urn:b> <urn:c> .', { format: 'n-triples' }),
      'a, line 1, column 1',
      'an absolute IRI',
      '<a> <urn:b> <urn:c> .',
    ],
    [
      into('<urn:a> <urn:b> <urn:c> <urn:d> .', { format: 'turtle' }),
      'a, line 1, column 25',
      'a comma, a semicolon or a dot',
      'Expected punctuation to follow "urn:c" on line 1.',
    ],
    [
      into(`${prefix} e:a e:b "\ud800" .`),
      'a, line 1, column 30',
      'well-formed Unicode',
      'a lone surrogate',
    ],
    [into(5), 'a', 'text or an iterable of quads', '5'],
    [into([undefined]), 'a, quad 1', 'an IRI or a blank node as subject', 'undefined'],
    [
      into(one({ subject: literal('x') })),
      'a, quad 2',
      'an IRI or a blank node as subject',
      'a Literal',
    ],
    [
      into(one({ subject: quad(node, node, node) })),
      'a, quad 2',
      'an IRI or a blank node as subject',
      'a Quad',
    ],
    [into(one({ predicate: blankNode('b') })), 'a, quad 2', 'an IRI as predicate', 'a BlankNode'],
    [into(one({ object: variable('v') })), 'a, quad 2', objects, 'a Variable'],
    [into(one({ object: tagged })), 'a, quad 2', objects, 'a Literal'],
    [into(one({ object: untagged })), 'a, quad 2', objects, 'a Literal'],
    [into(one({ object: plainUntagged })), 'a, quad 2', objects, 'a Literal'],
    [
      into(one({ object: { termType: 'NamedNode', value: 5 } })),
      'a, quad 2',
      objects,
      'a NamedNode',
    ],
    [
      into(one({ graph: literal('g') })),
      'a, quad 2',
      'an IRI, a blank node or the default graph',
      'a Literal',
    ],
  ]);

  test('triples of a refused text never reach the sink', () => {
    const sink = new TextSink();
    expect(() => readInto('<urn:a> <urn:b> 5 . <c> <urn:d> 5 .', sink, 'a')).toThrow(/absolute/);
    expect(sink.triples).toEqual([]);
  });

  test('Turtle has a limit of characters, N-Quads have none of their own', () => {
    const long = `#${' '.repeat(16_777_216)}\n`;
    expect(into(`${long}@prefix e: <urn:> .`)).toThrow(/16777216 characters/);
    expect(into(`${long}<urn:a> a <urn:b> .`)).toThrow(/line 2, column 9/);
    expect(read(`${long}<urn:a> <urn:b> <urn:c> .`)).toHaveLength(1);
  });
});

/** A quad as plain data, as it comes out of a structured clone. */
function terms({ subject, predicate, object, graph }: QuadLike): QuadLike {
  const plain = ({ termType, value, language, datatype }: QuadLike['object']) => ({
    termType,
    value,
    ...(language === undefined ? {} : { language }),
    ...(datatype === undefined ? {} : { datatype: { value: datatype.value } }),
  });
  return {
    subject: plain(subject),
    predicate: plain(predicate),
    object: plain(object),
    graph: plain(graph),
  };
}
