import type { Clock } from '../base/clock.ts';
import { absentClass, type Column, classOf, firstClass, numberClass } from '../kernel/column.ts';
import { runProgram, runWord, setLanes } from '../kernel/program.ts';
import { type ContextState, storedView } from '../rules/context.ts';
import type { RulesDocument } from '../rules/document.ts';
import { evaluateFired } from '../rules/evaluate.ts';
import type { Snapshot, TypePlan } from '../rules/snapshot.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { type Data, observationReader, type Reader } from '../terms/read.ts';
import { isText, readInstant, readScalar, Unreadable } from '../terms/scalars.ts';
import { type Decision, decidedOf, type Sigma } from './outcome.ts';

/** How a column is read from raw input, as small integers so that one switch does it. */
const integerMode = 0;
const numberMode = 1;
const booleanMode = 2;
const textMode = 3;
const otherMode = 4;
const windowMode = 5;

interface GlanceColumn {
  /** Field to read: the window's key field for a column that holds a window. */
  readonly name: string;
  readonly window: string;
  readonly field: Field;
  readonly column: Column;
  readonly mode: number;
  /** Class of an absent value, -1 where the field is required. */
  readonly absent: number;
  /** The values told apart, where there are so few that looking along them beats a map. */
  readonly listed: readonly unknown[] | undefined;
  readonly thresholds: Float64Array;
  /** A string field, whose values need no closer look than being text. */
  readonly plain: boolean;
  readonly trueClass: number;
  readonly falseClass: number;
}

/**
 * The decision's first look: whether any hook fires, from the fields that conditions read, straight
 * from the input. Nothing is allocated.
 */
export interface Glance {
  /**
   * 0: nothing fires; 1: something does; -1: a field cannot be read.
   *
   * @param clock time of observations without a time field, unless the host gives `at`
   */
  look(
    input: Record<string, unknown>,
    context: ContextState,
    clock: Clock,
    at: number | undefined,
  ): -1 | 0 | 1;
  /**
   * The decision of the last look where it depends on nothing but which hooks fired: constant
   * templates under guards that look at the action alone. Kept by fired lanes.
   */
  known(snapshot: Snapshot, sigma: Sigma): Decision | undefined;
  readonly reader: Reader;
}

/** Prepares the first look of a type. */
export function glanceOf(plan: TypePlan, windows: RulesDocument['windows']): Glance {
  const { program, classes, fired, observation } = plan;
  const reader = observationReader(observation);
  const columns = program.columns.map((read) => {
    const operand = read.operands[0]!;
    const window = 'window' in operand ? operand.window : '';
    const name = 'field' in operand ? operand.field : (windows[window]?.key ?? '');
    return columnOf(name, window, observation.fields[name] as Field, read);
  });
  const windowed = columns.some(({ mode }) => mode === windowMode);
  let word = 0;
  const single = program.words === 1;
  const decisions = new Map<number, Decision | null>();
  return {
    reader,
    known: (snapshot, sigma) => {
      if (!single) return undefined;
      let decision = decisions.get(word);
      if (decision === undefined) {
        decision = constantDecision(snapshot, plan, word, sigma);
        if (decisions.size < decisionsMax) decisions.set(word, decision);
      }
      return decision ?? undefined;
    },
    look: (input, context, clock, given) => {
      const at = windowed ? timeOf(observation, input, clock, given) : 0;
      if (at === undefined) return -1;
      for (let index = 0; index < columns.length; index++) {
        const column = columns[index]!;
        const value = valueAt(input, index, column.name);
        const cls =
          column.mode === windowMode
            ? windowClass(column, value, context, at)
            : readClass(column, value);
        if (cls < 0) return -1;
        classes[index] = cls;
      }
      if (single) {
        word = runWord(program, classes);
        return word === 0 ? 0 : 1;
      }
      runProgram(program, classes, fired);
      for (let index = 0; index < fired.length; index++) if (fired[index] !== 0) return 1;
      return 0;
    },
  };
}

/** The observation's time, or undefined where its time field cannot be read. */
function timeOf(
  { time }: Observation,
  input: Record<string, unknown>,
  clock: Clock,
  given: number | undefined,
): number | undefined {
  return time === undefined ? (given ?? clock.now()) : readInstant(input[time]);
}

/** The class of a window's value at the key that the input gives. */
function windowClass(from: GlanceColumn, key: unknown, context: ContextState, at: number): number {
  if (key === undefined) return from.absent;
  const read = readScalar(from.field, key);
  if (read instanceof Unreadable) return -1;
  return classOf(from.column, context.windowValue(from.window, String(read), at));
}

const decisionsMax = 1_024;

/** The decision where these lanes fire, if neither data nor context can change it; else null. */
function constantDecision(
  snapshot: Snapshot,
  plan: TypePlan,
  word: number,
  sigma: Sigma,
): Decision | null {
  const lanes = setLanes(Int32Array.of(word));
  const hooks = lanes.map((lane) => plan.hooks[lane]!);
  const none: Data = Object.freeze({});
  for (const { templates } of hooks) {
    if (templates?.constant !== true) return null;
    for (const action of templates.fill(none)) {
      const guards = snapshot.guardPlan(action?.type ?? '');
      const onlyAction = guards.program.columns.every(({ operands }) =>
        operands.every((operand) => 'action' in operand),
      );
      if (!onlyAction || guards.lanes.includes(-1)) return null;
    }
  }
  const record = { type: plan.observation.type, data: none, at: 0, id: '' };
  const evaluation = evaluateFired(snapshot, plan, lanes, storedView({}), record);
  return Object.freeze({ ...decidedOf(evaluation, snapshot), sigma });
}

function columnOf(name: string, window: string, field: Field, column: Column): GlanceColumn {
  const modes: Partial<Record<Field['kind'], number>> = {
    integer: integerMode,
    number: numberMode,
    boolean: booleanMode,
    string: textMode,
    iri: textMode,
    oneOf: textMode,
  };
  return {
    name,
    field,
    column,
    window,
    mode: window === '' ? (modes[field.kind] ?? otherMode) : windowMode,
    absent: field.optional ? absentClass : -1,
    thresholds: column.thresholds,
    plain: field.kind === 'string',
    // Values take their classes in the order in which the map holds them.
    listed: column.classByValue.size <= 4 ? [...column.classByValue.keys()] : undefined,
    trueClass: column.classByValue.get(true) ?? firstClass,
    falseClass: column.classByValue.get(false) ?? firstClass,
  };
}

/**
 * `input[name]`, each of the first eight columns at a load of its own. One shared load sees all
 * names and becomes megamorphic, which takes five times as long as these do (V8's inline caches).
 */
function valueAt(input: Record<string, unknown>, index: number, name: string): unknown {
  switch (index) {
    case 0:
      return input[name];
    case 1:
      return input[name];
    case 2:
      return input[name];
    case 3:
      return input[name];
    case 4:
      return input[name];
    case 5:
      return input[name];
    case 6:
      return input[name];
    default:
      return input[name];
  }
}

/** The class of a raw value, or -1 where its field cannot be read. */
function readClass(from: GlanceColumn, value: unknown): number {
  if (value === undefined) return from.absent;
  switch (from.mode) {
    case integerMode:
      if (!Number.isSafeInteger(value) || isMinusZero(value as number)) return -1;
      return numberClass(from.thresholds, value as number);
    case numberMode:
      if (!Number.isFinite(value) || isMinusZero(value as number)) return -1;
      return numberClass(from.thresholds, value as number);
    case booleanMode:
      return value === true ? from.trueClass : value === false ? from.falseClass : -1;
    case textMode: {
      // What a condition lists is readable: the check is needed for other values alone.
      const { listed } = from;
      if (listed === undefined) {
        const known = from.column.classByValue.get(value as string);
        if (known !== undefined) return known;
      } else {
        for (let index = 0; index < listed.length; index++) {
          if (listed[index] === value) return firstClass + 1 + index;
        }
      }
      if (from.plain) return isText(value) ? firstClass : -1;
      return readScalar(from.field, value) instanceof Unreadable ? -1 : firstClass;
    }
    default: {
      const read = readScalar(from.field, value);
      return read instanceof Unreadable ? -1 : classOf(from.column, read);
    }
  }
}

function isMinusZero(value: number): boolean {
  return value === 0 && Object.is(value, -0);
}
