import {
  absentClass,
  type BoundCondition,
  type Column,
  classOf,
  columnOf,
  firstClass,
  testOn,
} from './column.ts';
import { absentAt, foreignAt, isNumeric, nextUp, realFrom } from './coordinate.ts';

/** Where on a column's axis a condition holds: `first` for the absent, then it flips at each. */
export interface Acceptance {
  readonly first: boolean;
  /** Ascending places at which it changes; a value at a flip lies behind it. */
  readonly flips: readonly number[];
}

/** A stretch of an axis by where it begins. */
type Step = readonly [from: number, holds: boolean];

const foreignClass = 1;

/**
 * Where a condition holds on its column's axis.
 *
 * @param column the program's column: its classes are the places of what is not a number
 */
export function acceptanceOf(
  column: Column,
  condition: BoundCondition,
  absentHolds: boolean,
): Acceptance {
  // A column of this condition alone has few classes, however many the program's has.
  const own = isOwn(column) ? columnOf(column.key, [condition]) : column;
  const holds = testOn(own, condition, absentHolds);
  const steps: Step[] = [
    [absentAt, holds(absentClass)],
    [realFrom, holds(firstClass)],
    ...stepsOf(column, own, holds),
    [foreignAt, holds(foreignClass)],
  ];
  return acceptanceFrom(steps);
}

/** Values are looked at one by one; the classes of all other columns are few. */
function isOwn({ shape, kind }: Column): boolean {
  return shape === 'values' && kind !== 'decimal';
}

function stepsOf(column: Column, own: Column, holds: (cls: number) => boolean): Step[] {
  const steps: Step[] = [];
  if (isNumeric(column)) {
    own.thresholds.forEach((threshold, index) => {
      steps.push([threshold, holds(firstClass + 2 * index + 1)]);
      steps.push([nextUp(threshold), holds(firstClass + 2 * index + 2)]);
    });
    return steps;
  }
  if (!isOwn(column)) {
    for (let cls = firstClass; cls < column.classCount; cls++) steps.push([cls, holds(cls)]);
    return steps;
  }
  const others = holds(firstClass);
  const listed = [...own.classByValue]
    .map(([value, cls]): Step => [classOf(column, value), holds(cls)])
    .sort(([one], [two]) => one - two);
  for (const [cls, accepted] of listed) steps.push([cls, accepted], [cls + 1, others]);
  return steps;
}

/** Steps in ascending order, of equal places the last one counts. */
function acceptanceFrom(steps: readonly Step[]): Acceptance {
  const flips: number[] = [];
  const first = steps[0]![1];
  let state = first;
  for (let index = 1; index < steps.length; index++) {
    const [from, holds] = steps[index]!;
    if (steps[index + 1]?.[0] === from || holds === state) continue;
    flips.push(from);
    state = holds;
  }
  return { first, flips };
}

/** Where both hold. */
export function both(one: Acceptance, two: Acceptance): Acceptance {
  const places = [...new Set([...one.flips, ...two.flips])].sort((a, b) => a - b);
  const first = one.first && two.first;
  const flips: number[] = [];
  let state = first;
  for (const place of places) {
    const holds = acceptsAt(one, place) && acceptsAt(two, place);
    if (holds !== state) flips.push(place);
    state = holds;
  }
  return { first, flips };
}

function acceptsAt({ first, flips }: Acceptance, place: number): boolean {
  let state = first;
  for (const flip of flips) if (flip <= place) state = !state;
  return state;
}
