import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileShapes } from '../../src/shapes/document.ts';
import { modelOf } from '../../src/shapes/models.ts';
import { shapesDocuments } from './arbitrary.ts';

const plain = (model: ReturnType<typeof modelOf>): unknown => JSON.parse(JSON.stringify(model));

it('the model that compiling keeps is the one that the canonical text gives', () => {
  fc.assert(
    fc.property(shapesDocuments({ recursion: true, anyInverse: true }), (turtle) => {
      const document = compileShapes(turtle);
      const { text } = document;
      expect(plain(modelOf(document))).toEqual(plain(modelOf({ text })));
      expect(modelOf(document)).toBe(modelOf(document));
    }),
    { numRuns: 60 },
  );
});
