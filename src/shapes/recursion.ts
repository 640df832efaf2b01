import { refuse } from './graph.ts';
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

/**
 * The strongly connected components of a directed graph (Tarjan 1972), without recursion of its
 * own, because shapes may refer to each other in long chains.
 *
 * @param next the places that a place leads to
 * @returns for each place the number of its component; those that lie on no cycle have -1
 */
export function cycles(size: number, next: (place: number) => readonly number[]): Int32Array {
  const component = new Int32Array(size).fill(-1);
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const open = new Uint8Array(size);
  const stack: number[] = [];
  let visited = 0;
  let found = 0;
  for (let root = 0; root < size; root++) {
    if (order[root] !== -1) continue;
    const way = [{ place: root, targets: next(root), at: 0 }];
    for (let step = way[0]; step !== undefined; step = way[way.length - 1]) {
      const { place, targets } = step;
      if (order[place] === -1) {
        order[place] = low[place] = visited++;
        open[place] = 1;
        stack.push(place);
      }
      const target = targets[step.at++];
      if (target === undefined) {
        way.pop();
        const above = way[way.length - 1]?.place;
        if (above !== undefined) low[above] = Math.min(low[above] ?? 0, low[place] ?? 0);
        if (low[place] === order[place] && close(place, targets)) found++;
      } else if (order[target] === -1) {
        way.push({ place: target, targets: next(target), at: 0 });
      } else if (open[target] === 1) {
        low[place] = Math.min(low[place] ?? 0, order[target] ?? 0);
      }
    }
  }
  return component;

  function close(head: number, targets: readonly number[]): boolean {
    const members = stack.splice(stack.lastIndexOf(head));
    for (const member of members) open[member] = 0;
    if (members.length === 1 && !targets.includes(head)) return false;
    for (const member of members) component[member] = found;
    return true;
  }
}

/**
 * Which shapes refer to themselves, directly or through others.
 *
 * @returns for each shape the number of its cycle's component, -1 for shapes on no cycle
 */
export function components({ shapes }: ShapesModel): Int32Array {
  const targets = shapes.map((shape) => shapeReferences(shape).map((reference) => reference.shape));
  return cycles(shapes.length, (place) => targets[place] ?? []);
}

const namedMax = 8;

/**
 * Refuses recursion that has no agreed meaning (SHACL 1.0 leaves all of it open, section 3.4.3): a
 * cycle through a reference that turns conforming into its opposite. Of what is left the greatest
 * fixpoint is one and defined.
 *
 * @throws KnhkError KNHK_SHAPES_UNSUPPORTED naming the shapes of the cycle
 */
export function checkRecursion(model: ShapesModel): void {
  const component = components(model);
  for (const shape of model.shapes) {
    const own = component[shape.index];
    if (own === undefined || own < 0) continue;
    const back = shapeReferences(shape).find(
      ({ negative, shape: target }) => negative && component[target] === own,
    );
    if (back === undefined) continue;
    const names = model.shapes
      .filter(({ index }) => component[index] === own)
      .map(({ term }) => termText(term));
    const more = names.length > namedMax ? `, and ${names.length - namedMax} more` : '';
    refuse(
      shape.term,
      'recursion',
      'no cycle through sh:not, sh:xone, sh:qualifiedMaxCount or disjoint siblings',
      `a loop of ${names.slice(0, namedMax).join(', ')}${more}`,
    );
  }
}
