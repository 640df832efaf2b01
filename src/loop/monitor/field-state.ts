import type { FieldKind } from '../../terms/fields.ts';
import type { DriftView, FieldView, NumberView, TextsView } from '../view.ts';
import type { NumberRun } from './intake.ts';
import { type NumberStores, Numbers, type NumbersJson } from './numbers.ts';
import type { MonitorBounds } from './options.ts';
import { type TextJson, TextTrack } from './text-track.ts';

/** What is kept of a field's values: figures, hashes, or only whether there was one. */
export type FieldContent = 'number' | 'decimal' | 'text' | 'any';

/** How many observations of a type could be read, which tells in how many a field was absent. */
export interface Readings {
  readonly read: number;
  readonly readNow: number;
}

/** Where fields keep their figures. */
export interface FieldStores extends NumberStores {
  readonly bounds: MonitorBounds;
  /** Texts of which new ones came in the open cycle. */
  readonly fresh: TextTrack[];
}

/** State of {@link FieldState} as JSON. */
export interface FieldJson {
  readonly field: string;
  readonly content: FieldContent;
  readonly since: number;
  readonly present: number;
  readonly presentNow: number;
  readonly numbers?: NumbersJson;
  readonly texts?: TextJson;
}

const contents: Readonly<Record<FieldKind, FieldContent>> = {
  integer: 'number',
  number: 'number',
  decimal: 'decimal',
  boolean: 'text',
  string: 'text',
  iri: 'text',
  oneOf: 'text',
  // Time only ever goes on, and a list has no one value.
  instant: 'any',
  list: 'any',
};

/** What is kept of a declared field. */
export function contentOf(kind: FieldKind): FieldContent {
  return contents[kind];
}

/** What is kept of a field that no declaration tells of, by its first value. */
export function contentOfValue(value: unknown): FieldContent {
  if (typeof value === 'number') return 'number';
  return typeof value === 'string' || typeof value === 'boolean' ? 'text' : 'any';
}

/** What the monitor knows of one field of a type. */
export class FieldState implements FieldView {
  // What every observation asks for stands together.
  readonly field: string;
  /** It holds numbers, which are folded many at once. */
  readonly isNumber: boolean;
  readonly content: FieldContent;
  /** The next field of its type. */
  next: FieldState | undefined = undefined;
  readonly type: string;
  readonly #readings: Readings;
  /** Observations of the type before the field was watched. */
  #since: number;
  #present = 0;
  #presentNow = 0;
  /** The cycle that they are of. */
  #cycle: number;
  readonly #stores: FieldStores;
  readonly #numbers: Numbers | undefined;
  readonly #texts: TextTrack | undefined;

  constructor(
    given: { readonly type: string; readonly field: string; readonly content: FieldContent },
    readings: Readings,
    since: number,
    kept: FieldStores,
  ) {
    const { type, field, content } = given;
    this.type = type;
    this.field = field;
    this.content = content;
    this.#readings = readings;
    this.#stores = kept;
    this.#cycle = kept.cycle;
    this.#since = since;
    this.isNumber = content === 'number' || content === 'decimal';
    this.#numbers = this.isNumber ? new Numbers(kept) : undefined;
    this.#texts = content === 'text' ? new TextTrack(kept.bounds, kept.fresh) : undefined;
  }

  get present(): number {
    this.#stores.intake.settle();
    return this.#present;
  }

  get presentNow(): number {
    this.#stores.intake.settle();
    return this.#cycle === this.#stores.cycle ? this.#presentNow : 0;
  }

  get absent(): number {
    return this.#readings.read - this.#since - this.present;
  }

  get absentNow(): number {
    return this.#readings.readNow - this.presentNow;
  }

  get numbers(): NumberView | undefined {
    return this.#numbers?.before;
  }

  get numbersNow(): FieldView['numbersNow'] {
    return this.#numbers?.now;
  }

  get drift(): DriftView | undefined {
    return this.#numbers?.drift;
  }

  get anomaly(): FieldView['anomaly'] {
    return this.#numbers?.anomaly;
  }

  get texts(): TextsView | undefined {
    return this.#texts;
  }

  /** A value that is there, of a field that holds no numbers. */
  add(value: unknown, seq: number): void {
    this.#add(1);
    if (this.#texts === undefined) return;
    if (typeof value === 'string') this.#texts.add(value, seq);
    else if (typeof value === 'boolean') this.#texts.add(value ? 'true' : 'false', seq);
  }

  /** A value as it waits: NaN where there is none, infinite where it is none that counts. */
  numberOf(value: unknown): number {
    if (value === undefined) return Number.NaN;
    const number = this.content === 'decimal' ? Number(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) return Number.POSITIVE_INFINITY;
    // 0 and not -0, which JSON would not give back.
    return number + 0;
  }

  /** Adds numbers that waited. */
  fold(run: NumberRun): void {
    this.#add(run.present);
    if (run.length > 0) this.#numbers!.add(run);
  }

  #add(times: number): void {
    this.#present += times;
    const { cycle } = this.#stores;
    if (this.#cycle !== cycle) {
      this.#cycle = cycle;
      this.#presentNow = 0;
    }
    this.#presentNow += times;
  }

  /** Adds what another one knows of the same field. */
  merge(other: FieldState): void {
    this.#add(other.presentNow);
    this.#present += other.present - other.presentNow;
    this.#since += other.#since;
    if (other.#numbers !== undefined) this.#numbers?.merge(other.#numbers);
    if (other.#texts !== undefined) this.#texts?.merge(other.#texts);
  }

  toJSON(): FieldJson {
    const { field, content, present, presentNow } = this;
    return {
      ...{ field, content, since: this.#since, present, presentNow },
      ...(this.#numbers === undefined ? {} : { numbers: this.#numbers.toJSON() }),
      ...(this.#texts === undefined ? {} : { texts: this.#texts.toJSON() }),
    };
  }

  restore(saved: FieldJson): void {
    this.#since = saved.since;
    this.#present = saved.present;
    this.#cycle = this.#stores.cycle;
    this.#presentNow = saved.presentNow;
    if (saved.numbers !== undefined) this.#numbers?.restore(saved.numbers);
    if (saved.texts !== undefined) this.#texts?.restore(saved.texts);
  }
}
