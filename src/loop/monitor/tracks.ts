import type { Observation } from '../../terms/observation.ts';
import {
  contentOf,
  contentOfValue,
  type FieldContent,
  type FieldJson,
  FieldState,
} from './field-state.ts';
import type { HookLedger } from './hook-ledger.ts';
import { Intake, room } from './intake.ts';
import { numbersSize } from './number-views.ts';
import type { MonitorBounds } from './options.ts';
import { doubleRows } from './rows.ts';
import { type TypeHandle, type TypeJson, TypeState, type TypeStores } from './type-state.ts';
import { TypeTable } from './type-table.ts';
import { WindowClock } from './window-clock.ts';

/** All types beyond the bound count as this one, which no declared type is called. */
const others = '*';
/** Fields of one type that no declaration tells of. */
const discoveredMax = 64;

const recentMask = 1_023;

type Fields = { readonly [field: string]: unknown };

/** State of {@link Tracks} as JSON. */
export interface TracksJson {
  /** The newest `at`, null before the first. */
  readonly now: number | null;
  readonly window: readonly [paneMs: number, panes: number];
  readonly types: readonly (TypeJson & { readonly fields: readonly FieldJson[] })[];
}

/** Types and fields by name: each is looked up once, then known by its object. */
export class Tracks {
  readonly bounds: MonitorBounds;
  readonly #ledger: HookLedger;
  readonly #declared: ReadonlyMap<string, Observation>;
  readonly #byName = new Map<string, TypeState>();
  readonly #types: TypeState[] = [];
  /** All fields, type by type; made again when it is asked for and one was added. */
  #fields: FieldState[] = [];
  #fieldCount = 0;
  readonly #clock: WindowClock;
  readonly #table: TypeTable;
  readonly #stores: TypeStores;
  readonly #intake = new Intake();
  /** Types of late by length and end of their names, which takes half the time of a Map. */
  readonly #recent = new Array<TypeState | undefined>(recentMask + 1).fill(undefined);

  constructor(bounds: MonitorBounds, observations: Iterable<Observation>, ledger: HookLedger) {
    this.bounds = bounds;
    this.#ledger = ledger;
    this.#declared = new Map([...observations].map((one) => [one.type, one]));
    this.#clock = new WindowClock(bounds.paneMs, bounds.panes);
    this.#table = new TypeTable(this.#clock, bounds.panes);
    this.#stores = {
      intake: this.#intake,
      table: this.#table,
      touched: [],
      rows: doubleRows(numbersSize),
      bounds,
      seriesLeft: bounds.series,
      cycle: 0,
      fresh: [],
    };
  }

  /** The newest time of all, 0 before the first. */
  get now(): number {
    const { now } = this.#clock;
    return now === Number.NEGATIVE_INFINITY ? 0 : now;
  }

  /** Time goes on to here, unless it already has. */
  pass(at: number): void {
    if (at >= this.#clock.end) this.#intake.settle();
    this.#clock.pass(at);
  }

  /** The track of a type, which is made where there is none. */
  track(name: string, handle?: TypeHandle): TypeState {
    const track = this.#lookUp(name);
    if (handle !== undefined) handle.track = track;
    return track;
  }

  #lookUp(name: string): TypeState {
    const { length } = name;
    const end = name.charCodeAt(length - 1) + 10 * name.charCodeAt(length - 2);
    const place = (end + 37 * length) & recentMask;
    const recent = this.#recent[place];
    if (recent !== undefined && recent.type === name) return recent;
    const track = this.#known(name);
    this.#recent[place] = track;
    return track;
  }

  /** The same, and the open cycle touches it. */
  touch(name: string): TypeState {
    // What waits may touch others before.
    this.#intake.settle();
    const track = this.track(name);
    track.touch();
    return track;
  }

  /** One observation, of the given kind, whose fields are not read. */
  add(track: TypeState, at: number, seq: number, kind: number): void {
    track.touch();
    const index = this.#intake.add(track, at, seq, kind);
    const { values } = this.#intake;
    const start = track.numbersAt + index;
    for (let n = 0; n < track.numberCount; n++) values[start + n * room] = Number.NaN;
  }

  /** One observation whose fields can be read. */
  read(track: TypeState, at: number, seq: number, kind: number, data: Fields): void {
    if (!track.isDeclared) this.#discover(track, data);
    track.touch();
    const index = this.#intake.add(track, at, seq, kind);
    const { values } = this.#intake;
    let place = track.numbersAt + index;
    for (let field = track.head; field !== undefined; field = field.next) {
      const value = data[field.field];
      if (field.isNumber) {
        values[place] = field.numberOf(value);
        place += room;
      } else if (value !== undefined) field.add(value, seq);
    }
  }

  #add(name: string): TypeState {
    const known = this.#byName.size < this.bounds.types;
    if (!known && name !== others) {
      return this.#byName.get(others) ?? this.#make(others);
    }
    return this.#make(name);
  }

  #make(name: string): TypeState {
    const declared = this.#declared.get(name);
    const track = new TypeState(
      name,
      this.#stores,
      declared !== undefined,
      this.#ledger.tracked(name),
    );
    this.#byName.set(name, track);
    this.#types.push(track);
    for (const [field, { kind }] of Object.entries(declared?.fields ?? {})) {
      const isSubject = field === declared!.subject || field === declared!.personal;
      // Who is observed is counted, not listed: of each of them a hash would be kept.
      this.#watch(track, field, isSubject ? 'any' : contentOf(kind), 0);
    }
    return track;
  }

  #watch(
    track: TypeState,
    field: string,
    content: FieldContent,
    since: number,
  ): FieldState | undefined {
    if (this.#fieldCount >= this.bounds.fields) return undefined;
    const { type } = track;
    const made = new FieldState({ type, field, content }, track, since, this.#stores);
    track.watch(made);
    this.#fieldCount++;
    return made;
  }

  /** Watches fields that no declaration tells of. */
  #discover(track: TypeState, data: Fields): void {
    if (track.type === others || track.fields.length >= discoveredMax) return;
    for (const field in data) {
      if (track.fields.length >= discoveredMax) return;
      if (track.field(field) !== undefined) continue;
      this.#watch(track, field, contentOfValue(data[field]), 0);
    }
  }

  /** Observations of a type in the open cycle, those that violate their shapes left out. */
  open(type: string): number {
    return this.#byName.get(type)?.open ?? 0;
  }

  /**
   * The same for all types that have any, as of now: made when it is asked for, which for ten
   * thousand types takes longer than most of what asks for the rest.
   */
  observed(): () => { readonly [type: string]: number } {
    this.#intake.settle();
    const { touched } = this.#stores;
    const { length } = touched;
    const open = this.#table.copyOpen();
    let counts: Record<string, number> | undefined;
    return () => {
      if (counts !== undefined) return counts;
      counts = {};
      for (let index = 0; index < length; index++) {
        const { type, place } = touched[index]!;
        if (open[place]! > 0) counts[type] = open[place]!;
      }
      return counts;
    };
  }

  types(): IterableIterator<TypeState> {
    return this.#types.values();
  }

  fields(): IterableIterator<FieldState> {
    if (this.#fields.length !== this.#fieldCount) {
      this.#fields = this.#types.flatMap(({ fields }) => fields);
    }
    return this.#fields.values();
  }

  type(name: string): TypeState | undefined {
    return this.#byName.get(name);
  }

  /** Other rules hold, which may compare other fields with parameters. */
  follow(): void {
    for (const track of this.#types) track.tracked = this.#ledger.tracked(track.type);
  }

  /** Ends the open cycle. What it left is moved to what was before when it is next asked for. */
  close(): void {
    this.#intake.settle();
    this.#stores.cycle++;
    this.#table.clearOpen();
    for (const texts of this.#stores.fresh) texts.close();
    this.#stores.fresh.length = 0;
    // Views may still hold the old one.
    this.#stores.touched = [];
  }

  /** Adds what others know, with a window of the same panes. */
  merge(other: Tracks): void {
    this.pass(other.#clock.now);
    for (const given of other.#types) {
      const isOpen = given.isTouched;
      const track = isOpen ? this.touch(given.type) : this.#known(given.type);
      track.merge(given, this.#isSameWindow(other.#windowJson()));
      for (const field of given.fields) {
        const content = field.content;
        const mine = track.field(field.field) ?? this.#watch(track, field.field, content, 0);
        if (mine?.content === content) mine.merge(field);
      }
    }
  }

  #known(name: string): TypeState {
    return this.#byName.get(name) ?? this.#add(name);
  }

  #windowJson(): readonly [number, number] {
    return [this.bounds.paneMs, this.bounds.panes];
  }

  #isSameWindow([paneMs, panes]: readonly [number, number]): boolean {
    return paneMs === this.bounds.paneMs && panes === this.bounds.panes;
  }

  toJSON(): TracksJson {
    const { now } = this.#clock;
    return {
      now: now === Number.NEGATIVE_INFINITY ? null : now,
      window: this.#windowJson(),
      types: this.#types.map((track) => ({
        ...track.toJSON(),
        fields: track.fields.map((field) => field.toJSON()),
      })),
    };
  }

  /** Takes in a saved state; another division of the window begins with an empty one. */
  restore({ now, window, types }: TracksJson): void {
    if (now !== null) this.pass(now);
    for (const saved of types) {
      const track = this.#known(saved.type);
      // First, because it begins with counts of nothing.
      if (saved.touched) this.touch(saved.type);
      track.restore(saved, this.#isSameWindow(window));
      for (const one of saved.fields) {
        const field = track.field(one.field) ?? this.#revive(track, one);
        // Of a field that is declared otherwise by now nothing is left to go on with.
        if (field?.content === one.content) field.restore(one);
      }
    }
  }

  #revive(track: TypeState, { field, content }: FieldJson): FieldState | undefined {
    return track.isDeclared ? undefined : this.#watch(track, field, content, 0);
  }
}
