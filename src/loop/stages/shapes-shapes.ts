/**
 * The rules for well-formed shapes (W3C SHACL, appendix A), SHACL Core, as shapes of our own: in
 * groups by what the values of a property have to be.
 */
const iriOnly = 'class equals disjoint targetClass targetSubjectsOf targetObjectsOf';
const oneIri = 'datatype severity';
const propertyIris = 'lessThan lessThanOrEquals';
const oneCount = 'minLength maxLength';
const propertyCounts = 'minCount maxCount';
const oneLiteral = 'minExclusive minInclusive maxExclusive maxInclusive';
const oneFlag = 'deactivated closed';
const shapesLists = 'and or xone';

const words = (list: string): readonly string[] => list.split(' ');
const each = (list: string, constraints: string): string =>
  words(list)
    .map((name) => `  sh:property [ sh:path sh:${name} ; ${constraints} ] ;\n`)
    .join('');

/** Who has one of these is a shape, and so is what these refer to. */
const parameters = [iriOnly, oneIri, propertyIris, oneCount, propertyCounts, oneLiteral, oneFlag]
  .concat([
    shapesLists,
    'targetNode nodeKind pattern flags languageIn uniqueLang ignoredProperties',
  ])
  .concat(['not node property qualifiedValueShape qualifiedMinCount qualifiedMaxCount'])
  .concat(['qualifiedValueShapesDisjoint hasValue in message path'])
  .flatMap(words);
const references = words('not node property qualifiedValueShape');

const targets = (kind: string, names: readonly string[]): string =>
  `sh:${kind} ${names.map((name) => `sh:${name}`).join(' , ')} ;`;

const members = (name: string): string => `( sh:${name} [ sh:zeroOrMorePath rdf:rest ] rdf:first )`;
const list = 'sh:maxCount 1 ; sh:node s:List';
const flag = 'sh:maxCount 1 ; sh:datatype xsd:boolean';
const count = 'sh:maxCount 1 ; sh:datatype xsd:integer';
const text = 'sh:or ( [ sh:datatype xsd:string ] [ sh:datatype rdf:langString ] )';

const nodeKinds = 'sh:IRI sh:BlankNode sh:Literal sh:BlankNodeOrIRI sh:BlankNodeOrLiteral';

/** What the values of each property of a shape have to be. */
const values: readonly (readonly [names: string, constraints: string])[] = [
  [iriOnly, 'sh:nodeKind sh:IRI'],
  [oneIri, 'sh:nodeKind sh:IRI ; sh:maxCount 1'],
  [propertyIris, 'sh:nodeKind sh:IRI'],
  [oneCount, count],
  [propertyCounts, count],
  ['qualifiedMinCount qualifiedMaxCount', count],
  [oneLiteral, 'sh:nodeKind sh:Literal ; sh:maxCount 1'],
  [oneFlag, flag],
  ['uniqueLang qualifiedValueShapesDisjoint', flag],
  ['targetNode', 'sh:nodeKind sh:IRIOrLiteral'],
  ['pattern flags', 'sh:datatype xsd:string ; sh:maxCount 1'],
  ['message', text],
  ['in languageIn ignoredProperties', list],
  [shapesLists, 'sh:node s:List'],
  ['not', 'sh:nodeKind sh:BlankNodeOrIRI'],
  ['qualifiedValueShape', 'sh:nodeKind sh:BlankNodeOrIRI ; sh:maxCount 1'],
  ['node', 'sh:node s:NodeShape'],
  ['property', 'sh:node s:PropertyShape'],
  ['nodeKind', `sh:maxCount 1 ; sh:in ( ${nodeKinds} sh:IRIOrLiteral )`],
  ['path', 'sh:maxCount 1 ; sh:node s:Path'],
];

const listed = (names: string, constraint: string): string =>
  words(names)
    .map((name) => `  sh:property [ sh:path ${members(name)} ; ${constraint} ] ;\n`)
    .join('');

const shape = `s:Shape a sh:NodeShape ;
  sh:targetClass sh:NodeShape , sh:PropertyShape ;
  ${targets('targetSubjectsOf', parameters)}
  ${targets('targetObjectsOf', references)}
  sh:nodeKind sh:BlankNodeOrIRI ;
${values.map(([names, constraints]) => each(names, constraints)).join('')}${[
  listed('languageIn', 'sh:datatype xsd:string'),
  listed('ignoredProperties', 'sh:nodeKind sh:IRI'),
  listed(shapesLists, 'sh:nodeKind sh:BlankNodeOrIRI'),
].join('')}  sh:or ( s:PropertyShape s:NodeShape ) .
`;

/** What only a property shape may have, which is one by its path. */
const propertyOnly = words(propertyIris)
  .concat(words(propertyCounts), words('uniqueLang qualifiedValueShape'))
  .map((name) => `  sh:property [ sh:path sh:${name} ; sh:maxCount 0 ] ;\n`)
  .join('');

const kinds = `s:PropertyShape a sh:NodeShape ; sh:targetClass sh:PropertyShape ;
  sh:nodeKind sh:BlankNodeOrIRI ;
  sh:property [ sh:path sh:path ; sh:minCount 1 ; sh:maxCount 1 ] ;
  sh:not [ sh:path rdf:type ; sh:hasValue sh:NodeShape ] .
s:NodeShape a sh:NodeShape ; sh:targetClass sh:NodeShape ;
  sh:nodeKind sh:BlankNodeOrIRI ;
${propertyOnly}  sh:property [ sh:path sh:path ; sh:maxCount 0 ] ;
  sh:not [ sh:path rdf:type ; sh:hasValue sh:PropertyShape ] .
`;

const lists = `s:List a sh:NodeShape ;
  sh:property [ sh:path [ sh:zeroOrMorePath rdf:rest ] ;
    sh:hasValue rdf:nil ; sh:node s:ListNode ] .
s:ListNode a sh:NodeShape ; sh:or ( s:EmptyList s:ListCell ) .
s:EmptyList a sh:NodeShape ; sh:in ( rdf:nil ) ;
  sh:property [ sh:path rdf:first ; sh:maxCount 0 ] , [ sh:path rdf:rest ; sh:maxCount 0 ] .
s:ListCell a sh:NodeShape ; sh:nodeKind sh:BlankNodeOrIRI ; sh:not [ sh:in ( rdf:nil ) ] ;
  sh:property [ sh:path rdf:first ; sh:minCount 1 ; sh:maxCount 1 ] ,
    [ sh:path rdf:rest ; sh:minCount 1 ; sh:maxCount 1 ] .
`;

const steps = words('inversePath zeroOrMorePath oneOrMorePath zeroOrOnePath');
const step = (name: string): string =>
  `  sh:property [ sh:path sh:${name} ; sh:maxCount 1 ; sh:node s:Path ] ;\n`;
const operators = [...steps, 'alternativePath'];
const oneOf = operators.map((name) => `[ sh:path sh:${name} ; sh:minCount 1 ]`).join(' ');

const none = (predicates: readonly string[]): string =>
  predicates.map((name) => `  sh:property [ sh:path ${name} ; sh:maxCount 0 ] ;\n`).join('');

/** Paths: one kind each; sequences and alternatives have at least two members. */
const paths = `s:Path a sh:NodeShape ; sh:or ( [ sh:nodeKind sh:IRI ] s:Sequence s:Operator ) .
s:Sequence a sh:NodeShape ; sh:nodeKind sh:BlankNode ;
${none(operators.map((name) => `sh:${name}`))}  sh:node s:Members .
s:Members a sh:NodeShape ; sh:node s:List ;
  sh:property [ sh:path ( rdf:rest rdf:rest ) ; sh:minCount 1 ] ,
    [ sh:path ( [ sh:zeroOrMorePath rdf:rest ] rdf:first ) ; sh:node s:Path ] .
s:Operator a sh:NodeShape ; sh:nodeKind sh:BlankNode ;
${none(['rdf:first', 'rdf:rest'])}${steps.map(step).join('')}
  sh:property [ sh:path sh:alternativePath ; sh:maxCount 1 ; sh:node s:Members ] ;
  sh:xone ( ${oneOf} ) .
`;

/** Shapes that well-formed SHACL Core shapes conform to, in Turtle. */
export const shapesShapes: string = `@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix s: <urn:knhk:shapes:> .
${shape}${kinds}${lists}${paths}`;
