/** Shapes, data and what an engine must find in it. */
export interface ShapesCase {
  /** What W3C SHACL says, in words. */
  readonly name: string;
  /** Turtle; the prefixes of {@link shapesPrefixes} are put before it. */
  readonly shapes: string;
  /** Turtle without blank nodes and languages, as records give it. */
  readonly data: string;
  /**
   * Results as `focus path value component`: names in `ex:` without their prefix, literals with
   * the name of their datatype, `-` for nothing, `[]` for a path that is no predicate.
   */
  readonly results: readonly string[];
}

/** The prefixes that all cases use. */
export const shapesPrefixes = `
@prefix ex: <https://example.com/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
`;

/** One property shape on all instances of ex:T. */
const onP = (constraints: string): string =>
  `ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; ${constraints} ] .`;

/** Instances of ex:T, each with values of ex:p. */
const valuesOfP = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, objects]) => `ex:${name} a ex:T${objects === '' ? '' : ` ; ex:p ${objects}`} .`)
    .join('\n');

const counts: readonly ShapesCase[] = [
  {
    name: 'sh:minCount counts the values of the path',
    shapes: onP('sh:minCount 2'),
    data: valuesOfP({ a: '1, 2', b: '1', c: '' }),
    results: ['b p - MinCount', 'c p - MinCount'],
  },
  {
    name: 'sh:maxCount counts them too',
    shapes: onP('sh:maxCount 1'),
    data: valuesOfP({ a: '', b: '1', c: '1, "1"' }),
    results: ['c p - MaxCount'],
  },
  {
    name: 'sh:qualifiedMinCount and sh:qualifiedMaxCount count values that conform',
    shapes: onP(
      `sh:qualifiedValueShape [ sh:minInclusive 5 ] ;
        sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 2`,
    ),
    data: valuesOfP({ a: '1, 5', b: '1, 2', c: '5, 6, 7' }),
    results: ['b p - QualifiedMinCount', 'c p - QualifiedMaxCount'],
  },
];

const types: readonly ShapesCase[] = [
  {
    name: 'sh:datatype compares the datatype and refuses ill-formed values',
    shapes: onP('sh:datatype xsd:integer'),
    data: valuesOfP({ a: '1', b: '"1"', c: '"x"^^xsd:integer', d: 'ex:a', e: '1.0' }),
    results: [
      'b p "1" Datatype',
      'c p "x"^^integer Datatype',
      'd p a Datatype',
      'e p "1.0"^^decimal Datatype',
    ],
  },
  {
    name: 'sh:nodeKind tells IRIs from literals',
    shapes: onP('sh:nodeKind sh:IRI'),
    data: valuesOfP({ a: 'ex:a', b: '"a"' }),
    results: ['b p "a" NodeKind'],
  },
  {
    name: 'sh:class looks at types and their superclasses',
    shapes: `${onP('sh:class ex:K')} ex:L rdfs:subClassOf ex:K .`,
    data: `${valuesOfP({ a: 'ex:k', b: 'ex:l', c: 'ex:m', d: '"k"' })}
      ex:k a ex:K . ex:l a ex:L . ex:m a ex:M .`,
    results: ['c p m Class', 'd p "k" Class'],
  },
];

const ranges: readonly ShapesCase[] = [
  {
    name: 'exclusive bounds leave the bound out',
    shapes: onP('sh:minExclusive 1 ; sh:maxExclusive 3'),
    data: valuesOfP({ a: '2', b: '1', c: '3', d: '1.5, 2.5e0' }),
    results: ['b p "1"^^integer MinExclusive', 'c p "3"^^integer MaxExclusive'],
  },
  {
    name: 'inclusive bounds take the bound in',
    shapes: onP('sh:minInclusive 1 ; sh:maxInclusive 3'),
    data: valuesOfP({ a: '1, 2, 3', b: '0', c: '3.1' }),
    results: ['b p "0"^^integer MinInclusive', 'c p "3.1"^^decimal MaxInclusive'],
  },
  {
    name: 'what cannot be compared with a bound violates it',
    shapes: onP('sh:minInclusive 1'),
    data: valuesOfP({ a: '1', b: '"2"', c: 'ex:a' }),
    results: ['b p "2" MinInclusive', 'c p a MinInclusive'],
  },
  {
    name: 'integers beyond 2^53 are compared exactly',
    shapes: onP('sh:maxInclusive 9007199254740992'),
    data: valuesOfP({ a: '9007199254740992', b: '9007199254740993' }),
    results: ['b p "9007199254740993"^^integer MaxInclusive'],
  },
  {
    name: 'instants are compared across time zones',
    shapes: onP('sh:minInclusive "2026-01-01T12:00:00Z"^^xsd:dateTime'),
    data: valuesOfP({
      a: '"2026-01-01T12:00:00.000Z"^^xsd:dateTime',
      b: '"2026-01-01T11:59:59Z"^^xsd:dateTime',
      c: '"2026-01-01T13:00:00+01:00"^^xsd:dateTime',
    }),
    results: ['b p "2026-01-01T11:59:59Z"^^dateTime MinInclusive'],
  },
];

const texts: readonly ShapesCase[] = [
  {
    name: 'lengths count characters, not code units',
    shapes: onP('sh:minLength 2 ; sh:maxLength 2'),
    data: valuesOfP({ a: '"ab"', b: '"a"', c: '"abc"', d: '"\u{1F600}\u{1F600}"' }),
    results: ['b p "a" MinLength', 'c p "abc" MaxLength'],
  },
  {
    name: 'sh:pattern is found anywhere, with its flags',
    shapes: onP('sh:pattern "b+" ; sh:flags "i"'),
    data: valuesOfP({ a: '"abc"', b: '"aBBc"', c: '"ac"' }),
    results: ['c p "ac" Pattern'],
  },
  {
    name: 'sh:in compares terms, not numbers',
    shapes: onP('sh:in ( 1 "two" ex:three )'),
    data: valuesOfP({ a: '1, "two", ex:three', b: '1.0', c: '"1"', d: '"three"' }),
    results: ['b p "1.0"^^decimal In', 'c p "1" In', 'd p "three" In'],
  },
  {
    name: 'sh:hasValue wants one of the values',
    shapes: onP('sh:hasValue "x"'),
    data: valuesOfP({ a: '"x", "y"', b: '"y"', c: '' }),
    results: ['b p - HasValue', 'c p - HasValue'],
  },
];

const pairs: readonly ShapesCase[] = [
  {
    name: 'sh:equals compares the sets of two properties',
    shapes: onP('sh:equals ex:q'),
    data: `${valuesOfP({ a: '1, 2', b: '1' })} ex:a ex:q 2, 1 . ex:b ex:q 3 .`,
    results: ['b p "1"^^integer Equals', 'b p "3"^^integer Equals'],
  },
  {
    name: 'sh:disjoint wants nothing in common',
    shapes: onP('sh:disjoint ex:q'),
    data: `${valuesOfP({ a: '1', b: '1, 2' })} ex:a ex:q 3 . ex:b ex:q 2 .`,
    results: ['b p "2"^^integer Disjoint'],
  },
  {
    name: 'sh:lessThan and sh:lessThanOrEquals differ where values are equal',
    shapes: onP('sh:lessThan ex:q ; sh:lessThanOrEquals ex:q'),
    data: `${valuesOfP({ a: '1', b: '2', c: '3' })}
      ex:a ex:q 2 . ex:b ex:q 2 . ex:c ex:q 2 .`,
    results: [
      'b p "2"^^integer LessThan',
      'c p "3"^^integer LessThan',
      'c p "3"^^integer LessThanOrEquals',
    ],
  },
];

const logic: readonly ShapesCase[] = [
  {
    name: 'sh:not refuses what conforms',
    shapes: onP('sh:not [ sh:minInclusive 5 ]'),
    data: valuesOfP({ a: '4', b: '5' }),
    results: ['b p "5"^^integer Not'],
  },
  {
    name: 'sh:and wants all of its shapes',
    shapes: onP('sh:and ( [ sh:minInclusive 2 ] [ sh:maxInclusive 3 ] )'),
    data: valuesOfP({ a: '2, 3', b: '1', c: '4' }),
    results: ['b p "1"^^integer And', 'c p "4"^^integer And'],
  },
  {
    name: 'sh:or wants one of its shapes',
    shapes: onP('sh:or ( [ sh:minInclusive 5 ] [ sh:datatype xsd:string ] )'),
    data: valuesOfP({ a: '5, "x"', b: '4' }),
    results: ['b p "4"^^integer Or'],
  },
  {
    name: 'sh:xone wants exactly one of its shapes',
    shapes: onP('sh:xone ( [ sh:minInclusive 3 ] [ sh:maxInclusive 3 ] )'),
    data: valuesOfP({ a: '2, 4', b: '3' }),
    results: ['b p "3"^^integer Xone'],
  },
  {
    name: 'sh:node wants each value to conform to a shape',
    shapes: `${onP('sh:node ex:N')}
      ex:N a sh:NodeShape ; sh:property [ sh:path ex:q ; sh:minCount 1 ] .`,
    data: `${valuesOfP({ a: 'ex:x', b: 'ex:y' })} ex:x ex:q 1 .`,
    results: ['b p y Node'],
  },
  {
    name: 'sh:property looks into the values',
    shapes: onP('sh:property [ sh:path ex:q ; sh:maxInclusive 1 ]'),
    data: `${valuesOfP({ a: 'ex:x', b: 'ex:y' })} ex:x ex:q 1 . ex:y ex:q 2 .`,
    results: ['y q "2"^^integer MaxInclusive'],
  },
  {
    name: 'sh:closed allows what it names and nothing else',
    shapes: `ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:closed true ;
      sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;
      sh:property [ sh:path ex:p ] .`,
    data: `${valuesOfP({ a: '1', b: '2' })} ex:b ex:q 3 .`,
    results: ['b q "3"^^integer Closed'],
  },
];

const pathsAndTargets: readonly ShapesCase[] = [
  {
    name: 'a sequence path goes from value to value',
    shapes: `ex:S a sh:NodeShape ; sh:targetClass ex:T ;
      sh:property [ sh:path ( ex:p ex:q ) ; sh:maxInclusive 1 ] .`,
    data: `${valuesOfP({ a: 'ex:x', b: 'ex:y' })} ex:x ex:q 1 . ex:y ex:q 2 .`,
    results: ['b [] "2"^^integer MaxInclusive'],
  },
  {
    name: 'an inverse path goes backwards',
    shapes: `ex:S a sh:NodeShape ; sh:targetClass ex:T ;
      sh:property [ sh:path [ sh:inversePath ex:q ] ; sh:minCount 1 ] .`,
    data: `${valuesOfP({ a: '', b: '' })} ex:x ex:q ex:a .`,
    results: ['b [] - MinCount'],
  },
  {
    name: 'an alternative path takes the values of both',
    shapes: `ex:S a sh:NodeShape ; sh:targetClass ex:T ;
      sh:property [ sh:path [ sh:alternativePath ( ex:p ex:q ) ] ; sh:maxCount 1 ] .`,
    data: `${valuesOfP({ a: '1', b: '1' })} ex:b ex:q 2 .`,
    results: ['b [] - MaxCount'],
  },
  {
    name: 'a repeated path comes to an end on a circle',
    shapes: `ex:S a sh:NodeShape ; sh:targetClass ex:T ;
      sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:nodeKind sh:IRI ] .`,
    data: `${valuesOfP({ a: 'ex:b' })} ex:b ex:p ex:a, "end" .`,
    results: ['a [] "end" NodeKind'],
  },
  {
    name: 'targets are nodes, subjects, objects and instances',
    shapes: `ex:N a sh:NodeShape ; sh:targetNode ex:n ; sh:in ( ex:none ) .
      ex:Q a sh:NodeShape ; sh:targetSubjectsOf ex:q ; sh:in ( ex:none ) .
      ex:R a sh:NodeShape ; sh:targetObjectsOf ex:r ; sh:in ( ex:none ) .
      ex:T a sh:NodeShape, rdfs:Class ; sh:in ( ex:none ) .
      ex:U rdfs:subClassOf ex:T .`,
    data: `ex:a ex:q 1 . ex:b ex:r ex:c . ex:d a ex:T . ex:e a ex:U . ex:f a ex:V .`,
    results: ['n - n In', 'a - a In', 'c - c In', 'd - d In', 'e - e In'],
  },
  {
    name: 'a shape without target and a deactivated one find nothing',
    shapes: `ex:N a sh:NodeShape ; sh:in ( ex:none ) .
      ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:deactivated true ; sh:in ( ex:none ) .`,
    data: valuesOfP({ a: '1' }),
    results: [],
  },
  {
    name: 'an empty graph conforms',
    shapes: onP('sh:minCount 1'),
    data: '',
    results: [],
  },
];

/** SHACL Core in small, one idea a case (W3C SHACL, sections 2 to 4). */
export const shapesCases: readonly ShapesCase[] = [
  ...counts,
  ...types,
  ...ranges,
  ...texts,
  ...pairs,
  ...logic,
  ...pathsAndTargets,
];
