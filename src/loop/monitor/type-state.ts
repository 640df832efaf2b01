import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import type { OutcomeCounts, TypeView } from '../view.ts';
import type { FieldState, Readings } from './field-state.ts';
import { HyperLogLog, type HyperLogLogJson } from './hyper-log-log.ts';
import { outcomes, placeOf, type TypeTable } from './type-table.ts';

/** Registers of a subjects' sketch as a power of two: 3.3 % standard error in 1 KiB. */
const precision = 10;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** State of {@link TypeState} as JSON. */
export interface TypeJson {
  readonly type: string;
  readonly row: readonly number[];
  /** Counts of the window by outcome, oldest pane first. */
  readonly panes: readonly (string | null)[];
  readonly samples: readonly (readonly number[])[];
  readonly subjects?: HyperLogLogJson;
}
