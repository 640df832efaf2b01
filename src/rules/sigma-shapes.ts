import type {
  ShapeConstraint,
  ShapeModel,
  ShapePath,
  ShapesModel,
  ShapeTarget,
} from '../shapes/model.ts';
import { termText } from '../shapes/nquads.ts';
import { rdf, rdfs } from '../shapes/vocabulary.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { rdfType } from '../terms/rdf.ts';
import type { TermLike } from '../terms/turtle.ts';
import { all, always, any, type Formula, never, not, sizeOf } from './sigma-formula.ts';
import { exactlyOne, qualified } from './sigma-logic.ts';
import {
  each,
  isPresent,
  type SigmaNode,
  type SigmaValue,
  sameTerm,
  some,
  subjectNode,
} from './sigma-nodes.ts';
import { inOrder, onValue } from './sigma-values.ts';

const subClassOf = `${rdfs}subClassOf`;
/** Shapes that refer to each other in a row. */
const depthMax = 64;
/** Atoms that one shape is written with. */
const sizeMax = 1_024;
/** Why formulas that are too large are warm. */
export const tooMany = 'more alternatives than rows hold';
const ofCells: ReadonlySet<string> = new Set([`${rdf}first`, `${rdf}rest`]);

/** A member of a field is a property of the subject. */
interface Property {
  readonly name: string;
  readonly field: Field;
}

/**
 * Evaluates shapes over what a declaration says of every record of its type: the one graph in which
 * the subject has its class and a triple for each field that is present (`terms/rdf.ts`).
 */
export class RecordShapes {
  readonly #model: ShapesModel;
  readonly #observation: Observation;
  /** The class of the subject and, by the document's hierarchy, those above it. */
  readonly #superclasses: ReadonlySet<string>;
  readonly #properties = new Map<string, Property>();
  readonly #hasLists: boolean;
  readonly #known = new Map<string, Formula>();
  /** Shapes and nodes on the way, so that recursion ends. */
  readonly #open = new Set<string>();

  constructor(model: ShapesModel, observation: Observation) {
    this.#model = model;
    this.#observation = observation;
    this.#superclasses = superclassesOf(observation.class, model.hierarchy);
    for (const [name, field] of Object.entries(observation.fields)) {
      if (name === observation.subject) continue;
      this.#properties.set(observation.predicates[name] as string, { name, field });
    }
    const fields = [...this.#properties.values()];
    this.#hasLists = fields.some(({ field }) => field.kind === 'list');
  }

  /** What a record has to be to conform to all shapes of the document. */
  conforms(): Formula {
    const { shapes } = this.#model;
    return all(
      shapes.flatMap((shape) => shape.targets.map((target) => this.#aimed(shape, target))),
    );
  }

  /** What one target asks of a record. */
  #aimed(shape: ShapeModel, target: ShapeTarget): Formula {
    if (shape.deactivated) return always;
    const warm = (reason: string): Formula => this.#warm(shape, `target ${target.kind}`, reason);
    // Predicates that would change what classes and cells are.
    for (const predicate of [subClassOf, ...ofCells]) {
      if (this.#properties.has(predicate)) return warm(`a field of predicate ${predicate}`);
    }
    switch (target.kind) {
      case 'class':
        return this.#superclasses.has(target.iri) ? this.#at(shape, subjectNode) : always;
      case 'node':
        return this.#atTerm(shape, target.term);
      case 'subjectsOf': {
        if (this.#isForeign(target.iri)) return warm(`other nodes with ${target.iri}`);
        return each(this.#values(target.iri), () => this.#at(shape, subjectNode));
      }
      case 'objectsOf':
        if (this.#isForeign(target.iri)) return warm(`other nodes with ${target.iri}`);
        return each(this.#values(target.iri), (node) => this.#at(shape, node));
    }
  }

  /** A target node is asked about in each graph, whether it is the record's subject or not. */
  #atTerm(shape: ShapeModel, term: TermLike): Formula {
    const node: SigmaNode = { kind: 'term', term, apart: true };
    const isSame = sameTerm(subjectNode, { ...node, apart: false }, this.#observation) ?? never;
    return all([
      any([not(isSame), this.#at(shape, subjectNode)]),
      any([isSame, this.#at(shape, node)]),
    ]);
  }

  /** True for predicates of nodes other than the subject: of classes, and of the cells of lists. */
  #isForeign(predicate: string): boolean {
    if (predicate === subClassOf) return this.#model.hierarchy.length > 0;
    return ofCells.has(predicate) && this.#hasLists;
  }

  /** The subject's values of a predicate. */
  #values(predicate: string): readonly SigmaValue[] {
    if (predicate === rdfType) {
      const term = { termType: 'NamedNode', value: this.#observation.class };
      return [{ node: { kind: 'term', term, apart: false }, isThere: always }];
    }
    const property = this.#properties.get(predicate);
    if (property === undefined) return [];
    const { name, field } = property;
    return [{ node: { kind: 'value', name, field }, isThere: isPresent(name, field) }];
  }

  #warm(shape: ShapeModel, constraint: string, reason: string): Formula {
    return { kind: 'warm', reasons: [{ shape: shapeName(shape), constraint, reason }] };
  }

  /** Whether a node conforms to a shape. */
  #at(shape: ShapeModel, node: SigmaNode): Formula {
    if (shape.deactivated) return always;
    const key = `${shape.index} ${keyOf(node)}`;
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    if (this.#open.has(key)) return this.#warm(shape, 'recursion', 'it refers to itself');
    if (this.#open.size === depthMax) return this.#warm(shape, 'all', 'shapes within shapes');
    this.#open.add(key);
    const whole = this.#judge(shape, node);
    // What refers to it is written with it, so that nesting multiplies.
    const formula = sizeOf(whole) > sizeMax ? this.#warm(shape, 'all', tooMany) : whole;
    this.#open.delete(key);
    this.#known.set(key, formula);
    return formula;
  }

  #judge(shape: ShapeModel, node: SigmaNode): Formula {
    if (shape.path === undefined) {
      const values = [{ node, isThere: always }];
      return all(shape.constraints.map((item) => this.#constraint(shape, item, node, values)));
    }
    const values = this.#reached(shape.path.path, node);
    if (typeof values === 'string') return this.#warm(shape, 'path', values);
    return all(shape.constraints.map((item) => this.#constraint(shape, item, node, values)));
  }

  /** The value nodes of a path from a node, or why they are not known. */
  #reached(path: ShapePath, node: SigmaNode): readonly SigmaValue[] | string {
    if (path.kind !== 'predicate') return `a path of kind ${path.kind}`;
    if (path.iri === subClassOf && this.#model.hierarchy.length > 0) return 'the class hierarchy';
    if (node.kind === 'subject') return this.#values(path.iri);
    return hasNoTriples(node) ? [] : 'triples of another node';
  }

  #constraint(
    shape: ShapeModel,
    constraint: ShapeConstraint,
    focus: SigmaNode,
    values: readonly SigmaValue[],
  ): Formula {
    const warm = (reason: string): Formula => this.#warm(shape, constraint.kind, reason);
    const shapeAt = (index: number, node: SigmaNode): Formula =>
      this.#at(this.#model.shapes[index] as ShapeModel, node);
    switch (constraint.kind) {
      case 'minCount':
        // A predicate has one field, and a field one value.
        if (constraint.count === 0) return always;
        return constraint.count > 1 ? never : some(values, () => always);
      case 'maxCount':
        return constraint.count > 0 ? always : not(some(values, () => always));
      case 'uniqueLang':
        return always;
      case 'hasValue':
        return some(values, (node) => this.#same(node, constraint.term) ?? warm('a list'));
      case 'not':
        return each(values, (node) => not(shapeAt(constraint.shape, node)));
      case 'node':
      case 'property':
        return each(values, (node) => shapeAt(constraint.shape, node));
      case 'and':
      case 'or': {
        const join = constraint.kind === 'and' ? all : any;
        return each(values, (node) => join(constraint.shapes.map((one) => shapeAt(one, node))));
      }
      case 'xone':
        return each(values, (node) => {
          const members = constraint.shapes.map((one) => shapeAt(one, node));
          return exactlyOne(members) ?? warm(tooMany);
        });
      case 'qualified':
        return qualified(constraint, values, shapeAt);
      case 'closed':
        return each(
          values,
          (node) => this.#closed(constraint.predicates, node) ?? warm('another node'),
        );
      case 'equals':
      case 'disjoint':
      case 'lessThan':
      case 'lessThanOrEquals':
        return this.#pair(constraint, focus, values) ?? warm('these two do not compare in rows');
      case 'sparql':
        return warm('a query');
      default:
        return each(
          values,
          (node) =>
            onValue(constraint, node, this.#observation, this.#superclasses) ??
            warm('rows cannot say it of these values'),
        );
    }
  }

  #same(node: SigmaNode, term: TermLike): Formula | undefined {
    return sameTerm(node, { kind: 'term', term, apart: false }, this.#observation);
  }

  #closed(allowed: readonly string[], node: SigmaNode): Formula | undefined {
    const isLiteral = node.kind === 'value' && hasNoTriples(node);
    // A node that is a class has superclasses too.
    if (this.#model.hierarchy.length > 0) return isLiteral ? always : undefined;
    if (node.kind !== 'subject') return hasNoTriples(node) ? always : undefined;
    if (!allowed.includes(rdfType)) return never;
    const others = [...this.#properties].filter(([predicate]) => !allowed.includes(predicate));
    return all(others.map(([, { name, field }]) => not(isPresent(name, field))));
  }

  /** Value nodes against the values of another predicate of the focus node. */
  #pair(
    constraint: Extract<
      ShapeConstraint,
      { kind: 'equals' | 'disjoint' | 'lessThan' | 'lessThanOrEquals' }
    >,
    focus: SigmaNode,
    values: readonly SigmaValue[],
  ): Formula | undefined {
    const others = this.#reached({ kind: 'predicate', iri: constraint.iri }, focus);
    if (typeof others === 'string') return undefined;
    const [one, two] = [values[0], others[0]];
    if (one === undefined || two === undefined) {
      const left = one ?? two;
      return constraint.kind === 'equals' && left !== undefined ? not(left.isThere) : always;
    }
    const both = all([one.isThere, two.isThere]);
    if (constraint.kind === 'equals' || constraint.kind === 'disjoint') {
      const same = sameTerm(one.node, two.node, this.#observation);
      if (same === undefined) return undefined;
      if (constraint.kind === 'disjoint') return not(all([both, same]));
      return any([all([both, same]), all([not(one.isThere), not(two.isThere)])]);
    }
    const op = constraint.kind === 'lessThan' ? 'lt' : 'lte';
    const inTurn = inOrder(op, one.node, two.node);
    return inTurn === undefined ? undefined : any([not(both), inTurn]);
  }
}

/** An IRI as it is, a blank node as `_:b3`. */
export function shapeName({ term }: ShapeModel): string {
  return term.termType === 'NamedNode' ? term.value : termText(term);
}

/** A literal has no triples, nor has a term of the shapes that no record speaks of. */
function hasNoTriples(node: SigmaNode): boolean {
  if (node.kind === 'value') return node.field.kind !== 'iri' && node.field.kind !== 'list';
  return node.kind === 'term' && (node.apart || node.term.termType === 'Literal');
}

function keyOf(node: SigmaNode): string {
  if (node.kind === 'subject') return 'subject';
  return node.kind === 'value' ? `value ${node.name}` : `term ${node.apart} ${termText(node.term)}`;
}

function superclassesOf(
  type: string,
  hierarchy: readonly (readonly [string, string])[],
): ReadonlySet<string> {
  const found = new Set([type]);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [sub, sup] of hierarchy) if (found.has(sub)) found.add(sup);
  }
  return found;
}
