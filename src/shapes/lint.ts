import { describe } from '../base/errors.ts';
import type { TermLike } from '../terms/turtle.ts';
import { isComparable } from './compare.ts';
import { eachReference, listMembers, refuse, type ShapeGraph } from './graph.ts';
import { termText } from './nquads.ts';
import { checkPath } from './paths.ts';
import {
  individuals,
  nodeKinds,
  otherProperties,
  type Parameter,
  parameters,
  rdf,
  rdfs,
  sh,
  unsupported,
  xsd,
} from './vocabulary.ts';

/**
 * Refuses every document that an engine would understand only in part: a constraint that is
 * ignored lets data pass, which zero tolerance cannot allow.
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the shape
 */
export function lintShapes(graph: ShapeGraph): void {
  for (const { subject, predicate, object } of graph.triples) {
    checkName(subject, predicate.value, true);
    for (const term of [subject, object]) {
      if (term.termType === 'NamedNode') checkName(subject, term.value, false);
    }
    if (predicate.value === 'http://www.w3.org/2002/07/owl#imports') {
      refuse(subject, 'owl:imports', 'all files given together', object.value);
    }
  }
  for (const node of graph.nodes.values()) checkShape(graph, node);
  checkNesting(graph);
}

function checkName(node: TermLike, iri: string, asProperty: boolean): void {
  if (!iri.startsWith(sh)) return;
  const name = iri.slice(sh.length);
  const property = parameters.has(name) || otherProperties.has(name);
  if (asProperty ? property : property || individuals.has(name)) return;
  const expected = unsupported.has(name)
    ? 'SHACL Core without SPARQL, scripts, rules or entailment'
    : 'a name of SHACL Core';
  refuse(node, 'vocabulary', expected, `sh:${name}`);
}

function checkShape(graph: ShapeGraph, node: TermLike): void {
  const isPropertyShape = graph.values(node, `${sh}path`).length > 0;
  for (const [predicate, values] of graph.properties(node)) {
    if (!predicate.startsWith(sh)) continue;
    const name = predicate.slice(sh.length);
    const parameter = parameters.get(name);
    if (parameter === undefined) continue;
    const about = `sh:${name}`;
    if (parameter.single && values.length > 1) {
      refuse(node, about, 'one value', `${values.length}`);
    }
    if (parameter.propertyOnly && !isPropertyShape) {
      refuse(node, about, 'a property shape (with sh:path)', 'a node shape');
    }
    for (const value of values) checkValue(graph, node, about, parameter, value);
  }
  checkCombinations(graph, node, isPropertyShape);
}

function checkValue(
  graph: ShapeGraph,
  shape: TermLike,
  about: string,
  { form }: Parameter,
  value: TermLike,
): void {
  const lists: Readonly<Record<string, Parameter['form']>> = {
    shapes: 'shape',
    terms: 'term',
    iris: 'iri',
    strings: 'string',
  };
  const memberForm = lists[form];
  if (form === 'path') checkPath(graph, shape, value);
  else if (memberForm !== undefined) {
    for (const member of listMembers(graph, value, shape, about)) {
      checkValue(graph, shape, about, { form: memberForm }, member);
    }
  } else if (form === 'shape') checkReference(graph, shape, about, value);
  else {
    const expected = scalarExpected(form, value);
    if (expected !== undefined) refuse(shape, about, expected, termText(value));
  }
}

function scalarExpected(form: Parameter['form'], value: TermLike): string | undefined {
  const literal = value.termType === 'Literal';
  const datatype = value.datatype?.value;
  switch (form) {
    case 'iri':
      return value.termType === 'NamedNode' ? undefined : 'an IRI';
    case 'nodeKind':
      return nodeKinds.has(value.value) ? undefined : 'sh:IRI, sh:Literal, ...';
    case 'boolean':
      // The engine compares with these two spellings only and takes "1" for false.
      return datatype === `${xsd}boolean` && /^(true|false)$/.test(value.value)
        ? undefined
        : 'true or false';
    case 'count':
      return datatype === `${xsd}integer` && /^\d{1,15}$/.test(value.value)
        ? undefined
        : 'an integer that is not negative';
    case 'string':
      return literal && datatype === `${xsd}string` ? undefined : 'a string';
    case 'text':
      return literal ? undefined : 'a string';
    case 'literal':
      // What compares with nothing would refuse every value, or accept none by mistake.
      return isComparable(value) ? undefined : 'a number, a string, a boolean or a dateTime';
    default:
      return value.termType === 'BlankNode' ? 'an IRI or a literal' : undefined;
  }
}

function checkReference(graph: ShapeGraph, shape: TermLike, about: string, value: TermLike): void {
  if (value.termType === 'Literal') refuse(shape, about, 'a shape', termText(value));
  // A shape without triples has no constraints, so a misspelt reference would accept everything.
  if (graph.properties(value).size === 0) {
    refuse(shape, about, 'a shape that is defined in these files', termText(value));
  }
  if (about === 'sh:property' && graph.values(value, `${sh}path`).length === 0) {
    refuse(shape, about, 'a property shape (with sh:path)', termText(value));
  }
}

function checkCombinations(graph: ShapeGraph, node: TermLike, isPropertyShape: boolean): void {
  const has = (name: string): boolean => graph.values(node, sh + name).length > 0;
  const types = graph.values(node, `${rdf}type`).map((type) => type.value);
  if (types.includes(`${sh}PropertyShape`) && !isPropertyShape) {
    refuse(node, 'sh:PropertyShape', 'one sh:path', 'none');
  }
  if (types.includes(`${sh}NodeShape`) && isPropertyShape) {
    refuse(node, 'sh:NodeShape', 'no sh:path', 'one');
  }
  const counts = has('qualifiedMinCount') || has('qualifiedMaxCount');
  if (has('qualifiedValueShape') !== counts) {
    const expected = 'sh:qualifiedMinCount or sh:qualifiedMaxCount with it';
    refuse(node, 'sh:qualifiedValueShape', expected, counts ? 'no shape' : 'no count');
  }
  if (has('flags') && !has('pattern')) refuse(node, 'sh:flags', 'sh:pattern with it', 'none');
  if (has('ignoredProperties') && !has('closed')) {
    refuse(node, 'sh:ignoredProperties', 'sh:closed with it', 'none');
  }
  for (const pattern of graph.values(node, `${sh}pattern`)) {
    checkPattern(node, pattern.value, graph.values(node, `${sh}flags`)[0]?.value ?? '');
  }
}

function checkPattern(shape: TermLike, pattern: string, flags: string): void {
  // Of SPARQL's flags i, m, s, x and q, ECMAScript has the first three.
  if (!/^[ims]*$/.test(flags)) refuse(shape, 'sh:flags', 'flags among i, m and s', flags);
  try {
    new RegExp(pattern, `${flags}u`);
  } catch (error) {
    refuse(shape, 'sh:pattern', 'a regular expression (ECMAScript, flag u)', describe(error));
  }
}

const nestingMax = 32;

/** Refuses recursion, which SHACL 1.0 leaves undefined (section 3.4.3), and very deep nesting. */
function checkNesting(graph: ShapeGraph): void {
  const shapes = (node: TermLike): TermLike[] => {
    const members: TermLike[] = [];
    eachReference(graph, node, (member) => members.push(member));
    return members;
  };
  const superclasses = (node: TermLike): readonly TermLike[] =>
    graph.values(node, `${rdfs}subClassOf`);
  const shapeHeights = new Map<string, number>();
  const classHeights = new Map<string, number>();
  for (const node of graph.nodes.values()) {
    height(node, shapes, shapeHeights, 'recursion');
    height(node, superclasses, classHeights, 'rdfs:subClassOf');
  }
}

function height(
  node: TermLike,
  next: (node: TermLike) => readonly TermLike[],
  heights: Map<string, number>,
  about: string,
): number {
  const key = termText(node);
  const known = heights.get(key);
  if (known !== undefined) {
    if (known < 0) refuse(node, about, 'no node that refers to itself', 'a loop');
    return known;
  }
  // A negative height marks the nodes on the current way down.
  heights.set(key, -1);
  let deepest = 0;
  for (const member of next(node)) {
    deepest = Math.max(deepest, 1 + height(member, next, heights, about));
  }
  if (deepest > nestingMax) refuse(node, about, `at most ${nestingMax} levels`, `${deepest}`);
  heights.set(key, deepest);
  return deepest;
}
