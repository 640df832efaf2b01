import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compileShapes } from '../../src/shapes/document.ts';
import { openShapesGate, type ShapesRecord } from '../../src/shapes/gate.ts';
import { iri, list, string } from '../../src/terms/fields.ts';
import { defineObservation, type Observation } from '../../src/terms/observation.ts';
import { readObservation } from '../../src/terms/read.ts';
import { prefixes } from './fixtures.ts';

const Bag = defineObservation('bag.seen', {
  class: 'https://example.com/ops#Bag',
  subject: 'bag',
  fields: { bag: iri(), tags: list(string()) },
}) as unknown as Observation;

const gate = openShapesGate({ observations: [Bag], threads: 0 });
afterAll(() => gate.close());

function bag(number: number, tags: readonly string[]): ShapesRecord {
  const subject = `urn:bag:${number}`;
  const read = readObservation(Bag, { bag: subject, tags });
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return { observation: Bag.hash, record: read.record, subject };
}

const onTags = (shape: string): string => `${prefixes}
  ops:BagShape a sh:NodeShape ; sh:targetClass ops:Bag ; sh:property [ ${shape} ] .`;
const items = '( ops:tags [ sh:zeroOrMorePath rdf:rest ] rdf:first )';

describe('lists in the RDF that shapes see', () => {
  it('have their items at the end of a path, each one once', async () => {
    const shapes = compileShapes(onTags(`sh:path ${items} ; sh:pattern "^a" ; sh:maxCount 2`));
    const word = fc.constantFrom('a', 'ab', 'b', 'ac');
    const some = fc.array(fc.array(word, { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    const seen = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(some, async (lists) => {
        const verdicts = await gate.validate(
          shapes,
          lists.map((tags, index) => bag(index, tags)),
        );
        // A path's values are a set of terms: what is repeated counts once.
        const expected = lists.map((tags) => !tags.includes('b') && new Set(tags).size <= 2);
        expect(verdicts.map(({ conforms }) => conforms)).toEqual(expected);
        for (const verdict of expected) seen.add(verdict);
      }),
      { numRuns: 60 },
    );
    expect(seen.size).toBe(2);
  });

  it('have one head, which a report names alike in a batch and alone', async () => {
    const shapes = compileShapes(onTags('sh:path ops:tags ; sh:maxCount 1 ; sh:nodeKind sh:IRI'));
    const bags = [bag(1, ['x']), bag(2, []), bag(3, ['x', 'x']), bag(1, ['y'])];
    const together = await gate.validate(shapes, bags);
    const alone = [];
    for (const one of bags) alone.push(...(await gate.validate(shapes, [one])));
    expect(together).toEqual(alone);
    // The empty list is rdf:nil, an IRI.
    expect(together.map(({ conforms }) => conforms)).toEqual([false, true, false, false]);
  });
});
