import { describe, expect, test } from 'vitest';
import { KnhkError } from '../../src/base/errors.ts';
import { compileShapes } from '../../src/shapes/document.ts';
import { prefixes } from './fixtures.ts';

function refusal(turtle: string): KnhkError {
  try {
    compileShapes(prefixes + turtle);
  } catch (error) {
    if (error instanceof KnhkError) return error;
    throw error;
  }
  throw new Error(`accepted: ${turtle}`);
}

const shape = (rest: string): string => `ops:S a sh:NodeShape ; sh:targetClass ops:C ; ${rest} .`;

describe('what would be taken for something else, or for nothing', () => {
  test.each([
    ['a shape that is a text', shape('sh:node "ops:Other"'), 'a shape', 'sh:node'],
    [
      'ignored properties of an open shape',
      shape('sh:ignoredProperties ( rdf:type )'),
      'sh:closed with it',
      'sh:ignoredProperties',
    ],
    ['a pattern that is an IRI', shape('sh:pattern ops:x'), 'a string', 'sh:pattern'],
    ['a pattern that is a number', shape('sh:pattern 7'), 'a string', 'sh:pattern'],
    ['a message that is an IRI', shape('sh:message ops:x'), 'a string', 'sh:message'],
    ['a value without a name', shape('sh:hasValue []'), 'an IRI or a literal', 'sh:hasValue'],
    ['a member without a name', shape('sh:in ( 1 [] )'), 'an IRI or a literal', 'sh:in'],
  ])('%s is refused', (_, turtle, expected, about) => {
    const { code, details } = refusal(turtle);
    expect([code, details.expected]).toEqual(['KNHK_SHAPES_UNSUPPORTED', expected]);
    expect(details.where).toContain(about);
  });

  test('a path that contains itself has no end', () => {
    const cyclic = `${shape('sh:property [ sh:path _:p ]')} _:p sh:zeroOrMorePath _:p .`;
    expect(refusal(cyclic).details).toMatchObject({ expected: 'at most 16 levels', got: 'more' });
    const nested = (levels: number): string => {
      const path = `${'[ sh:zeroOrMorePath '.repeat(levels)} ops:p ${']'.repeat(levels)}`;
      return shape(`sh:property [ sh:path ${path} ]`);
    };
    expect(compileShapes(prefixes + nested(17)).triples).toBe(21);
    expect(refusal(nested(18)).details).toMatchObject({ expected: 'at most 16 levels' });
  });
});
