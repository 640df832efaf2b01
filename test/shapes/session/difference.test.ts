import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ValidationResult } from '../../../src/shapes/report/types.ts';
import { differenceOf } from '../../../src/shapes/session/difference.ts';

const iri = (value: string) => ({ termType: 'NamedNode', value });
const text = (value: string, language = '') => ({ termType: 'Literal', value, language });
const base: ValidationResult = {
  focus: iri('urn:x'),
  path: { kind: 'predicate', iri: 'urn:p' },
  value: text('v'),
  component: 'urn:component',
  severity: 'urn:severity',
  shape: iri('urn:shape'),
  messages: [text('message')],
  detail: [],
};

describe('how two reports differ', () => {
  it.each<[string, Partial<ValidationResult>]>([
    ['focus', { focus: { termType: 'BlankNode', value: 'urn:x' } }],
    ['path', { path: { kind: 'inverse', path: { kind: 'predicate', iri: 'urn:p' } } }],
    ['no path', { path: null }],
    ['value', { value: text('v', 'en') }],
    ['no value', { value: null }],
    ['component', { component: 'urn:other' }],
    ['severity', { severity: 'urn:other' }],
    ['shape', { shape: iri('urn:other') }],
    ['messages', { messages: [text('message', 'en')] }],
    ['detail', { detail: [base] }],
  ])('%s', (_, change) => {
    const other = { ...base, ...change };
    expect(differenceOf([base], [other])).toEqual({ added: [other], removed: [base] });
    expect(differenceOf([other], [{ ...other }])).toEqual({ added: [], removed: [] });
    const above = (detail: ValidationResult) => ({ ...base, detail: [detail] });
    expect(differenceOf([above(base)], [above(other)]).added).toEqual([above(other)]);
  });

  it('does not heed the order of details', () => {
    const other = { ...base, component: 'urn:other' };
    const [left, right] = [
      [base, other],
      [other, base],
    ].map((detail) => ({ ...base, detail }));
    expect(differenceOf([left!], [right!])).toEqual({ added: [], removed: [] });
  });

  it('counts results that are repeated', () => {
    const results = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
    fc.assert(
      fc.property(results, results, (before, after) => {
        const of = (names: readonly string[]) =>
          names.map((shape) => ({ ...base, shape: iri(shape) }));
        const { added, removed } = differenceOf(of(before), of(after));
        for (const name of ['a', 'b', 'c']) {
          const count = (names: readonly string[]) => names.filter((one) => one === name).length;
          const [left, right] = [count(before), count(after)];
          const counted = [added, removed].map((all) => count(all.map(({ shape }) => shape.value)));
          expect(counted).toEqual([Math.max(0, right - left), Math.max(0, left - right)]);
        }
      }),
    );
  });
});
