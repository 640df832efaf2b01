import { describe, expect, test } from 'vitest';
import { integer, iri, number } from '../../src/terms/fields.ts';
import type { Observation } from '../../src/terms/observation.ts';
import { fromQuads } from '../../src/terms/rdf.ts';
import { parseTurtle } from '../../src/terms/turtle.ts';
import { Order } from '../support/ops.ts';

describe('RDF', () => {
  const typed = (value: string, datatype: string) => ({
    termType: 'Literal',
    value,
    datatype: { value: `http://www.w3.org/2001/XMLSchema#${datatype}` },
  });
  const node = (value: string) => ({ termType: 'NamedNode', value });
  const rdfType = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
  const Thing = {
    ...(Order as unknown as Observation),
    predicates: { order: 'urn:order', amount: 'urn:n', weight: 'urn:w', customer: 'urn:b' },
    fields: {
      order: iri(),
      amount: integer(),
      weight: number(),
      customer: { kind: 'boolean', optional: false },
    },
  } as unknown as Observation;
  const quad = (predicate: string, object: object) => ({
    subject: node('urn:s'),
    predicate: node(predicate),
    object,
    graph: { termType: 'DefaultGraph', value: '' },
  });
  const read = (predicate: string, object: object): Record<string, unknown> =>
    fromQuads(Thing, [quad(rdfType, node(Thing.class)), quad(predicate, object)] as never);

  test.each<[string, unknown]>([
    ['5', 5],
    ['+5', 5],
    ['-12', -12],
    ['-0', 0],
    ['5x', '5x'],
    ['x5', 'x5'],
    ['', ''],
    ['5.0', '5.0'],
  ])('integer %j', (text, value) => {
    expect(read('urn:n', typed(text, 'integer'))['amount']).toBe(value);
  });

  test.each<[string, unknown]>([
    ['12', 12],
    ['12.', 12],
    ['12.25', 12.25],
    ['.25', 0.25],
    ['+1e3', 1_000],
    ['-1E-2', -0.01],
    ['1e+10', 1e10],
    ['.', '.'],
    ['e5', 'e5'],
    ['.x', '.x'],
    ['1e', '1e'],
    ['1 ', '1 '],
    [' 1', ' 1'],
    ['INF', 'INF'],
    ['NaN', 'NaN'],
    ['0x10', '0x10'],
  ])('double %j', (text, value) => {
    expect(read('urn:w', typed(text, 'double'))['weight']).toBe(value);
  });

  test.each<[string, unknown]>([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    ['yes', 'yes'],
    ['', ''],
  ])('boolean %j', (text, value) => {
    expect(read('urn:b', typed(text, 'boolean'))['customer']).toBe(value);
  });

  test('the datatype alone makes no literal', () => {
    expect(() => read('urn:n', { ...typed('5', 'integer'), termType: 'Variable' })).toThrow(
      /KNHK_TERMS_RDF/,
    );
    expect(() => read('urn:n', { termType: 'Literal', value: '5' })).toThrow(/got Literal/);
  });

  test('another predicate with the class for its object does not type', () => {
    const quads = [quad('urn:n', node(Thing.class))];
    expect(() => fromQuads(Thing, quads as never)).toThrow(/a literal of/);
  });

  test('Turtle resolves against the base that is given', () => {
    const subject = (baseIri?: string) =>
      parseTurtle('<a> <urn:b> "c" .', 'a.ttl', baseIri)[0]?.subject.value;
    expect(subject('https://example.com/x/')).toBe('https://example.com/x/a');
  });
});
