import { expect, test } from 'vitest';
import { compilePattern } from '../../src/terms/pattern.ts';

test('a pattern matches or is refused', () => {
  expect(compilePattern('^FRA[0-9]+$').test('FRA12')).toBe(true);
  expect(compilePattern('^FRA[0-9]+$').test('MUC12')).toBe(false);
  expect(() => compilePattern('(')).toThrow('KNHK_TERMS_PATTERN');
});
