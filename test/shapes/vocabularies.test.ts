import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { vocabularies } from '@zazuko/vocabularies';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import { compileShapes, shapesValidator } from '../../src/shapes/index.ts';
import { termText } from '../../src/shapes/nquads.ts';
import { parseTurtle, type QuadLike, type TermLike } from '../../src/terms/turtle.ts';
import { runs } from '../support/effort.ts';
import { shapesDocuments } from './arbitrary.ts';
import { referenceResults } from './arbitrary-reference.ts';
import { resultKeys } from './arbitrary-results.ts';
import { ontologyShapes } from './vocabularies-fixtures.ts';

// SHACL-SHACL, the shapes of shapes (W3C SHACL, appendix C), and ontologies as published.

const ontologies = ['rdf', 'rdfs', 'owl', 'skos', 'foaf', 'org', 'time', 'prov', 'dcat', 'qb']
  .concat(['dcterms', 'void', 'sosa', 'ssn', 'sioc', 'vcard', 'doap', 'gr'])
  .sort();
const documents = ['shsh', 'dash', 'dash-sparql', 'sh', 'qudt'] as const;

const loaded = new Map<string, readonly QuadLike[]>();
beforeAll(async () => {
  const only = [...ontologies, ...documents] as never[];
  for (const [name, quads] of Object.entries(await vocabularies({ only }))) {
    loaded.set(name, [...(quads as Iterable<QuadLike>)]);
  }
});

const quadsOf = (name: string): readonly QuadLike[] => {
  const quads = loaded.get(name);
  if (quads === undefined) throw new Error(`no vocabulary ${name}`);
  return quads;
};
const textOf = (quads: readonly QuadLike[]): string =>
  quads
    .map((quad) => `${[quad.subject, quad.predicate, quad.object].map(termText).join(' ')} .\n`)
    .join('');

const shaclShacl = () => compileShapes(textOf(quadsOf('shsh')));

async function agreeing(document: ReturnType<typeof compileShapes>, data: readonly QuadLike[]) {
  const found = resultKeys(shapesValidator(document).validate(data).results);
  expect(found).toEqual(resultKeys(await referenceResults(document, data)));
  return found;
}

describe('SHACL-SHACL', () => {
  it.each(documents)('accepts %s, and so does the reference engine', async (name) => {
    expect(await agreeing(shaclShacl(), quadsOf(name))).toEqual([]);
  });

  it('accepts the shapes of the examples', () => {
    const flights = fileURLToPath(new URL('../../examples/flights/shapes.ttl', import.meta.url));
    const quads = parseTurtle(readFileSync(flights, 'utf8'), flights);
    expect(shapesValidator(shaclShacl()).validate(quads).results).toEqual([]);
  });

  it('finds in broken shapes what the reference engine finds', async () => {
    const broken = parseTurtle(
      `@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://example.com/ns#> .
       :A a sh:NodeShape ; sh:targetClass "C" ; sh:path :p ; sh:nodeKind :IRI ; sh:in :list .
       :B sh:path :p, [ sh:inversePath :p, :q ], "path" ; sh:minCount -1, 1.5 ; sh:maxCount 1, 2 .
       :C a sh:PropertyShape ; sh:severity "high" ; sh:message :text ; sh:deactivated "yes" .
       :D sh:or ( :A "B" ) ; sh:and [] ; sh:property 1 ; sh:closed 1 ; sh:ignoredProperties ( 1 ) .
       :E sh:path [ sh:alternativePath ( :p ) ] ; sh:languageIn ( 1 ) ; sh:uniqueLang :yes ;
         sh:qualifiedValueShape 2 ; sh:qualifiedMinCount "one" ; sh:pattern :a ; sh:flags 1 ;
         sh:equals [] ; sh:disjoint "p" ; sh:lessThan 1 ; sh:minLength 1.0 ; sh:datatype 1, 2 .`,
      'broken',
    );
    const found = await agreeing(shaclShacl(), broken);
    expect(found.length).toBeGreaterThan(25);
  });

  it('finds what the reference engine finds where triples of DASH were changed', async () => {
    const dash = quadsOf('dash');
    const places = [...dash.keys()].filter((at) => dash[at]?.predicate.value.includes('shacl#'));
    const change = fc.record({
      at: fc.constantFrom(...places),
      by: fc.constantFrom(...dash).map(({ object }) => object),
    });
    const document = shaclShacl();
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 20 }), async (changes) => {
        const data = [...dash];
        for (const { at, by } of changes)
          data[at] = { ...data[at], ...spread(data[at]), object: by };
        await agreeing(document, data);
      }),
      { numRuns: 8 },
    );
  });

  it('accepts every document that is accepted here', () => {
    const validator = shapesValidator(shaclShacl());
    const options = { recursion: true, anyInverse: true };
    const objects = fc.constantFrom('"x"', '1', '-1', '<urn:x>', '_:b0', '_:b1', '"p"@en', 'true');
    const changes = fc.array(fc.tuple(fc.nat(999), objects), { maxLength: 2 });
    fc.assert(
      fc.property(shapesDocuments(options), changes, (turtle, replaced) => {
        const lines = compileShapes(turtle).text.trimEnd().split('\n');
        for (const [at, object] of replaced) {
          const place = at % lines.length;
          lines[place] = (lines[place] as string).replace(/^(\S+ \S+) .*$/, `$1 ${object} .`);
        }
        const text = lines.join('\n');
        if (!accepts(text)) return;
        const { results } = validator.validate(text);
        const isTaken = propertyShapesAtNode(text);
        expect(resultKeys(results.filter(({ focus }) => !isTaken(focus)))).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });
});

/** Property shapes at sh:node, which SHACL-SHACL refuses and every engine takes. */
function propertyShapesAtNode(text: string): (node: TermLike) => boolean {
  const quads = parseTurtle(text, 'shapes');
  const sh = 'http://www.w3.org/ns/shacl#';
  const withPath = quads.filter(({ predicate }) => predicate.value === `${sh}path`);
  const atNode = quads.filter(({ predicate }) => predicate.value === `${sh}node`);
  const labels = new Set(withPath.map(({ subject }) => local(subject)));
  const taken = new Set(
    atNode.map(({ object }) => local(object)).filter((label) => labels.has(label)),
  );
  return (node) => taken.has(local(node));
}

/** A term without what each reading of a document adds to the labels of its blank nodes. */
function local(term: TermLike): string {
  return term.termType === 'BlankNode' ? `_:${term.value.replace(/^.*_/, '')}` : term.value;
}

/** The own members of a quad of any library. */
function spread(quad: QuadLike | undefined): QuadLike {
  const { subject, predicate, object, graph } = quad as QuadLike;
  return { subject, predicate, object, graph };
}

function accepts(text: string): boolean {
  try {
    compileShapes(text);
    return true;
  } catch (error) {
    if (error instanceof KnhkError) return false;
    throw error;
  }
}

describe('ontologies', () => {
  it.each(ontologies)('%s has the results of the reference engine', async (name) => {
    const document = compileShapes(ontologyShapes);
    await agreeing(document, quadsOf(name));
  });

  it('have many results of many components together', async () => {
    const data = ontologies.flatMap(quadsOf);
    const results = shapesValidator(compileShapes(ontologyShapes)).validate(data).results;
    expect(new Set(results.map(({ component }) => component)).size).toBeGreaterThan(10);
  });
});

test('shapes beyond SHACL Core are refused by name', () => {
  const refused = (name: string): string => {
    try {
      compileShapes(textOf(quadsOf(name)), { imports: { 'http://www.w3.org/ns/shacl#': '' } });
    } catch (error) {
      if (error instanceof KnhkError) return `${error.code} ${error.details.got}`;
      throw error;
    }
    return 'accepted';
  };
  expect(Object.fromEntries(documents.map((name) => [name, refused(name)]))).toEqual({
    shsh: 'accepted',
    // SPARQL-based components, functions, the vocabulary's own components, another ontology.
    dash: 'KNHK_SHAPES_UNSUPPORTED sh:Parameterizable',
    'dash-sparql': 'KNHK_SHAPES_UNSUPPORTED sh:Function',
    sh: 'KNHK_SHAPES_UNSUPPORTED sh:AndConstraintComponent-and',
    qudt: 'KNHK_SHAPES_UNSUPPORTED http://qudt.org/3.1.0/schema/facade/qudt',
  });
});
