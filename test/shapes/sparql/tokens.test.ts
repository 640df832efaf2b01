import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queryFault } from '../../../src/shapes/sparql/restrictions.ts';
import { tokensOf } from '../../../src/shapes/sparql/tokens.ts';

describe('tokens of SPARQL', () => {
  it.each([
    ['texts', `"MINUS" 'a\\'?x' """ "" ?x """ '''?x''''`, 'string string string string open'],
    ['IRIs and operators', '<urn:MINUS> ?a<?b', 'iri variable sign variable'],
    ['comments', '?a # MINUS { ?b\n?c', 'variable variable'],
    ['a hash in an IRI', '<urn:a#MINUS> ?b', 'iri variable'],
    ['prefixed names', 'ex:MINUS ex:a.b. :x ex: _:b', 'name name sign name name name'],
    ['an escaped name', 'ex:a\\-b ex:%20', 'name name'],
    ['languages and datatypes', '"a"@en "1"^^ex:i', 'string sign word string sign sign name'],
    ['variables of both marks', '?x $x ?\u00e9', 'variable variable variable'],
    ['a path', 'ex:p?/^ex:q*', 'name sign sign sign name sign'],
  ])('%s', (_name, query, kinds) => {
    expect(
      tokensOf(query)
        .map(({ kind }) => kind)
        .join(' '),
    ).toBe(kinds);
  });

  it('stand in order, each where it says, whatever the text', () => {
    const parts = ['?x', '"', "'", '"""', '<', '>', 'urn:a', ' ', '\n', '#', '{', '\\', 'é', '😀'];
    const text = fc.array(fc.constantFrom(...parts)).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (query) => {
        let end = 0;
        for (const { text: piece, from, to } of tokensOf(query)) {
          expect(from).toBeGreaterThanOrEqual(end);
          expect(to).toBeGreaterThan(from);
          expect(query.slice(from, to)).toBe(piece);
          expect(query.slice(end, from)).toMatch(/^(?:\s|#.*)*$/u);
          end = to;
        }
      }),
      { numRuns: 500 },
    );
  });
});

const bound = new Set(['this', 'lang']);
const use = { form: 'SELECT', bound, handed: bound } as const;

describe('queries that may not be asked', () => {
  it.each([
    ['SELECT $this { MINUS { $this ?p 1 } }', 'MINUS'],
    ['SELECT $this { minus{ $this ?p 1 } }', 'minus'],
    ['SELECT $this { SERVICE <urn:x> { } }', 'SERVICE'],
    ['SELECT $this { } VALUES ?x { 1 }', 'VALUES'],
    ['SELECT $this FROM <urn:x> { }', 'FROM'],
    ['SELECT (1 AS $this) { }', 'AS ?this'],
    ['SELECT $this { BIND (1 AS ?lang) }', 'AS ?lang'],
    ['SELECT $this { { SELECT ?x { } } }', 'SELECT ?x'],
    ['SELECT $this { { SELECT * { } } }', 'SELECT *'],
    ['SELECT $this { { SELECT $this { } } }', 'SELECT ?this'],
    ['SELECT $this { { SELECT (STR($lang) AS ?x) $this { } } }', 'SELECT ?x ?this'],
    ['SELECT $this { FILTER EXISTS { { SELECT ?x WHERE { } } } }', 'SELECT ?x'],
    ['ASK { }', 'ASK'],
    ['PREFIX a: <urn:a> BASE <urn:b> DELETE { }', 'DELETE'],
    ['', 'nothing'],
    ['SELECT $this { ', '"{" without its pair'],
    ['SELECT $this { ( } )', '"}" without its pair'],
    ['SELECT $this } {', '"}" without its pair'],
    ['SELECT $this { ?x ?y "abc }', '"abc }'],
  ])('%s', (query, got) => {
    const fault = queryFault(query, use);
    expect(fault?.got.toUpperCase()).toBe(got.toUpperCase());
  });

  it.each([
    'SELECT $this { $this ex:minus "MINUS" } # VALUES',
    'SELECT $this ?as { BIND ($lang AS ?x) }',
    'PREFIX VALUES: <urn:x> SELECT $this { $this VALUES:a <urn:SERVICE> }',
    'SELECT $this { { SELECT ?lang (STR($this) AS ?x) ?this WHERE { } } }',
    'BASE <urn:a> select distinct $this where { $this ?minus ?service }',
  ])('%s may', (query) => {
    expect(queryFault(query, use)).toBeUndefined();
  });
});
