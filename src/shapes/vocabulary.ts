/** Namespace of SHACL (W3C SHACL, section 1.4). */
export const sh = 'http://www.w3.org/ns/shacl#';
/** Namespace of RDF. */
export const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
/** Namespace of RDF Schema. */
export const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';
/** Namespace of the XML Schema datatypes. */
export const xsd = 'http://www.w3.org/2001/XMLSchema#';

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
  qualifiedValueShape: { form: 'shape', propertyOnly: true, ...many },
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

/** Parts of SHACL that this version refuses by name, because ignoring them would let data pass. */
export const unsupported: ReadonlySet<string> = new Set([
  'sparql',
  'select',
  'ask',
  'prefixes',
  'js',
  'target',
  'rule',
  'expression',
  'entailment',
  'shapesGraph',
  'SPARQLTarget',
  'SPARQLTargetType',
  'SPARQLConstraint',
  'ConstraintComponent',
  'SPARQLAskValidator',
  'SPARQLSelectValidator',
  'parameter',
  'validator',
  'nodeValidator',
  'propertyValidator',
]);
