import fc from 'fast-check';
import SHACLValidator from 'rdf-validate-shacl';
import { afterAll, describe, expect, it } from 'vitest';
import { compileShapes, type ShapesDocument } from '../../src/shapes/document.ts';
import { openShapesGate, type ShapesRecord } from '../../src/shapes/gate.ts';
import { toQuads } from '../../src/terms/rdf.ts';
import { readObservation } from '../../src/terms/read.ts';
import { parseTurtle, type QuadLike } from '../../src/terms/turtle.ts';
import { Flight, flight, prefixes, violating } from './fixtures.ts';

const gate = openShapesGate({ observations: [Flight], threads: 0 });
afterAll(() => gate.close());

// Constraints on the values of a field; each is local, so that batches do share graphs.
const onField = fc.constantFrom(
  'sh:minCount 1',
  'sh:maxCount 0',
  'sh:hasValue 3',
  'sh:in ( 1 2 "ABQ" <https://example.com/flight/1> )',
  'sh:nodeKind sh:IRI',
  'sh:datatype xsd:integer',
  'sh:minInclusive 2',
  'sh:maxExclusive 3',
  'sh:pattern "^A"',
  'sh:minLength 2',
  'sh:maxLength 1',
  'sh:disjoint ops:miles',
  'sh:equals ops:origin',
  'sh:lessThan ops:miles',
  'sh:lessThanOrEquals ops:delayMinutes',
  'sh:not [ sh:minInclusive 2 ]',
  'sh:or ( [ sh:nodeKind sh:IRI ] [ sh:maxInclusive 2 ] )',
  'sh:xone ( [ sh:minInclusive 1 ] [ sh:maxInclusive 2 ] )',
  'sh:and ( [ sh:minInclusive 1 ] [ sh:maxInclusive 2 ] )',
  'sh:node [ sh:datatype xsd:string ]',
);
// These look at other nodes, so that every record needs a graph of its own.
const leaving = fc.constantFrom(
  'sh:class ops:Departure',
  'sh:property [ sh:path ops:miles ; sh:minCount 1 ]',
  'sh:qualifiedValueShape [ sh:class ops:Departure ] ; sh:qualifiedMinCount 1',
);
const field = fc.constantFrom('miles', 'delayMinutes', 'origin', 'previous');

function familyOf(constraint: fc.Arbitrary<string>): fc.Arbitrary<ShapesDocument> {
  const property = fc
    .tuple(field, constraint, fc.constantFrom('', 'sh:severity sh:Info ;'))
    .map(([path, one, severity]) => `sh:property [ ${severity} sh:path ops:${path} ; ${one} ]`);
  const node = fc.constantFrom(
    'sh:closed true ; sh:ignoredProperties ( rdf:type ops:departed ops:destination ops:miles )',
    'sh:not [ sh:property [ sh:path ops:miles ; sh:maxInclusive 2 ] ]',
    'sh:node [ sh:property [ sh:path ops:origin ; sh:pattern "B" ] ]',
  );
  const target = fc.constantFrom(
    'sh:targetClass ops:Departure',
    'sh:targetSubjectsOf ops:previous',
  );
  const shape = fc
    .tuple(target, fc.array(fc.oneof(property, property, node), { minLength: 1, maxLength: 3 }))
    // Two closed constraints would be two values of one parameter, which is refused.
    .map(([head, parts]) => `[] ${[head, ...new Set(parts)].join(' ; ')} .`);
  return fc
    .array(shape, { minLength: 1, maxLength: 3 })
    .map((shapes) => compileShapes(prefixes + shapes.join('\n')));
}

// Few subjects and few values, so that records meet in subject and in value.
const subject = fc.integer({ min: 1, max: 4 });
const record = fc
  .record({
    number: subject,
    origin: fc.constantFrom('A', 'ABQ', 'LAX'),
    delayMinutes: fc.integer({ min: 0, max: 4 }),
    miles: fc.integer({ min: 0, max: 4 }),
    previous: fc.option(subject, { nil: undefined }),
  })
  .map(({ number, previous, ...rest }): ShapesRecord => {
    const iri =
      previous === undefined ? {} : { previous: `https://example.com/flight/${previous}` };
    return flight(number, { ...rest, ...iri });
  });
const records = fc.array(record, { minLength: 1, maxLength: 12 });

async function oneByOne(document: ShapesDocument, list: readonly ShapesRecord[]) {
  const verdicts = [];
  for (const one of list) verdicts.push(...(await gate.validate(document, [one])));
  return verdicts;
}

describe('a batch', () => {
  it('gives the verdicts and results that its records get one by one', async () => {
    let shared = 0;
    let bad = 0;
    let good = 0;
    const local = familyOf(onField);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(local, local, familyOf(leaving)),
        records,
        async (document, list) => {
          const together = await gate.validate(document, list);
          expect(together).toEqual(await oneByOne(document, list));
          shared += document.local ? 1 : 0;
          bad += violating(together).length;
          good += list.length - violating(together).length;
        },
      ),
      // A fixed deal: what it happens to contain is asserted below.
      { numRuns: 250, seed: 6 },
    );
    // The property says something only if graphs were shared and both verdicts occurred.
    expect(Math.min(shared / 250, bad / 1_250, good / 1_250)).toBeGreaterThan(0.1);
  });
});

describe('the corrected engine', () => {
  // The package as it comes, with its own datasets, for the values that it decides rightly.
  async function untouched(document: ShapesDocument, list: readonly ShapesRecord[]) {
    const plain = (quads: readonly QuadLike[]): never => quads as never;
    const validator = new SHACLValidator(plain(parseTurtle(document.text, 'shapes')), {
      maxNodeChecks: 0,
    } as object);
    const { factory } = validator;
    const conforms: boolean[] = [];
    for (const { record: text } of list) {
      const read = readObservation(Flight, (JSON.parse(text) as { fields: unknown }).fields);
      if (!read.ok) throw new Error('unreadable');
      const data = factory.dataset(toQuads(Flight, read.data, factory as never) as never);
      conforms.push((await validator.validate(data)).conforms);
    }
    return conforms;
  }

  it('agrees with rdf-validate-shacl where that is right', async () => {
    const documents = fc.oneof(familyOf(onField), familyOf(leaving));
    const few = fc.array(record, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(documents, few, async (document, list) => {
        const verdicts = await gate.validate(document, list);
        const expected = await untouched(document, list);
        expect(verdicts.map(({ conforms }) => conforms)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
