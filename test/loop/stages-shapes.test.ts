import { vocabularies } from '@zazuko/vocabularies';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { shapesFault } from '../../src/loop/stages/form-shapes.ts';
import { proposalShapes } from '../../src/loop/stages/proposal-shapes.ts';
import { shapesShapes } from '../../src/loop/stages/shapes-shapes.ts';
import { compileShapes, type ShapesValidator, shapesValidator } from '../../src/shapes/index.ts';
import { termText } from '../../src/shapes/nquads.ts';
import { parseTurtle, type QuadLike } from '../../src/terms/turtle.ts';
import { shapesDocuments } from '../shapes/arbitrary.ts';
import { caseOf, nameOf, present, suiteFiles } from '../shapes/w3c-suite.ts';
import { runs } from '../support/effort.ts';

const textOf = (quads: Iterable<QuadLike>): string =>
  [...quads]
    .map((quad) => `${[quad.subject, quad.predicate, quad.object].map(termText).join(' ')} .\n`)
    .join('');

/** SHACL-SHACL, as the W3C publishes it. */
let theirs: ShapesValidator;
beforeAll(async () => {
  const { shsh } = (await vocabularies({ only: ['shsh'] })) as unknown as {
    shsh: Iterable<QuadLike>;
  };
  theirs = shapesValidator(compileShapes(textOf(shsh)));
});

/** Where ours is stricter, and why: SHACL says so, and its own shapes do not look. */
const stricter = [
  // A literal where a shape belongs.
  /^the shapes: (and|or|xone) rest first breaks NodeKindConstraintComponent$/,
  /^the shapes: a node breaks NodeKindConstraintComponent$/,
  /^the shapes: (node|not) breaks (NodeKind|Node)ConstraintComponent$/,
  // Both kinds of shape at once: by its type the one, by its path the other.
  /^the shapes: a node breaks (Or|Not)ConstraintComponent$/,
  // Who has nothing but a message is a shape that says something, too.
  /^the shapes: message breaks OrConstraintComponent$/,
  // What a path leads to is a path too, however far down.
  /^the shapes: path breaks NodeConstraintComponent$/,
];

function compare(text: string): void {
  const found = shapesFault({ text });
  const isFaulty = !theirs.conforms(text);
  if (found === undefined || isFaulty) {
    expect(found !== undefined, text).toBe(isFaulty);
    return;
  }
  expect(
    stricter.some((reason) => reason.test(found.message)),
    found.message,
  ).toBe(true);
}

describe.skipIf(!present)('the shapes of the W3C test suite', () => {
  // Its path reads as a sequence and as an inverse: engines choose, SHACL-SHACL does not mind.
  const ambiguous = 'path/path-strange-001.ttl';
  const urls = [...suiteFiles('core'), ...suiteFiles('sparql')];
  const files = urls.filter((url) => nameOf(url) !== ambiguous);
  it.each(files.map((url) => [nameOf(url), url] as const))('%s: as SHACL-SHACL', (_name, url) => {
    const text = textOf(parseTurtle(caseOf(url).shapesAlone, 'suite', url));
    expect(shapesFault({ text }) === undefined).toBe(theirs.conforms(text));
  });
  it('name one path that can be read in two ways, which is refused here', () => {
    const url = urls.find((one) => nameOf(one) === ambiguous) ?? '';
    const text = textOf(parseTurtle(caseOf(url).shapesAlone, 'suite', url));
    expect(shapesFault({ text })?.message).toBe('the shapes: path breaks NodeConstraintComponent');
    expect(theirs.conforms(text)).toBe(true);
  });
});

describe('the shapes of shapes', () => {
  it('accept themselves and those of proposals', () => {
    for (const turtle of [shapesShapes, proposalShapes]) {
      const { text } = compileShapes(turtle);
      expect(shapesFault({ text })).toBeUndefined();
      expect(theirs.conforms(text)).toBe(true);
    }
  });

  it('agree with SHACL-SHACL on documents with damaged triples', () => {
    const xsd = 'http://www.w3.org/2001/XMLSchema#';
    const objects = fc.constantFrom(
      ...['"x"', `"1"^^<${xsd}integer>`, `"true"^^<${xsd}boolean>`, '"p"@en', '<urn:x>'],
      ...['_:b0', '_:b1', '<http://www.w3.org/ns/shacl#NodeShape>'],
      '<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>',
    );
    const damage = fc.array(fc.tuple(fc.nat(999), objects, fc.boolean()), { maxLength: 3 });
    const documents = shapesDocuments({ recursion: true, anyInverse: true });
    fc.assert(
      fc.property(documents, damage, (turtle, damages) => {
        const lines = compileShapes(turtle).text.trimEnd().split('\n');
        for (const [at, object, isAdded] of damages) {
          const place = at % lines.length;
          const line = (lines[place] as string).replace(/^(\S+ \S+) .*$/, `$1 ${object} .`);
          if (isAdded) lines.push(line);
          else lines[place] = line;
        }
        compare(`${lines.join('\n')}\n`);
      }),
      { numRuns: runs(300) },
    );
  });

  it.each([
    ['a property shape at sh:node', 'sh:node :P', 'node breaks NodeConstraintComponent'],
    ['a node shape at sh:property', 'sh:property :N', 'property breaks NodeConstraintComponent'],
    ['a count that is a text', 'sh:property [ sh:path :p ; sh:minCount "1" ]', 'minCount breaks'],
    ['two values of one parameter', 'sh:nodeKind sh:IRI , sh:Literal', 'nodeKind breaks MaxCount'],
    ['two patterns', 'sh:pattern "a" , "b"', 'pattern breaks MaxCount'],
    ['a count at a node shape', 'sh:maxCount 1', 'a node breaks'],
    ['a list without an end', 'sh:in [ rdf:first 1 ]', 'in breaks NodeConstraintComponent'],
    ['a list in a circle', 'sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l', 'in breaks Node'],
    ['a path of one alternative', 'sh:property [ sh:path [ sh:alternativePath ( :p ) ] ]', 'path'],
    [
      'a path of two kinds',
      'sh:property [ sh:path [ sh:inversePath :p ; sh:zeroOrOnePath :p ] ]',
      '',
    ],
  ])('refuse %s', (_what, constraint, message) => {
    const text = textOf(
      parseTurtle(
        `@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:example:> .
        @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
        :N a sh:NodeShape . :P sh:path :p .
        :S a sh:NodeShape ; sh:targetClass :C ; ${constraint} .`,
        'shapes',
      ),
    );
    const fault = shapesFault({ text });
    expect(fault?.message).toContain(message);
    expect(fault?.results).toBeGreaterThan(0);
    expect(theirs.conforms(text)).toBe(false);
  });
});
