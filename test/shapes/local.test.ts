import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../src/shapes/document.ts';
import { flightShapes, prefixes } from './fixtures.ts';

const target = 'ops:S sh:targetClass ops:C ;';

describe('local shapes', () => {
  it.each([
    ['counts and values of predicates', flightShapes],
    ['nothing', ''],
    ['a target by subjects', 'ops:S sh:targetSubjectsOf ops:p ; sh:nodeKind sh:IRI .'],
    ['an implicit class target', 'ops:C a rdfs:Class, sh:NodeShape ; sh:closed true .'],
    [
      'a shared node shape on the focus',
      `${target} sh:node ops:T . ops:T sh:property [ sh:path ops:p ; sh:minCount 1 ] .`,
    ],
    [
      'logic on the focus',
      `${target} sh:or ( [ sh:property [ sh:path ops:p ; sh:minCount 1 ] ] [ sh:closed true ] ) .`,
    ],
    ['logic on values', `${target} sh:property [ sh:path ops:p ; sh:not [ sh:pattern "x" ] ] .`],
    [
      'comparisons on the focus',
      `${target} sh:property [ sh:path ops:p ; sh:lessThan ops:q ; sh:equals ops:r ] .`,
    ],
    ['what no target reaches', `${target} sh:closed true . ops:T sh:class ops:D .`],
  ])('are %s', (_name, turtle) => {
    expect(compileShapes(prefixes + turtle).local).toBe(true);
  });

  it.each([
    ['a target node', 'ops:S sh:targetNode ops:n ; sh:nodeKind sh:IRI .'],
    ['a target by objects', 'ops:S sh:targetObjectsOf ops:p ; sh:nodeKind sh:IRI .'],
    ['a class of a value', `${target} sh:property [ sh:path ops:p ; sh:class ops:D ] .`],
    ['a class of the focus', `${target} sh:class ops:D .`],
    [
      'a node shape of a value that reads on',
      `${target} sh:property [ sh:path ops:p ;
        sh:node [ sh:property [ sh:path ops:q ; sh:minCount 1 ] ] ] .`,
    ],
    ['a closed value', `${target} sh:property [ sh:path ops:p ; sh:node [ sh:closed true ] ] .`],
    [
      'a compared value',
      `${target} sh:property [ sh:path ops:p ; sh:node [ sh:disjoint ops:q ] ] .`,
    ],
    [
      'a property of a value',
      `${target} sh:property [ sh:path ops:p ; sh:property [ sh:path ops:q ; sh:minCount 1 ] ] .`,
    ],
    [
      'an inverse path',
      `${target} sh:property [ sh:path [ sh:inversePath ops:p ] ; sh:minCount 1 ] .`,
    ],
    ['a sequence', `${target} sh:property [ sh:path ( ops:p ops:q ) ; sh:minCount 1 ] .`],
    [
      'an alternative',
      `${target} sh:property [ sh:path [ sh:alternativePath ( ops:p ops:q ) ] ; sh:minCount 1 ] .`,
    ],
    [
      'a transitive path',
      `${target} sh:property [ sh:path [ sh:zeroOrMorePath ops:p ] ; sh:maxCount 9 ] .`,
    ],
    [
      'a qualified shape',
      `${target} sh:property [ sh:path ops:p ;
        sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMinCount 1 ] .`,
    ],
    [
      'one such shape among local ones',
      `${flightShapes} ops:T sh:targetClass ops:C ; sh:or ( [ sh:not [ sh:class ops:D ] ] ) .`,
    ],
  ])('are not %s', (_name, turtle) => {
    expect(compileShapes(prefixes + turtle).local).toBe(false);
  });
});
