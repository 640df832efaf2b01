import { describe, expect, test } from 'vitest';
import { compileShapes } from '../../src/shapes/document.ts';
import { fromQuads } from '../../src/terms/rdf.ts';
import { parseTurtle } from '../../src/terms/turtle.ts';
import { codeOf } from '../support/errors.ts';
import { Visit } from '../support/ops.ts';

const prefixes = `
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  @prefix ex: <https://example.com/test#> .
`;
const shape = (name: string, count: number): string => `
  ex:VisitShape a sh:NodeShape ; sh:targetClass ex:Visit ; sh:property _:${name} .
  _:${name} sh:path ex:seconds ; sh:minCount ${count} .
`;

/** Every blank node points to every other: nothing tells them apart but their order. */
const clique = (size: number): string => {
  const names = Array.from({ length: size }, (_, at) => `_:n${at}`);
  return names
    .flatMap((from) => names.map((to) => (from === to ? '' : `${from} ex:knows ${to} .`)))
    .join('\n');
};

describe('blank nodes', () => {
  test('have no names of their own in the hash of shapes', () => {
    const { hash } = compileShapes(`${prefixes}${shape('a', 1)}`);
    expect(compileShapes(`${prefixes}${shape('zz', 1)}`).hash).toBe(hash);
    expect(compileShapes(`${prefixes}${shape('a', 2)}`).hash).not.toBe(hash);
  });

  // Canonicalising such graphs takes time that doubles with each node; naming by first appearance
  // looks at each triple once, so that what would poison the one is nothing to the other.
  test('that a canonical labelling would be lost in are named in order', () => {
    const poison = `${prefixes}${shape('a', 1)}${clique(60)}`;
    const { hash } = compileShapes(poison);
    expect(compileShapes(poison.replaceAll('_:n', '_:other')).hash).toBe(hash);
  });

  test('are no part of an observation', async () => {
    const quads = parseTurtle(`${prefixes} _:page a ex:Visit ; ex:seconds 3 .`, 'blank');
    expect(await codeOf(() => fromQuads(Visit as never, quads))).toBe('KNHK_TERMS_RDF');
  });
});
