import type { TermLike } from '../../terms/turtle.ts';
import { refuse, type ShapeGraph } from '../graph.ts';
import { type Triple, termText } from '../nquads.ts';
import { knownNames, rdf, rdfs, sh, sparqlNames } from '../vocabulary.ts';

/** A parameter of a component (W3C SHACL, section 6.2.1). */
export interface ComponentParameter {
  readonly predicate: string;
  /** The variable that stands for its value. */
  readonly variable: string;
  readonly optional: boolean;
}

/** A constraint component that the document defines (W3C SHACL, section 6). */
export interface ConstraintComponent {
  readonly iri: string;
  readonly node: TermLike;
  readonly parameters: readonly ComponentParameter[];
  /** For all shapes (ASK), for node shapes and for property shapes (SELECT). */
  readonly validators: Readonly<
    Partial<Record<'validator' | 'nodeValidator' | 'propertyValidator', TermLike>>
  >;
}

const validatorNames = ['validator', 'nodeValidator', 'propertyValidator'] as const;
const reserved: ReadonlySet<string> = new Set(
  ['this', 'shapesGraph', 'currentShape', 'path', 'PATH', 'value'].concat(['failure', 'message']),
);

/**
 * The constraint components that a document defines. What extends a component of SHACL Core says
 * nothing new, because those are built in.
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the component
 */
export function readComponents(graph: ShapeGraph): ConstraintComponent[] {
  if (!graph.triples.some(speaksOfComponents)) return [];
  const classes = subclasses(graph, `${sh}ConstraintComponent`);
  const found: ConstraintComponent[] = [];
  for (const node of graph.nodes.values()) {
    const has = (name: string): boolean => graph.values(node, sh + name).length > 0;
    const isTyped = graph.values(node, `${rdf}type`).some(({ value }) => classes.has(value));
    const uses = ['parameter', ...validatorNames].filter(has);
    if (!isTyped && uses.length === 0) continue;
    if (node.value.startsWith(sh) && knownNames.has(node.value.slice(sh.length))) continue;
    if (node.termType !== 'NamedNode' || !isTyped) {
      const at = graph.find(node, sh + (uses[0] ?? ''));
      refuse(node, 'sh:parameter', 'a sh:ConstraintComponent that is an IRI', 'another node', at);
    }
    found.push(componentOf(graph, node));
  }
  return found;
}

function speaksOfComponents({ predicate, object }: Triple): boolean {
  return (
    object.value === `${sh}ConstraintComponent` ||
    (predicate.value.startsWith(sh) && sparqlNames.has(predicate.value.slice(sh.length)))
  );
}

function subclasses(graph: ShapeGraph, top: string): ReadonlySet<string> {
  const found = new Set([top]);
  const pairs = graph.triples.filter(({ predicate }) => predicate.value === `${rdfs}subClassOf`);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { subject, object } of pairs) if (found.has(object.value)) found.add(subject.value);
  }
  return found;
}

function componentOf(graph: ShapeGraph, node: TermLike): ConstraintComponent {
  const parameters = graph
    .values(node, `${sh}parameter`)
    .map((parameter) => parameterOf(graph, node, parameter));
  if (!parameters.some(({ optional }) => !optional)) {
    refuse(node, 'sh:parameter', 'a parameter that is not optional', 'none', graph.find(node));
  }
  if (new Set(parameters.map(({ variable }) => variable)).size < parameters.length) {
    refuse(node, 'sh:parameter', 'names of their own', 'two of one name', graph.find(node));
  }
  const validators: Partial<Record<(typeof validatorNames)[number], TermLike>> = {};
  for (const name of validatorNames) {
    const values = graph.values(node, sh + name);
    if (values.length > 1) {
      const at = graph.find(node, sh + name, values[1]);
      refuse(node, `sh:${name}`, 'one validator', `${values.length}`, at);
    }
    if (values[0] !== undefined) validators[name] = values[0];
  }
  return { iri: node.value, node, parameters, validators };
}

function parameterOf(graph: ShapeGraph, node: TermLike, parameter: TermLike): ComponentParameter {
  const paths = graph.values(parameter, `${sh}path`);
  const path = paths[0];
  // What follows the last character that no name may have, from its first letter on.
  const name = /[\p{L}_][\p{L}\p{N}_.-]*$/u.exec(path?.value ?? '')?.[0] ?? '';
  const isNamed = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !reserved.has(name);
  if (paths.length !== 1 || path?.termType !== 'NamedNode' || !isNamed) {
    const expected = 'one IRI that ends in the name of a variable of its own';
    const at = graph.find(parameter, `${sh}path`) ?? graph.find(node, `${sh}parameter`, parameter);
    refuse(node, 'sh:parameter', expected, paths.map(termText).join(', ') || 'no sh:path', at);
  }
  if (path.value.startsWith(sh)) {
    const at = graph.find(parameter, `${sh}path`);
    refuse(node, 'sh:parameter', 'a parameter outside of SHACL', termText(path), at);
  }
  const optional = graph.values(parameter, `${sh}optional`)[0]?.value;
  return {
    predicate: path.value,
    variable: name,
    optional: optional === 'true' || optional === '1',
  };
}
