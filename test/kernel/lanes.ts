import { expect } from 'vitest';
import {
  type BoundCondition,
  compileProgram,
  type Lane,
  type Program,
  type ProgramNode,
} from '../../src/kernel/program.ts';
import { matchInto, setLanes } from '../../src/kernel/run.ts';
import type { Operand, Operator } from '../../src/terms/conditions.ts';
import { type FieldKind, isOrdered } from '../../src/terms/fields.ts';
import type { Scalar } from '../../src/terms/scalars.ts';
import { conditionHolds } from './oracle.ts';

/**
 * Choices from a seed that fast-check picks (mulberry32): programs of hundreds of lanes would take
 * fast-check itself longer to make than to try.
 */
export class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to below `count`. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** True in `part` of a hundred cases. */
  chance(part: number): boolean {
    return this.below(100) < part;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const mixed = [...items];
    for (let index = mixed.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      [mixed[index], mixed[other]] = [mixed[other]!, mixed[index]!];
    }
    return mixed;
  }
}

/** The next double below one that is finite and not zero. */
const under = (value: number): number => {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  bytes.setBigInt64(0, bytes.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bytes.getFloat64(0);
};

const most = Number.MAX_VALUE;
const least = Number.MIN_VALUE;
/** The smallest normal double. */
const smallest = 2 ** -1022;
const exact = Number.MAX_SAFE_INTEGER;
const christmas = Date.UTC(2026, 11, 25);

/** Doubles at which comparisons go wrong first, each with its neighbours. */
export const doubles: readonly number[] = [
  ...[-most, -under(most), -exact, under(-1), -1, -under(1), -smallest],
  ...[-2 * least, -least, 0, least, 2 * least, smallest, 0.1, 0.3, 0.1 + 0.2],
  ...[under(1), 1, 1 + 2 ** -52, exact - 1, exact, 2 ** 53, 1e308, under(most), most],
];

/** Values as code sees them, close neighbours: conditions are hit, and missed by very little. */
const pools: { readonly [K in FieldKind]: readonly Scalar[] } = {
  integer: [-exact, -exact + 1, -2, -1, 0, 1, 2, 3, 44, 45, 46, exact - 1, exact],
  number: doubles,
  decimal: [
    ...['-9999999999999999999999999999999999', '-10', '-9.99', '-1', '-0.5', '0', '0.1'],
    ...['0.10000000000000000001', '9', '10', '100', '9999999999999999999999999999999999'],
  ],
  boolean: [true, false],
  string: ['', 'a', 'A', '\u00e9', 'e\u0301', '__proto__', 'constructor', '\u{1f600}', '1', ','],
  iri: ['https://example.com/a', 'https://example.com/A', 'urn:x:1', 'urn:x:2'],
  instant: [christmas - 1_000, christmas - 1, christmas, christmas + 1, 0, -1, 253402300799999],
  oneOf: ['red', 'green', 'blue'],
  list: [],
};

/** An operand that conditions read; every operand is a column of its own, or several. */
export interface Axis {
  readonly operand: Operand;
  readonly kind: FieldKind;
  readonly of?: FieldKind;
}

const scalarKinds = Object.keys(pools).filter((kind) => kind !== 'list') as FieldKind[];

const lists = (['string', 'integer', 'instant'] as const).map(
  (of): Axis => ({ operand: { field: `list of ${of}` }, kind: 'list', of }),
);

/** Operands of all kinds, of fields, actions, windows, budgets and parts. */
export const axes: readonly Axis[] = [
  ...scalarKinds.flatMap((kind): Axis[] => [
    { operand: { field: kind }, kind },
    { operand: { action: kind }, kind },
  ]),
  ...lists,
  { operand: { field: 'string', part: 'length' }, kind: 'integer' },
  { operand: { field: 'list of string', part: { count: 'a' } }, kind: 'integer' },
  { operand: { window: 'counted' }, kind: 'number' },
  { operand: { budget: 'spent' }, kind: 'boolean' },
];

/** What is seen at each operand, by its name. */
export type Seen = ReadonlyMap<string, unknown>;

export const nameOf = (operand: Operand): string => JSON.stringify(operand);

const foreign: readonly unknown[] = [null, 0, 7, '', 'x', 'true', true, false, [], {}, [null]];

function valueOn({ kind, of }: Axis, choices: Choices): unknown {
  if (choices.chance(8)) return undefined;
  // Text is no foreign value where decimals are wanted: it would have to be one.
  const odd = foreign.filter((value) => kind !== 'decimal' || typeof value !== 'string');
  if (choices.chance(8)) return choices.one(odd);
  if (of === undefined) return choices.one(pools[kind]);
  return Array.from({ length: choices.below(5) }, () => choices.one(pools[of]));
}

/** One value at every operand: of its kind, absent, or of a kind that its field cannot hold. */
export function seenBy(choices: Choices, read: readonly Axis[] = axes): Seen {
  return new Map(read.map((axis) => [nameOf(axis.operand), valueOn(axis, choices)]));
}

/** The literal that a host would write for a value that code sees. */
export const literalOf = (kind: FieldKind, value: Scalar): Scalar =>
  kind === 'instant' ? new Date(value as number).toISOString() : value;

const patterns = ['^a', 'a|1', '.', '', '^https:', '[A-Z]', '\\d$', '\u{1f600}'];
const datatypes = ['integer', 'decimal', 'number', 'boolean', 'string', 'iri', 'instant'];
const compared: readonly Operator[] = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte'];

function operatorsOf({ operand, kind }: Axis): readonly Operator[] {
  if ('budget' in operand) return ['exceeds'];
  if (kind === 'list') return ['includes', 'unique', 'present', 'absent'];
  const text = kind === 'string' || kind === 'iri' || kind === 'oneOf';
  return [
    ...(['eq', 'eq', 'neq', 'in', 'present', 'absent', 'datatype'] as const),
    ...(isOrdered(kind) ? (['lt', 'lte', 'gt', 'gte', 'between'] as const) : []),
    ...(text ? (['matches'] as const) : []),
  ];
}

/** A condition on an operand, at times on two. */
export function conditionOn(axis: Axis, choices: Choices, read = axes): BoundCondition {
  const { operand: left, kind, of } = axis;
  const op = choices.one(operatorsOf(axis));
  const base = { op, left, kind, ...(of === undefined ? {} : { of }) };
  const literal = (): Scalar => literalOf(of ?? kind, choices.one(pools[of ?? kind]));
  switch (op) {
    case 'exceeds':
    case 'unique':
    case 'present':
    case 'absent':
      return base;
    case 'between':
      return { ...base, right: { value: [literal(), literal()] } };
    case 'in':
      return { ...base, right: { value: Array.from({ length: choices.below(6) }, literal) } };
    case 'matches':
      return { ...base, right: { value: choices.one(patterns) } };
    case 'datatype':
      return { ...base, right: { value: choices.one(datatypes) } };
    default: {
      const others = read.filter((other) => other.kind === kind && other !== axis);
      const both = compared.includes(op) && others.length > 0 && choices.chance(15);
      return { ...base, right: both ? choices.one(others).operand : { value: literal() } };
    }
  }
}

/** Whether a condition holds, by the oracle. */
function holdsFor(condition: BoundCondition, seen: Seen, absentHolds: boolean): boolean {
  const { left, right } = condition;
  const other = right === undefined || 'value' in right ? undefined : seen.get(nameOf(right));
  return conditionHolds(condition, seen.get(nameOf(left)), absentHolds, other);
}

/** A lane of up to `longest` conditions; most of them hold for `hot`, so that lanes do fire. */
export function laneOn(choices: Choices, hot: Seen, longest: number, read = axes): Lane {
  const absentHolds = choices.chance(20);
  const conditions = Array.from({ length: choices.below(longest + 1) }, () => {
    const axis = choices.one(read);
    let condition = conditionOn(axis, choices, read);
    for (let attempt = 0; attempt < 6 && !holdsFor(condition, hot, absentHolds); attempt++) {
      condition = conditionOn(axis, choices, read);
    }
    return condition;
  });
  return { conditions, absentHolds };
}

/** The lanes that fire, by the oracle. */
export function expectedOf(lanes: readonly Lane[], seen: Seen): number[] {
  return lanes.flatMap(({ conditions, absentHolds }, index) =>
    conditions.every((condition) => holdsFor(condition, seen, absentHolds)) ? [index] : [],
  );
}

/** The lanes that a program says fire. */
export function firedBy(program: Program, seen: Seen): number[] {
  const bits = new Int32Array(program.words).fill(-1);
  matchInto(program, (operand) => seen.get(nameOf(operand)), bits);
  return setLanes(bits);
}

/** Compiles and compares with the oracle; gives the program, to look at its structure. */
export function agreeing(
  lanes: readonly Lane[],
  rounds: readonly Seen[],
  before?: Program,
): Program {
  const program = compileProgram(lanes, before);
  for (const seen of rounds) expect(firedBy(program, seen)).toEqual(expectedOf(lanes, seen));
  return program;
}

/** All nodes of a program, its root first. */
export function nodesOf(root: ProgramNode): ProgramNode[] {
  const children = root.groups.flatMap(({ nodes }) => [...nodes.values()]);
  return [root, ...children.flatMap(nodesOf)];
}

/** How many levels of groups a program has. */
export function depthOf(root: ProgramNode): number {
  const depths = root.groups.flatMap(({ nodes }) => [...nodes.values()].map(depthOf));
  return depths.length === 0 ? 0 : 1 + Math.max(...depths);
}

/** A condition on a field, as rules bind it. */
export function on(
  field: string,
  kind: FieldKind,
  op: Operator,
  value?: Scalar | readonly Scalar[],
): BoundCondition {
  return { op, left: { field }, kind, ...(value === undefined ? {} : { right: { value } }) };
}

/** A hook's lane: absent values do not hold. */
export function hookLane(...conditions: readonly BoundCondition[]): Lane {
  return { conditions, absentHolds: false };
}

/** Values of fields alone. */
export function fieldsSeen(values: Readonly<Record<string, unknown>>): Seen {
  return new Map(Object.entries(values).map(([field, value]) => [nameOf({ field }), value]));
}
