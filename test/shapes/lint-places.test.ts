import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import { type CompileShapesOptions, compileShapes } from '../../src/shapes/document.ts';
import { indexShapes } from '../../src/shapes/graph.ts';
import { lintShapes } from '../../src/shapes/lint.ts';
import { nearest } from '../../src/shapes/nearest.ts';
import { readTriples } from '../../src/shapes/nquads.ts';
import { readModel } from '../../src/shapes/read-model.ts';
import { checkRecursion } from '../../src/shapes/recursion.ts';
import { parameters } from '../../src/shapes/vocabulary.ts';
import { flightShapes } from './fixtures.ts';

function detailsOf(turtle: string, options?: CompileShapesOptions): KnhkError['details'] {
  try {
    compileShapes([{ name: 'ops.ttl', turtle }], options);
  } catch (error) {
    if (error instanceof KnhkError) return error.details;
    throw error;
  }
  throw new Error(`accepted: ${turtle}`);
}

const head = `@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix ops: <urn:ops:> .
ops:S a sh:NodeShape ;
`;

describe('the place of what is wrong', () => {
  // The shape begins in line 4, so the first line after it is 5.
  it.each([
    ['a misspelt term', '  sh:property [ sh:path ops:p ;\n\n    sh:minCont 1 ] .', 7],
    ['a misspelt type', '  a\n sh:NodeShap .', 6],
    ['the second of two values', '  sh:severity sh:Info ;\n  sh:severity sh:Warning .', 6],
    ['two paths', '  sh:property [ sh:path ops:p ;\n sh:path ops:q ] .', 6],
    ['a wrong value', '  sh:nodeKind sh:IRI ;\n  sh:class "C" .', 6],
    ['a wrong value after a long text', '  sh:message """a\nb\nc""" ; sh:class "C" .', 7],
    ['a wrong member', '  sh:nodeKind sh:IRI ;\n  sh:in ( 1\n  [] ) .', 6],
    ['an ill-formed list', '  sh:in _:l .\n_:l rdf:first 1 .', 6],
    ['a value instead of a list', '  sh:class ops:C ;\n  sh:or "a" .', 6],
    ['a pattern', '  sh:class ops:C ;\n\n  sh:pattern "(" .', 7],
    ['a flag', '  sh:pattern "a" ;\n  sh:flags "g" .', 6],
    ['a parameter that stands alone', '  sh:class ops:C ;\n  sh:flags "i" .', 6],
    ['a count on a node shape', '  sh:class ops:C ;\n  sh:minCount 1 .', 6],
    ['an undefined shape', '  sh:or (\n ops:Missing ) .', 5],
    ['a path', '  sh:property [ sh:path\n [ ] ] .', 5],
    ['a nested path', '  sh:property [ sh:path (\n ops:p\n [ sh:inversePath "x" ] ) ] .', 7],
    ['a node shape with a path', '  sh:class ops:C .\nops:T sh:path ops:p ;\na sh:NodeShape .', 7],
  ])('is file and line for %s', (_name, rest, line) => {
    expect(detailsOf(head + rest).where).toMatch(new RegExp(`, ops\\.ttl, line ${line}$`));
  });

  it('is the first of a triple that is written twice', () => {
    const twice = '  sh:class "C" .\nops:S sh:class "C" .';
    expect(detailsOf(head + twice).where).toContain('line 5');
  });

  it('is looked for only once something is wrong, since that is a walk through all triples', () => {
    const turtle = `${flightShapes} ops:Q sh:select "SELECT $this { $this $PATH 1 }" .
      ops:P a sh:PropertyShape ; sh:path ( ops:p [ sh:inversePath ops:q ] ) ; sh:sparql ops:Q ;
        sh:or ( [ sh:class ops:C ] [ sh:in ( 1 2 ) ] ) ; sh:pattern "a" ; sh:flags "i" .
      ops:Comp a sh:ConstraintComponent ; sh:parameter [ sh:path ops:size ] ;
        sh:validator [ sh:ask "ASK { FILTER ($value > $size) }" ] .
      ops:R a sh:NodeShape ; ops:size 1 ; sh:node ops:R .`;
    const find = (): never => {
      throw new Error('looked for a place');
    };
    const graph = { ...indexShapes(readTriples([{ name: 'ops.ttl', turtle }]).triples), find };
    lintShapes(graph, { sparql: 'allow' });
    checkRecursion(readModel(graph), graph);
    expect(compileShapes(turtle, { sparql: 'allow' }).sparql).toBe(true);
  });

  it('is exact in N-Triples', () => {
    const lines = [
      '<urn:S> <http://www.w3.org/ns/shacl#targetClass> <urn:C> .',
      '# a comment',
      '<urn:S> <http://www.w3.org/ns/shacl#closed> "yes" .',
    ];
    expect(detailsOf(lines.join('\r\n'))).toEqual({
      where: 'shape <urn:S>, sh:closed, ops.ttl, line 3',
      expected: 'true or false',
      got: '"yes"',
    });
  });

  it('is that of the line, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('', '# x', 'ops:a ops:b 1 .', 'ops:a ops:b """\n""" .')),
        (filler) => {
          const before = `${head.trimEnd()} sh:class ops:C .\n${filler.join('\n')}\n`;
          const line = before.split('\n').length + 1;
          expect(detailsOf(`${before}ops:T\n  sh:minCont 1 .`).where).toContain(`line ${line}`);
        },
      ),
    );
  });
});

describe('the shape that is named', () => {
  it.each([
    ['sh:sparql [ sh:select "SELECT $this {}" ] .'],
    ['sh:property [ sh:path ops:p ;\n sh:or ( [ sh:js [] ] [ sh:class ops:C ] ) ] .'],
  ])('is the named one around what is not supported: %s', (rest) => {
    expect(detailsOf(`${head} ${rest}`).where).toMatch(
      /^shape <urn:ops:S>, vocabulary, .* line \d$/,
    );
  });

  it('is a blank node where nothing is around it', () => {
    expect(detailsOf(`${head} sh:class ops:C . _:a sh:rule _:a .`).where).toMatch(/^shape _:b0, /);
  });
});

describe('the name that was meant', () => {
  it.each([
    ['sh:minCont', 'sh:minCount'],
    ['sh:mincount', 'sh:minCount'],
    ['sh:minCuont', 'sh:minCount'],
    ['sh:nto', 'sh:not'],
    ['sh:targetclass', 'sh:targetClass'],
    ['sh:properties', 'sh:property'],
    ['sh:dataType', 'sh:datatype'],
  ])('%s is %s', (written, meant) => {
    expect(detailsOf(`${head} ${written} 1 .`)).toMatchObject({
      expected: `a name of SHACL Core, such as ${meant}`,
      got: written,
    });
  });

  it('is nobody knows which where nothing is near', () => {
    expect(detailsOf(`${head} sh:frobnicate 1 .`).expected).toBe('a name of SHACL Core');
    expect(nearest('x'.repeat(65), ['x'.repeat(64)])).toBeUndefined();
  });

  it('is found again after one slip of the pen', () => {
    const names = [...parameters.keys()].filter((name) => name.length >= 4);
    const slip = fc.record({
      name: fc.constantFrom(...names),
      at: fc.nat(),
      letter: fc.constantFrom('', 'q', 'x'),
    });
    fc.assert(
      fc.property(slip, ({ name, at, letter }) => {
        const place = at % name.length;
        const written = name.slice(0, place) + letter + name.slice(place + 1);
        // Another name may be as near ("in" to "min"), but then it is one step away as well.
        const found = nearest(written, names) as string;
        expect(nearest(written, [name])).toBe(name);
        expect(Math.abs(found.length - written.length)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('what constrains nothing', () => {
  const allow: CompileShapesOptions = { inert: 'allow' };
  it.each([
    ['a qualified count without its shape', 'sh:qualifiedMinCount 5 .'],
    ['the boolean 1', 'sh:deactivated "1"^^<http://www.w3.org/2001/XMLSchema#boolean> .'],
    ['flags alone', 'sh:flags "i" .'],
    ['ignored properties of an open shape', 'sh:ignoredProperties ( ops:p ) .'],
    ['an unknown name at data', 'sh:class ops:C . ops:x a ops:C ; sh:nodeShape ops:S .'],
    ['a report', 'sh:class ops:C . [] a sh:ValidationReport ; sh:conforms true .'],
  ])('%s is refused, and accepted where the host allows it', (_name, rest) => {
    expect(detailsOf(`${head} ${rest}`).where).toContain('ops.ttl, line');
    expect(compileShapes(`${head} ${rest}`, allow).triples).toBeGreaterThan(1);
  });

  it.each([
    ['an unknown name at a shape', 'sh:frobnicate 1 .'],
    ['an unknown name at a member of a shape', 'sh:or ( ops:T ) . ops:T sh:frobnicate 1 .'],
    ['a name of reports at a shape', 'sh:value 1 .'],
    ['a slip of the pen anywhere', 'sh:class ops:C . ops:x sh:targetClas ops:C .'],
    ['a misspelt type', 'sh:class ops:C . ops:x a sh:NodeShap .'],
    ['a count of values on a node shape', 'sh:minCount 1 .'],
    [
      'a qualified shape on a node shape',
      'sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:class ops:C ] .',
    ],
  ])('%s stays refused', (_name, rest) => {
    expect(detailsOf(`${head} ${rest}`, allow).where).toContain('ops.ttl, line');
  });

  it('0 is false everywhere', () => {
    const zero = '"0"^^<http://www.w3.org/2001/XMLSchema#boolean>';
    expect(compileShapes(`${head} sh:closed ${zero} .`).triples).toBe(2);
  });
});
