import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import { prefixes } from '../fixtures.ts';

const shapes = `${prefixes} ops:Shape a sh:NodeShape ; sh:targetNode ops:x ;
  sh:property [ sh:path ops:p ; sh:uniqueLang true ] .`;

describe('sh:uniqueLang', () => {
  // Few values are compared with each other, many are counted.
  it.each([1, 2, 3, 12, 30, 200])('has one result for a language of %i values', (count) => {
    const values = Array.from({ length: count }, (_, at) => `"a${at}"@en-GB`);
    const others = Array.from({ length: 5 }, (_, at) => `"b"@l${'abcde'[at]} , "${at}"`);
    const all = [...values, ...others, '"c"@de', '"d"@DE'].join(' , ');
    const text = `${prefixes} ops:x ops:p ${all} .`;
    const { results } = shapesValidator(compileShapes(shapes)).validate(text);
    expect(results).toHaveLength(count > 1 ? 2 : 1);
  });
});
