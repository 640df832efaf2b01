import type { Condition, Operand } from '../terms/conditions.ts';
import type { FieldKind } from '../terms/fields.ts';
import type { Scalar } from '../terms/scalars.ts';

/** A condition whose parameter has been replaced by its current value. */
export interface BoundCondition {
  readonly op: Condition['op'];
  readonly left: Operand;
  /** Kind of what `left` gives: integer for a length or count. */
  readonly kind: FieldKind;
  /** Kind of the items, where `kind` is list. */
  readonly of?: FieldKind;
  readonly right?: { readonly value: Scalar | readonly Scalar[] } | Operand;
  /** A question that has to be answered with no; comparisons have an opposite operator. */
  readonly negated?: true;
}

/** A question about one value that no order decides: one bit of a column's class. */
export interface Predicate {
  /** Names the question within its column. */
  readonly name: string;
  /** The answer for a value of the column's kind. */
  holds(value: unknown): boolean;
}

/**
 * What its operands are cut into: all values that no condition can tell apart share a class.
 *
 * - `values`: numbers are cut by thresholds into points and the open intervals between, everything
 *   else is told apart by equality.
 * - `comparison`: two operands; below, equal and above are the classes. Kinds without order know
 *   different and equal.
 * - `predicates`: the answers to up to {@link predicatesPerColumn} questions are the class's bits.
 */
export interface Column {
  readonly shape: 'values' | 'comparison' | 'predicates';
  /** Conditions of the same key share the column. */
  readonly key: string;
  /** What is read: two operands for a comparison, else one. */
  readonly operands: readonly Operand[];
  readonly kind: FieldKind;
  /** Kind of the items, where `kind` is list. */
  readonly of: FieldKind | undefined;
  /** Of values with order, ascending, without repetition; else empty. */
  readonly thresholds: Float64Array;
  /** Of decimal values, ascending, without repetition; else empty. */
  readonly decimals: readonly string[];
  /** Of values without order, in the order of their classes; else empty. */
  readonly classByValue: ReadonlyMap<Scalar, number>;
  /** Of predicates, by bit; else empty. */
  readonly predicates: readonly Predicate[];
  readonly classCount: number;
}

/** Questions that one column answers: 2^6 classes of real values. */
export const predicatesPerColumn = 6;
