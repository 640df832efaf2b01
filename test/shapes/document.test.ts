import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../../src/base/canonical.ts';
import { KnhkError } from '../../src/base/errors.ts';
import { compileShapes, documentFromText, loadShapes } from '../../src/shapes/document.ts';
import { flightShapes, prefixes } from './fixtures.ts';

function refusal(turtle: string): KnhkError {
  try {
    compileShapes(prefixes + turtle);
  } catch (error) {
    if (error instanceof KnhkError) return error;
    throw error;
  }
  throw new Error(`accepted: ${turtle}`);
}

describe('the canonical text and its hash', () => {
  it('is fixed for a given document', () => {
    const { text, hash, triples } = compileShapes(`${prefixes}
      ops:S sh:targetClass ops:C ;
        sh:property [ sh:path ops:p ; sh:pattern "a\\t\\"b\\\\\\\\" ] .`);
    expect(text).toBe(
      '<https://example.com/ops#S> <http://www.w3.org/ns/shacl#targetClass> ' +
        '<https://example.com/ops#C> .\n' +
        '_:b0 <http://www.w3.org/ns/shacl#path> <https://example.com/ops#p> .\n' +
        '_:b0 <http://www.w3.org/ns/shacl#pattern> "a\\t\\"b\\\\\\\\" .\n' +
        '<https://example.com/ops#S> <http://www.w3.org/ns/shacl#property> _:b0 .\n',
    );
    expect(triples).toBe(4);
    expect(hash).toBe(hashOf('shapes', text));
    expect(hash).toBe('3c695862d2475942b8e5ce8d3af1497fecc87a56af528f2009d02f2890d85757');
  });

  it('does not depend on the labels of blank nodes', () => {
    const labelled = (label: string): string => `${prefixes}
      ops:S sh:targetClass ops:C ; sh:property _:${label} . _:${label} sh:path ops:p .`;
    const hashes = ['x', 'b0', 'n3-0', 'b7'].map((label) => compileShapes(labelled(label)).hash);
    expect(new Set(hashes).size).toBe(1);
  });

  it('does not depend on the order in which files are given, but on their names', () => {
    const a = { name: 'a.ttl', turtle: `${prefixes} ops:A sh:targetClass ops:C .` };
    const b = { name: 'b.ttl', turtle: `${prefixes} ops:B sh:property [ sh:path ops:p ] .` };
    const { hash } = compileShapes([a, b]);
    expect(compileShapes([b, a]).hash).toBe(hash);
    const renamed = compileShapes([{ ...a, name: 'z.ttl' }, b]);
    expect(renamed.hash).not.toBe(hash);
    expect(() => compileShapes([a, { ...b, name: 'a.ttl' }])).toThrow('two of it');
  });

  it('keeps blank nodes of two files apart', () => {
    const file = (name: string): string =>
      `${prefixes} ops:${name} sh:property _:x . _:x sh:path ops:${name} .`;
    const document = compileShapes([
      { name: '1', turtle: file('a') },
      { name: '2', turtle: file('b') },
    ]);
    expect(document.text).toContain('_:b1 <http://www.w3.org/ns/shacl#path>');
  });

  it('is read back from its text with the same hash', () => {
    for (const turtle of [
      flightShapes,
      '',
      `${prefixes} ops:S sh:in ( "\\u0001é😀"@en-US 1.50 ) .`,
    ]) {
      const document = compileShapes(turtle);
      expect(documentFromText(document.text)).toEqual(document);
    }
  });

  it('refuses a stored text that is not canonical', () => {
    const { text } = compileShapes(flightShapes);
    expect(() => documentFromText(text.replaceAll('_:b0', '_:c'))).toThrow('another spelling');
    expect(() => documentFromText(`${text}\n`)).toThrow('another spelling');
  });

  it('counts a triple once', () => {
    const twice = `${prefixes} ops:S sh:targetClass ops:C . ops:S sh:targetClass ops:C .`;
    expect(compileShapes(twice).triples).toBe(1);
  });

  it('loads the Turtle files of a directory in the order of their names', () => {
    const directory = mkdtempSync(join(tmpdir(), 'knhk-shapes-'));
    try {
      for (const name of ['b.ttl', 'a.ttl', 'notes.md']) writeFileSync(join(directory, name), name);
      expect(loadShapes(directory)).toEqual([
        { name: 'a.ttl', turtle: 'a.ttl' },
        { name: 'b.ttl', turtle: 'b.ttl' },
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('syntax', () => {
  it.each([
    ['a syntax error', 'ops:S sh:path .', 'Expected entity'],
    ['a relative IRI', '<S> sh:path ops:p .', 'expected absolute IRIs'],
    ['a named graph', 'ops:g { ops:S sh:path ops:p }', 'named graphs'],
    ['a lone surrogate', 'ops:S sh:message "\ud800" .', 'Unicode'],
    ['a triple term', '<< ops:a ops:b ops:c >> ops:d ops:e .', 'RDF 1.1'],
    ['a base direction', 'ops:S sh:message "a"@en--ltr .', 'direction'],
  ])('refuses %s', (_name, turtle, message) => {
    const error = refusal(turtle);
    expect(error.code).toBe('KNHK_SHAPES_SYNTAX');
    expect(error.message).toContain(message);
  });

  it('says file and line', () => {
    const broken = [{ name: 'ops.ttl', turtle: `${prefixes}\n\nops:S sh:path` }];
    expect(() => compileShapes(broken)).toThrow(/ops\.ttl, line 9/);
  });

  it('refuses more than 100,000 triples', () => {
    let turtle = prefixes;
    for (let index = 0; index <= 100_000; index++) turtle += `ops:a ops:b ${index} .\n`;
    const code = 'KNHK_LIMIT_SHAPES';
    expect(() => compileShapes(turtle)).toThrow(expect.objectContaining({ code }));
  });
});

describe('what would be ignored or misread', () => {
  it.each([
    ['SPARQL constraints', 'ops:S sh:sparql [ sh:select "..." ] .', 'without SPARQL'],
    ['SPARQL targets', 'ops:S sh:target [ a sh:SPARQLTarget ] .', 'computed targets'],
    ['constraint components', 'ops:C a sh:ConstraintComponent .', 'without SPARQL'],
    ['scripts', 'ops:S sh:js [] .', 'without scripts'],
    ['entailment', 'ops:S sh:entailment ops:E .', 'entailment'],
    ['imports', 'ops:S <http://www.w3.org/2002/07/owl#imports> ops:T .', 'all files'],
    ['a misspelt parameter', 'ops:S sh:path ops:p ; sh:minCont 1 .', 'such as sh:minCount, got'],
    ['a name of Object', 'ops:S sh:constructor 1 .', 'sh:constructor'],
    ['a misspelt class', 'ops:S a sh:NodeShap .', 'such as sh:NodeShape, got sh:NodeShap'],
    ['a misspelt name in a list', 'ops:S sh:in ( sh:Violaton ) .', 'such as sh:Violation'],
    ['a word of reports', 'ops:S sh:value 5 .', 'a name of SHACL Core, got sh:value'],
    ['a class of reports', 'ops:S a sh:ValidationResult .', 'a name of SHACL Core'],
    ['a SPARQL class', 'ops:S a sh:SPARQLConstraint .', 'without SPARQL'],
    [
      'a subclass of components',
      'ops:S rdfs:subClassOf sh:ConstraintComponent .',
      'without SPARQL',
    ],
    ['a class of rules', 'ops:S a sh:TripleRule .', 'rules'],
    ['an unknown subject', 'sh:minCont rdfs:label "x" .', 'such as sh:minCount'],
    ['two paths', 'ops:S sh:path ops:p, ops:q .', 'expected one value'],
    ['a count that is no integer', 'ops:S sh:path ops:p ; sh:minCount "1" .', 'integer'],
    ['a negative count', 'ops:S sh:path ops:p ; sh:maxCount -1 .', 'integer'],
    ['a count on a node shape', 'ops:S sh:minCount 1 .', 'property shape'],
    ['"1" as truth', 'ops:S sh:closed "1"^^xsd:boolean .', 'true or false'],
    ['a closing string', 'ops:S sh:closed "true" .', 'true or false'],
    ['a datatype that is text', 'ops:S sh:datatype "integer" .', 'an IRI'],
    ['an unknown node kind', 'ops:S sh:nodeKind ops:IRI .', 'sh:IRI'],
    ['a bound that does not compare', 'ops:S sh:minInclusive "x"^^xsd:integer .', 'a number'],
    ['an invalid pattern', 'ops:S sh:pattern "(" .', 'regular expression'],
    ['a pattern only valid without u', 'ops:S sh:pattern "\\\\_" .', 'regular expression'],
    ['the flag g', 'ops:S sh:pattern "a" ; sh:flags "g" .', 's, m, i, x and q'],
    ['flags alone', 'ops:S sh:flags "i" .', 'sh:pattern with it'],
    ['a list without end', 'ops:S sh:in _:l . _:l rdf:first 1 .', 'well-formed RDF list'],
    ['a looping list', 'ops:S sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l .', 'a loop'],
    ['a forked list', 'ops:S sh:or _:l . _:l rdf:first ops:A, ops:B ; rdf:rest () .', 'RDF list'],
    ['a value instead of a list', 'ops:S sh:in "a" .', 'well-formed RDF list'],
    ['an undefined shape', 'ops:S sh:node ops:Missing .', 'defined in these files'],
    ['an undefined member', 'ops:S sh:or ( ops:Missing ) .', 'defined in these files'],
    ['a property without path', 'ops:S sh:property [ sh:minLength 1 ] .', 'sh:path'],
    ['a PropertyShape without path', 'ops:S a sh:PropertyShape .', 'one sh:path'],
    ['a NodeShape with path', 'ops:S a sh:NodeShape ; sh:path ops:p .', 'no sh:path'],
    ['an empty path', 'ops:S sh:path [] .', 'exactly one path'],
    ['a sequence of one', 'ops:S sh:path ( ops:p ) .', 'two members'],
    ['a literal path', 'ops:S sh:path "p" .', 'a property path'],
    ['an inverse of nothing', 'ops:S sh:path [ sh:inversePath [] ] .', 'exactly one path'],
    [
      'a qualified shape alone',
      'ops:S sh:path ops:p ; sh:qualifiedValueShape [ a sh:NodeShape ] .',
      'Count',
    ],
    ['a qualified count alone', 'ops:S sh:path ops:p ; sh:qualifiedMinCount 1 .', 'no shape'],
    ['two qualified shapes', 'ops:S sh:path ops:p ; sh:qualifiedValueShape ops:T, ops:U .', 'one'],
  ])('refuses %s', (_name, turtle, message) => {
    const error = refusal(turtle);
    expect(error.code).toBe('KNHK_SHAPES_UNSUPPORTED');
    expect(error.message).toContain(message);
    expect(error.details.where).toMatch(/^shape (<|_:)/);
  });

  it('refuses very deep nesting', () => {
    let turtle = 'ops:S0 a sh:NodeShape .';
    for (let index = 1; index < 40; index++) turtle += ` ops:S${index} sh:node ops:S${index - 1} .`;
    expect(refusal(turtle).message).toContain('at most 32 levels');
  });

  it('accepts the whole of SHACL Core', () => {
    const document = compileShapes(`${prefixes}
      ops:S a sh:NodeShape ; sh:targetClass ops:C ; sh:targetNode ops:n ; sh:severity sh:Warning ;
        sh:targetSubjectsOf ops:p ; sh:targetObjectsOf ops:p ; sh:message "no"@en, "non"@fr ;
        sh:deactivated false ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
        sh:nodeKind sh:IRI ; sh:class ops:C ; sh:node ops:T ; sh:not ops:T ; sh:and ( ops:T ) ;
        sh:or ( ops:T ops:T ) ; sh:xone ( ops:T ) ; sh:hasValue ops:n ; sh:in ( ops:n 1 ) ;
        sh:equals ops:p ; sh:disjoint ops:q ; sh:property ops:P .
      ops:T sh:minLength 1 ; sh:maxLength 9 ; sh:pattern "^a", "b$" ; sh:flags "i" .
      ops:P a sh:PropertyShape ; sh:path ops:p ; sh:minCount 0 ; sh:maxCount 9 ; sh:name "p" ;
        sh:datatype xsd:string ; sh:languageIn ( "en" ) ; sh:uniqueLang true ; sh:order 1 ;
        sh:lessThan ops:q ; sh:lessThanOrEquals ops:q ; sh:minInclusive 1 ; sh:maxInclusive 2.5 ;
        sh:minExclusive 1e0 ; sh:maxExclusive "2026-01-01T00:00:00Z"^^xsd:dateTime ;
        sh:qualifiedValueShape ops:T ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 2 ;
        sh:qualifiedValueShapesDisjoint true ; sh:description "d" ;
        sh:group [ a sh:PropertyGroup ] .
      [] sh:path ( ops:p [ sh:alternativePath ( ops:q [ sh:inversePath ops:r ] ) ]
        [ sh:zeroOrMorePath ops:s ] [ sh:inversePath ( ops:p [ sh:inversePath ops:q ] ) ]
        [ sh:oneOrMorePath ops:s ] [ sh:zeroOrOnePath ops:s ] ) .`);
    expect(document.local).toBe(false);
  });
});
