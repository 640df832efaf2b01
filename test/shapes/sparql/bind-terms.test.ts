import fc from 'fast-check';
import oxigraph from 'oxigraph';
import { describe, expect, it } from 'vitest';
import { bindTerms } from '../../../src/shapes/sparql/bind-terms.ts';
import type { TermLike } from '../../../src/terms/turtle.ts';

const focus: TermLike = { termType: 'NamedNode', value: 'urn:a' };
const number: TermLike = {
  termType: 'Literal',
  value: '5',
  datatype: { value: 'http://www.w3.org/2001/XMLSchema#integer' },
};
const bindings = { this: focus, n: number };
const five = '"5"^^<http://www.w3.org/2001/XMLSchema#integer>';

describe('terms in place of variables', () => {
  it.each([
    ['SELECT $this { }', 'SELECT (<urn:a> AS ?this) { }'],
    [
      'SELECT DISTINCT ?this ?x { ?this ?x $n }',
      `SELECT DISTINCT (<urn:a> AS ?this) ?x { <urn:a> ?x ${five} }`,
    ],
    ['SELECT (STR($this) AS ?s) { }', 'SELECT (STR(<urn:a>) AS ?s) { }'],
    ['ASK { FILTER bound($this) }', 'ASK { FILTER (true) }'],
    ['ASK { FILTER (!BOUND ( ?this )) }', 'ASK { FILTER (!(true)) }'],
    ['ASK { FILTER (bound(?other)) }', 'ASK { FILTER (bound(?other)) }'],
    [
      'SELECT $this { { SELECT $this ?x { $this ?p ?x } } }',
      'SELECT (<urn:a> AS ?this) { { SELECT (<urn:a> AS ?this__0) ?x { <urn:a> ?p ?x } } }',
    ],
    [
      'SELECT $this { } GROUP BY $this ?x HAVING ($n > 1) ORDER BY $n DESC($n) LIMIT 3',
      `SELECT (<urn:a> AS ?this) { } GROUP BY (<urn:a>) ?x HAVING (${five} > 1) ` +
        `ORDER BY (${five}) DESC(${five}) LIMIT 3`,
    ],
    ['SELECT ?thisone { ?x ?y "$this" } # $this', 'SELECT ?thisone { ?x ?y "$this" } # $this'],
    ['SELECT ?constructor { }', 'SELECT ?constructor { }'],
  ])('%s', (query, expected) => {
    expect(bindTerms(query, bindings)).toBe(expected);
  });

  const code = 'KNHK_SHAPES_SPARQL';
  it.each<[string, TermLike]>([
    ['a blank node', { termType: 'BlankNode', value: 'b0' }],
    ['an IRI that would end early', { termType: 'NamedNode', value: 'urn:a> <urn:b' }],
    ['a language that is none', { termType: 'Literal', value: 'a', language: 'en" ' }],
    ['a datatype that is none', { termType: 'Literal', value: 'a', datatype: { value: 'x y' } }],
  ])('refuses %s', (_name, term) => {
    const bind = (): unknown => bindTerms('ASK { $x ?p 1 }', { x: term });
    expect(bind).toThrow(expect.objectContaining({ code }));
  });

  it('leaves no backslash before a u, because some engines read \\u first of all', () => {
    const value = '\\u0022\\U00000022\\\\u';
    const query = bindTerms('ASK { ?x ?p $t }', { t: { termType: 'Literal', value } });
    const text = String.raw`"\\\u00750022\\\u005500000022\\\\\u0075"`;
    expect(query).toBe(`ASK { ?x ?p ${text} }`);
  });

  it('takes another notation for terms', () => {
    const blank = { termType: 'BlankNode', value: 'b0' };
    expect(bindTerms('ASK { ?x ?p 1 }', { x: blank }, () => '<urn:b0>')).toBe(
      'ASK { <urn:b0> ?p 1 }',
    );
  });

  it('carries every text through an engine unchanged, and none out of its quotes', () => {
    const store = new oxigraph.Store();
    const pieces = ['\\', 'u', 'U', '0022', '00000022', '"', "'", '\n', '\r', '\t', '\u0001', '😀'];
    const text = fc.array(fc.constantFrom(...pieces)).map((all) => all.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom('', 'en-us'), (value, language) => {
        const term =
          language === ''
            ? { termType: 'Literal', value }
            : { termType: 'Literal', value, language };
        const query = bindTerms('SELECT ?copy { BIND ($term AS ?copy) }', { term });
        const [solution] = store.query(query) as Map<string, TermLike>[];
        expect(solution?.get('copy')).toMatchObject(term);
      }),
      { numRuns: 400 },
    );
  });
});
