import { describe, expect, it } from 'vitest';
import { compileShapes } from '../../../src/shapes/document.ts';
import { shapesValidator } from '../../../src/shapes/validator.ts';
import { prefixes } from '../fixtures.ts';

const data = `${prefixes} ops:x ops:p 5 , "ab"@en , "cd"@en ; ops:q 5 , 9 .`;
const ops = 'https://example.com/ops#';
const xsd = 'http://www.w3.org/2001/XMLSchema#';

const cases: readonly (readonly [constraint: string, message: string])[] = [
  ['sh:class ops:C', `Value is not an instance of <${ops}C>`],
  ['sh:datatype xsd:date', `Value is not a well-formed literal of <${xsd}date>`],
  ['sh:nodeKind sh:IRI', 'Value is not of kind <http://www.w3.org/ns/shacl#IRI>'],
  ['sh:minCount 9', 'Less than 9 values'],
  ['sh:maxCount 1', 'More than 1 values'],
  ['sh:minExclusive 5', 'Value is not greater than 5'],
  ['sh:minInclusive 6', 'Value is not greater than or equal to 6'],
  ['sh:maxExclusive 5', 'Value is not less than 5'],
  ['sh:maxInclusive 4', 'Value is not less than or equal to 4'],
  ['sh:minLength 9', 'Value has less than 9 characters'],
  ['sh:maxLength 0', 'Value has more than 0 characters'],
  ['sh:pattern "^z"', 'Value does not match pattern "^z"'],
  ['sh:languageIn ( "de" "fr" )', "Value's language is none of de, fr"],
  ['sh:uniqueLang true', 'Two values have the same language'],
  ['sh:equals ops:q', `Value is not one of both the path and <${ops}q>`],
  ['sh:disjoint ops:q', `Value is one of <${ops}q> too`],
  ['sh:lessThan ops:q', `Value is not less than value of <${ops}q>`],
  ['sh:lessThanOrEquals ops:q', `Value is not less than or equal to value of <${ops}q>`],
  ['sh:not ops:Any', `Value conforms to <${ops}Any>`],
  ['sh:node ops:None', `Value does not conform to <${ops}None>`],
  ['sh:and ( ops:Any ops:None )', `Value does not conform to all of <${ops}Any>, <${ops}None>`],
  ['sh:or ( ops:None )', `Value does not conform to any of <${ops}None>`],
  [
    'sh:xone ( ops:Any ops:Any2 )',
    `Value does not conform to exactly one of <${ops}Any>, <${ops}Any2>`,
  ],
  [
    'sh:qualifiedValueShape ops:None ; sh:qualifiedMinCount 1',
    `Less than 1 values conform to <${ops}None>`,
  ],
  [
    'sh:qualifiedValueShape ops:Any ; sh:qualifiedMaxCount 1',
    `More than 1 values conform to <${ops}Any>`,
  ],
  ['sh:hasValue 7', 'No value is 7'],
  ['sh:in ( 7 ops:y )', `Value is none of 7, <${ops}y>`],
];

const shapesOf = (constraint: string): string => `${prefixes}
  ops:Shape a sh:NodeShape ; sh:targetNode ops:x ; sh:property [ sh:path ops:p ; ${constraint} ] .
  ops:Any a sh:NodeShape ; sh:minLength 0 . ops:Any2 a sh:NodeShape ; sh:minLength 0 .
  ops:None a sh:NodeShape ; sh:minLength 99 .`;

describe('messages', () => {
  it.each(cases)('of %s', (constraint, message) => {
    const { results } = shapesValidator(compileShapes(shapesOf(constraint))).validate(data);
    expect(results.length).toBeGreaterThan(0);
    for (const { messages } of results)
      expect(messages.map(({ value }) => value)).toEqual([message]);
  });

  it('of a closed shape, whose results name the predicate that stands there', () => {
    const shapes = `${prefixes} ops:Shape a sh:NodeShape ; sh:targetNode ops:x ; sh:closed true ;
      sh:ignoredProperties ( ops:p ) .`;
    const { results } = shapesValidator(compileShapes(shapes)).validate(data);
    expect(results.map(({ path }) => path)).toEqual([
      { kind: 'predicate', iri: `${ops}q` },
      { kind: 'predicate', iri: `${ops}q` },
    ]);
    expect(results[0]?.messages[0]?.value).toBe('Predicate is not allowed (closed shape)');
  });

  it('are those of the shape where it has some, each in its language', () => {
    const constraint = 'sh:maxCount 1 ; sh:message "one"@en , "eins"@de , "1"';
    const { results } = shapesValidator(compileShapes(shapesOf(constraint))).validate(data);
    const said = results[0]?.messages.map(({ value, language }) => `${value}@${language ?? ''}`);
    expect(said).toEqual(['one@en', 'eins@de', '1@']);
  });
});
