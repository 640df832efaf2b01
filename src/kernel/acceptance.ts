import type { Operator } from '../terms/conditions.ts';
import {
  type BoundCondition,
  type Column,
  classOf,
  firstClass,
  testOn,
  testValues,
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
  const { op } = condition;
  const steps: Step[] = [[absentAt, op === 'absent' || (op !== 'present' && absentHolds)]];
  if (op === 'present' || op === 'absent') steps.push([realFrom, op === 'present']);
  else if (isNumeric(column)) numberSteps(op, testValues(condition) as readonly number[], steps);
  else if (isListed(op, column)) listedSteps(column, condition, steps);
  else {
    // Decimals, truths, comparisons and questions have few classes: each is asked.
    const holds = testOn(column, condition, absentHolds);
    steps.push([realFrom, holds(firstClass)]);
    for (let cls = firstClass; cls < column.classCount; cls++) steps.push([cls, holds(cls)]);
  }
  steps.push([foreignAt, op === 'present' || (op !== 'absent' && absentHolds)]);
  return acceptanceFrom(steps);
}

/** A stretch begins at a place and ends before the next double above one. */
function numberSteps(op: Operator, values: readonly number[], steps: Step[]): void {
  const [first, second] = values as readonly [number, number];
  switch (op) {
    case 'lt':
      steps.push([realFrom, realFrom < first], [first, false]);
      return;
    case 'lte':
      steps.push([realFrom, true], [nextUp(first), false]);
      return;
    case 'gt':
      steps.push([realFrom, false], [nextUp(first), true]);
      return;
    case 'gte':
      steps.push([realFrom, false], [first, true]);
      return;
    case 'between':
      steps.push([realFrom, false]);
      if (first <= second) steps.push([first, true], [nextUp(second), false]);
      return;
    default: {
      const others = op === 'neq';
      steps.push([realFrom, others]);
      for (const value of ascending(values)) steps.push([value, !others], [nextUp(value), others]);
    }
  }
}

function isListed(op: Operator, { shape, kind }: Column): boolean {
  const text = shape === 'values' && kind !== 'decimal' && kind !== 'boolean';
  return text && (op === 'eq' || op === 'neq' || op === 'in');
}

/** Texts: those that the condition lists lie at their classes, which the column has given them. */
function listedSteps(column: Column, condition: BoundCondition, steps: Step[]): void {
  const others = condition.op === 'neq';
  steps.push([realFrom, others]);
  const classes = testValues(condition).map((value) => classOf(column, value));
  for (const cls of ascending(classes)) steps.push([cls, !others], [cls + 1, others]);
}

/** In order and without repetition, as steps must come. */
function ascending(values: readonly number[]): readonly number[] {
  return values.length > 1 ? [...new Set(values)].sort((one, two) => one - two) : values;
}

/** Steps in ascending order, of equal places the last one counts. */
function acceptanceFrom(steps: readonly Step[]): Acceptance {
  const flips: number[] = [];
  const first = steps[0]![1];
  let state = first;
  for (let index = 1; index < steps.length; index++) {
    const [from, holds] = steps[index]!;
    if (steps[index + 1]?.[0] === from || holds === state) continue;
    // Of a bound at -0 nothing but its sign is lost.
    flips.push(from + 0);
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

/** Whether it holds at a place. */
export function acceptsAt({ first, flips }: Acceptance, place: number): boolean {
  let state = first;
  for (const flip of flips) if (flip <= place) state = !state;
  return state;
}
