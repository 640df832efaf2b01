import { expect } from 'vitest';
import { compareLiterals, compareValues, readComparable } from '../../../src/shapes/compare.ts';
import type { TermLike } from '../../../src/terms/turtle.ts';
import { xsd } from './texts.ts';

export type Literal = readonly [name: string, text: string];

export function term([name, value]: Literal): TermLike {
  return { termType: 'Literal', value, language: '', datatype: { value: xsd + name } };
}

/** The sign of the order, checked both ways round and through values that were read before. */
export function sign(left: Literal, right: Literal): number | undefined {
  const order = compareLiterals(term(left), term(right));
  const back = compareLiterals(term(right), term(left));
  expect(back === undefined ? undefined : Math.sign(0 - back)).toBe(
    order === undefined ? undefined : Math.sign(order) + 0,
  );
  const a = readComparable(xsd + left[0], left[1]);
  const b = readComparable(xsd + right[0], right[1]);
  const read = a === undefined || b === undefined ? undefined : compareValues(a, b);
  expect(read === undefined ? undefined : Math.sign(read)).toBe(
    order === undefined ? undefined : Math.sign(order),
  );
  return order === undefined ? undefined : Math.sign(order);
}
