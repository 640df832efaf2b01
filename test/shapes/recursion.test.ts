import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../src/shapes/document.ts';
import { modelOf } from '../../src/shapes/models.ts';
import { components, cycles } from '../../src/shapes/recursion.ts';
import { referenceEngine } from '../../src/shapes/reference.ts';
import { prefixes } from './fixtures.ts';

/** What {@link cycles} must find, by the closure of the relation (Warshall). */
function naive(size: number, edges: readonly (readonly [number, number])[]) {
  const reach = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  for (const [from, to] of edges) (reach[from] as boolean[])[to] = true;
  for (let via = 0; via < size; via++) {
    for (let from = 0; from < size; from++) {
      for (let to = 0; to < size; to++) {
        const row = reach[from] as boolean[];
        row[to] ||= row[via] === true && (reach[via] as boolean[])[to] === true;
      }
    }
  }
  const reaches = (from: number, to: number): boolean => reach[from]?.[to] === true;
  const together = (from: number, to: number): boolean =>
    from === to || (reaches(from, to) && reaches(to, from));
  const level = (place: number): number =>
    edges.reduce((deepest, [from, to]) => {
      if (!together(from, place) || together(to, place)) return deepest;
      return Math.max(deepest, level(to) + 1);
    }, 0);
  return { onCycle: (place: number) => reaches(place, place), together, level };
}

const graphs = fc.integer({ min: 1, max: 8 }).chain((size) => {
  const place = fc.integer({ min: 0, max: size - 1 });
  return fc.record({
    size: fc.constant(size),
    edges: fc.array(fc.tuple(place, place), { maxLength: 14 }),
  });
});

describe('cycles of a graph', () => {
  it('are found as the closure finds them, with the levels between them', () => {
    fc.assert(
      fc.property(graphs, ({ size, edges }) => {
        const next = (place: number): number[] =>
          edges.filter(([from]) => from === place).map(([, to]) => to);
        const { component, levels } = cycles(size, next);
        const expected = naive(size, edges);
        for (let place = 0; place < size; place++) {
          expect(component[place] !== -1).toBe(expected.onCycle(place));
          expect(levels[place]).toBe(expected.level(place));
          for (let other = 0; other < size; other++) {
            const same = component[place] !== -1 && component[place] === component[other];
            expect(same).toBe(expected.onCycle(place) && expected.together(place, other));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are found in a chain that no call stack would hold', () => {
    const size = 200_000;
    const { component, levels } = cycles(size, (place) => (place < size - 1 ? [place + 1] : []));
    expect(component.every((number) => number === -1)).toBe(true);
    expect(levels[0]).toBe(size - 1);
  });
});

const code = 'KNHK_SHAPES_UNSUPPORTED';

describe('shapes that refer to themselves', () => {
  it.each([
    ['by property and node', 'ops:S sh:property [ sh:path ops:p ; sh:node ops:S ] .'],
    ['by and', 'ops:S sh:and ( ops:T ) . ops:T sh:and ( ops:S ) .'],
    ['by or', 'ops:S sh:or ( ops:T [ sh:nodeKind sh:IRI ] ) . ops:T sh:node ops:S .'],
    [
      'by a qualified minimum',
      `ops:S sh:property [ sh:path ops:p ; sh:qualifiedMinCount 1 ;
        sh:qualifiedValueShape ops:S ] .`,
    ],
    [
      'beside a negative reference that leads out of the cycle',
      'ops:S sh:node ops:S ; sh:not ops:T . ops:T sh:nodeKind sh:Literal .',
    ],
    [
      'through a shape that is switched off',
      'ops:S sh:not ops:T . ops:T sh:deactivated true ; sh:node ops:S .',
    ],
  ])('are accepted %s, and are not local', (_name, turtle) => {
    const document = compileShapes(`${prefixes} ops:S sh:targetClass ops:C . ${turtle}`);
    expect(document.local).toBe(false);
    expect(() => referenceEngine().compile(document.text)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  const sibling = `ops:S sh:property ops:P, ops:Q .
    ops:P sh:path ops:p ; sh:qualifiedValueShape ops:A ; sh:qualifiedMinCount 1 ;
      sh:qualifiedValueShapesDisjoint true .
    ops:Q sh:path ops:q ; sh:qualifiedValueShape ops:B ; sh:qualifiedMinCount 1 .
    ops:A sh:nodeKind sh:IRI .`;

  it.each([
    ['sh:not', 'ops:S sh:not ops:S .'],
    ['sh:not further away', 'ops:S sh:node ops:T . ops:T sh:not ops:U . ops:U sh:node ops:S .'],
    ['sh:xone', 'ops:S sh:xone ( ops:S ) .'],
    [
      'sh:qualifiedMaxCount',
      `ops:S sh:property [ sh:path ops:p ; sh:qualifiedMaxCount 1 ;
        sh:qualifiedValueShape ops:S ] .`,
    ],
    ['a disjoint sibling', `${sibling} ops:B sh:node ops:S .`],
  ])('are refused through %s, with the shapes of the cycle and a line', (_name, turtle) => {
    const text = prefixes + turtle;
    expect(() => compileShapes(text)).toThrow(
      expect.objectContaining({
        code,
        details: expect.objectContaining({
          expected: expect.stringContaining('no cycle through sh:not'),
          got: expect.stringContaining('<https://example.com/ops#S>'),
          where: expect.stringMatching(/^shape (<.*>|_:b\d+), recursion, shapes, line \d+$/),
        }),
      }),
    );
  });

  it('has a sibling that is harmless where it does not come back', () => {
    const document = compileShapes(`${prefixes} ${sibling} ops:B sh:nodeKind sh:IRI .`);
    expect([...components(modelOf(document))].every((number) => number === -1)).toBe(true);
  });

  it('names at most eight shapes of a large cycle', () => {
    let turtle = 'ops:S0 sh:not ops:S9 .';
    for (let index = 1; index < 10; index++) turtle += ` ops:S${index} sh:node ops:S${index - 1} .`;
    expect(() => compileShapes(prefixes + turtle)).toThrow('and 2 more');
  });

  it('numbers the cycles of a document apart', () => {
    const document = compileShapes(`${prefixes} ops:S sh:node ops:T . ops:T sh:node ops:S .
      ops:U sh:node ops:U . ops:V sh:node ops:U .`);
    const { shapes } = modelOf(document);
    const numbers = components(modelOf(document));
    const numberOf = (name: string): number | undefined => {
      const shape = shapes.find(({ term }) => term.value.endsWith(`#${name}`));
      return numbers[shape?.index ?? -1];
    };
    expect(numberOf('S')).toBe(numberOf('T'));
    expect(numberOf('U')).not.toBe(numberOf('S'));
    expect([numberOf('S'), numberOf('U')]).not.toContain(-1);
    expect(numberOf('V')).toBe(-1);
  });
});

it('accepts classes that are below each other', () => {
  const turtle = 'ops:A rdfs:subClassOf ops:B . ops:B rdfs:subClassOf ops:A .';
  const { text, triples } = compileShapes(prefixes + turtle);
  expect(triples).toBe(2);
  expect(() => referenceEngine().compile(text)).toThrow(expect.objectContaining({ code }));
});
