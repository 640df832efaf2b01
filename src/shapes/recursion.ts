import { refuse, type ShapeGraph } from './graph.ts';
import type { ShapeConstraint, ShapeModel, ShapesModel } from './model.ts';
import { termText } from './nquads.ts';

/** A reference of one shape to another; a negative one is hurt when more nodes conform to it. */
interface Reference {
  readonly shape: number;
  readonly negative: boolean;
}

function referencesOf(constraint: ShapeConstraint): readonly Reference[] {
  switch (constraint.kind) {
    case 'node':
    case 'property':
      return [{ shape: constraint.shape, negative: false }];
    case 'not':
      return [{ shape: constraint.shape, negative: true }];
    case 'and':
    case 'or':
      return constraint.shapes.map((shape) => ({ shape, negative: false }));
    case 'xone':
      // One member more that conforms can turn a result of one into two.
      return constraint.shapes.map((shape) => ({ shape, negative: true }));
    case 'qualified':
      return [
        { shape: constraint.shape, negative: constraint.max !== undefined },
        // A value that conforms to a sibling no longer counts for the minimum.
        ...constraint.siblings.map((shape) => ({ shape, negative: true })),
      ];
    default:
      return [];
  }
}

/** Everything conforms to a deactivated shape, so what it refers to is never asked. */
function shapeReferences({ deactivated, constraints }: ShapeModel): readonly Reference[] {
  return deactivated ? [] : constraints.flatMap(referencesOf);
}

/** What {@link cycles} finds about each place of a graph. */
interface Cycles {
  /** The number of its component; -1 for a place on no cycle. */
  readonly component: Int32Array;
  /** How many components follow one another from it at most, its own not counted. */
  readonly levels: Int32Array;
}

/**
 * The strongly connected components of a directed graph (Tarjan 1972), without recursion of its
 * own, because shapes may refer to each other in long chains.
 *
 * @param next the places that a place leads to
 */
export function cycles(size: number, next: (place: number) => readonly number[]): Cycles {
  const component = new Int32Array(size).fill(-1);
  const levels = new Int32Array(size);
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const stack: number[] = [];
  const open = new Set<number>();
  let found = 0;
  const close = (head: number): void => {
    const members = stack.splice(stack.lastIndexOf(head));
    let level = 0;
    for (const member of members) {
      // Places outside of the component were closed before.
      for (const to of next(member)) if (!open.has(to)) level = Math.max(level, at(levels, to) + 1);
    }
    const cyclic = members.length > 1 || next(head).includes(head);
    for (const member of members) {
      open.delete(member);
      levels[member] = level;
      if (cyclic) component[member] = found;
    }
    if (cyclic) found++;
  };
  let visited = 0;
  for (let root = 0; root < size; root++) {
    const way = order[root] === -1 ? [{ place: root, step: 0 }] : [];
    for (let top = way[0]; top !== undefined; top = way[way.length - 1]) {
      const { place } = top;
      if (top.step === 0) {
        order[place] = low[place] = visited++;
        stack.push(place);
        open.add(place);
      }
      const target = next(place)[top.step++];
      if (target === undefined) {
        way.pop();
        const above = way[way.length - 1]?.place;
        if (above !== undefined) low[above] = Math.min(at(low, above), at(low, place));
        if (low[place] === order[place]) close(place);
      } else if (order[target] === -1) way.push({ place: target, step: 0 });
      else if (open.has(target)) low[place] = Math.min(at(low, place), at(order, target));
    }
  }
  return { component, levels };
}

function at(numbers: Int32Array, index: number): number {
  return numbers[index] as number;
}

/**
 * Which shapes refer to themselves, directly or through others.
 *
 * @returns for each shape the number of its cycle's component, -1 for shapes on no cycle
 */
export function components({ shapes }: ShapesModel): Int32Array {
  return cyclesOf(shapes).component;
}

function cyclesOf(shapes: readonly ShapeModel[]): Cycles {
  const targets = shapes.map((shape) => shapeReferences(shape).map((reference) => reference.shape));
  return cycles(shapes.length, (place) => targets[place] ?? []);
}

const namedMax = 8;
const nestingMax = 32;

/**
 * Refuses recursion that has no agreed meaning (SHACL 1.0 leaves all of it open, section 3.4.3): a
 * cycle through a reference that turns conforming into its opposite. Of what is left the greatest
 * fixpoint is one and defined. Very deep nesting is refused too.
 *
 * @param graph where the shapes stand, for file and line
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the shapes of the cycle
 */
export function checkRecursion({ shapes }: ShapesModel, graph?: ShapeGraph): void {
  const { component, levels } = cyclesOf(shapes);
  for (const shape of shapes) {
    const { index, term } = shape;
    const deepest = at(levels, index);
    if (deepest > nestingMax) {
      const expected = `at most ${nestingMax} levels`;
      refuse(term, 'nesting', expected, `${deepest}`, graph?.find(term));
    }
    const own = at(component, index);
    const hurts = ({ negative, shape: target }: Reference): boolean =>
      negative && component[target] === own;
    if (own < 0 || !shapeReferences(shape).some(hurts)) continue;
    const names = shapes
      .filter((other) => component[other.index] === own)
      .map((other) => termText(other.term));
    const more = names.length > namedMax ? `, and ${names.length - namedMax} more` : '';
    refuse(
      term,
      'recursion',
      'no cycle through sh:not, sh:xone, sh:qualifiedMaxCount or disjoint siblings',
      `a loop of ${names.slice(0, namedMax).join(', ')}${more}`,
      graph?.find(term),
    );
  }
}
