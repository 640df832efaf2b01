import { type Column, firstClass } from '../kernel/column.ts';
import { absentAt, coordinateOf } from '../kernel/coordinate.ts';
import type { ContextState } from '../rules/context.ts';
import type { RulesDocument } from '../rules/document.ts';
import type { Operand } from '../terms/conditions.ts';
import type { Field } from '../terms/fields.ts';
import type { Observation } from '../terms/observation.ts';
import { seenOf } from '../terms/operands.ts';
import { isText, readScalar, readValue, Unreadable } from '../terms/scalars.ts';

/** How a column is read from raw input, as small integers so that one switch does it. */
export const integerMode = 0;
export const numberMode = 1;
export const booleanMode = 2;
export const textMode = 3;
/** Everything else: several operands, lists, lengths, questions, decimals, instants, windows. */
export const otherMode = 4;

/** What one column of a program reads, and how. */
export interface PlaceSource {
  readonly column: Column;
  readonly mode: number;
  /** The one field that is read; empty for otherMode. */
  readonly name: string;
  readonly field: Field;
  /** A string field, whose values need no closer look than being text. */
  readonly plain: boolean;
  /** Places of the values that conditions list and the field accepts; parameters list others. */
  readonly listed: Column['classByValue'];
  /** Place of an absent value, NaN where the field is required. */
  readonly absent: number;
  readonly reads: readonly OperandSource[];
}

interface OperandSource {
  readonly operand: Operand;
  readonly field: Field;
  /** Field to read: the key of a window for a window. */
  readonly name: string;
  readonly window: string;
}

const modes: Partial<Record<Field['kind'], number>> = {
  integer: integerMode,
  number: numberMode,
  boolean: booleanMode,
  string: textMode,
  iri: textMode,
  oneOf: textMode,
};

/** Says how a hook program's column is read. */
export function placeSource(
  column: Column,
  observation: Observation,
  windows: RulesDocument['windows'],
): PlaceSource {
  const reads = column.operands.map((operand): OperandSource => {
    const window = 'window' in operand ? operand.window : '';
    const name = 'field' in operand ? operand.field : (windows[window]?.key ?? '');
    return { operand, window, name, field: observation.fields[name] as Field };
  });
  const { operand, name, field } = reads[0]!;
  const whole = 'field' in operand && operand.part === undefined;
  const simple = column.shape === 'values' && whole;
  return { ...fieldSource(column, name, field, simple), reads };
}

/** True where any column reads a window, so that reading needs the observation's time. */
export function readsWindows(sources: readonly PlaceSource[]): boolean {
  return sources.some(({ reads }) => reads.some(({ window }) => window !== ''));
}

/** How a column over one field is read; not `simple` where it takes more than its plain value. */
export function fieldSource(
  column: Column,
  name: string,
  field: Field,
  simple: boolean,
): PlaceSource {
  const mode = simple ? (modes[field.kind] ?? otherMode) : otherMode;
  const plain = field.kind === 'string';
  const readable = ([text]: readonly [unknown, number]) => isReadableText({ plain, field }, text);
  return {
    column,
    mode,
    name,
    field,
    plain,
    listed:
      mode === textMode ? new Map([...column.classByValue].filter(readable)) : column.classByValue,
    absent: field.optional ? absentAt : Number.NaN,
    reads: [],
  };
}

/** The place of a raw value, NaN where it cannot be read. */
export function placeOf(from: PlaceSource, value: unknown): number {
  if (value === undefined) return from.absent;
  switch (from.mode) {
    case integerMode:
      return Number.isSafeInteger(value) && !isMinusZero(value) ? (value as number) : Number.NaN;
    case numberMode:
      return Number.isFinite(value) && !isMinusZero(value) ? (value as number) : Number.NaN;
    case booleanMode:
      if (typeof value !== 'boolean') return Number.NaN;
      // A column of truths knows both.
      return from.listed.get(value)!;
    default: {
      // The check is needed for other values alone.
      const known = from.listed.get(value as string);
      if (known !== undefined) return known;
      return isReadableText(from, value) ? firstClass : Number.NaN;
    }
  }
}

/** True for a text that its field accepts. */
export function isReadableText(
  { plain, field }: Pick<PlaceSource, 'plain' | 'field'>,
  value: unknown,
): boolean {
  return plain ? isText(value) : !(readScalar(field, value) instanceof Unreadable);
}

function isMinusZero(value: unknown): boolean {
  return value === 0 && Object.is(value, -0);
}

/** The place of a column that takes more than one plain field to read; NaN where unreadable. */
export function otherPlace(
  { column, reads }: PlaceSource,
  input: Record<string, unknown>,
  context: ContextState,
  at: number,
): number {
  const [left, right] = reads;
  const value = operandValue(left!, input, context, at);
  if (value instanceof Unreadable) return Number.NaN;
  if (right === undefined) return coordinateOf(column, value);
  const other = operandValue(right, input, context, at);
  return other instanceof Unreadable ? Number.NaN : coordinateOf(column, value, other);
}

const missing = new Unreadable('a value');

function operandValue(
  { operand, field, name, window }: OperandSource,
  input: Record<string, unknown>,
  context: ContextState,
  at: number,
): unknown {
  const raw = input[name];
  if (raw === undefined) {
    if (!field.optional) return missing;
    return undefined;
  }
  const value = readValue(field, raw);
  if (value instanceof Unreadable) return value;
  return window === '' ? seenOf(operand, value) : context.windowValue(window, String(value), at);
}
