import { fail } from '../base/errors.ts';
import type { TermLike } from '../terms/turtle.ts';
import { type Triple, termText } from './nquads.ts';
import { parameters, rdf, sh } from './vocabulary.ts';

/** A shapes document indexed for checking: subject, then predicate, then objects. */
export interface ShapeGraph {
  readonly triples: readonly Triple[];
  /** Each node with triples of its own, by its N-Triples text. */
  readonly nodes: ReadonlyMap<string, TermLike>;
  /** The values of one property of a node. */
  values(node: TermLike, predicate: string): readonly TermLike[];
  /** The properties of a node with their values. */
  properties(node: TermLike): ReadonlyMap<string, readonly TermLike[]>;
  /** The first triple about a node, or that with this predicate and object: a walk through all. */
  find(node: TermLike, predicate?: string, object?: TermLike): Triple | undefined;
}

const none: readonly TermLike[] = [];
const noProperties: ReadonlyMap<string, readonly TermLike[]> = new Map();

/** Indexes the triples of a document. */
export function indexShapes(triples: readonly Triple[]): ShapeGraph {
  const nodes = new Map<string, TermLike>();
  const index = new Map<string, Map<string, TermLike[]>>();
  for (const { subject, predicate, object } of triples) {
    const key = termText(subject);
    let properties = index.get(key);
    if (properties === undefined) {
      properties = new Map();
      index.set(key, properties);
      nodes.set(key, subject);
    }
    const values = properties.get(predicate.value);
    if (values === undefined) properties.set(predicate.value, [object]);
    else values.push(object);
  }
  return {
    triples,
    nodes,
    values: (node, predicate) => index.get(termText(node))?.get(predicate) ?? none,
    properties: (node) => index.get(termText(node)) ?? noProperties,
    find: (node, predicate, object) => findTriple(triples, node, predicate, object),
  };
}

function findTriple(
  triples: readonly Triple[],
  node: TermLike,
  predicate: string | undefined,
  object: TermLike | undefined,
): Triple | undefined {
  const subjectText = termText(node);
  const objectText = object && termText(object);
  return triples.find(
    (triple) =>
      termText(triple.subject) === subjectText &&
      (predicate === undefined || triple.predicate.value === predicate) &&
      (objectText === undefined || termText(triple.object) === objectText),
  );
}

/**
 * Throws KNHK_SHAPES_UNSUPPORTED about one shape.
 *
 * @param at the triple that is wrong, whose file and line are named if they are known
 */
export function refuse(
  shape: TermLike,
  about: string,
  expected: string,
  got: string,
  at?: Triple,
): never {
  const place = at?.place === undefined ? '' : `, ${at.place.file}, line ${at.place.line}`;
  const where = `shape ${termText(shape)}, ${about}${place}`;
  return fail('KNHK_SHAPES_UNSUPPORTED', where, expected, got);
}

/**
 * The members of a well-formed RDF list (W3C SHACL, section 1.5): one first and one rest each, no
 * loop, ending in rdf:nil. An ill-formed list would silently be cut short by an engine.
 */
export function listMembers(
  graph: ShapeGraph,
  list: TermLike,
  shape: TermLike,
  about: string,
): TermLike[] {
  const members: TermLike[] = [];
  const seen = new Set<string>();
  let node = list;
  while (node.value !== `${rdf}nil` || node.termType !== 'NamedNode') {
    const key = termText(node);
    const first = graph.values(node, `${rdf}first`);
    const rest = graph.values(node, `${rdf}rest`);
    if (node.termType === 'Literal' || first.length !== 1 || rest.length !== 1 || seen.has(key)) {
      const at = graph.find(node) ?? graph.find(shape, sh + about.slice('sh:'.length), list);
      refuse(shape, about, 'a well-formed RDF list', seen.has(key) ? 'a loop' : key, at);
    }
    seen.add(key);
    members.push(first[0] as TermLike);
    node = rest[0] as TermLike;
  }
  return members;
}

/** Calls back for every shape that a shape refers to, by the parameter's local name. */
export function eachReference(
  graph: ShapeGraph,
  shape: TermLike,
  visit: (member: TermLike, parameter: string) => void,
): void {
  for (const [predicate, values] of graph.properties(shape)) {
    if (!predicate.startsWith(sh)) continue;
    const name = predicate.slice(sh.length);
    const form = parameters.get(name)?.form;
    if (form !== 'shape' && form !== 'shapes') continue;
    for (const value of values) {
      const members = form === 'shape' ? [value] : listMembers(graph, value, shape, `sh:${name}`);
      for (const member of members) visit(member, name);
    }
  }
}
