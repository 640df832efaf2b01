import type { LeafOutcome } from '../../receipts/verify/leaf-types.ts';
import type { OutcomeCounts, TypeView } from '../view.ts';
import type { FieldState, FieldStores, Readings } from './field-state.ts';
import type { TrackedField } from './hook-ledger.ts';
import { HyperLogLog, type HyperLogLogJson } from './hyper-log-log.ts';
import type { Waiting } from './intake.ts';
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

/** What types keep their figures in. */
export interface TypeStores extends FieldStores {
  readonly table: TypeTable;
  /** Types of the open cycle, in the order of their first observation in it. */
  touched: TypeState[];
}

/** A type that a monitor may come to know, for whoever looks its name up anyway. */
export interface TypeHandle {
  /** Set by the monitor with its first observation. */
  track: TypeState | undefined;
}

/** What the monitor knows of one type of observation: its row in the table, and its fields. */
export class TypeState implements TypeView, Readings, Waiting {
  readonly type: string;
  // What every observation asks for stands together.
  waiting = -1;
  slot = 0;
  numbersAt = 0;
  numberCount = 0;
  /** Its fields that parameters are compared with. */
  tracked: readonly TrackedField[] | undefined;
  /** A declaration says what its fields are. */
  readonly isDeclared: boolean;
  /** The first of its watched fields, which leads to the next. */
  head: FieldState | undefined = undefined;
  /** Which of the table's rows it has. */
  readonly place: number;
  /** Its watched fields, in the order of their first sight. */
  readonly fields: FieldState[] = [];
  readonly #table: TypeTable;
  readonly #row: number;
  readonly #stores: TypeStores;
  /** The last cycle that touched it. */
  #cycle = -1;
  #subjects: HyperLogLog | undefined;
  #shown: readonly [Mutable<OutcomeCounts>, Mutable<OutcomeCounts>] | undefined;

  constructor(
    type: string,
    stores: TypeStores,
    isDeclared: boolean,
    tracked: readonly TrackedField[] | undefined,
  ) {
    this.type = type;
    this.tracked = tracked;
    this.isDeclared = isDeclared;
    this.#stores = stores;
    this.#table = stores.table;
    this.place = this.#table.add();
    this.#row = this.#table.rowOf(this.place);
  }

  /** It is on the list of those that the open cycle touched. */
  get isTouched(): boolean {
    return this.#cycle === this.#stores.cycle;
  }

  /** The open cycle touches it. */
  touch(): void {
    if (this.isTouched) return;
    this.#cycle = this.#stores.cycle;
    this.#table.rows.data[this.#row + placed.readNow] = 0;
    this.#stores.touched.push(this);
  }

  /** Watches one more field. */
  watch(field: FieldState): void {
    // Those that wait have no value of it.
    this.#stores.intake.settle();
    const last = this.fields.at(-1);
    if (last === undefined) this.head = field;
    else last.next = field;
    this.fields.push(field);
    if (field.isNumber) this.numberCount++;
  }

  /** A watched field by its name. */
  field(name: string): FieldState | undefined {
    const { fields } = this;
    for (let index = 0; index < fields.length; index++) {
      if (fields[index]!.field === name) return fields[index];
    }
    return undefined;
  }

  fold(): void {
    const length = this.waiting;
    this.waiting = 0;
    const { intake } = this.#stores;
    this.addOpen(this.#table.fold(this.#row, intake, this.slot, length));
    let n = 0;
    for (let field = this.head; field !== undefined; field = field.next) {
      if (field.isNumber) field.fold(intake.numbers(this, n++, length));
    }
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

  /** Counts a subject by its hash. */
  addSubject(high: number, low: number): void {
    this.#subjects ??= new HyperLogLog(precision);
    this.#subjects.addHash(high, low);
  }

  /** Observations of the open cycle that count for hooks. */
  get open(): number {
    this.#settle();
    return this.#table.open.data[this.place]!;
  }

  get read(): number {
    return this.#at(placed.read);
  }

  get readNow(): number {
    this.#settle();
    return this.isTouched ? this.#table.at(this.#row, placed.readNow) : 0;
  }

  get count(): number {
    this.#settle();
    this.#table.expire(this.#row);
    return this.#table.at(this.#row, placed.count);
  }

  get latest(): number {
    this.#settle();
    return this.#table.latest(this.#row);
  }

  get total(): number {
    return this.#at(placed.total);
  }

  get firstAt(): number {
    return this.#at(placed.firstAt);
  }

  get lastAt(): number {
    return this.#at(placed.lastAt);
  }

  get outcomes(): OutcomeCounts {
    return this.#show(true);
  }

  get totals(): OutcomeCounts {
    return this.#show(false);
  }

  #show(isWindow: boolean): OutcomeCounts {
    this.#settle();
    this.#shown ??= [none(), none()];
    const into = this.#shown[isWindow ? 0 : 1];
    this.#table.fill(this.#row, isWindow, into);
    return into;
  }

  get gapMs(): TypeView['gapMs'] {
    return { mean: this.#at(placed.gap), longest: this.#at(placed.longest) };
  }

  get subjects(): number {
    return this.#subjects === undefined ? 0 : Math.round(this.#subjects.estimate());
  }

  panes(): readonly number[] {
    this.#settle();
    return this.#table.allPanes(this.#row);
  }

  samples(outcome: LeafOutcome): readonly number[] {
    this.#settle();
    return this.#table.samples(this.#row, placeOf(outcome));
  }

  /** Nothing waits that may change its figures. */
  #settle(): void {
    this.#stores.intake.settle();
  }

  #at(place: number): number {
    this.#settle();
    return this.#table.at(this.#row, place);
  }

  /** Adds what another one knows of the same type, but for its fields. */
  merge(other: TypeState, isSameWindow: boolean): void {
    this.#leave();
    other.#leave();
    if (other.total > 0) this.addOpen(other.open);
    this.#table.merge(this.#row, other.#table, other.#row, isSameWindow);
    if (other.#subjects === undefined) return;
    this.#subjects ??= new HyperLogLog(precision);
    this.#subjects.merge(other.#subjects);
  }

  /** Leaves nothing of a cycle that was closed. */
  #leave(): void {
    this.#settle();
    if (!this.isTouched) this.#table.rows.data[this.#row + placed.readNow] = 0;
  }

  toJSON(): TypeJson {
    this.#leave();
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
