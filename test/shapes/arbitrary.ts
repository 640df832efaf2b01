import fc from 'fast-check';
import type { ShapePath } from '../../src/shapes/model.ts';
import { simpleConstraints } from './arbitrary-constraints.ts';
import { classes, ex, individuals, literals, predicates } from './arbitrary-data.ts';
import {
  type Constraint,
  literalText,
  type Member,
  type Shape,
  writeShapes,
} from './arbitrary-text.ts';

/** What a document may hold beyond what every engine can do. */
export interface ShapesOptions {
  /** Shapes that refer to themselves, where that is monotone; the reference engine cannot. */
  readonly recursion?: boolean;
  /** Inverse paths of any path; the reference engine has those of predicates alone. */
  readonly anyInverse?: boolean;
}

/** How deep shapes lie in one another, references aside. */
const topDepth = 2;
const some = <Value>(values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);

function pathAt(depth: number, anyInverse: boolean): fc.Arbitrary<ShapePath> {
  const predicate = some(predicates).map((iri): ShapePath => ({ kind: 'predicate', iri }));
  const type = fc.constant<ShapePath>({
    kind: 'predicate',
    iri: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type',
  });
  const one = fc.oneof({ weight: 9, arbitrary: predicate }, { weight: 1, arbitrary: type });
  if (depth === 0) return one;
  const inner = pathAt(depth - 1, anyInverse);
  const several = fc.array(inner, { minLength: 2, maxLength: 3 });
  const lists = fc
    .tuple(some(['sequence', 'alternative'] as const), several)
    .map(([kind, paths]): ShapePath => ({ kind, paths }));
  // An inverse sequence is the one inverse whose parts change places.
  const inverted = anyInverse ? fc.oneof(inner, lists) : one;
  const inverse = inverted.map((path): ShapePath => ({ kind: 'inverse', path }));
  const repeats = fc
    .tuple(some(['zeroOrMore', 'oneOrMore', 'zeroOrOne'] as const), inner)
    .map(([kind, path]): ShapePath => ({ kind, path }));
  return fc.oneof(
    { weight: 7, arbitrary: one },
    { weight: 2, arbitrary: inverse },
    { weight: 2, arbitrary: lists },
    { weight: 2, arbitrary: repeats },
  );
}

const reference = fc.nat(99).map((ref): Member => ({ ref }));

interface Kind {
  readonly depth: number;
  readonly isProperty: boolean;
  /** Holds nothing through which recursion would not be monotone. */
  readonly positive: boolean;
  readonly anyInverse: boolean;
}

function member(kind: Kind, isProperty: boolean): fc.Arbitrary<Member> {
  if (kind.depth === 0) return reference;
  const inline = shapeOf({ ...kind, depth: kind.depth - 1, isProperty });
  return fc.oneof({ weight: 3, arbitrary: inline }, { weight: 1, arbitrary: reference });
}

function logic(kind: Kind): fc.Arbitrary<Constraint> {
  // Members of lists and of sh:node may be property shapes as well.
  const either = fc.oneof(member(kind, false), member(kind, true));
  const single = fc
    .tuple(some(kind.positive ? (['node'] as const) : (['node', 'not'] as const)), either)
    .map(([name, only]): Constraint => ({ key: name, name, members: [only], list: false }));
  const lists = kind.positive ? (['and', 'or'] as const) : (['and', 'or', 'xone'] as const);
  const list = fc
    .tuple(some(lists), fc.array(either, { maxLength: 3 }))
    .map(([name, members]): Constraint => ({ key: name, name, members, list: true }));
  return fc.oneof(single, list);
}

function property(kind: Kind): fc.Arbitrary<Constraint> {
  const members = fc.array(member(kind, true), { minLength: 1, maxLength: kind.depth > 1 ? 3 : 1 });
  return members.map((all) => ({ key: 'property', name: 'property', members: all, list: false }));
}

function qualified(kind: Kind): fc.Arbitrary<Constraint> {
  const min = fc.integer({ min: 0, max: 2 });
  const bounds: fc.Arbitrary<{ min?: number; max?: number }> = kind.positive
    ? min.map((least) => ({ min: least }))
    : fc.oneof(
        min.map((least) => ({ min: least })),
        fc.nat(1).map((most) => ({ max: most })),
        min.map((least) => ({ min: least, max: 1 })),
      );
  // A shape with a name may be its own sibling's value shape, which is recursion by negation.
  const isNamed = kind.depth === topDepth;
  const disjoint = kind.positive || isNamed ? fc.constant(false) : fc.boolean();
  const shape = fc.oneof(member(kind, false), member(kind, true));
  return fc.tuple(shape, bounds, disjoint).map(([only, limits, apart]) => ({
    key: 'qualifiedValueShape',
    name: 'qualifiedValueShape',
    members: [only],
    list: false,
    also: { ...limits, disjoint: apart },
  }));
}

function constraintsOf(kind: Kind): fc.Arbitrary<Constraint[]> {
  const simple = simpleConstraints(kind.isProperty);
  const nested = [property(kind), logic(kind), ...(kind.isProperty ? [qualified(kind)] : [])];
  const one = fc.oneof(
    { weight: kind.isProperty ? 6 : 2, arbitrary: simple },
    { weight: 2, arbitrary: fc.oneof(...nested) },
  );
  return fc.uniqueArray(one, {
    minLength: kind.depth > 1 ? 1 : 0,
    maxLength: kind.depth > 1 ? 4 : 2,
    selector: ({ key }) => key,
  });
}

const silent = Array<undefined>(6).fill(undefined);
const known = new Map<string, fc.Arbitrary<Shape>>();

function shapeOf(kind: Kind): fc.Arbitrary<Shape> {
  const key = JSON.stringify(kind);
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = fc.record({
    path: kind.isProperty ? pathAt(2, kind.anyInverse) : fc.constant(undefined),
    constraints: constraintsOf(kind),
    severity: some([...silent, 'sh:Info', 'sh:Warning', 'sh:Violation', 'ex:Severe']),
    deactivated: some([...silent, ...silent, ...silent, ...silent, true, false]),
    messages: fc.subarray(['"one"', '"two"@en', '"zwei {$minCount}"@de'], { maxLength: 2 }),
  });
  known.set(key, made);
  return made;
}

const target = fc.oneof(
  some(classes).map((iri) => `sh:targetClass <${iri}>`),
  fc
    .oneof(some(individuals.map((iri) => `<${iri}>`)), some(literals).map(literalText))
    .map((term) => `sh:targetNode ${term}`),
  some(predicates).map((iri) => `sh:targetSubjectsOf <${iri}>`),
  some(predicates).map((iri) => `sh:targetObjectsOf <${iri}>`),
);

function topShape(options: ShapesOptions, positive: boolean) {
  const kind = { depth: topDepth, positive, anyInverse: options.anyInverse === true };
  return fc.record({
    shape: fc.oneof(
      { weight: 3, arbitrary: shapeOf({ ...kind, isProperty: false }) },
      { weight: 1, arbitrary: shapeOf({ ...kind, isProperty: true }) },
    ),
    targets: fc.array(target, { minLength: 1, maxLength: 3 }),
    implicit: some([...silent, ...silent, ...classes.keys()]),
  });
}

/**
 * Documents of SHACL Core shapes as Turtle: every constraint component and path form, nested, with
 * all kinds of targets, over the vocabulary of arbitrary-data.ts. Each document has a target.
 */
export function shapesDocuments(options: ShapesOptions = {}): fc.Arbitrary<string> {
  return fc
    .record({
      shapes: fc.array(topShape(options, false), { minLength: 1, maxLength: 4 }),
      recursive:
        options.recursion === true
          ? fc.array(topShape(options, true), { minLength: 1, maxLength: 3 })
          : fc.constant([]),
      hierarchy: fc.boolean(),
      named: fc.boolean(),
    })
    .map((document) => writeShapes(document, ex));
}
