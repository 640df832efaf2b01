import { GraphTerms } from '../graph/terms.ts';
import { refuse } from '../graph.ts';
import type { ShapeConstraint, ShapesModel } from '../model.ts';
import { components } from '../recursion.ts';
import { rdf, rdfs, sh, xsdString } from '../vocabulary.ts';
import { logicCheck, propertyCheck, qualifiedCheck, referenceCheck } from './checks-logic.ts';
import {
  closedCheck,
  countCheck,
  disjointCheck,
  equalsCheck,
  hasValueCheck,
  lessThanCheck,
  uniqueLangCheck,
} from './checks-sets.ts';
import {
  classTest,
  datatypeTest,
  eachValue,
  inTest,
  languageInTest,
  lengthTest,
  nodeKindTest,
  patternTest,
  rangeTest,
} from './checks-values.ts';
import { fixedHierarchy } from './classes.ts';
import { valueNodes } from './paths.ts';
import { type Check, CompiledShape, type Component } from './shape.ts';
import { Targets } from './targets.ts';

/** Makes the check of a SPARQL-based constraint. */
export type SparqlCheck = (
  constraint: Extract<ShapeConstraint, { kind: 'sparql' }>,
  component: Component,
) => Check;

/** Shapes made ready for any number of graphs. */
export interface CompiledModel {
  readonly shapes: readonly CompiledShape[];
  /** The constants; every graph's terms go on from here. */
  readonly terms: GraphTerms;
  readonly targets: Targets;
  readonly hierarchy: ReadonlyMap<number, readonly number[]>;
  readonly rdfType: number;
  readonly subClassOf: number;
}

/** Compiles a model that the lint has accepted. */
export function compileModel(
  model: ShapesModel,
  classHierarchy: 'data' | 'both',
  sparql: SparqlCheck,
): CompiledModel {
  const terms = new GraphTerms();
  const rdfType = terms.iri(`${rdf}type`);
  const subClassOf = terms.iri(`${rdfs}subClassOf`);
  terms.iri(xsdString);
  const cycles = components(model);
  const shapes = model.shapes.map(
    (shape) =>
      new CompiledShape(shape, valueNodes(shape.path?.path, terms), cycles[shape.index] as number),
  );
  for (const shape of shapes) {
    for (const constraint of shape.model.constraints) {
      shape.checks.push(checkOf(constraint, shape, shapes, terms, sparql));
    }
  }
  measureHeights(shapes);
  const hierarchy = fixedHierarchy(terms, classHierarchy === 'both' ? model.hierarchy : []);
  const targets = new Targets(shapes, terms, hierarchy);
  return { shapes, terms, targets, hierarchy, rdfType, subClassOf };
}

function componentIri(kind: string): string {
  return `${sh}${kind.charAt(0).toUpperCase()}${kind.slice(1)}ConstraintComponent`;
}

function checkOf(
  constraint: ShapeConstraint,
  shape: CompiledShape,
  shapes: readonly CompiledShape[],
  terms: GraphTerms,
  sparql: SparqlCheck,
): Check {
  const named = (kind: string): Component => ({ shape, iri: componentIri(kind), constraint });
  const own = named(constraint.kind);
  const at = (index: number): CompiledShape => shapes[index] as CompiledShape;
  switch (constraint.kind) {
    case 'class':
      return eachValue(own, classTest(constraint, terms));
    case 'datatype':
      return eachValue(own, datatypeTest(constraint, terms));
    case 'nodeKind':
      return eachValue(own, nodeKindTest(constraint));
    case 'minExclusive':
    case 'minInclusive':
    case 'maxExclusive':
    case 'maxInclusive':
      return eachValue(own, rangeTest(constraint));
    case 'minLength':
    case 'maxLength':
      return eachValue(own, lengthTest(constraint));
    case 'pattern':
      return eachValue(own, patternTest(constraint));
    case 'languageIn':
      return eachValue(own, languageInTest(constraint));
    case 'in':
      return eachValue(own, inTest(constraint, terms));
    case 'not':
    case 'node':
      return referenceCheck(constraint, at(constraint.shape), own);
    case 'property':
      return propertyCheck(at(constraint.shape));
    case 'and':
    case 'or':
    case 'xone':
      return logicCheck(constraint, constraint.shapes.map(at), own);
    case 'qualified': {
      const bounds = [named('qualifiedMinCount'), named('qualifiedMaxCount')] as const;
      const { shape: index, siblings } = constraint;
      return qualifiedCheck(constraint, at(index), siblings.map(at), bounds);
    }
    case 'sparql':
      return sparql(constraint, { ...own, iri: constraint.rule.component });
    default:
      return setCheck(constraint, own, terms);
  }
}

type SetConstraint = Extract<
  ShapeConstraint,
  {
    kind:
      | 'minCount'
      | 'maxCount'
      | 'hasValue'
      | 'uniqueLang'
      | 'equals'
      | 'disjoint'
      | 'lessThan'
      | 'lessThanOrEquals'
      | 'closed';
  }
>;

function setCheck(constraint: SetConstraint, own: Component, terms: GraphTerms): Check {
  switch (constraint.kind) {
    case 'minCount':
    case 'maxCount':
      return countCheck(constraint, own);
    case 'hasValue':
      return hasValueCheck(constraint, own, terms);
    case 'uniqueLang':
      return uniqueLangCheck(own);
    case 'equals':
      return equalsCheck(constraint, own, terms);
    case 'disjoint':
      return disjointCheck(constraint, own, terms);
    case 'closed':
      return closedCheck(constraint, own, terms);
    default:
      return lessThanCheck(constraint, own, terms);
  }
}

/** The shapes that a constraint asks of value nodes. */
function references(constraint: ShapeConstraint): readonly number[] {
  if ('siblings' in constraint) return [constraint.shape, ...constraint.siblings];
  if ('shape' in constraint) return [constraint.shape];
  return 'shapes' in constraint ? constraint.shapes : [];
}

/** Heights by depth-first search; shapes on a cycle are remembered in another way. */
function measureHeights(shapes: readonly CompiledShape[]): void {
  const done = new Set<CompiledShape>();
  const visit = (shape: CompiledShape): number => {
    if (done.has(shape)) return shape.height;
    done.add(shape);
    let deepest = 0;
    for (const constraint of shape.model.constraints) {
      for (const index of references(constraint)) {
        deepest = Math.max(deepest, 1 + visit(shapes[index] as CompiledShape));
      }
    }
    shape.height = deepest;
    return deepest;
  };
  for (const shape of shapes) visit(shape);
}

/** For documents that have no evaluator: their SPARQL was refused before. */
export const refuseSparql: SparqlCheck = (_constraint, { shape }) =>
  refuse(shape.term, 'sh:sparql', 'an evaluator that the host gives', 'none');
