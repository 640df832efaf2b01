/** Namespace of SHACL (W3C SHACL, section 1.4). */
export const sh = 'http://www.w3.org/ns/shacl#';
/** Namespace of RDF. */
export const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
/** Namespace of RDF Schema. */
export const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';
/** Namespace of the XML Schema datatypes. */
export const xsd = 'http://www.w3.org/2001/XMLSchema#';
/** Datatype of a literal that says none. */
export const xsdString: string = `${xsd}string`;
/** Datatype of a literal with a language. */
export const langString: string = `${rdf}langString`;

/** What the values of a SHACL parameter must be. */
export type ValueForm =
  | 'iri'
  | 'nodeKind'
  | 'boolean'
  | 'count'
  | 'literal'
  | 'text'
  | 'string'
  | 'term'
  | 'shape'
  | 'shapes'
  | 'terms'
  | 'iris'
  | 'strings'
  | 'path';

/** How one property of a shape is read (W3C SHACL, sections 2 to 4). */
export interface Parameter {
  readonly form: ValueForm;
  /** A shape has at most one value of it. */
  readonly single?: true;
  /** Only property shapes may have it; on a node shape it has no meaning. */
  readonly propertyOnly?: true;
  /** It constrains: a node that carries it is a shape. */
  readonly constraint?: true;
}

const one = { single: true, constraint: true } as const;
const many = { constraint: true } as const;
const onePath = { single: true, propertyOnly: true, constraint: true } as const;

const table: Readonly<Record<string, Parameter>> = {
  targetClass: { form: 'iri' },
  targetNode: { form: 'term' },
  targetSubjectsOf: { form: 'iri' },
  targetObjectsOf: { form: 'iri' },
  severity: { form: 'iri', single: true },
  message: { form: 'text' },
  deactivated: { form: 'boolean', single: true },
  path: { form: 'path', single: true },
  class: { form: 'iri', ...many },
  datatype: { form: 'iri', ...one },
  nodeKind: { form: 'nodeKind', ...one },
  minCount: { form: 'count', ...onePath },
  maxCount: { form: 'count', ...onePath },
  minExclusive: { form: 'literal', ...one },
  minInclusive: { form: 'literal', ...one },
  maxExclusive: { form: 'literal', ...one },
  maxInclusive: { form: 'literal', ...one },
  minLength: { form: 'count', ...one },
  maxLength: { form: 'count', ...one },
  pattern: { form: 'string', ...many },
  flags: { form: 'string', single: true },
  languageIn: { form: 'strings', ...one },
  uniqueLang: { form: 'boolean', ...onePath },
  equals: { form: 'iri', ...many },
  disjoint: { form: 'iri', ...many },
  lessThan: { form: 'iri', propertyOnly: true, ...many },
  lessThanOrEquals: { form: 'iri', propertyOnly: true, ...many },
  not: { form: 'shape', ...many },
  and: { form: 'shapes', ...many },
  or: { form: 'shapes', ...many },
  xone: { form: 'shapes', ...many },
  node: { form: 'shape', ...many },
  property: { form: 'shape', ...many },
  qualifiedValueShape: { form: 'shape', ...onePath },
  qualifiedMinCount: { form: 'count', ...onePath },
  qualifiedMaxCount: { form: 'count', ...onePath },
  qualifiedValueShapesDisjoint: { form: 'boolean', single: true, propertyOnly: true },
  closed: { form: 'boolean', ...one },
  ignoredProperties: { form: 'iris', single: true },
  hasValue: { form: 'term', ...many },
  in: { form: 'terms', ...one },
};

/** The properties of SHACL Core shapes by local name. */
export const parameters: ReadonlyMap<string, Parameter> = new Map(Object.entries(table));

/** Names that say nothing about validity: descriptions, prefixes, and the path constructors. */
export const otherProperties: ReadonlySet<string> = new Set([
  'name',
  'description',
  'order',
  'group',
  'defaultValue',
  'suggestedShapesGraph',
  'declare',
  'prefix',
  'namespace',
  'inversePath',
  'alternativePath',
  'zeroOrMorePath',
  'oneOrMorePath',
  'zeroOrOnePath',
]);

/** Names that stand as values. */
export const individuals: ReadonlySet<string> = new Set([
  'Shape',
  'NodeShape',
  'PropertyShape',
  'PropertyGroup',
  'PrefixDeclaration',
  'NodeKind',
  'Severity',
  'IRI',
  'BlankNode',
  'Literal',
  'BlankNodeOrIRI',
  'BlankNodeOrLiteral',
  'IRIOrLiteral',
  'Violation',
  'Warning',
  'Info',
]);

/** The six values of sh:nodeKind. */
export const nodeKinds: ReadonlySet<string> = new Set(
  ['IRI', 'BlankNode', 'Literal', 'BlankNodeOrIRI', 'BlankNodeOrLiteral', 'IRIOrLiteral'].map(
    (name) => sh + name,
  ),
);

/** What shapes and components with SPARQL use (W3C SHACL, sections 5 and 6). */
export const sparqlNames: ReadonlySet<string> = new Set([
  'sparql',
  'select',
  'ask',
  'prefixes',
  'parameter',
  'optional',
  'labelTemplate',
  'validator',
  'nodeValidator',
  'propertyValidator',
  'SPARQLConstraint',
  'SPARQLExecutable',
  'SPARQLSelectExecutable',
  'SPARQLAskExecutable',
  'SPARQLAskValidator',
  'SPARQLSelectValidator',
  'ConstraintComponent',
  'Parameterizable',
  'Parameter',
  'Validator',
]);

/** Parts of SHACL that are refused by name, because ignoring them would let data pass. */
export const unsupported: ReadonlySet<string> = new Set([
  'js',
  'target',
  'targetShape',
  'targetWhere',
  'rule',
  'expression',
  'values',
  'entailment',
  'shapesGraph',
  'shape',
  'construct',
  'update',
  'nodeByExpression',
  'reifierShape',
  'reificationRequired',
  'singleLine',
  'someValue',
  'subsetOf',
  'rootClass',
  'memberShape',
  'minListLength',
  'maxListLength',
  'uniqueMembers',
  'uniqueValuesForClass',
  'Target',
  'TargetType',
  'JSTarget',
  'JSTargetType',
  'SPARQLTarget',
  'SPARQLTargetType',
  'JSConstraint',
  'JSValidator',
  'ExpressionConstraintComponent',
  'Rule',
  'JSRule',
  'TripleRule',
  'SPARQLRule',
  'SPARQLFunction',
  'JSFunction',
]);

/** The words of reports, which say nothing about shapes (W3C SHACL, section 3.6). */
const reportNames: readonly string[] = [
  'ValidationReport',
  'ValidationResult',
  'AbstractResult',
  'conforms',
  'result',
  'focusNode',
  'resultPath',
  'value',
  'sourceShape',
  'sourceConstraint',
  'sourceConstraintComponent',
  'detail',
  'resultMessage',
  'resultSeverity',
  'shapesGraphWellFormed',
];

function componentNames(): string[] {
  const names = [...parameters]
    .filter(([, { constraint }]) => constraint)
    .map(([name]) => name.charAt(0).toUpperCase() + name.slice(1));
  return [...names, 'SPARQL'].map((name) => `${name}ConstraintComponent`);
}

/** Every name that SHACL has: what may be spoken of, whether or not it may be used. */
export const knownNames: ReadonlySet<string> = new Set([
  ...parameters.keys(),
  ...otherProperties,
  ...individuals,
  ...sparqlNames,
  ...unsupported,
  ...reportNames,
  ...componentNames(),
  'ResultAnnotation',
  'resultAnnotation',
]);
