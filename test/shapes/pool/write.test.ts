import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../src/shapes/pool/parcel.ts';
import { parcelOfQuads } from '../../../src/shapes/pool/write.ts';
import type { QuadLike, TermLike } from '../../../src/terms/turtle.ts';
import { parseDocument } from '../../../src/terms/turtle.ts';

const named = (value: string): TermLike => ({ termType: 'NamedNode', value });
const blank = (value: string): TermLike => ({ termType: 'BlankNode', value });
const literal = (value: string, datatype: string, language = ''): TermLike => ({
  termType: 'Literal',
  value,
  language,
  datatype: { value: datatype },
});
const defaultGraph: TermLike = { termType: 'DefaultGraph', value: '' };
const quad = (subject: TermLike, predicate: TermLike, object: TermLike): QuadLike => ({
  ...{ subject, predicate, object, graph: defaultGraph },
});
const xsdString = 'http://www.w3.org/2001/XMLSchema#string';
const langString = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString';

const iri = fc.constantFrom('urn:a', 'https://example.com/ä?b#c', 'urn:x:%20').map(named);
const node = fc.oneof(iri, fc.constantFrom('b0', 'n3-1', 'a.b', '0_x').map(blank));
const text = fc.string({ unit: 'binary', maxLength: 12 });
const object = fc.oneof(
  node,
  text.map((value) => literal(value, xsdString)),
  text.map((value) => literal(value, 'urn:type')),
  text.map((value) => literal(value, langString, 'de-AT')),
);
const quads = fc.array(fc.tuple(node, iri, object).map((terms) => quad(...terms)));

/** A term as one text, for comparing. */
const spelling = ({ termType, value, language = '', datatype }: TermLike): string =>
  [termType, value, language.toLowerCase(), datatype?.value ?? ''].join('|');
const triple = (one: QuadLike): string =>
  [one.subject, one.predicate, one.object].map(spelling).join(' ');

describe('quads as text', () => {
  it('say the same triples, whatever is in their literals', async () => {
    await fc.assert(
      fc.asyncProperty(quads, async (list) => {
        const parcel = await parcelOfQuads(list);
        const read = parseDocument(textOf(parcel), 'data graph', {});
        const labels = (one: string): string => one.replace(/BlankNode\|[^|]*/g, 'BlankNode');
        expect(read.map(triple).map(labels)).toEqual(list.map(triple).map(labels));
      }),
    );
  });

  it('leave out in which graph they are, and give a turn for every 512', async () => {
    const graph = named('urn:g');
    const list = Array.from({ length: 1_100 }, (_, index) => ({
      ...quad(blank(`b${index}`), named('urn:p'), named('urn:o')),
      graph,
    }));
    let taken = 0;
    function* counting() {
      for (const one of list) {
        taken++;
        yield one;
      }
    }
    const parcel = parcelOfQuads(counting());
    expect(taken).toBe(513);
    const lines = textOf(await parcel).split('\n');
    expect(lines).toHaveLength(1_101);
    expect(lines[1_099]).toBe('_:b1099 <urn:p> <urn:o> .');
  });

  it.each<[string, QuadLike]>([
    ['an IRI', quad(named('urn:a> <urn:b> <urn:c> .\n<urn:d'), named('urn:p'), named('urn:o'))],
    ['a predicate', quad(named('urn:a'), named('a b'), named('urn:o'))],
    ['a label', quad(blank('b> .'), named('urn:p'), named('urn:o'))],
    ['a label with a dot at its end', quad(blank('b.'), named('urn:p'), named('urn:o'))],
    ['a datatype', quad(named('urn:a'), named('urn:p'), literal('x', 'urn:t> .'))],
    ['a language', quad(named('urn:a'), named('urn:p'), literal('x', langString, 'de .'))],
    ['a subject', quad(literal('x', xsdString), named('urn:p'), named('urn:o'))],
    ['a triple term', quad(named('urn:a'), named('urn:p'), { termType: 'Quad', value: '' })],
  ])('refuse %s that no text could say', async (_name, one) => {
    const good = quad(named('urn:a'), named('urn:p'), named('urn:o'));
    await expect(parcelOfQuads([good, one])).rejects.toMatchObject({ code: 'KNHK_TERMS_RDF' });
  });
});
