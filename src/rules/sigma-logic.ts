import type { ShapeConstraint } from '../shapes/model.ts';
import { all, always, any, type Formula, never, not } from './sigma-formula.ts';
import { type SigmaNode, type SigmaValue, some } from './sigma-nodes.ts';

const membersMax = 16;

/**
 * Holds where one of them does and no other: some does, and of each two one does not, so that what
 * violates is a lane for none of them and one for each two. Undefined for too many.
 */
export function exactlyOne(members: readonly Formula[]): Formula | undefined {
  if (members.length > membersMax) return undefined;
  const pairs = members.flatMap((one, index) =>
    members.slice(index + 1).map((two) => any([not(one), not(two)])),
  );
  return all([any(members), ...pairs]);
}

/** Counts values that conform to a shape and to none of its siblings (W3C SHACL, section 4.7.3). */
export function qualified(
  { shape, min, max, siblings }: Extract<ShapeConstraint, { kind: 'qualified' }>,
  values: readonly SigmaValue[],
  shapeAt: (index: number, node: SigmaNode) => Formula,
): Formula {
  const counted = some(values, (node) =>
    all([shapeAt(shape, node), ...siblings.map((sibling) => not(shapeAt(sibling, node)))]),
  );
  const least = min === undefined || min === 0 ? always : min > 1 ? never : counted;
  return all([least, max === 0 ? not(counted) : always]);
}
