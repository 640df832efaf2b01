import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import type { OutcomeCounts, TypeView } from '../view.ts';
import type { FieldState, Readings } from './field-state.ts';
import type { TrackedField } from './hook-ledger.ts';
import { HyperLogLog, type HyperLogLogJson } from './hyper-log-log.ts';
import { placed, placeOf } from './type-places.ts';
import type { TypeRowJson, TypeTable } from './type-table.ts';

/** Registers of a subjects' sketch as a power of two: 3.3 % standard error in 1 KiB. */
const precision = 10;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** State of {@link TypeState} as JSON. */
export interface TypeJson extends TypeRowJson {
  readonly type: string;
  readonly touched: boolean;
  readonly subjects?: HyperLogLogJson;
}

/** What the monitor knows of one type of observation: its row in the table, and its fields. */
export class TypeState implements TypeView, Readings {
  readonly type: string;
  /** A declaration says what its fields are. */
  readonly isDeclared: boolean;
  /** Its watched fields, in the order of their first sight. */
  readonly fields: FieldState[] = [];
  /** Which of the table's rows it has. */
  readonly place: number;
  /** Its fields that parameters are compared with. */
  tracked: readonly TrackedField[];
  readonly #table: TypeTable;
  readonly #row: number;
  readonly #clock: { readonly cycle: number };
  /** The last cycle that touched it. */
  #cycle = -1;
  #subjects: HyperLogLog | undefined;
  #shown: readonly [Mutable<OutcomeCounts>, Mutable<OutcomeCounts>] | undefined;

  constructor(
    type: string,
    table: TypeTable,
    clock: { readonly cycle: number },
    isDeclared: boolean,
    tracked: readonly TrackedField[],
  ) {
    this.type = type;
    this.tracked = tracked;
    this.isDeclared = isDeclared;
    this.#table = table;
    this.#clock = clock;
    this.place = table.add();
    this.#row = table.rowOf(this.place);
  }

  /** It is on the list of those that the open cycle touched. */
  get isTouched(): boolean {
    return this.#cycle === this.#clock.cycle;
  }

  /** The open cycle touches it. */
  begin(): void {
    this.#cycle = this.#clock.cycle;
    this.#table.rows.data[this.#row + placed.readNow] = 0;
  }

  /** A watched field by its name. */
  field(name: string): FieldState | undefined {
    const { fields } = this;
    for (let index = 0; index < fields.length; index++) {
      if (fields[index]!.field === name) return fields[index];
    }
    return undefined;
  }

  /** One observation; `at` may be older than the one before. */
  observe(at: number, outcome: number, seq: number): void {
    this.#table.observe(this.#row, at, outcome, seq);
  }

  /** Some that fired nothing and are known by their number alone, the last one at a time. */
  addIdle(at: number, times: number): void {
    this.#table.addIdle(this.#row, at, times);
    this.addOpen(times);
  }

  /** Some that count for hooks. */
  addOpen(times: number): void {
    this.#table.open.data[this.place]! += times;
  }

  /** One whose fields could be read. */
  addRead(): void {
    const { data } = this.#table.rows;
    data[this.#row + placed.read]!++;
    data[this.#row + placed.readNow]!++;
  }

  /** Counts a subject by its hash. */
  addSubject(high: number, low: number): void {
    this.#subjects ??= new HyperLogLog(precision);
    this.#subjects.addHash(high, low);
  }

  /** Observations of the open cycle that count for hooks. */
  get open(): number {
    return this.#table.open.data[this.place]!;
  }

  get read(): number {
    return this.#table.at(this.#row, placed.read);
  }

  get readNow(): number {
    return this.isTouched ? this.#table.at(this.#row, placed.readNow) : 0;
  }

  get count(): number {
    this.#table.expire(this.#row);
    return this.#table.at(this.#row, placed.count);
  }

  get latest(): number {
    return this.#table.latest(this.#row);
  }

  get total(): number {
    return this.#table.at(this.#row, placed.total);
  }

  get firstAt(): number {
    return this.#table.at(this.#row, placed.firstAt);
  }

  get lastAt(): number {
    return this.#table.at(this.#row, placed.lastAt);
  }

  get outcomes(): OutcomeCounts {
    return this.#show(true);
  }

  get totals(): OutcomeCounts {
    return this.#show(false);
  }

  #show(isWindow: boolean): OutcomeCounts {
    this.#shown ??= [none(), none()];
    const into = this.#shown[isWindow ? 0 : 1];
    this.#table.fill(this.#row, isWindow, into);
    return into;
  }

  get gapMs(): TypeView['gapMs'] {
    const longest = this.#table.at(this.#row, placed.longest);
    return { mean: this.#table.at(this.#row, placed.gap), longest };
  }

  get subjects(): number {
    return this.#subjects === undefined ? 0 : Math.round(this.#subjects.estimate());
  }

  panes(): readonly number[] {
    return this.#table.allPanes(this.#row);
  }

  samples(outcome: LeafOutcome): readonly number[] {
    return this.#table.samples(this.#row, placeOf(outcome));
  }

  /** Adds what another one knows of the same type, but for its fields. */
  merge(other: TypeState, isSameWindow: boolean): void {
    this.#settle();
    other.#settle();
    if (other.total > 0) this.addOpen(other.open);
    this.#table.merge(this.#row, other.#table, other.#row, isSameWindow);
    if (other.#subjects === undefined) return;
    this.#subjects ??= new HyperLogLog(precision);
    this.#subjects.merge(other.#subjects);
  }

  /** Leaves nothing of a cycle that was closed. */
  #settle(): void {
    if (!this.isTouched) this.#table.rows.data[this.#row + placed.readNow] = 0;
  }

  toJSON(): TypeJson {
    this.#settle();
    return {
      type: this.type,
      touched: this.isTouched,
      ...this.#table.toJSON(this.#row, this.open),
      ...(this.#subjects === undefined ? {} : { subjects: this.#subjects.toJSON() }),
    };
  }

  /** Takes in a saved state; the window's counts where they are of such a window. */
  restore(saved: TypeJson, isSameWindow: boolean): void {
    this.#table.restore(this.#row, saved, isSameWindow);
    this.#table.open.data[this.place] = saved.row[placed.open]!;
    if (saved.subjects !== undefined) this.#subjects = HyperLogLog.from(saved.subjects);
  }
}

function none(): Mutable<OutcomeCounts> {
  return { acted: 0, pending: 0, denied: 0, idle: 0, invalid: 0, failed: 0 };
}
