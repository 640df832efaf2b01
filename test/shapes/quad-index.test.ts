import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QuadIndex } from '../../src/shapes/dataset.ts';
import type { QuadLike, TermLike } from '../../src/terms/turtle.ts';

const iri = (value: string): TermLike => ({ termType: 'NamedNode', value }) as TermLike;
const blank = (value: string): TermLike => ({ termType: 'BlankNode', value }) as TermLike;
const literal = (value: string, type: string, language?: string): TermLike =>
  ({
    ...{ termType: 'Literal', value, datatype: iri(type) },
    ...(language === undefined ? {} : { language }),
  }) as TermLike;

// Few values, so that terms of different kinds share their text.
const subject = fc.constantFrom(iri('a'), iri('b'), iri('c'));
const predicate = fc.constantFrom(iri('p'), iri('q'));
const object = fc.constantFrom(
  ...[iri('a'), blank('z'), literal('a', 's'), literal('a', 't'), literal('b', 's')],
  ...[literal('a', 's', ''), literal('a', 's', 'en'), literal('a', 's', 'de')],
);
const quad = fc.record({ subject, predicate, object }) as unknown as fc.Arbitrary<QuadLike>;

const keyOf = ({ termType, value, datatype, language }: TermLike): string =>
  [termType, value, datatype?.value ?? '', language ?? ''].join('|');
const tripleKey = (item: QuadLike): string =>
  [item.subject, item.predicate, item.object].map(keyOf).join(' ');

test('it answers every pattern as looking at each triple does, in the order of adding', () => {
  const orNothing = <Term>(term: fc.Arbitrary<Term>) =>
    fc.option(term, { nil: undefined, freq: 2 });
  // A literal is nobody's subject, even where its text is that of one.
  const asked = fc.oneof(subject, fc.constant(literal('a', 's')));
  const pattern = fc.tuple(orNothing(asked), orNothing(predicate), orNothing(object));
  let found = 0;
  fc.assert(
    fc.property(fc.array(quad, { maxLength: 40 }), fc.array(pattern), (quads, patterns) => {
      const distinct = [...new Map([...quads].reverse().map((one) => [tripleKey(one), one]))];
      const keys = new Set(distinct.map(([key]) => key));
      const kept = quads.filter((one) => keys.delete(tripleKey(one)));
      const index = new QuadIndex(quads);
      expect([...index].map(tripleKey)).toEqual(kept.map(tripleKey));
      expect(index.size).toBe(kept.length);
      for (const one of quads) expect(index.has(one)).toBe(true);
      for (const [s, p, o] of patterns) {
        const fits = (term: TermLike, wanted: TermLike | undefined): boolean =>
          wanted === undefined || keyOf(term) === keyOf(wanted);
        const expected = kept.filter(
          (one) => fits(one.subject, s) && fits(one.predicate, p) && fits(one.object, o),
        );
        const matches = index.match(s, p, o);
        expect([...matches].map(tripleKey)).toEqual(expected.map(tripleKey));
        expect(matches.size).toBe(expected.length);
        found += expected.length;
      }
    }),
    { numRuns: 300, seed: 7 },
  );
  expect(found).toBeGreaterThan(1_000);
});

test('what is added later is found by its object too', () => {
  const index = new QuadIndex([
    { subject: iri('a'), predicate: iri('p'), object: iri('x') },
  ] as never);
  expect(index.match(null, null, iri('y')).size).toBe(0);
  index.add({ subject: iri('b'), predicate: iri('p'), object: iri('y') } as never);
  expect(index.match(null, null, iri('y')).size).toBe(1);
  expect(index.match(null, iri('none'), iri('y')).size).toBe(0);
  expect(index.match(iri('none')).size).toBe(0);
  const other = { subject: iri('b'), predicate: iri('q'), object: iri('y') } as never;
  expect(index.has(other)).toBe(false);
});
