import type { TermLike } from '../terms/turtle.ts';
import { eachReference, refuse, type ShapeGraph } from './graph.ts';
import type { ShapePath } from './model.ts';
import { termText } from './nquads.ts';
import { readModel } from './read-model.ts';
import { cycles } from './recursion.ts';
import { rdfs, sh, sparqlNames } from './vocabulary.ts';

/**
 * Refuses what knhk's own engine decides and the reference engine does not: it would recurse
 * without end, follow another path, or skip a constraint.
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the shape
 */
export function checkReferenceLimits(graph: ShapeGraph): void {
  for (const triple of graph.triples) {
    const { subject, predicate } = triple;
    const name = predicate.value.startsWith(sh) ? predicate.value.slice(sh.length) : '';
    if (sparqlNames.has(name)) refuseHere(subject, `sh:${name}`, 'no SPARQL', 'SPARQL');
  }
  for (const { term, path } of readModel(graph).shapes) {
    if (path !== undefined && invertsPath(path.path)) {
      refuseHere(term, 'sh:inversePath', 'a predicate IRI', 'another path');
    }
  }
  refuseCycles(graph, 'recursion', (node) => {
    const members: TermLike[] = [];
    eachReference(graph, node, (member) => members.push(member));
    return members;
  });
  const superclasses = (node: TermLike): readonly TermLike[] =>
    graph.values(node, `${rdfs}subClassOf`);
  refuseCycles(graph, 'rdfs:subClassOf', superclasses);
}

function invertsPath(path: ShapePath): boolean {
  if (path.kind === 'predicate') return false;
  if ('paths' in path) return path.paths.some(invertsPath);
  return (path.kind === 'inverse' && path.path.kind !== 'predicate') || invertsPath(path.path);
}

function refuseHere(shape: TermLike, about: string, expected: string, got: string): never {
  return refuse(shape, about, `${expected} (the reference engine cannot follow it)`, got);
}

function refuseCycles(
  graph: ShapeGraph,
  about: string,
  next: (node: TermLike) => readonly TermLike[],
): void {
  const nodes = [...graph.nodes.values()];
  const places = new Map(nodes.map((node, index) => [termText(node), index]));
  const targets = nodes.map((node) =>
    next(node).flatMap((target) => places.get(termText(target)) ?? []),
  );
  const { component } = cycles(nodes.length, (place) => targets[place] ?? []);
  const first = component.findIndex((number) => number >= 0);
  const node = nodes[first];
  if (node !== undefined) refuseHere(node, about, 'no node that refers to itself', 'a loop');
}
