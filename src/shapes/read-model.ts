import type { TermLike } from '../terms/turtle.ts';
import { listMembers, type ShapeGraph } from './graph.ts';
import type { ShapeConstraint, ShapeModel, ShapePath, ShapesModel, ShapeTarget } from './model.ts';
import { termText } from './nquads.ts';
import { SparqlReader } from './sparql/read.ts';
import { parameters, rdf, rdfs, sh } from './vocabulary.ts';

const targets: Readonly<Record<string, ShapeTarget['kind']>> = {
  targetNode: 'node',
  targetClass: 'class',
  targetSubjectsOf: 'subjectsOf',
  targetObjectsOf: 'objectsOf',
};

/** Reads a document that the lint has accepted into shapes with their constraints. */
export function readModel(graph: ShapeGraph): ShapesModel {
  const hierarchy: [string, string][] = [];
  for (const { subject, predicate, object } of graph.triples) {
    if (predicate.value === `${rdfs}subClassOf`) hierarchy.push([subject.value, object.value]);
  }
  const reader = new ModelReader(graph, metaClasses(hierarchy));
  for (const node of graph.nodes.values()) if (reader.isShape(node)) reader.place(node);
  return { shapes: reader.read(), hierarchy };
}

/** The classes that count as one of these, by the document's own hierarchy. */
function subclassesOf(
  hierarchy: readonly (readonly [string, string])[],
  ...classes: readonly string[]
): ReadonlySet<string> {
  const found = new Set(classes);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [sub, sup] of hierarchy) if (found.has(sup)) found.add(sub);
  }
  return found;
}

interface MetaClasses {
  readonly shapes: ReadonlySet<string>;
  readonly classes: ReadonlySet<string>;
}

function metaClasses(hierarchy: readonly (readonly [string, string])[]): MetaClasses {
  return {
    shapes: subclassesOf(hierarchy, `${sh}NodeShape`, `${sh}PropertyShape`, `${sh}Shape`),
    classes: subclassesOf(hierarchy, `${rdfs}Class`),
  };
}

class ModelReader {
  readonly #graph: ShapeGraph;
  readonly #meta: MetaClasses;
  readonly #places = new Map<string, number>();
  readonly #nodes: TermLike[] = [];
  readonly #sparql: SparqlReader;

  constructor(graph: ShapeGraph, meta: MetaClasses) {
    this.#graph = graph;
    this.#meta = meta;
    this.#sparql = new SparqlReader(graph);
  }

  /** W3C SHACL, section 2.1; shapes that others refer to are found from there. */
  isShape(node: TermLike): boolean {
    for (const predicate of this.#graph.properties(node).keys()) {
      if (!predicate.startsWith(sh)) continue;
      const name = predicate.slice(sh.length);
      if (Object.hasOwn(targets, name) || parameters.get(name)?.constraint) return true;
    }
    return (
      this.#types(node).some((type) => this.#meta.shapes.has(type)) || this.#sparql.isShape(node)
    );
  }

  /** The place of a shape; a new one stands at the end and is read in its turn. */
  place(node: TermLike): number {
    const key = termText(node);
    let index = this.#places.get(key);
    if (index === undefined) {
      index = this.#nodes.length;
      this.#places.set(key, index);
      this.#nodes.push(node);
    }
    return index;
  }

  read(): ShapeModel[] {
    const shapes: ShapeModel[] = [];
    // Reading a shape may place further ones behind it.
    for (let index = 0; index < this.#nodes.length; index++) {
      shapes.push(this.#shape(this.#nodes[index] as TermLike, index));
    }
    return shapes;
  }

  #types(node: TermLike): string[] {
    return this.#graph.values(node, `${rdf}type`).map(({ value }) => value);
  }

  #values(node: TermLike, name: string): readonly TermLike[] {
    return this.#graph.values(node, sh + name);
  }

  #isTrue(node: TermLike, name: string): boolean {
    return this.#values(node, name).some(({ value }) => value === 'true');
  }

  #shape(term: TermLike, index: number): ShapeModel {
    const node = this.#values(term, 'path')[0];
    const path = node && { path: this.#path(node, term), term: node };
    const rules = this.#sparql.rulesOf(term, path?.path);
    return {
      index,
      term,
      ...(path === undefined ? {} : { path }),
      targets: this.#targets(term),
      deactivated: this.#isTrue(term, 'deactivated'),
      severity: this.#values(term, 'severity')[0]?.value ?? `${sh}Violation`,
      messages: this.#values(term, 'message'),
      constraints: this.#constraints(term).concat(rules.map((rule) => ({ kind: 'sparql', rule }))),
    };
  }

  #targets(term: TermLike): ShapeTarget[] {
    const found: ShapeTarget[] = [];
    for (const [name, kind] of Object.entries(targets)) {
      for (const value of this.#values(term, name)) {
        found.push(kind === 'node' ? { kind, term: value } : { kind, iri: value.value });
      }
    }
    const isClass = this.#types(term).some((type) => this.#meta.classes.has(type));
    // A shape that is a class targets its instances (W3C SHACL, section 2.1.3.3).
    if (isClass && term.termType === 'NamedNode' && this.isShape(term)) {
      found.push({ kind: 'class', iri: term.value });
    }
    return found;
  }

  #path(node: TermLike, shape: TermLike): ShapePath {
    if (node.termType === 'NamedNode') return { kind: 'predicate', iri: node.value };
    const list = (head: TermLike): ShapePath[] =>
      listMembers(this.#graph, head, shape, 'sh:path').map((member) => this.#path(member, shape));
    if (this.#graph.values(node, `${rdf}first`).length > 0) {
      return { kind: 'sequence', paths: list(node) };
    }
    const alternative = this.#values(node, 'alternativePath')[0];
    if (alternative !== undefined) return { kind: 'alternative', paths: list(alternative) };
    for (const kind of ['inverse', 'zeroOrMore', 'oneOrMore', 'zeroOrOne'] as const) {
      const inner = this.#values(node, `${kind}Path`)[0];
      if (inner !== undefined) return { kind, path: this.#path(inner, shape) };
    }
    throw new Error(`unchecked path ${termText(node)}`);
  }

  #constraints(term: TermLike): ShapeConstraint[] {
    const found: ShapeConstraint[] = [];
    for (const [predicate, values] of this.#graph.properties(term)) {
      if (!predicate.startsWith(sh)) continue;
      const name = predicate.slice(sh.length);
      for (const value of values) {
        const constraint = this.#constraint(term, name, value);
        if (constraint !== undefined) found.push(constraint);
      }
    }
    return found;
  }

  #constraint(term: TermLike, name: string, value: TermLike): ShapeConstraint | undefined {
    switch (name) {
      case 'class':
      case 'datatype':
      case 'equals':
      case 'disjoint':
      case 'lessThan':
      case 'lessThanOrEquals':
        return { kind: name, iri: value.value };
      case 'minCount':
      case 'maxCount':
        return { kind: name, count: Number(value.value) };
      case 'minLength':
      case 'maxLength':
        return { kind: name, length: Number(value.value) };
      case 'minExclusive':
      case 'minInclusive':
      case 'maxExclusive':
      case 'maxInclusive':
        return { kind: name, bound: value };
      case 'not':
      case 'node':
      case 'property':
        return { kind: name, shape: this.place(value) };
      case 'hasValue':
        return { kind: name, term: value };
      default:
        return this.#listed(term, name, value);
    }
  }

  #listed(term: TermLike, name: string, value: TermLike): ShapeConstraint | undefined {
    const members = (): TermLike[] => listMembers(this.#graph, value, term, `sh:${name}`);
    switch (name) {
      case 'and':
      case 'or':
      case 'xone':
        return { kind: name, shapes: members().map((member) => this.place(member)), list: value };
      case 'in':
        return { kind: name, terms: members(), list: value };
      case 'languageIn':
        return { kind: name, ranges: members().map((member) => member.value) };
      case 'nodeKind':
        return nodeKind(value);
      case 'pattern':
        return {
          kind: name,
          source: value.value,
          flags: this.#values(term, 'flags')[0]?.value ?? '',
        };
      case 'uniqueLang':
        return this.#isTrue(term, name) ? { kind: name } : undefined;
      case 'closed':
        return this.#isTrue(term, name) ? this.#closed(term) : undefined;
      case 'qualifiedValueShape':
        return this.#qualified(term, value);
      default:
        return undefined;
    }
  }

  #closed(term: TermLike): ShapeConstraint {
    const predicates = new Set<string>();
    for (const property of this.#values(term, 'property')) {
      for (const path of this.#values(property, 'path')) {
        if (path.termType === 'NamedNode') predicates.add(path.value);
      }
    }
    for (const list of this.#values(term, 'ignoredProperties')) {
      for (const { value } of listMembers(this.#graph, list, term, 'sh:ignoredProperties')) {
        predicates.add(value);
      }
    }
    return { kind: 'closed', predicates: [...predicates] };
  }

  #qualified(term: TermLike, shape: TermLike): ShapeConstraint {
    const count = (name: string): number | undefined => {
      const value = this.#values(term, name)[0]?.value;
      return value === undefined ? undefined : Number(value);
    };
    const [min, max] = [count('qualifiedMinCount'), count('qualifiedMaxCount')];
    return {
      kind: 'qualified',
      shape: this.place(shape),
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      siblings: this.#isTrue(term, 'qualifiedValueShapesDisjoint') ? this.#siblings(term) : [],
    };
  }

  /** W3C SHACL, section 4.7.3: shapes that the same parents ask of their other properties. */
  #siblings(term: TermLike): number[] {
    const key = termText(term);
    const own = new Set(this.#values(term, 'qualifiedValueShape').map(termText));
    const found = new Map<string, TermLike>();
    for (const parent of this.#graph.nodes.values()) {
      const properties = this.#values(parent, 'property');
      if (!properties.some((property) => termText(property) === key)) continue;
      for (const property of properties) {
        for (const value of this.#values(property, 'qualifiedValueShape')) {
          if (!own.has(termText(value))) found.set(termText(value), value);
        }
      }
    }
    return [...found.values()].map((value) => this.place(value));
  }
}

function nodeKind(term: TermLike): ShapeConstraint {
  const name = term.value.slice(sh.length);
  return {
    kind: 'nodeKind',
    iri: name.includes('IRI'),
    blank: name.includes('BlankNode'),
    literal: name.includes('Literal'),
    term,
  };
}
