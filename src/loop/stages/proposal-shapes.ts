import { proposalNamespace } from './proposal-quads.ts';

const text = 'sh:datatype xsd:string ; sh:minLength 1';
const one = 'sh:minCount 1 ; sh:maxCount 1';
const name = `${one} ; ${text} ; sh:maxLength 256`;
const hash = 'sh:datatype xsd:string ; sh:pattern "^[0-9a-f]{64}$"';
const flag = 'sh:maxCount 1 ; sh:datatype xsd:boolean';
const integer = 'sh:datatype xsd:integer';
const number = 'sh:or ( [ sh:datatype xsd:integer ] [ sh:datatype xsd:double ] )';
const scalar = `sh:or ( [ sh:datatype xsd:string ] [ sh:datatype xsd:boolean ]
  [ sh:datatype xsd:integer ] [ sh:datatype xsd:double ] )`;
const operators = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'between', 'in', 'matches', 'includes']
  .concat(['unique', 'datatype', 'present', 'absent', 'exceeds'])
  .map((operator) => `"${operator}"`)
  .join(' ');

/** One shape: the nodes of a type, which have these members and no others. */
function closed(type: string, members: Readonly<Record<string, string>>, more = ''): string {
  const properties = Object.entries(members).map(
    ([member, constraints]) => `[ sh:path p:${member} ; ${constraints} ]`,
  );
  return `<${proposalNamespace}shape:${type}> a sh:NodeShape ;
  sh:targetClass <${proposalNamespace}${encodeURIComponent(type)}> ;
  sh:closed true ; sh:ignoredProperties ( rdf:type ) ${more} ;
  sh:property ${properties.join(' ,\n    ')} .\n`;
}

const exactlyOne = (members: readonly string[]): string =>
  `; sh:xone ( ${members.map((member) => `[ sh:path p:${member} ; sh:minCount 1 ]`).join(' ')} )`;
const reference = `sh:maxCount 1 ; ${text}`;
const operand = { field: reference, window: reference, budget: reference, action: reference };
const part = `sh:maxCount 1 ; sh:or ( [ sh:hasValue "length" ] [ sh:class p:part ] )`;
const kind = one;

const shapes = [
  closed('Proposal', {
    parent: `${one} ; ${hash}`,
    change: `${one} ; sh:class p:change`,
    inverse: `${one} ; sh:class p:change`,
    shapesText: 'sh:maxCount 1 ; sh:datatype xsd:string',
    planner: name,
    proposer: `sh:maxCount 1 ; ${text} ; sh:maxLength 256`,
    reasoning: `${one} ; ${text} ; sh:maxLength 8192`,
    pattern: 'sh:maxCount 1 ; sh:class p:pattern',
    cost: 'sh:maxCount 1 ; sh:class p:cost',
  }),
  closed('change:parameter', { kind, name, value: `${one} ; ${scalar}` }),
  closed('change:switch', { kind, name, enabled: `sh:minCount 1 ; ${flag}` }),
  closed('change:conditions', { kind, hook: name, when: 'sh:maxCount 8 ; sh:class p:when' }),
  closed('change:add-hook', {
    kind,
    hook: `${one} ; sh:class p:hook`,
    enabled: 'sh:maxCount 1 ; sh:in ( false )',
  }),
  closed('change:remove-hook', { kind, hook: name }),
  closed('change:shapes', { kind, shapes: `${one} ; sh:or ( [ ${hash} ] [ sh:in ( p:none ) ] )` }),
  closed('hook', {
    name,
    priority: `${one} ; ${integer}`,
    on: name,
    when: 'sh:maxCount 8 ; sh:class p:when',
    code: `${one} ; ${text}`,
    act: 'sh:minCount 1 ; sh:maxCount 16 ; sh:class p:act',
    protected: `sh:minCount 1 ; ${flag}`,
  }),
  closed('act', { type: name, target: one, data: 'sh:maxCount 1 ; sh:class p:Table' }),
  closed('when', {
    op: `${one} ; sh:in ( ${operators} )`,
    left: `${one} ; sh:class p:left`,
    right: 'sh:maxCount 1 ; sh:class p:right',
  }),
  closed('left', { ...operand, part }, exactlyOne(Object.keys(operand))),
  closed(
    'right',
    { ...operand, part, param: reference, value: `sh:maxCount 1024 ; ${scalar}` },
    exactlyOne([...Object.keys(operand), 'param', 'value']),
  ),
  closed('part', { count: `${one} ; ${scalar}` }),
  closed('pattern', {
    detector: name,
    kind: name,
    subject: `${one} ; ${text} ; sh:maxLength 1024`,
    direction: 'sh:maxCount 1 ; sh:in ( "more" "less" )',
    confidence: `${one} ; ${number} ; sh:minInclusive 0 ; sh:maxInclusive 1`,
    evidence: `${one} ; sh:class p:Table ; sh:node <${proposalNamespace}shape:Numbers>`,
    seqs: `${integer} ; sh:minInclusive 0`,
    recommend: `${one} ; sh:in ( "observe" "alert" "propose" "enforce" )`,
  }),
  closed('cost', {
    before: `${one} ; ${number} ; sh:minInclusive 0`,
    after: `${one} ; ${number} ; sh:minInclusive 0`,
  }),
];

/** Classes of the kinds of change, so that what is of no known kind is no change. */
const kinds = ['parameter', 'switch', 'conditions', 'add-hook', 'remove-hook', 'shapes'].map(
  (change) => `<${proposalNamespace}change%3A${change}> rdfs:subClassOf p:change .\n`,
);

/** Shapes of a proposal as `proposalQuads` writes it: our own, in Turtle. */
export const proposalShapes: string = `@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix p: <${proposalNamespace}> .
${shapes.join('')}
<${proposalNamespace}shape:Numbers> a sh:NodeShape ;
  sh:property [ sh:path ( p:entry p:value ) ; ${number} ] .
${kinds.join('')}`;
