import type { TermLike } from '../terms/turtle.ts';
import { eachReference, type ShapeGraph } from './graph.ts';
import { rdf, rdfs, sh } from './vocabulary.ts';

// They look at the value node alone, never at triples about it.
const ofValue: ReadonlySet<string> = new Set([
  'datatype',
  'nodeKind',
  'minExclusive',
  'minInclusive',
  'maxExclusive',
  'maxInclusive',
  'minLength',
  'maxLength',
  'pattern',
  'flags',
  'languageIn',
  'hasValue',
  'in',
]);
// They look at the focus node's own triples.
const ofFocus: ReadonlySet<string> = new Set([
  'minCount',
  'maxCount',
  'uniqueLang',
  'equals',
  'disjoint',
  'lessThan',
  'lessThanOrEquals',
]);
const ofNodeShape: ReadonlySet<string> = new Set(['closed', 'ignoredProperties']);
const silent: ReadonlySet<string> = new Set([
  'targetClass',
  'targetSubjectsOf',
  'path',
  'severity',
  'message',
  'deactivated',
  'name',
  'description',
  'order',
  'group',
  'defaultValue',
]);
const logical: ReadonlySet<string> = new Set(['not', 'and', 'or', 'xone', 'node']);

type Scope = 'focus' | 'value';

/**
 * True when every shape looks only at triples of its own focus node, so that many observations can
 * share one data graph and give the verdicts they would give alone. Unsure is false.
 */
export function isLocal(graph: ShapeGraph): boolean {
  const known = new Map<string, boolean>();
  for (const node of graph.nodes.values()) {
    // A target node is validated in every graph, whether the graph speaks of it or not.
    for (const name of ['targetNode', 'targetObjectsOf']) {
      if (graph.values(node, sh + name).length > 0) return false;
    }
    if (hasTarget(graph, node) && !staysWithin(graph, node, 'focus', known)) return false;
  }
  return true;
}

function hasTarget(graph: ShapeGraph, node: TermLike): boolean {
  const names = ['targetClass', 'targetSubjectsOf'];
  if (names.some((name) => graph.values(node, sh + name).length > 0)) return true;
  // A shape that is a class targets its instances; a subclass of rdfs:Class counts as one too.
  const types = graph.values(node, `${rdf}type`);
  return types.some(
    (type) => type.value === `${rdfs}Class` || graph.values(type, `${rdfs}subClassOf`).length > 0,
  );
}

function staysWithin(
  graph: ShapeGraph,
  shape: TermLike,
  scope: Scope,
  known: Map<string, boolean>,
): boolean {
  const key = `${scope} ${shape.termType} ${shape.value}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  // A shape that comes back to itself is met as what it is here: not local.
  known.set(key, false);
  const within = judge(graph, shape, scope, known);
  known.set(key, within);
  return within;
}

function judge(
  graph: ShapeGraph,
  shape: TermLike,
  scope: Scope,
  known: Map<string, boolean>,
): boolean {
  const paths = graph.values(shape, `${sh}path`);
  const isPropertyShape = paths.length > 0;
  if (isPropertyShape && (scope === 'value' || paths[0]?.termType !== 'NamedNode')) return false;
  for (const predicate of graph.properties(shape).keys()) {
    if (!predicate.startsWith(sh)) continue;
    const name = predicate.slice(sh.length);
    const references = logical.has(name) || (name === 'property' && !isPropertyShape);
    const fine =
      silent.has(name) ||
      ofValue.has(name) ||
      (scope === 'focus' && ofFocus.has(name)) ||
      (scope === 'focus' && !isPropertyShape && ofNodeShape.has(name)) ||
      (references && (scope === 'focus' || name !== 'property'));
    if (!fine) return false;
  }
  let within = true;
  const memberScope: Scope = isPropertyShape ? 'value' : scope;
  eachReference(graph, shape, (member) => {
    within &&= staysWithin(graph, member, memberScope, known);
  });
  return within;
}
