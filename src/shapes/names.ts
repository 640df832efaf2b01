import type { TermLike } from '../terms/turtle.ts';
import { eachReference, refuse, type ShapeGraph } from './graph.ts';
import { nearest } from './nearest.ts';
import { type Triple, termText } from './nquads.ts';
import {
  individuals,
  knownNames,
  otherProperties,
  parameters,
  rdf,
  rdfs,
  sh,
  sparqlNames,
  unsupported,
} from './vocabulary.ts';

/** What a host may permit beyond SHACL Core at its strictest. */
export interface LintOptions {
  /** Whether SPARQL constraints and components may stand in the document. */
  readonly sparql?: 'refuse' | 'allow';
  /** Whether parameters may stand that constrain nothing where they stand. */
  readonly inert?: 'refuse' | 'allow';
}

const shapeTypes: ReadonlySet<string> = new Set(
  ['Shape', 'NodeShape', 'PropertyShape'].map((name) => sh + name),
);
const targets: ReadonlySet<string> = new Set(
  ['targetClass', 'targetNode', 'targetSubjectsOf', 'targetObjectsOf'].map((name) => sh + name),
);

/** The nodes that are shapes by W3C SHACL, section 2.1, as N-Triples text. */
function shapesOf(graph: ShapeGraph): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [key, node] of graph.nodes) {
    const typed = graph.values(node, `${rdf}type`).some(({ value }) => shapeTypes.has(value));
    const names = [...graph.properties(node).keys()];
    const used = names.some(
      (iri) =>
        targets.has(iri) ||
        iri === `${sh}sparql` ||
        (iri.startsWith(sh) && parameters.get(iri.slice(sh.length))?.constraint === true),
    );
    if (typed || used) found.add(key);
    if (used) eachReference(graph, node, (member) => found.add(termText(member)));
  }
  return found;
}

/**
 * Refuses names of SHACL's namespace that are unknown, misspelt or not supported.
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the shape, and what the name may have meant
 */
export function checkNames(graph: ShapeGraph, options: LintOptions): void {
  let shapes: ReadonlySet<string> | undefined;
  // Only where the host allows what is inert may nodes that are no shapes use words of their own.
  const isData = (node: TermLike): boolean => {
    if (options.inert !== 'allow') return false;
    shapes ??= shapesOf(graph);
    return !shapes.has(termText(node));
  };
  for (const triple of graph.triples) {
    const { subject, predicate, object } = triple;
    const property = shaclName(predicate);
    if (property !== undefined && !parameters.has(property) && !otherProperties.has(property)) {
      checkUse(graph, triple, property, options, isData);
    }
    const about = shaclName(subject);
    if (about && !knownNames.has(about) && !isData(subject)) refuseName(triple, about);
    const value = shaclName(object);
    // The namespace itself, as in owl:imports.
    if (value === undefined || value === '') continue;
    if (predicate.value === `${rdf}type` || predicate.value === `${rdfs}subClassOf`) {
      if (!individuals.has(value)) checkUse(graph, triple, value, options, isData);
    } else if (!knownNames.has(value)) checkUnknown(triple, value, isData);
  }
}

type IsData = (node: TermLike) => boolean;

function shaclName({ termType, value }: TermLike): string | undefined {
  return termType === 'NamedNode' && value.startsWith(sh) ? value.slice(sh.length) : undefined;
}

/** Judges a name where it is used: as a property, or as the class of a node. */
function checkUse(
  graph: ShapeGraph,
  triple: Triple,
  name: string,
  { sparql }: LintOptions,
  isData: IsData,
): void {
  if (sparqlNames.has(name)) {
    if (sparql !== 'allow') refuseSparql(graph, triple, name);
  } else if (unsupported.has(name)) refuseUnsupported(graph, triple, name);
  else if (!knownNames.has(name)) checkUnknown(triple, name, isData);
  else if (!isData(triple.subject)) refuseName(triple, name);
}

/** Data may use unknown names, but hardly one that is a slip of the pen away from a known one. */
function checkUnknown(triple: Triple, name: string, isData: IsData): void {
  if (isData(triple.subject) && meantBy(triple, name) === undefined) return;
  refuseName(triple, name);
}

const properties = [...knownNames].filter((name) => /^[a-z]/.test(name));
const usable = [...parameters.keys(), ...otherProperties, ...individuals];

/** The known name that was meant, usable ones first; in the place of a property a property. */
function meantBy({ predicate }: Triple, name: string): string | undefined {
  const isProperty = shaclName(predicate) === name;
  const fits = (known: string): boolean => !isProperty || /^[a-z]/.test(known);
  return nearest(name, usable.filter(fits)) ?? nearest(name, isProperty ? properties : knownNames);
}

function refuseName(triple: Triple, name: string): never {
  const meant = knownNames.has(name) ? undefined : meantBy(triple, name);
  const expected = `a name of SHACL Core${meant === undefined ? '' : `, such as sh:${meant}`}`;
  return refuse(triple.subject, 'vocabulary', expected, `sh:${name}`, triple);
}

/** The named node that a blank node belongs to, as a constraint does to its shape. */
function ownerOf(graph: ShapeGraph, node: TermLike): TermLike {
  let owner = node;
  const seen = new Set<string>();
  while (owner.termType === 'BlankNode' && !seen.has(owner.value)) {
    const { value } = owner;
    seen.add(value);
    const above = graph.triples.find(
      ({ object }) => object.termType === 'BlankNode' && object.value === value,
    );
    owner = above?.subject ?? owner;
  }
  return owner;
}

function refuseSparql(graph: ShapeGraph, triple: Triple, name: string): never {
  const expected = "SHACL Core without SPARQL, or the option sparql: 'allow' and an evaluator";
  const shape = ownerOf(graph, triple.subject);
  return refuse(shape, 'vocabulary', expected, `sh:${name}`, triple);
}

function refuseUnsupported(graph: ShapeGraph, triple: Triple, name: string): never {
  const expected = 'SHACL Core without scripts, rules, computed targets or entailment';
  const shape = ownerOf(graph, triple.subject);
  return refuse(shape, 'vocabulary', expected, `sh:${name}`, triple);
}
