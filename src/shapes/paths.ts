import type { TermLike } from '../terms/turtle.ts';
import { listMembers, refuse, type ShapeGraph } from './graph.ts';
import type { Triple } from './nquads.ts';
import { rdf, sh } from './vocabulary.ts';

const constructors: readonly string[] = [
  'inversePath',
  'alternativePath',
  'zeroOrMorePath',
  'oneOrMorePath',
  'zeroOrOnePath',
];

const pathDepth = 16;

/**
 * Checks a property path (W3C SHACL, section 2.3.1).
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED
 */
export function checkPath(graph: ShapeGraph, shape: TermLike, path: TermLike): void {
  checkPart(graph, shape, path, 0, () => graph.find(shape, `${sh}path`, path));
}

type FindTriple = () => Triple | undefined;

function checkPart(
  graph: ShapeGraph,
  shape: TermLike,
  path: TermLike,
  depth: number,
  above: FindTriple,
): void {
  if (path.termType === 'NamedNode') return;
  const at = (): Triple | undefined => graph.find(path) ?? above();
  if (depth > pathDepth) refuse(shape, 'sh:path', `at most ${pathDepth} levels`, 'more', at());
  if (path.termType !== 'BlankNode') refuse(shape, 'sh:path', 'a property path', path.value, at());
  const check = (member: TermLike): void => checkPart(graph, shape, member, depth + 1, at);
  if (graph.values(path, `${rdf}first`).length > 0) {
    checkMembers(listMembers(graph, path, shape, 'sh:path'), shape, at, check);
    return;
  }
  const found = constructors.filter((name) => graph.values(path, sh + name).length > 0);
  const name = found[0];
  const values = name === undefined ? [] : graph.values(path, sh + name);
  if (name === undefined || found.length > 1 || values.length > 1) {
    refuse(shape, 'sh:path', 'exactly one path in a blank node', found.join(', ') || 'none', at());
  }
  const value = values[0] as TermLike;
  if (name === 'alternativePath') {
    checkMembers(listMembers(graph, value, shape, 'sh:alternativePath'), shape, at, check);
  } else check(value);
}

function checkMembers(
  members: readonly TermLike[],
  shape: TermLike,
  at: FindTriple,
  check: (member: TermLike) => void,
): void {
  if (members.length < 2) {
    refuse(shape, 'sh:path', 'at least two members in a list of paths', `${members.length}`, at());
  }
  for (const member of members) check(member);
}
