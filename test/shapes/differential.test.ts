import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compileShapes, type ShapesDocument } from '../../src/shapes/document.ts';
import { readTriples, termText } from '../../src/shapes/nquads.ts';
import { type ShapesValidator, shapesValidator } from '../../src/shapes/validator.ts';
import { parseTurtle, type QuadLike, type TermLike } from '../../src/terms/turtle.ts';
import { runs } from '../support/effort.ts';
import { shapesDocuments } from './arbitrary.ts';
import { dataGraph, triple } from './arbitrary-data.ts';
import { referenceResults } from './arbitrary-reference.ts';
import { resultKeys } from './arbitrary-results.ts';
import { oracleResults } from './differential-oracle.ts';

// Set for a long run: KNHK_DIFFERENTIAL_RUNS=20000.
const count = runs(Number(process.env['KNHK_DIFFERENTIAL_RUNS'] ?? 300));
const timeout = Math.max(60_000, count * 400);

const subClassOf = 'http://www.w3.org/2000/01/rdf-schema#subClassOf';

/** The class hierarchy of a document as data, which is where the reference engine puts it. */
function hierarchyOf({ text }: ShapesDocument): QuadLike[] {
  return readTriples([{ name: 'shapes', turtle: text }])
    .triples.filter(({ predicate }) => predicate.value === subClassOf)
    .map(({ subject, object }) => triple(subject, subClassOf, object));
}

const textOf = (data: readonly QuadLike[]): string =>
  data
    .map((quad) => `${[quad.subject, quad.predicate, quad.object].map(termText).join(' ')} .\n`)
    .join('');

/** What holds of every report, whatever is in it. */
function checkReport(validator: ShapesValidator, data: readonly QuadLike[], limit: number): void {
  const { conforms, results, truncated } = validator.validate(data);
  expect([conforms, truncated]).toEqual([results.length === 0, false]);
  expect(validator.conforms(data)).toBe(conforms);
  const limited = validator.validate(data, { limit });
  expect(limited.results).toEqual(results.slice(0, limit));
  expect([limited.conforms, limited.truncated]).toEqual([conforms, results.length > limit]);
}

describe('random shapes on random graphs', () => {
  it(
    'have the results of SHACL, word for word',
    () => {
      const hierarchies = fc.constantFrom('data' as const, 'both' as const);
      const limits = fc.integer({ min: 1, max: 12 });
      fc.assert(
        fc.property(
          shapesDocuments({ anyInverse: true }),
          dataGraph,
          hierarchies,
          limits,
          (turtle, data, hierarchy, limit) => {
            const document = compileShapes(turtle);
            const validator = shapesValidator(document, { classHierarchy: hierarchy });
            const expected = resultKeys(oracleResults(document.text, data, { hierarchy }));
            expect(resultKeys(validator.validate(data).results)).toEqual(expected);
            expect(resultKeys(validator.validate(textOf(data)).results)).toEqual(expected);
            checkReport(validator, data, limit);
          },
        ),
        { numRuns: count },
      );
    },
    timeout,
  );

  // Which of the ways that lead to a pair of shape and node reports it is left open by recursion.
  it(
    'that refer to themselves have the greatest fixpoint',
    () => {
      fc.assert(
        fc.property(
          shapesDocuments({ recursion: true, anyInverse: true }),
          dataGraph,
          (turtle, data) => {
            const document = compileShapes(turtle);
            const validator = shapesValidator(document);
            const expected = resultKeys(oracleResults(document.text, data, { once: true }));
            const found = new Set(resultKeys(validator.validate(data).results));
            expect([...found]).toEqual([...new Set(expected)]);
            checkReport(validator, data, 3);
          },
        ),
        { numRuns: count },
      );
    },
    timeout,
  );

  it(
    'have the results of rdf-validate-shacl',
    async () => {
      await fc.assert(
        fc.asyncProperty(shapesDocuments(), dataGraph, async (turtle, triples) => {
          const document = compileShapes(turtle);
          const data = [...triples, ...hierarchyOf(document)];
          const found = resultKeys(shapesValidator(document).validate(data).results);
          expect(found).toEqual(resultKeys(await referenceResults(document, data)));
        }),
        { numRuns: count },
      );
    },
    timeout,
  );
});

const prefixes = `
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
  @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
  @prefix : <http://example.com/ns#> .
`;

// Where engines disagreed once; the specification decided.
const settled: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'sh:equals at a node shape misses the focus node where the property has other values alone',
    ':S sh:targetNode :a ; sh:equals :p .',
    ':a :p :b .',
    ['a', 'b'],
  ],
  [
    'sh:languageIn takes tags in any case, and "eng" is no form of "en"',
    ':S sh:targetNode :a ; sh:property [ sh:path :p ; sh:languageIn ( "EN" ) ] .',
    ':a :p "kept"@en, "kept"@en-us, "refused"@eng, "refused" .',
    ['refused', 'refused'],
  ],
  [
    'sh:languageIn takes "*" for any language',
    ':S sh:targetNode :a ; sh:property [ sh:path :p ; sh:languageIn ( "*" ) ] .',
    ':a :p "kept"@de, "refused" .',
    ['refused'],
  ],
  [
    'ill-typed numbers are in no order',
    ':S sh:targetObjectsOf :p ; sh:minInclusive 0 .',
    ':a :p "1.5"^^xsd:integer, "300"^^xsd:byte, 1.5 .',
    ['1.5', '300'],
  ],
  [
    'there is no thirteenth month',
    ':S sh:targetObjectsOf :p ; sh:datatype xsd:dateTime .',
    ':a :p "2026-13-01T00:00:00Z"^^xsd:dateTime, "2026-12-01T00:00:00Z"^^xsd:dateTime .',
    ['2026-13-01T00:00:00Z'],
  ],
  [
    'sh:lessThan has a result for each pair',
    ':S sh:targetNode :a ; sh:property [ sh:path :p ; sh:lessThan :q ] .',
    ':a :p 3 ; :q 1, 2, 4 .',
    ['3', '3'],
  ],
  [
    'sh:closed has a result for each value node',
    ':S sh:targetNode :a ; sh:property [ sh:path :p ; sh:closed true ] .',
    ':a :p :b, :c . :b :q 1 . :c :q 1 .',
    ['1', '1'],
  ],
  [
    'a property shape that is reached twice reports twice',
    `:S sh:targetNode :a ;
       sh:property [ sh:path :p ; sh:property :Q ], [ sh:path :q ; sh:property :Q ] .
     :Q sh:path :r ; sh:nodeKind sh:IRI .`,
    ':a :p :b ; :q :b . :b :r 7 .',
    ['7', '7'],
  ],
];

describe('paths to hundreds of nodes', () => {
  // A binary tree of 255 nodes, each with edges upwards and along its level, and a text.
  const size = 255;
  const data = parseTurtle(
    prefixes +
      Array.from({ length: size }, (_, at) => {
        const below = [2 * at + 1, 2 * at + 2].filter((child) => child < size);
        const edges = below.map((child) => `:p :n${child}`);
        const along = `:q :n${(at + 7) % size}, "text ${at % 50}"@en, ${at % 40}`;
        return `:n${at} ${[...edges, along].join(' ; ')} .`;
      }).join('\n'),
    'tree',
  );

  test.each([
    '[ sh:zeroOrMorePath :p ]',
    '[ sh:oneOrMorePath [ sh:alternativePath ( :p :q ) ] ]',
    '( [ sh:zeroOrMorePath :p ] :q )',
    '( [ sh:zeroOrMorePath [ sh:inversePath :p ] ] :q [ sh:zeroOrOnePath :q ] )',
    '[ sh:alternativePath ( [ sh:zeroOrMorePath :p ] [ sh:oneOrMorePath :q ] ) ]',
  ])('%s', async (path) => {
    const document = compileShapes(`${prefixes}
      :S sh:targetNode :n0, :n100, :n254 ; sh:property [ sh:path ${path} ;
        sh:maxCount 40 ; sh:nodeKind sh:IRI ; sh:maxInclusive 20 ; sh:uniqueLang true ;
        sh:equals :q ; sh:disjoint :p ; sh:hasValue :n99 ; sh:pattern "[02468]$" ;
        sh:qualifiedValueShape [ sh:property [ sh:path :p ; sh:minCount 2 ] ] ;
        sh:qualifiedMinCount 100 ; sh:qualifiedMaxCount 200 ] .`);
    const { results } = shapesValidator(document).validate(data);
    expect(resultKeys(results)).toEqual(resultKeys(await referenceResults(document, data)));
    expect(results.length).toBeGreaterThan(100);
  });
});

const short = (text: string): string => text.replace('http://example.com/ns#', '');
const valuesOf = (results: readonly { readonly value: TermLike | null }[]): string[] =>
  results.map(({ value }) => short(value?.value ?? '-')).sort();

describe('what engines disagreed about', () => {
  test.each(settled)('%s', async (_name, shapes, turtle, values) => {
    const document = compileShapes(prefixes + shapes);
    const data = parseTurtle(prefixes + turtle, 'data');
    expect(valuesOf(shapesValidator(document).validate(data).results)).toEqual(values);
    expect(valuesOf(oracleResults(document.text, data))).toEqual(values);
    expect(valuesOf(await referenceResults(document, data))).toEqual(values);
  });

  test('a class hierarchy of the shapes graph is no data of a closed class', async () => {
    const document = compileShapes(
      `${prefixes} :S sh:targetNode :C ; sh:closed true . :C rdfs:subClassOf :D .`,
    );
    const data = parseTurtle(`${prefixes} :C :p :b .`, 'data');
    for (const classHierarchy of ['data', 'both'] as const) {
      const validator = shapesValidator(document, { classHierarchy });
      expect(valuesOf(validator.validate(data).results)).toEqual(['b']);
    }
    // The reference engine has no other place for the hierarchy than the data.
    expect(valuesOf(await referenceResults(document, data))).toEqual(['D', 'b']);
  });

  test('a qualified value shape may be its own sibling only by negation, which is refused', () => {
    const shapes = `:S sh:property :Q, [ sh:path :p ; sh:qualifiedValueShape :Q ;
        sh:qualifiedMinCount 1 ] .
      :Q sh:path :q ; sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShapesDisjoint true .`;
    expect(() => compileShapes(prefixes + shapes)).toThrow('KNHK_SHAPES_UNSUPPORTED');
  });
});
